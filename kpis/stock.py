"""Stocks at any instant, from the history itself (cells hold the months' ends only)."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from kpis import seats
from kpis.result import Number
from kpis.scopes import DYNAMIC
from kpis.store import Store, query


def _who(store: Store, alias: str, day: date) -> tuple[str, tuple[object, ...]]:
    """Condition on the partner (or customer region) of a deal or registration."""
    scope = store.scope
    if scope.kind == "direct":
        return f"{alias}.partner_id IS NULL", ()
    if scope.kind == "customer_region":
        side = "IS NULL" if scope.id == -1 else "IS NOT NULL"
        return (
            f"{alias}.partner_id {side} AND {alias}.customer_id IN"
            " (SELECT id FROM partners_customer WHERE region = %s)",
            (scope.value,),
        )
    if scope.kind == "program":
        return f"{alias}.partner_id IS NOT NULL", ()
    if scope.kind == "partner":
        return "span.canonical_id = %s", (scope.id,)
    if scope.kind == DYNAMIC:
        return seats.of_day(scope, "span.canonical_id", f"'{day.isoformat()}'::date", store.mode)
    column = "manager_id" if scope.kind == "manager" else scope.kind
    of = "span" if store.mode == "pit" else "today"
    return f"{of}.{column} = %s", (scope.id if scope.kind == "manager" else scope.value,)


def _from(store: Store, table: str, alias: str, day: date) -> tuple[str, tuple[object, ...]]:
    """FROM with the profile of the day; test partners have none and drop out."""
    where, params = _who(store, alias, day)
    join = (
        f"FROM {table} AS {alias} JOIN kpis_profilespan AS span"
        f" ON span.partner_id = coalesce({alias}.partner_id, 0)"
    )
    if store.mode == "current":
        # as the cells do: what the partner is today, for a merged stub its survivor
        join += (
            " AND span.ends_on = 'infinity' JOIN kpis_profilespan AS today"
            " ON today.partner_id = span.canonical_id AND today.ends_on = 'infinity'"
        )
        return f"{join} WHERE {where}", params
    return f"{join} AND %s >= span.starts_on AND %s < span.ends_on WHERE {where}", (
        day,
        day,
        *params,
    )


def stock_at(store: Store, at: datetime) -> dict[str, Number]:
    """Open deals and waiting registrations at ``at``, at the rate of the local day before it.

    An event exactly at ``at`` belongs to what comes after (E9).
    """
    day = store.settings.local_date(at - timedelta(microseconds=1))
    amount = "coalesce(sum(prm_rc({0}.amount, prm_rate({0}.currency, %s))), 0), count(*)"
    text, params = _from(store, "partners_deal_span", "deal", day)
    is_open = " AND deal.starts_at < %s AND (deal.ends_at IS NULL OR deal.ends_at >= %s)"
    open_rc, open_n = query(
        f"SELECT {amount.format('deal')} {text}{is_open}", (day, *params, at, at)
    )[0]
    text, params = _from(store, "partners_registration", "waiting", day)
    is_pending = (
        " AND waiting.submitted_at < %s"
        " AND (waiting.decided_at IS NULL OR waiting.decided_at >= %s)"
    )
    pending_rc, pending_n = query(
        f"SELECT {amount.format('waiting')} {text}{is_pending}", (day, *params, at, at)
    )[0]
    return {
        "open_rc": Decimal(open_rc),
        "open_n": int(open_n),
        "pending_rc": Decimal(pending_rc),
        "pending_n": int(pending_n),
    }


def open_ages(store: Store, at: datetime) -> list[tuple[int, int]]:
    """(age in local days, deals) of the deals open at ``at`` whose opening day is known."""
    day = store.settings.local_date(at - timedelta(microseconds=1))
    text, params = _from(store, "partners_deal_span", "deal", day)
    return query(
        "SELECT age.days, count(*) FROM ("
        " SELECT %s::date - fact.opened_on AS days FROM ("
        f"  SELECT DISTINCT deal.deal_id {text}"
        "   AND deal.starts_at < %s AND (deal.ends_at IS NULL OR deal.ends_at >= %s)"
        " ) AS open JOIN partners_deal AS fact ON fact.id = open.deal_id"
        " WHERE fact.opened_on IS NOT NULL) AS age GROUP BY 1 ORDER BY 1",
        (day, *params, at, at),
    )
