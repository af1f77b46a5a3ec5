"""The base rows behind a number: they add up to it, and a test holds this for every KPI."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from kpis import basefacts, seats
from kpis.definitions.base import Facts
from kpis.engine.families import BY_NAME
from kpis.readers import partners_for, sees_all
from kpis.regions import with_customer
from kpis.scopes import DYNAMIC, PROGRAM
from kpis.store import Store, query
from prm.common.access import Actor
from prm.common.periods import Period

COLUMNS = (
    "partner",
    "partner_name",
    "deal",
    "deal_name",
    "date",
    "amount",
    "original_amount",
    "currency",
    "rate",
)
# What tells the facts of a family apart, beside partner and day.
IDS = {
    "sales": ("deal_id", "adjustment_id"),
    "stock": ("deal_id", "registration_id"),
    "cycle": ("deal_id",),
    "engagement": ("login_id",),
    "membership": ("contract_id",),
    "tier_move": (),
}
OF_PARTNERS = {"membership", "engagement", "tier_move"}  # facts of no customer
ALL_IDS = (
    "deal_id", "registration_id", "adjustment_id", "login_id", "contract_id", "application_id",
    "cost_id", "onboarding_task_id", "user_id", "session_id",
)  # fmt: skip
DISTINCT = {"partner": "partner_id", "person": "user_id"}  # counted once each
EXPORT_CHUNK = 2_000
# What people can order the rows by; the newest come first unless they do.
# What a row is of, where it is of no deal: the application, the cost, the task or the person.
DEAL_NAME = (
    "coalesce(nullif(deal.name, ''), customer.name, deal.external_id, registration.name,"
    " nullif(application.company, ''), application.external_id, nullif(cost.note, ''), cost.kind,"
    " onboarding_task.title, nullif(person.name, ''), person.email)"
)
ORDERS = {
    "date": "row.day",
    "partner": "partner.name",
    "deal": DEAL_NAME,
    "amount": "row.amount",
}
NEWEST = "-date"
# What a row names; each join finds one row at most, so that nothing is counted twice.
NAMED = (
    " LEFT JOIN partners_partner AS partner ON partner.id = row.partner_id"
    " LEFT JOIN partners_deal AS deal ON deal.id = row.deal_id"
    " LEFT JOIN partners_dealadjustment AS adjustment ON adjustment.id = row.adjustment_id"
    " LEFT JOIN partners_registration AS registration ON registration.id = row.registration_id"
    " LEFT JOIN partners_application AS application ON application.id = row.application_id"
    " LEFT JOIN partners_cost AS cost ON cost.id = row.cost_id"
    " LEFT JOIN partners_onboardingtask AS onboarding_task"
    " ON onboarding_task.id = row.onboarding_task_id"
    " LEFT JOIN common_user AS person ON person.id = row.user_id"
    " LEFT JOIN partners_customer AS customer"
    " ON customer.id = coalesce(deal.customer_id, registration.customer_id)"
)
SIDES = {"partner": "partner.id IS NOT NULL", "direct": "partner.id IS NULL"}


@dataclass(frozen=True)
class Narrow:
    """Which rows to list: whose partner or deal is called so, and those of one side (`SIDES`)."""

    text: str = ""
    side: str = ""

    def rule(self) -> tuple[str, tuple[str, ...]]:
        """The condition with its parameters; only rows that may be listed are."""
        rules, params = ["row.visible"], []
        if self.text:
            rules.append(f"(partner.name ILIKE %s OR {DEAL_NAME} ILIKE %s)")
            params = [f"%{connection.ops.prep_for_like_query(self.text)}%"] * 2
        if self.side:
            rules.append(SIDES[self.side])
        return " AND ".join(rules), tuple(params)


EVERY = Narrow()


@dataclass(frozen=True)
class Scoped:
    """FROM … WHERE of a family's facts in one scope, with parameters."""

    text: str
    params: tuple[Any, ...]


def scoped_facts(family: str, store: Store) -> Scoped:
    """The facts of a family that belong to the store's scope, alias ``fact`` and ``span``."""
    scope = store.scope
    spans = " JOIN kpis_profilespan AS span ON span.profile_id = fact.profile_id"
    if scope.kind == "customer_region":
        side = "= 0" if scope.id == -1 else "<> 0"
        text = f"{with_customer(family)}{spans}"
        where = f"fact.partner_id {side} AND customer.region = %s"
        return Scoped(f"{text} WHERE {where}", (scope.value,))
    text = f"FROM {BY_NAME[family].view} AS fact{spans}"
    if scope.kind == "direct":
        return Scoped(f"{text} WHERE fact.partner_id = 0", ())
    text += (
        " "
        if store.mode == "pit"
        else (
            " JOIN kpis_profilespan AS today ON today.partner_id = span.canonical_id"
            " AND today.ends_on = 'infinity'"
        )
    )
    if scope.kind == "program":
        return Scoped(f"{text} WHERE fact.partner_id <> 0", ())
    if scope.kind == "partner":
        return Scoped(f"{text} WHERE span.canonical_id = %s", (scope.id,))
    if scope.kind == DYNAMIC:
        where, params = seats.of_facts(scope, family, store.mode)
        return Scoped(f"{text} WHERE fact.partner_id <> 0 AND {where}", params)
    column = "manager_id" if scope.kind == "manager" else scope.kind
    of = "span" if store.mode == "pit" else "today"
    value = scope.id if scope.kind == "manager" else scope.value
    return Scoped(f"{text} WHERE fact.partner_id <> 0 AND {of}.{column} = %s", (value,))


@dataclass
class Rows:
    """One page of base rows; ``total`` is what all rows add up to, ``hidden`` what is summed only,
    ``found`` what is listed on all pages.

    Rows of partners that the reader may not see are not listed; their number and sum are told,
    so that the listed rows and the hidden ones together equal the shown figure.
    """

    columns: list[str]
    rows: list[dict[str, Any]]
    total_rows: int
    total: Decimal
    hidden_rows: int = 0
    hidden_total: Decimal = Decimal(0)
    found_rows: int = 0
    found_total: Decimal = Decimal(0)


def _sides(facts: Facts, store: Store) -> list[Store]:
    """Which scopes the facts come from: the asked one, direct business, the whole company."""
    found = []
    for side in facts.sides:
        if side == "direct":
            found.append(store.direct())
        elif side == "beside":  # direct deals too, where the scope is not a part of the partners
            if store.scope.kind in {"program", "customer_region"}:
                found.append(store.direct())
        elif side == "company":
            found.append(store if store.scope.kind == "customer_region" else store.at(PROGRAM))
        else:
            found.append(store)
    return found


def _union(parts: tuple[Facts, ...], store: Store, period: Period) -> tuple[str, tuple[Any, ...]]:
    """All rows of the parts: partner, what the row is, day, amount."""
    months = store.begun(period) or list(period.months)
    texts: list[str] = []
    params: list[Any] = []
    for facts in parts:
        if facts.kind in basefacts.BASE:
            text, used = _of_base(facts, store, period)
            texts.append(text)
            params += used
            continue
        for side in _sides(facts, store):
            source = scoped_facts(facts.kind, side)
            place = {"first": period.months[0], "end": months[-1]}
            where, used = facts.where or "true", []
            for name, value in place.items():
                while f"%({name})s" in where:
                    where = where.replace(f"%({name})s", "%s", 1)
                    used.append(value)
            amount = "1" if facts.amount in {"", *DISTINCT} else f"fact.{facts.amount}"
            texts.append(
                f"SELECT span.canonical_id AS partner_id, {_columns(facts.kind)},"
                f" ({amount})::numeric AS amount {source.text} AND {where}"
                f" AND {BY_NAME[facts.kind].of_days(period.starts_on, period.ends_on)}"
            )
            params += [*source.params, *used]
    text = " UNION ALL ".join(texts)
    for key in {DISTINCT[facts.amount] for facts in parts if facts.amount in DISTINCT}:
        text = _each_once(text, key)
    return text, tuple(params)


def _each_once(text: str, key: str) -> str:
    """A row for each partner, or for each person wherever it works."""
    ids = [name if name == key else f"NULL::bigint AS {name}" for name in ALL_IDS]
    partner = "partner_id" if key == "partner_id" else "min(partner_id) AS partner_id"
    return (
        f"SELECT {partner}, {', '.join(ids)}, min(day) AS day, 1::numeric AS amount"
        f" FROM ({text}) AS fact GROUP BY {key}"
    )


def _of_base(facts: Facts, store: Store, period: Period) -> tuple[str, list[Any]]:
    """The rows of facts that are read from the base tables."""
    text, params = basefacts.selected(facts.kind, store, period, facts.where)
    own = basefacts.BASE[facts.kind].ids
    names = [f"fact.{one}" if one in own else f"NULL::bigint AS {one}" for one in ALL_IDS]
    amount = "1" if facts.amount in {"", *DISTINCT} else f"fact.{facts.amount}"
    columns = ", ".join(["fact.partner_id", *names, "fact.day", f"({amount})::numeric AS amount"])
    return f"SELECT {columns} {text}", params


def _columns(kind: str) -> str:
    """The columns that name a row of a family, the same for all families, and its day."""
    own = IDS[kind]
    ids = [f"fact.{name}" if name in own else f"NULL::bigint AS {name}" for name in ALL_IDS]
    return ", ".join([*ids, "fact.month AS day" if kind == "membership" else "fact.day"])


def rows_behind(
    parts: tuple[Facts, ...],
    store: Store,
    period: Period,
    actor: Actor,
    offset: int = 0,
    limit: int = 100,
    sort: str = NEWEST,
    narrow: Narrow = EVERY,
) -> Rows:
    """A page of the rows behind a numerator or denominator; ``sort`` is a key of `ORDERS`."""
    parts = _in_scope(parts, store)
    if not parts:
        return Rows([], [], 0, Decimal(0))
    text, params = _marked(parts, store, period, actor)
    listed, more = _listed(text, sort, narrow)
    page = query(f"{listed} LIMIT %s OFFSET %s", (*params, *more, limit, offset))
    rule, _same = narrow.rule()
    of_found, of_hidden = f"FILTER (WHERE {rule})", "FILTER (WHERE NOT row.visible)"
    total = query(
        "SELECT count(*), coalesce(sum(row.amount), 0),"
        f" count(*) {of_hidden}, coalesce(sum(row.amount) {of_hidden}, 0),"
        f" count(*) {of_found}, coalesce(sum(row.amount) {of_found}, 0)"
        f" FROM ({text}) AS row{NAMED if narrow != EVERY else ''}",
        (*more, *more, *params),
    )[0]
    return Rows(
        columns=list(COLUMNS),
        rows=[dict(zip(COLUMNS, row, strict=True)) for row in page],
        total_rows=int(total[0]),
        total=Decimal(total[1]),
        hidden_rows=int(total[2]),
        hidden_total=Decimal(total[3]),
        found_rows=int(total[4]),
        found_total=Decimal(total[5]),
    )


def all_rows_behind(
    parts: tuple[Facts, ...],
    store: Store,
    period: Period,
    actor: Actor,
    sort: str = NEWEST,
    narrow: Narrow = EVERY,
) -> Iterator[tuple[Any, ...]]:
    """Every row that may be listed, with the values of ``COLUMNS``, read as they are taken.

    One statement and one cursor in the database, so the rows are of one moment.
    """
    parts = _in_scope(parts, store)
    if not parts:
        return
    text, params = _marked(parts, store, period, actor)
    listed, more = _listed(text, sort, narrow)
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(listed, (*params, *more))
        while found := cursor.fetchmany(EXPORT_CHUNK):
            yield from found


def _in_scope(parts: tuple[Facts, ...], store: Store) -> tuple[Facts, ...]:
    """The parts that can have rows: contracts and sign-ins belong to no region of customers."""
    if store.scope.kind != "customer_region":
        return parts
    return tuple(facts for facts in parts if facts.kind not in OF_PARTNERS)


def _marked(
    parts: tuple[Facts, ...], store: Store, period: Period, actor: Actor
) -> tuple[str, tuple[Any, ...]]:
    """All rows, each with whether it may be listed."""
    text, params = _union(parts, store, period)
    seen, seen_params = _visible(actor)
    return f"SELECT row.*, {seen} AS visible FROM ({text}) AS row", (*seen_params, *params)


def _listed(text: str, sort: str, narrow: Narrow) -> tuple[str, tuple[str, ...]]:
    """The rows to list with names and original amounts, in an order without ties."""
    rule, params = narrow.rule()
    order, way = ORDERS[sort.removeprefix("-")], "DESC" if sort.startswith("-") else "ASC"
    listed = (
        f"SELECT partner.public_id, partner.name, deal.public_id, {DEAL_NAME}, row.day, row.amount,"
        " coalesce(adjustment.amount, deal.amount, registration.amount, cost.amount),"
        " coalesce(adjustment.currency, deal.currency, registration.currency, cost.currency),"
        " coalesce(CASE WHEN adjustment.id IS NULL THEN deal.fx_rate ELSE adjustment.fx_rate END,"
        " cost.fx_rate)"
        f" FROM ({text}) AS row{NAMED} WHERE {rule}"
        f" ORDER BY {order} {way} NULLS LAST, row.day DESC, row.amount DESC, row.partner_id, "
        + ", ".join(f"row.{name}" for name in ALL_IDS)
    )
    return listed, params


def _visible(actor: Actor) -> tuple[str, tuple[Any, ...]]:
    """Whether a row may be listed: the row rule of partners; direct rows for those who see all."""
    if sees_all(actor):
        return "true", ()
    ids = list(partners_for(actor).values_list("pk", flat=True))
    return "row.partner_id = ANY(%s)", (ids,)
