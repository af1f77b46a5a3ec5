"""Selling: kpis.md 55, 57, 60, 70, 71, 72."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from kpis.definitions.base import Ask, Kpi, Variant
from kpis.definitions.cycles import cycle, cycle_comparison, cycle_difference, open_age
from kpis.definitions.parts import (
    ADJUSTED,
    CO_SELL_DECIDED,
    CO_SELL_WON,
    CYCLES,
    CYCLES_DIRECT,
    DAYS,
    DAYS_DIRECT,
    DECIDED,
    DECIDED_DIRECT,
    INFLUENCED,
    LOST_AMOUNT,
    OPEN,
    OPEN_COUNT,
    PENDING,
    SELL,
    SOLO_DECIDED,
    SOLO_WON,
    WON,
    WON_AMOUNT,
    WON_COUNT_DIRECT,
    WON_DIRECT,
)
from kpis.definitions.trends import deal_size_trend, median_deal_size
from kpis.definitions.winning import decided, difference, rate, value_rate
from kpis.result import Answer, no
from kpis.stats import mean, median
from kpis.stock import stock_at
from kpis.store import Store


def revenue_net(ask: Ask) -> Answer:
    """Won gross net of refunds and credits of the period."""
    store, period = ask.store, ask.period
    net = store.sum("sales", "won_rc", period) + store.sum("sales", "adjusted_rc", period)
    return Answer(net, numerator=net, n=store.count("sales", "won_n", period))


def revenue_gross(ask: Ask) -> Answer:
    """Won amounts at the rate of their closing day."""
    gross = ask.store.sum("sales", "won_rc", ask.period)
    return Answer(gross, numerator=gross, n=ask.store.count("sales", "won_n", ask.period))


def joint(ask: Ask) -> Answer:
    """Sourced net plus influenced; any-touch, hence for the programme and regions only."""
    store, period = ask.store, ask.period
    if store.scope.kind not in {"program", "customer_region"}:
        return no("not_connected")
    sourced = revenue_net(ask)
    direct = store.direct()
    touched = direct.sum("sales", "influenced_rc", period)
    total = Decimal(sourced.value or 0) + touched
    n = (sourced.n or 0) + direct.count("sales", "influenced_n", period)
    return Answer(total, numerator=total, n=n)


def influenced(ask: Ask) -> Answer:
    """Won deals of our own that partners helped with, each counted once."""
    if ask.store.scope.kind not in {"program", "customer_region"}:
        return no("not_connected")
    store = ask.store.direct()
    total = store.sum("sales", "influenced_rc", ask.period)
    n = store.count("sales", "influenced_n", ask.period)
    return Answer(total, numerator=total, n=n)


def size_mean(store_of: Any) -> Any:
    """Won amount per won deal."""

    def compute(ask: Ask) -> Answer:
        store: Store = store_of(ask)
        won = store.count("sales", "won_n", ask.period)
        total = Decimal(store.sum("sales", "won_rc", ask.period))
        if not won:
            return no("no_data", numerator=total, denominator=0, n=0)
        return Answer(total / won, numerator=total, denominator=won, n=won)

    return compute


def pipeline(measure: str) -> Any:
    """A stock at the period's end, or at any instant."""

    def compute(ask: Ask) -> Answer:
        if ask.as_of is not None:
            stock = stock_at(ask.store, ask.as_of)
        else:
            stock = {
                name: ask.store.last("stock", name, ask.period)
                for name in ("open_rc", "open_n", "pending_rc", "pending_n")
            }
        count = int(stock["pending_n" if measure == "pending_rc" else "open_n"])
        value = count if measure.endswith("_n") else stock[measure]
        return Answer(value, numerator=value, n=count)

    return compute


def _own(ask: Ask) -> Store:
    return ask.store


def _direct(ask: Ask) -> Store:
    return ask.store.direct()


KPIS = [
    Kpi(
        "partner_sourced_revenue",
        _("Partner-sourced revenue"),
        SELL,
        _("How much money does the programme bring in?"),
        _("Won amounts of deals that partners found, net of refunds and credits of the period."),
        _("closing day at that day's rate; adjustments on their own day"),
        "money",
        "higher",
        "SUM",
        {
            "net": Variant(
                revenue_net, _("net"), numerator=(WON_AMOUNT, ADJUSTED), for_partners=True
            ),
            "gross": Variant(revenue_gross, _("gross"), numerator=(WON_AMOUNT,), for_partners=True),
        },
        breakdowns=("type", "tier", "region", "segment", "manager", "partner", "customer_region"),
    ),
    Kpi(
        "joint_revenue",
        _("Joint revenue"),
        SELL,
        _("What is the whole business touched by partners?"),
        _("Partner-sourced net revenue plus our own won deals that a partner helped with."),
        _("closing day"),
        "money",
        "higher",
        "SUM",
        {
            "joint": Variant(
                joint, _("sourced and influenced"), numerator=(WON_AMOUNT, ADJUSTED, INFLUENCED)
            ),
            "influenced": Variant(influenced, _("influenced"), numerator=(INFLUENCED,)),
        },
        breakdowns=("customer_region",),
        help=_(
            "A partner helped: a material touch within 90 days before the deal was opened, or"
            " later, up to its close. Each deal counts once, however many partners helped."
        ),
    ),
    Kpi(
        "partner_pipeline_open",
        _("Open pipeline"),
        SELL,
        _("What is coming?"),
        _("Amounts of approved deals that are open at the period's end, at that day's rate."),
        _("state at the period's end, from the deals' history"),
        "money",
        "higher",
        "SEMI",
        {
            "value": Variant(
                pipeline("open_rc"),
                _("value"),
                numerator=(OPEN,),
                for_partners=True,
                takes_instant=True,
            ),
            "deals": Variant(
                pipeline("open_n"),
                _("deals"),
                "count",
                (OPEN_COUNT,),
                for_partners=True,
                takes_instant=True,
            ),
            "pending": Variant(
                pipeline("pending_rc"),
                _("registrations waiting for a decision"),
                numerator=(PENDING,),
                for_partners=True,
                takes_instant=True,
            ),
        },
        breakdowns=("type", "tier", "region", "segment", "manager", "partner", "customer_region"),
    ),
    Kpi(
        "win_rate",
        _("Win rate"),
        SELL,
        _("How many decided deals do we win, and with partners more than direct?"),
        _("Won deals divided by won and lost deals; open deals do not count."),
        _("closing day"),
        "share",
        "higher",
        "RATIO",
        {
            "partner": Variant(
                rate(_own, "all"),
                _("partner deals"),
                numerator=(WON,),
                denominator=(DECIDED,),
                for_partners=True,
            ),
            "direct": Variant(
                rate(_direct, "all"),
                _("direct deals"),
                numerator=(WON_COUNT_DIRECT,),
                denominator=(DECIDED_DIRECT,),
            ),
            "co_sell": Variant(
                decided("co_sell"),
                _("co-sell deals"),
                numerator=(CO_SELL_WON,),
                denominator=(CO_SELL_DECIDED,),
            ),
            "solo": Variant(
                decided("solo"),
                _("partner deals without co-sell"),
                numerator=(SOLO_WON,),
                denominator=(SOLO_DECIDED,),
            ),
            "by_value": Variant(
                value_rate,
                _("by value"),
                numerator=(WON_AMOUNT,),
                denominator=(WON_AMOUNT, LOST_AMOUNT),
                for_partners=True,
            ),
            "difference": Variant(difference, _("partner minus direct")),
        },
        breakdowns=("type", "tier", "region", "segment", "manager", "partner", "customer_region"),
        help=_("A deal that was lost, reopened and won counts once, as won."),
        needs_n=5,
    ),
    Kpi(
        "average_deal_size",
        _("Average deal size"),
        SELL,
        _("Is the contract size going up or down?"),
        _("Won amounts divided by won deals, gross."),
        _("closing day"),
        "money",
        "higher",
        "RATIO",
        {
            "mean": Variant(
                size_mean(_own),
                _("mean"),
                numerator=(WON_AMOUNT,),
                denominator=(WON,),
                for_partners=True,
            ),
            "median": Variant(
                median_deal_size(_own), _("median"), for_partners=True, whole_only=True
            ),
            "direct": Variant(
                size_mean(_direct),
                _("direct deals, mean"),
                numerator=(WON_DIRECT,),
                denominator=(WON_COUNT_DIRECT,),
            ),
            "direct_median": Variant(
                median_deal_size(_direct), _("direct deals, median"), whole_only=True
            ),
            "trend": Variant(
                deal_size_trend,
                _("trend of the quarterly medians, a year"),
                "share",
                whole_only=True,
            ),
        },
        breakdowns=("type", "tier", "region", "segment", "manager", "partner", "customer_region"),
        needs_n=5,
    ),
    Kpi(
        "time_to_close",
        _("Time to close"),
        SELL,
        _("Do partner deals close faster?"),
        _("Median days from opening to close of won deals, in local calendar days."),
        _("closing day"),
        "days",
        "lower",
        "MEDIAN",
        {
            "partner": Variant(
                cycle(_own, median),
                _("partner deals, median"),
                numerator=(DAYS,),
                denominator=(CYCLES,),
                for_partners=True,
            ),
            "direct": Variant(
                cycle(_direct, median),
                _("direct deals, median"),
                numerator=(DAYS_DIRECT,),
                denominator=(CYCLES_DIRECT,),
            ),
            "mean": Variant(
                cycle(_own, mean),
                _("partner deals, mean"),
                numerator=(DAYS,),
                denominator=(CYCLES,),
                for_partners=True,
            ),
            "difference": Variant(cycle_difference, _("partner minus direct")),
            "comparison": Variant(cycle_comparison, _("difference, if it is more than chance")),
            "open_age": Variant(
                open_age, _("median age of open deals"), for_partners=True, takes_instant=True
            ),
        },
        breakdowns=("type", "tier", "region", "segment", "manager", "partner", "customer_region"),
        help=_("Deals still open are left out: read the median age of open deals beside it."),
        needs_n=5,
    ),
]
