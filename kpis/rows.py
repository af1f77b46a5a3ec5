"""The rows behind a figure, as a page and as a file; they add up to it."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kpis import drill, values
from kpis.choices import Option, PeriodChoice, period_choice, scope_of
from kpis.definitions.base import Facts, Kpi
from kpis.detail import has_rows, variant_name
from kpis.drill import Rows
from kpis.result import Result
from kpis.scopes import Scope
from kpis.tiles import part_text, shown
from prm.common import access, config, display
from prm.common.exports import file_response
from prm.common.listpages import Page, page_of
from prm.common.lists import Asked, Column, Listing, address, asked_of, at

PAGE = 50
CARRIED = ("period", "compare", "scope", "variant", "part")


@dataclass(frozen=True)
class RowsPage:
    """What the page of base rows shows."""

    kpi: Kpi
    result: Result
    choice: PeriodChoice
    scope: Scope
    rows: Rows
    page: Page
    part: str
    parts: list[Option]
    figure: str
    sums: str
    currency: str
    is_money: bool


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

    def rows(self, request: HttpRequest, offset: int, limit: int, sort: str) -> Rows:
        """Return some rows in an order."""
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
            sort=sort,
        )


def question_of(request: HttpRequest, kpi: Kpi, now: datetime) -> Question:
    """Return what the address asks for."""
    variant = variant_name(request, kpi)
    below = request.GET.get("part") == "denominator" and has_rows(
        kpi.variants[variant], "denominator"
    )
    return Question(
        kpi,
        scope_of(request),
        period_choice(request, config.program(), now),
        variant,
        "denominator" if below else "numerator",
        now,
    )


def rows_listing(request: HttpRequest) -> Listing[Any]:
    """Return how the rows are listed.

    They can be ordered and taken along, not filtered: they add up to the figure above them. There
    is nothing to save as a view either, since they are of one figure and period.
    """
    return Listing(
        columns=(
            Column("date", gettext_lazy("Day"), at("date"), "day"),
            Column("partner", gettext_lazy("Partner"), at("partner_name"), "partner"),
            Column("deal", gettext_lazy("Deal"), at("deal_name"), "deal"),
            Column("original", gettext_lazy("Original amount"), at("original"), is_number=True),
            Column("rate", gettext_lazy("Rate"), at("rate"), is_number=True),
            Column("amount", gettext_lazy("Counts"), at("amount"), "amount", is_number=True),
        ),
        default_sort=drill.NEWEST,
        page_size=PAGE,
        carried={key: request.GET[key] for key in CARRIED if request.GET.get(key)},
    )


def rows_page(request: HttpRequest, kpi: Kpi, now: datetime) -> RowsPage:
    """Return one page of the rows behind a figure, with the sum that it shows."""
    asked = question_of(request, kpi, now)
    listing = rows_listing(request)
    look = asked_of(request.GET, listing)
    number = min(look.page, 10_000)
    offset = (number - 1) * look.size
    found = asked.rows(request, offset, look.size, look.sort)
    result = values.value(
        kpi.key,
        period=asked.choice.period,
        scope=asked.scope,
        variant=asked.variant,
        now=now,
        actor=access.actor_of(request),
    )
    currency = config.program().currency
    return RowsPage(
        kpi=kpi,
        result=result,
        choice=asked.choice,
        scope=asked.scope,
        rows=found,
        page=_page(page_of(request, [], listing), look, found, number),
        part=asked.part,
        parts=_part_options(request, kpi, asked),
        figure=figure_text(kpi, result),
        sums=sums_text(asked, found, currency),
        currency=currency,
        is_money=is_money(asked),
    )


def figure_text(kpi: Kpi, result: Result) -> str:
    """How the figure comes from its parts; the rows on the page are those of one part."""
    if result.value is None or kpi.unit == "ranking":
        return ""
    money = result.report_currency
    words = {
        "value": shown(result.value, result.unit, result.currency),
        "top": part_text(result.numerator, money),
        "bottom": part_text(result.denominator, money),
    }
    if kpi.aggregation == "RATIO" and result.denominator:
        return _("The figure: %(top)s ÷ %(bottom)s = %(value)s.") % words
    if result.value == result.numerator:
        return _("The figure is %(top)s.") % words
    if None not in (result.numerator, result.denominator) and (
        result.value == result.numerator - result.denominator  # type: ignore[operator]
    ):
        return _("The figure: %(top)s − %(bottom)s = %(value)s.") % words
    return _("The figure is %(value)s; it is worked out from the rows, not added up.") % words


def sums_text(asked: Question, found: Rows, currency: str) -> str:
    """What the rows add up to: those that the person sees, and those of other portfolios.

    Nothing for rankings and medians, whose rows are not added up.
    """
    if asked.kpi.unit == "ranking" or asked.kpi.aggregation == "MEDIAN":
        return ""
    own = _sum_text(asked, found.total - found.hidden_total, currency)
    if not found.hidden_rows:
        return _("These rows add up to %(own)s.") % {"own": own}
    return ngettext(
        "The rows that you see add up to %(own)s; with %(n)s more, of a partner outside your"
        " portfolio, it is %(all)s.",
        "The rows that you see add up to %(own)s; with %(n)s more, of partners outside your"
        " portfolio, it is %(all)s.",
        found.hidden_rows,
    ) % {
        "own": own,
        "n": display.number(found.hidden_rows),
        "all": _sum_text(asked, found.total, currency),
    }


def _page(page: Page, look: Asked[Any], found: Rows, number: int) -> Page:
    """Return the page of a list with these rows, which one statement read and counted."""
    before = (number - 1) * look.size
    last, listed = before + len(found.rows), found.total_rows - found.hidden_rows
    back = look.query(page=str(number - 1) if number > 2 else None)
    return replace(
        page,
        rows=found.rows,
        total=listed,
        first=before + 1 if found.rows else 0,
        last=last,
        previous_url=back if number > 1 else "",
        next_url=look.query(page=str(number + 1)) if last < listed else "",
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


def rows_file(request: HttpRequest, kpi: Kpi, now: datetime) -> HttpResponseBase:
    """Answer with all rows behind a figure as a file, streamed from one statement."""
    asked, actor = question_of(request, kpi, now), access.actor_of(request)
    sort = asked_of(request.GET, rows_listing(request)).sort
    store = values.store_for(asked.scope, "pit", now)
    found = drill.all_rows_behind(asked.facts, store, asked.choice.period, actor, sort)
    name = f"{kpi.key}-{asked.part}-{asked.choice.period.key.replace(':', '-')}"

    def count() -> int:
        return asked.rows(request, 0, 1, sort).total_rows

    return file_response(request, drill.COLUMNS, found, name, count=count)
