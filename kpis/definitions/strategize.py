"""Define success and portfolio: kpis.md 1-4."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

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
)
from kpis.result import Answer, no, ratio
from kpis.scopes import PROGRAM
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
    has_direct = store.once_for_all("has direct", lambda: Deal.objects.direct().exists())
    if store.scope.kind == "direct" or not has_direct:
        return no("not_connected")
    partner = store.sum("sales", "won_rc", period)
    company = _company(ask)
    wins = store.count("sales", "won_n", period) + store.direct().count("sales", "won_n", period)
    return ratio(partner, company, n=wins)


def _company(ask: Ask) -> Decimal:
    store = ask.store
    of_all = store if store.scope.kind == "customer_region" else store.at(PROGRAM)
    return Decimal(
        of_all.sum("sales", "won_rc", ask.period)
        + store.direct().sum("sales", "won_rc", ask.period)
    )


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
    if not ask.store.has_partners:
        return no("no_data")
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


KPIS = [
    Kpi(
        "active_partners",
        _("Active partners"),
        STRATEGIZE,
        _("How many partners were under contract?"),
        _("Distinct partners with a contract in the period; a merged partner counts once."),
        _("days under contract, in the programme’s time zone"),
        "count",
        "higher",
        "SEMI",
        {
            "any": Variant(
                active("active_any"), _("at any time"), numerator=(ACTIVE,), for_partners=True
            ),
            "start": Variant(
                active("active_start"),
                _("on the first day"),
                numerator=(ACTIVE_START,),
                for_partners=True,
            ),
            "end": Variant(
                active("active_end"),
                _("on the last day"),
                numerator=(ACTIVE_END,),
                for_partners=True,
            ),
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
                net_growth,
                _("net"),
                numerator=(ACTIVE_END,),
                denominator=(ACTIVE_START,),
                for_partners=True,
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
            "total": Variant(
                total_revenue, _("all won revenue"), "money", (WON_ALL,), aggregation="SUM"
            ),
            "direct": Variant(
                direct_revenue, _("direct won revenue"), "money", (WON_DIRECT,), aggregation="SUM"
            ),
        },
        breakdowns=("type", "tier", "region", "segment", "manager", "customer_region"),
        help=_("Without direct deals there is no share: connect them first."),
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
            "count": Variant(
                generating_count, _("partners"), "count", (WINNERS,), aggregation="DISTINCT"
            ),
            "ramped": Variant(generating_ramped, _("180 days or longer with us"), whole_only=True),
        },
        breakdowns=("type", "tier", "region", "segment", "manager"),
        needs_n=5,
    ),
]
