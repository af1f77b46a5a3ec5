"""The Overview: what it shows, and the sentences that the numbers allow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from kpis import readers, values
from kpis.charts import Chart, Line, Table, TableColumn, line_figure, month_labels
from kpis.choices import PeriodChoice, short_label
from kpis.compare import part_of
from kpis.definitions import KPIS
from kpis.result import Number, Result
from kpis.store import Store
from kpis.tiles import Framing, Tile, shown, tile_of
from kpis.trend import Point, spark_points, trend, trend_chart
from partners.models import Partner
from prm.common import display, periods
from prm.common.access import Actor

TILES = (
    "partner_sourced_revenue",
    "partner_sourced_share",
    "average_deal_size",
    "time_to_close",
    "active_partners",
    "partner_pipeline_open",
)
BULLETS = ("partner_login_rate", "revenue_generating_partner_rate", "win_rate")
TOP = 6
YEAR_OF_QUARTERS = 8


@dataclass(frozen=True)
class TopPartner:
    """A partner in the ranking of the period, with its share of the largest."""

    name: str
    url: str
    sub: str
    tier: str
    net: Decimal
    deals: int
    share: float
    before: Decimal
    is_sure: bool  # enough deals on both sides to call the change good or bad


class Sold(NamedTuple):
    """What a partner sold in a period: net revenue and won deals."""

    net: Decimal
    deals: int


NOTHING = Sold(Decimal(0), 0)


@dataclass(frozen=True)
class TypeShare:
    """A partner type's part of the revenue."""

    label: str
    share: str
    width: float


def kpi_url(key: str, choice: PeriodChoice, variant: str = "") -> str:
    """Return the address of a KPI's page for the chosen period."""
    query = f"?{choice.query}" + (f"&variant={variant}" if variant else "")
    return reverse("kpis:kpi_detail", args=[key]) + query


def framing_of(choice: PeriodChoice, store: Store) -> Framing:
    """Return where the chosen period stands."""
    currency = store.settings.currency
    return Framing(currency, choice.is_open, choice.elapsed, choice.against, choice.other)


def tiles(
    store: Store,
    choice: PeriodChoice,
    keys: Sequence[str],
    *,
    now: datetime,
    with_change: bool = True,
) -> tuple[list[Tile], dict[str, Result]]:
    """Return the tiles of these KPIs, and their results by key; the change costs most of it."""
    found, results = [], {}
    for key in keys:
        kpi = KPIS[key]
        results[key] = values.value(
            key,
            period=choice.period,
            scope=store.scope,
            now=now,
            store=store,
            against=choice.against if with_change else None,
        )
        points = trend(kpi, choice.period, now=now, store=store)
        found.append(
            tile_of(
                kpi,
                results[key],
                framing_of(choice, store),
                url=kpi_url(key, choice),
                points=spark_points(points, is_flow=kpi.is_flow(kpi.default)),
            )
        )
    return found, results


def headline(revenue: Result, choice: PeriodChoice) -> str:
    """Return the finding of the page; without one, its name."""
    if not revenue.value:
        return _("Overview")
    amount = shown(revenue.value, "money", revenue.currency)
    if choice.is_open and revenue.pace is not None:
        gap = display.percent(abs(revenue.pace - 1), 0)
        if revenue.pace >= 1:
            return _("Partners brought in %(amount)s net, %(gap)s ahead of target pace") % {
                "amount": amount,
                "gap": gap,
            }
        return _("Partners brought in %(amount)s net, %(gap)s behind target pace") % {
            "amount": amount,
            "gap": gap,
        }
    if not choice.is_open and revenue.attainment is not None:
        reached = display.percent(revenue.attainment, 0)
        return _("Partners brought in %(amount)s net, %(reached)s of the target") % {
            "amount": amount,
            "reached": reached,
        }
    if choice.is_open:
        return _("Partners brought in %(amount)s net so far") % {"amount": amount}
    return _("Partners brought in %(amount)s net") % {"amount": amount}


def revenue_chart(store: Store, choice: PeriodChoice, now: datetime) -> tuple[str, Chart]:
    """Return the trend of partner revenue by month, with a finding as its title."""
    kpi = KPIS["partner_sourced_revenue"]
    month = periods.containing("month", choice.period.last_day, store.settings)
    this_month = periods.current("month", now, store.settings)
    end = month if month.starts_at <= this_month.starts_at else this_month
    points = trend(kpi, end, now=now, store=store, count=13)
    url = reverse("kpis:kpi_detail", args=[kpi.key]) + f"?period={end.key}&export=csv"
    return revenue_title(points), trend_chart(kpi, points, chart_id="revenue", csv_url=url)


def revenue_title(points: Sequence[Point]) -> str:
    """Return what the last twelve closed months say against the year before."""
    closed = [point for point in points if not point.is_open][-12:]
    before = sum(float(point.last_year or 0) for point in closed)
    total = sum(float(point.result.value or 0) for point in closed)
    if len(closed) < 12 or before <= 0:
        return _("Partner-sourced revenue by month")
    share = total / before - 1
    text = display.percent(abs(share), 0)
    if abs(share) < 0.01:
        return _("Revenue of the last 12 months is level with the year before")
    if share > 0:
        return _("Revenue of the last 12 months is %(share)s above the year before") % {
            "share": text
        }
    return _("Revenue of the last 12 months is %(share)s below the year before") % {"share": text}


def direct_chart(store: Store, choice: PeriodChoice, now: datetime) -> tuple[str, str, Chart]:
    """Return days to close of partner and direct deals by quarter: title, comparison, chart."""
    end = periods.containing("quarter", choice.period.last_day, store.settings)
    end = min(end, periods.current("quarter", now, store.settings), key=lambda one: one.starts_at)
    spans = store.last_periods(end, YEAR_OF_QUARTERS)
    arms = {
        arm: [
            point.value
            for point in values.series(
                "time_to_close", end=end, count=YEAR_OF_QUARTERS, variant=arm, now=now, store=store
            )
        ]
        for arm in ("direct", "partner")
    }
    names = [f"{short_label(span)} {span.key[:4]}" for span in spans]
    labels = month_labels([(int(span.key[:4]), short_label(span)) for span in spans])
    chart = Chart(
        id="direct",
        spec=line_figure(names, labels, _arm_lines(arms), lambda v: f"{float(v):g}"),
        summary=_("Line chart of the median days to close by quarter, partner and direct deals."),
        table=_arm_table(names, arms),
        legend=[line.key for line in _arm_lines(arms)],
        csv_url=kpi_url("time_to_close", choice) + "&export=csv",
        note=_("Deals with a known opening day only."),
        height="h-m",
    )
    return direct_title(store, choice, now), win_rates(store, choice, now), chart


def _arm_lines(arms: dict[str, list[Number | None]]) -> list[Line]:
    return [
        Line(_("Direct"), arms["direct"], "c0", 2, "dash"),
        Line(_("Partner"), arms["partner"], "c1", markers=True),
    ]


def _arm_table(names: Sequence[str], arms: dict[str, list[Number | None]]) -> Table:
    def cell(value: Number | None) -> str:
        return shown(value, "days", None)

    rows = [
        [name, cell(partner), cell(direct)]
        for name, partner, direct in zip(names, arms["partner"], arms["direct"], strict=True)
    ]
    heads = (_("Quarter"), _("Partner"), _("Direct"))
    return Table(
        _("Median days to close, partner and direct"),
        [TableColumn(head, is_number=i > 0) for i, head in enumerate(heads)],
        rows,
    )


def direct_title(store: Store, choice: PeriodChoice, now: datetime) -> str:
    """Return the difference as a sentence, if it is more than chance (kpis.md E12)."""
    # a series of one: the period before would cost a second bootstrap, and nobody sees it
    (found,) = values.series(
        "time_to_close", end=choice.period, count=1, variant="comparison", now=now, store=store
    )
    if found.value is None:
        return _("Days to close, partner and direct")
    gap = display.days(abs(Decimal(str(found.value))))
    if found.value < 0:
        return _("Partner deals close %(gap)s faster than direct ones") % {"gap": gap}
    return _("Partner deals close %(gap)s slower than direct ones") % {"gap": gap}


def win_rates(store: Store, choice: PeriodChoice, now: datetime) -> str:
    """Return both win rates in a sentence."""
    rates = [
        values.value("win_rate", period=choice.period, variant=arm, now=now, store=store)
        for arm in ("partner", "direct")
    ]
    partner, direct = (shown(rate.value, "share", None) for rate in rates)
    return _("Win rate: partner %(partner)s, direct %(direct)s") % {
        "partner": partner,
        "direct": direct,
    }


def top_partners(store: Store, choice: PeriodChoice, actor: Actor) -> list[TopPartner]:
    """Return the partners with most net revenue that this person may know of."""
    among = readers.limits(actor)
    mine = [row for row in store.sellers(choice.period, among, TOP) if row[2] > 0]
    own = [row[0] for row in mine]
    before = _sold_before(store, choice, own)
    known = Partner.objects.prefetch_related("profiles").in_bulk(own)
    largest = max((float(row[2]) for row in mine), default=1.0)
    return [
        _top(known[row[0]], Sold(row[2], row[3]), before.get(row[0], NOTHING), largest)
        for row in mine
    ]


def _sold_before(store: Store, choice: PeriodChoice, partners: list[int]) -> dict[int, Sold]:
    """Return net revenue and won deals of these partners in what the period is compared with."""
    if choice.against is None:
        return {}
    past = part_of(store, choice.against) or store
    sold = past.sellers(choice.against.period, among=partners)
    return {row[0]: Sold(row[2], row[3]) for row in sold}


def _top(partner: Partner, now: Sold, before: Sold, largest: float) -> TopPartner:
    profile = next((row for row in partner.profiles.all() if row.valid_to is None), None)
    return TopPartner(
        name=partner.name,
        url=partner.get_absolute_url(),
        sub=capfirst(profile.type) if profile else "",
        tier=profile.tier if profile else "",
        net=now.net,
        deals=now.deals,
        share=float(now.net) / largest,
        before=before.net,
        is_sure=min(now.deals, before.deals) >= values.SURE,
    )


def type_shares(store: Store, choice: PeriodChoice, now: datetime) -> tuple[str, list[TypeShare]]:
    """Return each partner type's part of the revenue, largest first, with the finding."""
    parts = values.breakdown(
        "partner_sourced_revenue", by="type", period=choice.period, now=now, store=store
    )
    known = [(part.label, float(part.value)) for part in parts if part.value]
    total = sum(value for _label, value in known if value > 0)
    if not total:
        return _("Revenue by partner type"), []
    shares = [
        TypeShare(capfirst(label), display.percent(value / total, 0), value / known[0][1])
        for label, value in known
        if value > 0
    ]
    return _("%(type)s partners bring most") % {"type": shares[0].label}, shares
