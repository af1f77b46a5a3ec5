"""Facts that are read from the base tables themselves, since they are few: applications, costs.

Each is one SELECT; values and the rows behind them come from the same text. A row has partner_id
(the survivor, 0 for none), its dimensions as they were on the day, the day, and amounts.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from kpis.store import Store, query
from prm.common.periods import Period

IN_PERIOD = "fact.day >= {starts} AND fact.day < {ends}"
AT_END = "fact.day < {ends} AND (fact.until IS NULL OR fact.until >= {ends})"
OF_APPLICATION = """
    SELECT application.id AS application_id, NULL::bigint AS contract_id, NULL::bigint AS cost_id,
        coalesce(partner.merged_into_id, partner.id, 0) AS partner_id,
        application.type::text AS type, ''::text AS tier, application.region::text AS region,
        ''::text AS segment, 0::bigint AS manager_id, {columns}
    FROM partners_application AS application
    LEFT JOIN partners_partner AS partner ON partner.id = application.partner_id
    WHERE coalesce(partner.is_test, false) = false AND {where}
"""
DECIDED = OF_APPLICATION.format(
    columns="application.decided_on AS day, (application.state = 'approved')::int AS approved_n",
    where="application.state IN ('approved', 'rejected', 'withdrawn')",
)
# What waits for us on a day: confirmed by then and not decided; an imported one has no more.
WAITING = OF_APPLICATION.format(
    columns="prm_local_day(application.confirmed_at) AS day, application.decided_on AS until",
    where="application.confirmed_at IS NOT NULL",
)
# The agreement that followed an approved application, with what the partner was on its first day.
SIGNED = """
    SELECT application.id AS application_id, contract.id AS contract_id, NULL::bigint AS cost_id,
        span.canonical_id AS partner_id, span.type, span.tier, span.region, span.segment,
        span.manager_id, contract.starts_on AS day,
        contract.starts_on - application.applied_on AS days, application.fit_score
    FROM partners_application AS application
    JOIN LATERAL (
        SELECT id, starts_on FROM partners_contract
        WHERE partner_id = application.partner_id AND starts_on >= application.applied_on
        ORDER BY starts_on, id LIMIT 1
    ) AS contract ON true
    JOIN kpis_profilespan AS span ON span.partner_id = application.partner_id
        AND contract.starts_on >= span.starts_on AND contract.starts_on < span.ends_on
    WHERE application.state = 'approved'
"""
COSTS = """
    SELECT NULL::bigint AS application_id, NULL::bigint AS contract_id, cost.id AS cost_id,
        coalesce(span.canonical_id, 0) AS partner_id, coalesce(span.type, '') AS type,
        coalesce(span.tier, '') AS tier, coalesce(span.region, '') AS region,
        coalesce(span.segment, '') AS segment, coalesce(span.manager_id, 0) AS manager_id,
        cost."on" AS day, coalesce(cost.amount_rc, 0) AS amount_rc, cost.kind, cost.channel
    FROM partners_cost AS cost
    LEFT JOIN kpis_profilespan AS span ON span.partner_id = cost.partner_id
        AND cost."on" >= span.starts_on AND cost."on" < span.ends_on
    WHERE cost.partner_id IS NULL OR span.partner_id IS NOT NULL
"""
# The month in which a partner won for the first time; what it is by now.
FIRST_WINS = """
    SELECT NULL::bigint AS application_id, NULL::bigint AS contract_id, NULL::bigint AS cost_id,
        first.partner_id, today.type, today.tier, today.region, today.segment, today.manager_id,
        first.day
    FROM (
        SELECT span.canonical_id AS partner_id, min(cell.month) AS day
        FROM kpis_salescell AS cell
        JOIN kpis_profilespan AS span ON span.profile_id = cell.profile_id
        WHERE cell.partner_id <> 0 AND cell.won_n > 0
        GROUP BY 1
    ) AS first
    JOIN kpis_profilespan AS today ON today.partner_id = first.partner_id
        AND today.ends_on = 'infinity'
"""
RECRUITING_KINDS = "fact.kind IN ('recruiting', 'onboarding')"


@dataclass(frozen=True)
class BaseFacts:
    """A SELECT of facts, and which of them count in a period."""

    text: str
    during: str = IN_PERIOD


BASE = {
    "application": BaseFacts(DECIDED),
    "waiting": BaseFacts(WAITING, AT_END),
    "signed": BaseFacts(SIGNED),
    "cost": BaseFacts(COSTS),
    "first_win": BaseFacts(FIRST_WINS),
}


def selected(name: str, store: Store, period: Period, where: str = "") -> tuple[str, list[Any]]:
    """FROM … WHERE of some facts of the store's scope in a period, alias ``fact``; parameters."""
    facts = BASE[name]
    during = facts.during.format(
        starts=_literal(period.starts_on), ends=_literal(_end(store, period))
    )
    condition, params = _of_scope(store)
    more = f" AND {where}" if where else ""
    return f"FROM ({facts.text}) AS fact WHERE {during} AND {condition}{more}", params


def _end(store: Store, period: Period) -> date:
    """The first day that no longer counts: a period that runs ends with today."""
    return min(period.ends_on, store.settings.local_date(store.now) + timedelta(days=1))


def _literal(day: date) -> str:
    return f"'{day.isoformat()}'::date"


def _of_scope(store: Store) -> tuple[str, list[Any]]:
    scope = store.scope
    if scope.kind == "program":
        return "true", []
    if scope.kind == "partner":
        return "fact.partner_id = %s", [scope.id]
    if scope.kind == "manager":
        return "fact.manager_id = %s", [scope.id]
    if scope.kind in {"type", "tier", "region", "segment"}:
        return f"fact.{scope.kind} = %s", [scope.value]
    return "false", []


def read(
    name: str, columns: str, store: Store, period: Period, where: str = ""
) -> list[tuple[Any, ...]]:
    """Columns of the facts of one scope that count in a period, as often as they stand there.

    All days are read at once and kept, grouped by day and columns, so that a trend costs what one
    period costs. Each row ends with how many facts it stands for.
    """
    facts = BASE[name]
    until = ", fact.until" if facts.during == AT_END else ", NULL::date"
    condition, params = _of_scope(store)
    more = f" AND {where}" if where else ""

    def fetch() -> list[tuple[Any, ...]]:
        return query(
            f"SELECT fact.day{until}, {columns}, count(*) FROM ({facts.text}) AS fact"
            f" WHERE {condition}{more} GROUP BY fact.day{until.replace(', NULL::date', '')},"
            f" {columns}",
            params,
        )

    first, end = period.starts_on, _end(store, period)
    rows = store.once(("base", name, columns, where), fetch)
    if facts.during == AT_END:
        return [row[2:] for row in rows if row[0] < end and (row[1] is None or row[1] >= end)]
    return [row[2:] for row in rows if first <= row[0] < end]
