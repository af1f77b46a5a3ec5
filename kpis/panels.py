"""One partner's figures: the panel on its page in the desk, and the home of its portal."""

from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_stubs_ext import StrOrPromise

from kpis import scopes, values
from kpis.charts import Chart
from kpis.choices import period_label
from kpis.compare import YEAR, comparison
from kpis.definitions import KPIS
from kpis.result import Result
from kpis.store import Store
from kpis.tiles import Framing, Tile, shown, tile_of
from kpis.trend import Point, spark_points, trend, trend_chart
from partners.models import Partner
from prm.common import periods
from prm.common.access import Actor
from prm.common.periods import Period

# KPI, variant, own name of the tile. Nothing here compares with direct business.
FIGURES: tuple[tuple[str, str, StrOrPromise], ...] = (
    ("partner_sourced_revenue", "", gettext_lazy("Revenue won")),
    ("partner_pipeline_open", "", ""),
    ("partner_pipeline_open", "pending", gettext_lazy("Registrations waiting")),
    ("win_rate", "", ""),
    ("average_deal_size", "", ""),
    ("time_to_close", "", ""),
)


@dataclass(frozen=True)
class Panel:
    """Figures of one partner in one period."""

    period: str
    tiles: list[Tile]
    chart: Chart
    chart_title: str
    revenue: Result
    open_deals: int
    pipeline: str

    @property
    def share(self) -> float | None:
        """How much of the target is won; None without a target."""
        return self.revenue.attainment

    @property
    def won_label(self) -> str:
        """What is won, for the left end of a bar."""
        won = shown(self.revenue.value or 0, "money", self.revenue.currency)
        return _("%(won)s won") % {"won": won}

    @property
    def target_label(self) -> str:
        """The target, for the right end of a bar."""
        target = shown(self.revenue.target, "money", self.revenue.currency)
        return _("Target %(target)s") % {"target": target}


def panel_of(partner: Partner, *, actor: Actor, now: datetime, in_portal: bool) -> Panel:
    """Return this quarter's figures of a partner; in the portal they link nowhere but down."""
    scope = scopes.of_partner(partner)
    store = values.store_for(scope, "pit", now)
    quarter = periods.current("quarter", now, store.settings)
    against = comparison(YEAR, quarter, store.settings, now)
    framing = Framing(
        store.settings.currency,
        is_open=True,
        elapsed=quarter.elapsed_share(now),
        against=against,
        other=period_label(against.period) if against else "",
    )
    results = {}
    tiles = []
    for key, variant, name in FIGURES:
        result = values.value(
            key, period=quarter, scope=scope, variant=variant, now=now, actor=actor, store=store,
            against=against,
        )  # fmt: skip
        results[key, variant] = result
        url = "" if in_portal else _detail_url(key, variant, quarter, store)
        tiles.append(_tile(result, name, framing, url, quarter, store))
    pipeline = results["partner_pipeline_open", ""]
    points = _revenue(store, in_portal=in_portal)
    return Panel(
        period=period_label(quarter),
        tiles=tiles,
        chart=_chart(points, store, in_portal=in_portal),
        chart_title=finding(points),
        revenue=results["partner_sourced_revenue", ""],
        open_deals=pipeline.n or 0,
        pipeline=shown(pipeline.value, "money", pipeline.currency),
    )


def _tile(
    result: Result, name: StrOrPromise, framing: Framing, url: str, quarter: Period, store: Store
) -> Tile:
    kpi = KPIS[result.key]
    points = trend(kpi, quarter, variant=result.variant, now=store.now, store=store)
    return tile_of(
        kpi,
        result,
        framing,
        url=url,
        name=name,
        points=spark_points(points, is_flow=kpi.is_flow(result.variant)),
    )


def _detail_url(key: str, variant: str, quarter: Period, store: Store) -> str:
    url = reverse("kpis:kpi_detail", args=[key])
    more = f"&variant={variant}" if variant else ""
    return f"{url}?period={quarter.key}&scope={store.scope.text}{more}"


def _revenue(store: Store, *, in_portal: bool) -> list[Point]:
    """Two years of quarters against their targets for the desk, a year of months for the portal."""
    kind, count = ("month", 13) if in_portal else ("quarter", 9)
    period = periods.current(kind, store.now, store.settings)
    return trend(KPIS["partner_sourced_revenue"], period, now=store.now, store=store, count=count)


def _chart(points: list[Point], store: Store, *, in_portal: bool) -> Chart:
    kpi = KPIS["partner_sourced_revenue"]
    url = (
        reverse("kpis:portal_trend")
        if in_portal
        else (
            reverse("kpis:kpi_detail", args=[kpi.key])
            + f"?period={points[-1].period.key}&scope={store.scope.text}&export=csv"
        )
    )
    return trend_chart(kpi, points, chart_id="won", csv_url=url, name=_("Revenue won"))


def finding(points: list[Point]) -> str:
    """Return how the latest closed periods stand to their targets; without any, the plain name."""
    reached = [
        point.result.attainment >= 1
        for point in reversed(points)
        if not point.is_open and point.result.attainment is not None
    ]
    if not reached:
        return _("Revenue won")
    run = len(list(takewhile(lambda one: one is reached[0], reached)))
    words = (
        ngettext("Target reached last quarter", "Target reached %(n)s quarters in a row", run)
        if reached[0]
        else ngettext("Below target last quarter", "Below target %(n)s quarters in a row", run)
    )
    return words % {"n": run} if "%(n)s" in words else words


def sentence(panel: Panel) -> str:
    """Return how this quarter goes, in one sentence."""
    won = shown(panel.revenue.value or 0, "money", panel.revenue.currency)
    if panel.revenue.attainment is not None:
        target = shown(panel.revenue.target, "money", panel.revenue.currency)
        if panel.revenue.attainment >= 1:
            return _(
                "Your %(target)s target for %(period)s is reached: %(won)s won, net of refunds."
            ) % {
                "won": won,
                "target": target,
                "period": panel.period,
            }
        return _("%(won)s of your %(target)s target for %(period)s won, net of refunds.") % {
            "won": won,
            "target": target,
            "period": panel.period,
        }
    return _("%(won)s won in %(period)s, net of refunds; %(pipeline)s are open.") % {
        "won": won,
        "period": panel.period,
        "pipeline": panel.pipeline,
    }
