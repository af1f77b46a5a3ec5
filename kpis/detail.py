"""One KPI's page: value with its parts, trend, breakdown, the rows behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from kpis import values
from kpis.charts import Chart
from kpis.choices import Option, PeriodChoice, period_choice, scope_of, scope_options
from kpis.definitions.base import Kpi, Variant
from kpis.extras import Card, cards_of
from kpis.overview import framing_of
from kpis.result import Number, Result
from kpis.scopes import Scope
from kpis.store import Store
from kpis.tiles import (
    Framing,
    basis_text,
    change_of,
    headline_value,
    part_text,
    reason_text,
    shown,
    status_word,
)
from kpis.trend import Point, breakdown_chart, trend, trend_chart
from prm.common import access, display
from prm.common.access import Actor
from prm.common.lists import address

BREAKDOWN_NAMES: dict[str, StrOrPromise] = {
    "type": gettext_lazy("Partner type"),
    "tier": gettext_lazy("Tier"),
    "region": gettext_lazy("Region"),
    "segment": gettext_lazy("Segment"),
    "manager": gettext_lazy("Partner manager"),
    "partner": gettext_lazy("Partner"),
    "customer_region": gettext_lazy("Customer region"),
}
BY_TITLES: dict[str, StrOrPromise] = {
    "type": gettext_lazy("By partner type"),
    "tier": gettext_lazy("By tier"),
    "region": gettext_lazy("By region"),
    "segment": gettext_lazy("By segment"),
    "manager": gettext_lazy("By partner manager"),
    "partner": gettext_lazy("By partner"),
    "customer_region": gettext_lazy("By customer region"),
}
# No cell knows these: reading all facts of the period takes longer than a page may.
FROM_FACTS = {"customer_region"}
# A chart of more bars than this is a list.
BARS = 12
AGGREGATIONS: dict[str, StrOrPromise] = {
    "SUM": gettext_lazy("Adds up over partners and periods"),
    "SEMI": gettext_lazy("Adds up over partners, not over time"),
    "RATIO": gettext_lazy("Sum divided by sum, never a mean of rates"),
    "DISTINCT": gettext_lazy("Counted anew for each period"),
    "MEDIAN": gettext_lazy("Worked out from the single cases"),
    "INDEX": gettext_lazy("Worked out from all partners"),
}


@dataclass(frozen=True)
class Fact:
    """A line of the value card."""

    name: str
    value: str


def facts_of(kpi: Kpi, result: Result, framing: Framing) -> list[Fact]:
    """Return target, change, parts, number of cases and interval, as far as there are any."""
    pairs = [
        (_("Target"), _stated(result.target, result)),
        (_("Reached"), _share(result.attainment)),
        (_("Linear pace"), _share(result.pace)),
        (_("Baseline"), _stated(result.baseline, result)),
        (_("Change"), _change(kpi, result, framing)),
        (str(kpi.parts[0]), "" if result.denominator is None else _part(result.numerator, framing)),
        (str(kpi.parts[1]), _part(result.denominator, framing)),
        (_("Based on"), display.number(result.n) if result.n is not None else ""),
        (_("95% interval"), interval(result)),
        (_("Figures"), _("current") if result.freshness == "current" else _("being updated")),
    ]
    return [Fact(name, value) for name, value in pairs if value]


def _change(kpi: Kpi, result: Result, framing: Framing) -> str:
    change = change_of(kpi, result, framing)
    return f"{change.text} {change.versus}".strip()


def _stated(value: Number | None, result: Result) -> str:
    return "" if value is None else shown(value, result.unit, result.currency)


def _share(value: float | None) -> str:
    return "" if value is None else display.percent(value, 0)


def _part(value: object, framing: Framing) -> str:
    return "" if value is None else part_text(value, framing.currency)  # type: ignore[arg-type]


def interval(result: Result) -> str:
    """Return the interval of the value: "62% to 78%"."""
    if result.ci_low is None or result.ci_high is None:
        return ""
    low, high = (
        shown(end, result.unit, result.currency) for end in (result.ci_low, result.ci_high)
    )
    return _("%(low)s to %(high)s") % {"low": low, "high": high}


def variant_options(request: HttpRequest, kpi: Kpi, current: str) -> list[Option]:
    """Return the readings of the KPI as links; a single one needs no choice."""
    if len(kpi.variants) < 2:
        return []
    return [
        Option(str(reading.label), name, name == current, address(request, variant=name, page=None))
        for name, reading in kpi.variants.items()
    ]


def variant_name(request: HttpRequest, kpi: Kpi) -> str:
    """Return the reading that the address names, else the usual one."""
    asked = request.GET.get("variant", "")
    return asked if asked in kpi.variants else kpi.default


def breakdown_by(request: HttpRequest, kpi: Kpi) -> str:
    """Return the dimension that the address names, else the KPI's first."""
    asked = request.GET.get("by", "")
    return asked if asked in kpi.breakdowns else kpi.breakdowns[0]


def parts(
    kpi: Kpi, by: str, choice: PeriodChoice, variant: str, store: Store, actor: Actor, now: datetime
) -> list[Result]:
    """Return the parts with a value, largest first, at most as many as a chart can hold."""
    found = values.breakdown(
        kpi.key, by=by, period=choice.period, variant=variant, now=now, actor=actor, store=store,
        limit=BARS,
    )  # fmt: skip
    return [part for part in found if part.value is not None][:BARS]


def parts_chart(kpi: Kpi, found: Sequence[Result], by: str, csv_url: str) -> Chart | None:
    """Return the breakdown as bars, or nothing where there is nothing to compare."""
    if not found or kpi.unit == "ranking":
        return None
    name = str(BREAKDOWN_NAMES[by])
    return breakdown_chart(kpi, found, chart_id="parts", csv_url=csv_url, by=name)


def title_of(points: Sequence[Point], kpi: Kpi) -> str:
    """Return the finding of the trend: how the last closed period stands to the year before."""
    closed = [point for point in points if not point.is_open]
    if not closed or closed[-1].result.value is None or not closed[-1].last_year:
        return _("%(name)s over time") % {"name": kpi.name}
    last = closed[-1]
    value = shown(last.result.value, last.result.unit, last.result.currency)
    before = shown(last.last_year, last.result.unit, last.result.currency)
    return _("%(value)s in %(period)s, %(before)s a year before") % {
        "value": value,
        "period": last.label,
        "before": before,
    }


def has_rows(reading: Variant, part: str) -> bool:
    """Tell whether base rows stand behind this part of the figure."""
    return bool(reading.denominator if part == "denominator" else reading.numerator)


@dataclass(frozen=True)
class DetailPage:
    """Everything that the page of a KPI shows."""

    kpi: Kpi
    result: Result
    choice: PeriodChoice
    scope: Scope
    scope_groups: Sequence[tuple[str, Sequence[Option]]]
    variant: str
    variants: Sequence[Option]
    value: str
    value_unit: str
    reason: str
    word: str
    facts: Sequence[Fact]
    points: Sequence[Point]
    title: str
    trend: Chart | None
    by: str
    by_options: Sequence[Option]
    parts: Sequence[Result]
    breakdown: Chart | None
    parts_title: str
    parts_url: str  # where the breakdown comes from, if it comes after the page
    rows_url: str
    measured: Sequence[Fact]
    currency: str
    csv_url: str
    xlsx_url: str
    cards: Sequence[Card] = ()

    @property
    def basis(self) -> str:
        """Whether refunds are in the amounts of the value."""
        return basis_text(self.kpi, self.result)


def page_of(request: HttpRequest, kpi: Kpi, now: datetime) -> DetailPage:
    """Return the page for the period, scope, reading and dimension that the address names."""
    actor, scope = access.actor_of(request), scope_of(request)
    store = values.store_for(scope, "pit", now)
    choice = period_choice(request, store.settings, now)
    variant, by = variant_name(request, kpi), breakdown_by(request, kpi)
    result = _result(kpi, variant, scope, choice, store, actor)
    framing, is_ranking = framing_of(choice, store), kpi.unit == "ranking"
    points = [] if is_ranking else trend(kpi, choice.period, variant=variant, now=now, store=store)
    is_whole = scope.kind == "program" and not is_ranking
    later = _later_url(request, by) if is_whole else ""
    found = parts(kpi, by, choice, variant, store, actor, now) if is_whole and not later else []
    headline = headline_value(result)
    return DetailPage(
        kpi=kpi,
        result=result,
        choice=choice,
        scope=scope,
        scope_groups=scope_options(scope, actor),
        variant=variant,
        variants=variant_options(request, kpi, variant),
        value=headline[0],
        value_unit=headline[1],
        reason=reason_text(result),
        word=status_word(result, framing),
        facts=facts_of(kpi, result, framing),
        points=points,
        title=title_of(points, kpi),
        trend=_trend(request, kpi, points),
        by=by,
        by_options=_by_options(request, kpi, by),
        parts=found,
        breakdown=parts_chart(kpi, found, by, address(request, export="parts")),
        parts_title=str(BY_TITLES[by]),
        parts_url=later,
        rows_url=_rows_url(request, kpi, variant),
        measured=measured(kpi),
        currency=store.settings.currency,
        csv_url=address(request, export="csv"),
        xlsx_url=address(request, export="xlsx"),
        cards=cards_of(kpi.key, store, choice.period),
    )


def _result(
    kpi: Kpi, variant: str, scope: Scope, choice: PeriodChoice, store: Store, actor: Actor
) -> Result:
    return values.value(
        kpi.key, period=choice.period, scope=scope, variant=variant, now=store.now, actor=actor,
        store=store, against=choice.against,
    )  # fmt: skip


def _trend(request: HttpRequest, kpi: Kpi, points: Sequence[Point]) -> Chart | None:
    if all(point.result.value is None for point in points):
        return None
    url = address(request, export="csv")
    return trend_chart(kpi, points, chart_id="trend", csv_url=url, table_open=True)


def _by_options(request: HttpRequest, kpi: Kpi, current: str) -> list[Option]:
    return [
        Option(str(BREAKDOWN_NAMES[name]), name, name == current, address(request, by=name))
        for name in kpi.breakdowns
    ]


def _later_url(request: HttpRequest, by: str) -> str:
    """Where the breakdown is, if the page is to come without it; the address may ask for it."""
    asked = {"by", "export"} & set(request.GET)
    return address(request, by=by) if by in FROM_FACTS and not asked else ""


def _rows_url(request: HttpRequest, kpi: Kpi, variant: str) -> str:
    if not has_rows(kpi.variants[variant], "numerator"):
        return ""
    return reverse("kpis:kpi_rows", args=[kpi.key]) + address(request, by=None, export=None)


def measured(kpi: Kpi) -> list[Fact]:
    """Return how the figure is defined, line by line."""
    lines = [
        (_("Formula"), kpi.formula),
        (_("Date that counts"), kpi.date),
        (_("Adds up"), AGGREGATIONS.get(kpi.aggregation, "")),
        (_("Good is"), {"higher": _("more"), "lower": _("less")}.get(kpi.direction, "")),
        (_("Note"), kpi.help),
        (_("Version"), str(kpi.version)),
    ]
    return [Fact(name, str(text)) for name, text in lines if text]
