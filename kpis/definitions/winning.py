"""Win rates and their comparison: kpis.md 70."""

from collections.abc import Callable
from decimal import Decimal

from kpis import stats
from kpis.definitions.base import Ask, Compute
from kpis.result import Answer, no, ratio
from kpis.store import Store


def counts(store: Store, ask: Ask, kind: str) -> tuple[int, int]:
    """(won, decided) deals: all, with co-sell, or without (solo)."""
    won, lost = (store.count("sales", name, ask.period) for name in ("won_n", "lost_n"))
    with_won, with_lost = (
        store.count("sales", name, ask.period) for name in ("cosell_won_n", "cosell_lost_n")
    )
    if kind == "co_sell":
        return with_won, with_won + with_lost
    if kind == "solo":
        return won - with_won, won + lost - with_won - with_lost
    return won, won + lost


def answer(won: int, of: int) -> Answer:
    """A win rate with Wilson's interval."""
    if not of:
        return no("no_data", numerator=won, denominator=of, n=0)
    return ratio(won, of, n=of, ci=stats.wilson(won, of), ci_method="wilson")


def rate(store_of: Callable[[Ask], Store], kind: str) -> Compute:
    """The win rate of one side."""
    return lambda ask: answer(*counts(store_of(ask), ask, kind))


def decided(kind: str) -> Compute:
    """Co-sell deals of partners and direct ones together; solo: partner deals without co-sell."""

    def compute(ask: Ask) -> Answer:
        won, of = counts(ask.store, ask, kind)
        if kind == "co_sell" and ask.store.scope.kind in {"program", "customer_region"}:
            direct_won, direct_of = counts(ask.store.direct(), ask, kind)
            won, of = won + direct_won, of + direct_of
        return answer(won, of)

    return compute


def value_rate(ask: Ask) -> Answer:
    """Won amounts in won and lost amounts."""
    won = Decimal(ask.store.sum("sales", "won_rc", ask.period))
    lost = Decimal(ask.store.sum("sales", "lost_rc", ask.period))
    return ratio(won, won + lost, n=counts(ask.store, ask, "all")[1])


def difference(ask: Ask) -> Answer:
    """Partner rate minus direct rate, with Newcombe's interval."""
    won, of = counts(ask.store, ask, "all")
    direct_won, direct_of = counts(ask.store.direct(), ask, "all")
    if not of or not direct_of:
        return no("no_data")
    return Answer(
        won / of - direct_won / direct_of,
        n=min(of, direct_of),
        ci=stats.newcombe(won, of, direct_won, direct_of),
        ci_method="newcombe",
    )
