"""The rows behind a figure, as a page and as a file; they add up to it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.http import HttpRequest, StreamingHttpResponse
from django.utils.translation import gettext as _

from kpis import drill, values
from kpis.choices import Option, PeriodChoice, period_choice, scope_of
from kpis.definitions.base import Facts, Kpi
from kpis.detail import has_rows, variant_name
from kpis.drill import Rows
from kpis.result import Result
from kpis.scopes import Scope
from kpis.tiles import part_text
from prm.common import access, config, display
from prm.common.exports import csv_response
from prm.common.lists import address

PAGE = 50


@dataclass(frozen=True)
class RowsPage:
    """What the page of base rows shows."""

    kpi: Kpi
    result: Result
    choice: PeriodChoice
    scope: Scope
    rows: Rows
    part: str
    parts: list[Option]
    total: str
    shown_total: str
    first: int
    last: int
    previous_url: str
    next_url: str
    csv_url: str
    currency: str
    is_money: bool
    hidden_total: str


@dataclass(frozen=True)
class Question:
    """The KPI, scope, period, reading and part that the address asks for."""

    kpi: Kpi
    scope: Scope
    choice: PeriodChoice
    variant: str
    part: str
    now: datetime

    @property
    def facts(self) -> tuple[Facts, ...]:
        """What the rows are."""
        return values.facts_behind(self.kpi, self.variant, self.part)

    def rows(self, request: HttpRequest, offset: int, limit: int) -> Rows:
        """Return some rows, newest first."""
        return values.rows(
            self.kpi.key,
            period=self.choice.period,
            scope=self.scope,
            variant=self.variant,
            now=self.now,
            actor=access.actor_of(request),
            part=self.part,
            offset=offset,
            limit=limit,
        )


def question_of(request: HttpRequest, kpi: Kpi, now: datetime) -> Question:
    """Return what the address asks for."""
    part = "denominator" if request.GET.get("part") == "denominator" else "numerator"
    return Question(
        kpi,
        scope_of(request),
        period_choice(request, config.program(), now),
        variant_name(request, kpi),
        part,
        now,
    )


def rows_page(request: HttpRequest, kpi: Kpi, now: datetime) -> RowsPage:
    """Return one page of the rows behind a figure, with the sum that it shows."""
    asked = question_of(request, kpi, now)
    number = request.GET.get("page", "")
    page = max(1, int(number)) if number.isascii() and number.isdecimal() and number else 1
    offset = (min(page, 10_000) - 1) * PAGE
    found = asked.rows(request, offset, PAGE)
    result = values.value(
        kpi.key,
        period=asked.choice.period,
        scope=asked.scope,
        variant=asked.variant,
        now=now,
        actor=access.actor_of(request),
    )
    last = offset + len(found.rows)
    listed = found.total_rows - found.hidden_rows
    number_shown = result.denominator if asked.part == "denominator" else result.numerator
    currency = config.program().currency
    return RowsPage(
        kpi=kpi,
        result=result,
        choice=asked.choice,
        scope=asked.scope,
        rows=found,
        part=asked.part,
        parts=_part_options(request, kpi, asked),
        total=part_text(number_shown, currency),
        shown_total=_sum_text(asked, found.total, currency),
        first=offset + 1 if found.rows else 0,
        last=last,
        previous_url=address(request, page=page - 1) if page > 1 else "",
        next_url=address(request, page=page + 1) if last < listed else "",
        csv_url=address(request, export="csv", page=None),
        currency=currency,
        is_money=is_money(asked),
        hidden_total=_sum_text(asked, found.hidden_total, currency),
    )


def is_money(asked: Question) -> bool:
    """Tell whether the rows carry money; else each row counts as one."""
    return any(fact.is_money for fact in asked.facts)


def _sum_text(asked: Question, total: Decimal, currency: str) -> str:
    return part_text(total, currency) if is_money(asked) else display.number(total)


def _part_options(request: HttpRequest, kpi: Kpi, asked: Question) -> list[Option]:
    names = {"numerator": _("Numerator"), "denominator": _("Denominator")}
    reading = kpi.variants[asked.variant]
    return [
        Option(name, part, part == asked.part, address(request, part=part, page=None))
        for part, name in names.items()
        if has_rows(reading, part)
    ]


def rows_csv(request: HttpRequest, kpi: Kpi, now: datetime) -> StreamingHttpResponse:
    """Answer with all rows behind a figure as a file, streamed from one statement."""
    asked = question_of(request, kpi, now)
    store = values.store_for(asked.scope, "pit", now)
    found = drill.all_rows_behind(asked.facts, store, asked.choice.period, access.actor_of(request))
    name = f"{kpi.key}-{asked.part}-{asked.choice.period.key.replace(':', '-')}"
    return csv_response(drill.COLUMNS, found, name)
