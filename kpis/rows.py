"""The rows behind a figure, as a page and as a file; they add up to it."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from operator import itemgetter
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
from prm.common.lists import Asked, Column, Filter, Listing, address, asked_of
from prm.common.listwords import Words

PAGE = 50
CARRIED = ("period", "compare", "scope", "variant", "part")
COLUMNS = (
    Column("date", gettext_lazy("Day"), itemgetter("date"), "day", is_fixed=True),
    Column("partner", gettext_lazy("Partner"), itemgetter("partner_name"), "partner"),
    Column("deal", gettext_lazy("Deal"), itemgetter("deal_name"), "deal"),
    Column("original", gettext_lazy("Original amount"), itemgetter("original_amount"),
           is_number=True),
    Column("currency", gettext_lazy("Currency"), itemgetter("currency"), export_only=True,
           beside="original"),
    Column("rate", gettext_lazy("Rate"), itemgetter("rate"), is_number=True),
    Column("amount", gettext_lazy("Counts"), itemgetter("amount"), "amount", is_number=True),
    Column("partner_id", gettext_lazy("Id of the partner"), itemgetter("partner"), is_usual=False),
    Column("deal_id", gettext_lazy("Id of the deal"), itemgetter("deal"), is_usual=False),
)  # fmt: skip
WORDS = Words(search=gettext_lazy("Partner or deal"))
SIDES = [
    ("", gettext_lazy("All")),
    ("partner", gettext_lazy("Partners")),
    ("direct", gettext_lazy("Direct")),
]


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

    def rows(self, request: HttpRequest, look: Asked[Any], offset: int, limit: int) -> Rows:
        """Return some rows in the order and narrowed as the address asks."""
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
            sort=look.sort,
            narrow=narrow_of(look),
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
    """Return how the rows are listed; the database narrows and sorts them (`narrow_of`).

    There is nothing to save as a view, since they are of one figure and period.
    """
    return Listing(
        columns=COLUMNS,
        words=WORDS,
        filters=(Filter("side", gettext_lazy("Sold by"), SIDES, lambda rows, _value: rows),),
        search=lambda rows, _text: rows,
        default_sort=drill.NEWEST,
        page_size=PAGE,
        can_choose=True,
        carried={key: request.GET[key] for key in CARRIED if request.GET.get(key)},
    )


def narrow_of(look: Asked[Any]) -> drill.Narrow:
    """Return what the address keeps of the rows."""
    return drill.Narrow(look.search, look.values["side"])


def rows_page(request: HttpRequest, kpi: Kpi, now: datetime) -> RowsPage:
    """Return one page of the rows behind a figure, with the sum that it shows."""
    asked = question_of(request, kpi, now)
    listing = rows_listing(request)
    look = asked_of(request.GET, listing)
    number = min(look.page, 10_000)
    found = asked.rows(request, look, (number - 1) * look.size, look.size)
    if found.found_rows and not found.rows:  # an old link: there are fewer pages now
        number = -(-found.found_rows // look.size)
        found = asked.rows(request, look, (number - 1) * look.size, look.size)
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
        page=_page(page_of(request, [], listing), look, found, number, asked),
        part=asked.part,
        parts=_part_options(request, kpi, asked),
        figure=figure_text(kpi, result),
        sums=sums_text(asked, found, currency, is_narrow=bool(look.narrowing())),
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


def nothing_text(asked: Question, found: Rows) -> str:
    """Why no row can be seen: other portfolios are named to those only who have one."""
    if not asked.facts:
        return _("This reading is not made of rows that can be listed.")
    if found.hidden_rows:
        return _("All rows of this figure belong to partners outside your portfolio.")
    return _("Nothing happened in this period that counts for this figure.")


def sums_text(asked: Question, found: Rows, currency: str, *, is_narrow: bool = False) -> str:
    """What the rows add up to: those that the person sees, and those of other portfolios.

    Nothing for rankings and medians, whose rows are not added up.
    """
    if asked.kpi.unit == "ranking" or asked.kpi.aggregation == "MEDIAN":
        return ""
    if is_narrow:
        return _("The rows found add up to %(own)s of %(all)s.") % {
            "own": _sum_text(asked, found.found_total, currency),
            "all": _sum_text(asked, found.total, currency),
        }
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


def _page(page: Page, look: Asked[Any], found: Rows, number: int, asked: Question) -> Page:
    """Return the page of a list with these rows, and where they stand among all found."""
    before = (number - 1) * look.size
    last, listed = before + len(found.rows), found.found_rows
    back = look.query(page=str(number - 1) if number > 2 else None)
    return replace(
        page,
        words=replace(page.words, none_text=nothing_text(asked, found)),
        rows=found.rows,
        total=listed,
        first=before + 1 if found.rows else 0,
        last=last,
        hides_rows=bool(page.chips) and found.total_rows > found.hidden_rows,
        previous_url=back if number > 1 else "",
        next_url=look.query(page=str(number + 1)) if last < listed else "",
    )


def is_money(asked: Question) -> bool:
    """Tell whether the rows carry money; else each row counts as one."""
    return any(fact.is_money for fact in asked.facts)


def _sum_text(asked: Question, total: Decimal, currency: str) -> str:
    return part_text(total, currency) if is_money(asked) else display.number(total)


def _part_options(request: HttpRequest, kpi: Kpi, asked: Question) -> list[Option]:
    names = {"numerator": str(kpi.parts[0]), "denominator": str(kpi.parts[1])}
    reading = kpi.variants[asked.variant]
    return [
        Option(name, part, part == asked.part, address(request, part=part, page=None))
        for part, name in names.items()
        if has_rows(reading, part)
    ]


def rows_file(request: HttpRequest, kpi: Kpi, now: datetime) -> HttpResponseBase:
    """Answer with all rows behind a figure as a file, streamed from one statement."""
    asked, actor = question_of(request, kpi, now), access.actor_of(request)
    look = asked_of(request.GET, rows_listing(request))
    store = values.store_for(asked.scope, "pit", now)
    found = drill.all_rows_behind(
        asked.facts, store, asked.choice.period, actor, look.sort, narrow_of(look)
    )
    columns = [column for column in look.listing.columns if look.takes_along(column)]
    named = (dict(zip(drill.COLUMNS, row, strict=True)) for row in found)
    lines = ([column.value(row) for column in columns] for row in named)
    name = f"{kpi.key}-{asked.part}-{asked.choice.period.key.replace(':', '-')}"

    def count() -> int:
        return asked.rows(request, look, 0, 1).found_rows

    heads = [str(column.label) for column in columns]
    return file_response(request, heads, lines, name, count=count)
