"""Define success, portfolio, market: kpis.md 1-7."""

import math
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from kpis import stats
from kpis.definitions.base import Ask, Kpi, Variant
from kpis.definitions.parts import (
    ACTIVE,
    ACTIVE_END,
    ACTIVE_START,
    STRATEGIZE,
    WINNERS,
    WON_ALL,
    WON_AMOUNT,
    WON_DIRECT,
    names_of,
)
from kpis.result import Answer, no, ratio
from kpis.store import query
from partners.models import Deal


def active(measure: str) -> Any:
    """Distinct partners under contract: any, at the start, at the end."""

    def compute(ask: Ask) -> Answer:
        if not ask.store.has_partners:
            return no("no_data")
        n = ask.store.distinct("membership", measure, ask.period)
        return Answer(n, numerator=n, n=n)

    return compute


def net_growth(ask: Ask) -> Answer:
    """Partners at the end minus partners at the start, with the bridge between them."""
    store, period = ask.store, ask.period
    if not store.has_partners:
        return no("no_data")
    start = store.distinct("membership", "active_start", period)
    end = store.distinct("membership", "active_end", period)
    recruits = store.count("membership", "recruits", period)
    lost = _lost(ask)
    items = [
        {"name": "start", "value": start},
        {"name": "new", "value": recruits},
        {"name": "reactivated_or_moved_in", "value": end - start - recruits + lost},
        {"name": "ended_or_moved_out", "value": -lost},
        {"name": "end", "value": end},
    ]
    return Answer(end - start, numerator=end, denominator=start, n=max(start, end), items=items)


def _lost(ask: Ask) -> int:
    """Partners active at some time of the period, but not at its end."""
    return ask.store.distinct("membership", "active_any", ask.period) - ask.store.distinct(
        "membership", "active_end", ask.period
    )


def sourced_share(ask: Ask) -> Answer:
    """Won revenue of partners in all won revenue; without a direct feed there is no share."""
    store, period = ask.store, ask.period
    if store.scope.kind == "direct" or not Deal.objects.direct().exists():
        return no("not_connected")
    partner = store.sum("sales", "won_rc", period)
    company = _company(ask)
    wins = store.count("sales", "won_n", period) + store.direct().count("sales", "won_n", period)
    return ratio(partner, company, n=wins)


def _company(ask: Ask) -> Decimal:
    store = ask.store
    of_all = store if store.scope.kind == "customer_region" else store.at(_program())
    return Decimal(
        of_all.sum("sales", "won_rc", ask.period)
        + store.direct().sum("sales", "won_rc", ask.period)
    )


def _program() -> Any:
    from kpis.scopes import PROGRAM

    return PROGRAM


def total_revenue(ask: Ask) -> Answer:
    """All won revenue, of partners and direct."""
    total = _company(ask)
    return Answer(total, numerator=total)


def direct_revenue(ask: Ask) -> Answer:
    """Won revenue that we found ourselves."""
    store = ask.store.direct()
    total = store.sum("sales", "won_rc", ask.period)
    return Answer(total, numerator=total, n=store.count("sales", "won_n", ask.period))


def generating_rate(ask: Ask) -> Answer:
    """Partners with a won deal among partners under contract."""
    if not ask.store.has_partners:
        return no("no_data")
    members = ask.store.distinct("membership", "active_any", ask.period)
    return ratio(ask.store.distinct("sales", "winners", ask.period), members, n=members)


def generating_count(ask: Ask) -> Answer:
    """Partners with a won deal."""
    n = ask.store.distinct("sales", "winners", ask.period)
    return Answer(n, numerator=n, n=n)


def generating_ramped(ask: Ask) -> Answer:
    """As the rate, among partners that are 180 days or longer with us at the period's end."""
    if not ask.store.has_partners:
        return no("no_data")
    ids = [row[0] for row in ask.store.by_partner(ask.period)]
    tenured = query(
        "SELECT coalesce(partner.merged_into_id, partner.id) FROM partners_contract AS contract"
        " JOIN partners_partner AS partner ON partner.id = contract.partner_id"
        " WHERE coalesce(partner.merged_into_id, partner.id) = ANY(%s)"
        " GROUP BY 1 HAVING min(contract.starts_on) <= %s::date - 180",
        (ids, ask.period.ends_on),
    )
    ramped = {row[0] for row in tenured}
    rows = [row for row in ask.store.by_partner(ask.period) if row[0] in ramped]
    return ratio(sum(1 for row in rows if row[3] > 0), len(rows), n=len(rows))


def _revenues(ask: Ask) -> list[float]:
    return [float(row[1]) for row in ask.store.by_partner(ask.period)]


def _concentrated(value: float | None, revenues: list[float]) -> Answer:
    if value is None:
        return no("no_data", n=len(revenues))
    return Answer(value, numerator=Decimal(str(sum(revenues))), n=len(revenues))


def _needs_ranking(compute: Any) -> Any:
    def checked(ask: Ask) -> Answer:
        if not ask.store.has_partners:
            return no("no_data")
        return compute(ask)  # type: ignore[no-any-return]

    return checked


@_needs_ranking
def concentration(ask: Ask) -> Answer:
    """Sum of squared shares of sourced gross revenue, times 10,000."""
    revenues = _revenues(ask)
    return _concentrated(stats.hhi(revenues), revenues)


@_needs_ranking
def effective_partners(ask: Ask) -> Answer:
    """How many equally large partners would be as concentrated."""
    revenues = _revenues(ask)
    value = stats.hhi(revenues)
    return _concentrated(10_000 / value if value else None, revenues)


@_needs_ranking
def top20(ask: Ask) -> Answer:
    """Share of the largest fifth of partners; zeros are in the base."""
    revenues = _revenues(ask)
    return _concentrated(stats.top_share(revenues, math.ceil(0.2 * len(revenues))), revenues)


@_needs_ranking
def top1(ask: Ask) -> Answer:
    """Share of the largest partner."""
    revenues = _revenues(ask)
    return _concentrated(stats.top_share(revenues, 1), revenues)


@_needs_ranking
def gini(ask: Ask) -> Answer:
    """Inequality of revenue over partners, 0 (equal) to 1."""
    revenues = _revenues(ask)
    return _concentrated(stats.gini(revenues), revenues)


@_needs_ranking
def top_by_type(ask: Ask) -> Answer:
    """Partners ranked inside each type by sourced net revenue; ties share a rank."""
    from kpis.scopes import of_dimension

    if ask.store.scope.kind == "partner":
        return no("no_data")
    kinds = sorted(
        {row[0] for row in query("SELECT DISTINCT type FROM kpis_profilespan WHERE partner_id > 0")}
    )
    if ask.store.scope.kind == "type":
        kinds = [ask.store.scope.value]
    elif ask.store.scope.kind != "program":
        return no("no_data")
    items = []
    for kind in kinds:
        store = ask.store.at(of_dimension("type", kind))
        rows = store.by_partner(ask.period)
        if rows:
            items.append(_type_item(kind, rows))
    items.sort(key=lambda item: item["net"], reverse=True)
    return Answer(None, items=items, n=sum(item["active"] for item in items))


def _type_item(kind: str, rows: list[tuple[int, Decimal, Decimal, int, int]]) -> dict[str, Any]:
    nets = stats.histogram((float(row[2]), 1) for row in rows)
    won, lost = sum(row[3] for row in rows), sum(row[4] for row in rows)
    net = sum((row[2] for row in rows), start=Decimal(0))
    first = rows[:10]
    known = names_of([row[0] for row in first])
    ranks = [1 + sum(1 for other in rows if other[2] > row[2]) for row in first]
    return {
        "type": kind,
        "active": len(rows),
        "net": net,
        "per_partner": round(net / len(rows), 2),
        "median": Decimal(str(stats.median(nets))),
        "win_rate": won / (won + lost) if won + lost else None,
        "partners": [
            {"rank": rank, "partner": known[row[0]][0], "name": known[row[0]][1], "net": row[2]}
            for rank, row in zip(ranks, first, strict=True)
        ],
    }


KPIS = [
    Kpi(
        "active_partners",
        _("Active partners"),
        STRATEGIZE,
        _("How many partners were under contract?"),
        _("Distinct partners with a contract in the period; a merged partner counts once."),
        _("days under contract, in the program time zone"),
        "count",
        "higher",
        "SEMI",
        {
            "any": Variant(active("active_any"), _("at any time"), numerator=(ACTIVE,)),
            "start": Variant(
                active("active_start"), _("on the first day"), numerator=(ACTIVE_START,)
            ),
            "end": Variant(active("active_end"), _("on the last day"), numerator=(ACTIVE_END,)),
        },
        help=_("More is not better by itself: read it with partners generating revenue."),
    ),
    Kpi(
        "net_partner_growth",
        _("Net partner growth"),
        STRATEGIZE,
        _("Is the network growing after leavers?"),
        _("Active partners on the last day minus active partners on the first day."),
        _("days under contract"),
        "count",
        "higher",
        "SUM",
        {
            "net": Variant(
                net_growth, _("net"), numerator=(ACTIVE_END,), denominator=(ACTIVE_START,)
            ),
        },
        help=_("Mergers are neither new nor lost: the survivor stands for both."),
    ),
    Kpi(
        "partner_sourced_share",
        _("Partner-sourced share"),
        STRATEGIZE,
        _("What part of the business comes from partners?"),
        _("Won revenue of deals that partners found, divided by all won revenue."),
        _("closing day"),
        "share",
        "higher",
        "RATIO",
        {
            "share": Variant(
                sourced_share, _("share"), numerator=(WON_AMOUNT,), denominator=(WON_ALL,)
            ),
            "total": Variant(total_revenue, _("all won revenue"), "money", (WON_ALL,)),
            "direct": Variant(direct_revenue, _("direct won revenue"), "money", (WON_DIRECT,)),
        },
        breakdowns=("type", "tier", "region", "segment", "manager", "customer_region"),
        help=_("Without direct deals there is no share: connect them first."),
        for_partners=False,
    ),
    Kpi(
        "revenue_generating_partner_rate",
        _("Partners generating revenue"),
        STRATEGIZE,
        _("Of all partners, how many bring in money?"),
        _("Partners with a won deal, divided by partners under contract in the period."),
        _("closing day"),
        "share",
        "higher",
        "RATIO",
        {
            "rate": Variant(
                generating_rate, _("rate"), numerator=(WINNERS,), denominator=(ACTIVE,)
            ),
            "count": Variant(generating_count, _("partners"), "count", (WINNERS,)),
            "ramped": Variant(generating_ramped, _("180 days or longer with us")),
        },
        breakdowns=("type", "tier", "region", "segment", "manager"),
        needs_n=5,
        for_partners=False,
    ),
    Kpi(
        "revenue_concentration_hhi",
        _("Revenue concentration"),
        STRATEGIZE,
        _("Do we hang on a few partners?"),
        _("10,000 times the sum of squared shares of partner-sourced gross revenue."),
        _("closing day"),
        "index",
        "lower",
        "INDEX",
        {
            "hhi": Variant(concentration, _("concentration index")),
            "effective_partners": Variant(effective_partners, _("effective number of partners")),
        },
        breakdowns=("type", "region"),
        help=_("10,000 is one partner for everything; above 2,500 deserves a look."),
        needs_n=5,
        for_partners=False,
    ),
    Kpi(
        "revenue_top20_share",
        _("Share of the top 20 % of partners"),
        STRATEGIZE,
        _("Does a small share of partners bring most revenue?"),
        _("Revenue of the largest fifth of partners (rounded up), divided by all of it."),
        _("closing day"),
        "share",
        "context",
        "INDEX",
        {
            "share": Variant(top20, _("share")),
            "top1": Variant(top1, _("share of the largest partner")),
            "gini": Variant(gini, _("inequality (Gini)"), "index"),
        },
        breakdowns=("type", "region"),
        help=_("80/20 is folklore, not a target: watch your own trend."),
        for_partners=False,
    ),
    Kpi(
        "top_partners_by_type",
        _("Top partners by type"),
        STRATEGIZE,
        _("Which kinds of partner earn most, so whom should we recruit next?"),
        _("Partners ranked inside their type by partner-sourced net revenue; ties share a rank."),
        _("closing day; refunds on their own day"),
        "ranking",
        "higher",
        "SUM",
        {"net": Variant(top_by_type, _("net revenue"))},
        breakdowns=("type",),
        for_partners=False,
    ),
]
