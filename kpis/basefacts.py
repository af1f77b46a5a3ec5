"""Facts that are read from the base tables themselves, since they are few: applications, costs,
onboarding.

Each is one SELECT; values and the rows behind them come from the same text. A row has partner_id
(the survivor, 0 for none), its dimensions as they were on the day, the day, and amounts.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from kpis import seats, tenurefacts
from kpis.scopes import DYNAMIC
from kpis.store import Store, query
from prm.common.periods import Period

IN_PERIOD = "fact.day >= {starts} AND fact.day < {ends}"
AT_END = "fact.day < {ends} AND (fact.until IS NULL OR fact.until >= {ends})"
SO_FAR = "fact.day < {ends}"
# Plans that run at the end; a partner's own figure keeps the completed one.
IN_ONBOARDING = (
    "fact.day < {ends} AND (fact.until IS NULL OR fact.until >= {ends}"
    " OR ({one} AND NOT fact.ended)) AND (fact.skipped_on IS NULL OR fact.skipped_on >= {ends})"
)
# What was due by now, unless it is due today and may still be done.
DUE = (
    "fact.day < {ends} AND (fact.day < {today} OR fact.finished_on <= fact.day)"
    " AND (fact.skipped_on IS NULL OR fact.skipped_on >= {ends})"
)
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
# Required tasks with what the partner was at the start. Handed in is done as far as it is up to
# the partner: our time to look at it is not its delay.
TASKS = """
    SELECT task.id AS onboarding_task_id, span.canonical_id AS partner_id, span.type, span.tier,
        span.region, span.segment, span.manager_id, {day} AS day, plan.closed_on AS until,
        plan.state = 'ended' AS ended, task.side, task.done_on, task.skipped_on,
        CASE WHEN task.state = 'done' THEN least(task.handed_in_on, task.done_on)
            WHEN task.state = 'waiting' THEN task.handed_in_on END AS finished_on
    FROM partners_onboardingtask AS task
    JOIN partners_onboardingplan AS plan ON plan.id = task.plan_id
    JOIN kpis_profilespan AS span ON span.partner_id = plan.partner_id
        AND plan.started_on >= span.starts_on AND plan.started_on < span.ends_on
    WHERE task.is_required AND {where}
"""
STEPS_OF_PLANS = TASKS.format(day="plan.started_on", where="true")
STEPS_DUE = TASKS.format(
    day="task.due_on",
    where="task.due_on IS NOT NULL"
    " AND NOT (plan.state = 'ended' AND task.due_on >= plan.closed_on)",
)
# Partners by the first day of their first agreement, as they were then, with their milestones.
# A merged partner keeps its row and is followed to the merger, one that left to the end.
COHORT = """
    SELECT start.contract_id, span.canonical_id AS partner_id, span.type, span.tier, span.region,
        span.segment, span.manager_id, start.day, out.day AS out_on,
        CASE WHEN win."on" <= coalesce(out.day, 'infinity') THEN win."on" END AS win_on,
        CASE WHEN sign."on" <= coalesce(out.day, 'infinity') THEN sign."on" END AS sign_in_on,
        CASE WHEN reg."on" <= coalesce(out.day, 'infinity') THEN reg."on" END AS registration_on,
        CASE WHEN appr."on" <= coalesce(out.day, 'infinity') THEN appr."on" END AS approval_on
    FROM (
        SELECT partner_id, (array_agg(id ORDER BY starts_on, id))[1] AS contract_id,
            min(starts_on) AS day, max(coalesce(ends_on, 'infinity')) AS left_on
        FROM partners_contract GROUP BY partner_id
    ) AS start
    JOIN partners_partner AS partner ON partner.id = start.partner_id
    JOIN kpis_profilespan AS span ON span.partner_id = start.partner_id
        AND start.day >= span.starts_on AND start.day < span.ends_on
    CROSS JOIN LATERAL (
        SELECT least(nullif(start.left_on, 'infinity'), prm_local_day(partner.merged_at)) AS day
    ) AS out
    LEFT JOIN partners_milestone AS win
        ON win.partner_id = partner.id AND win.kind = 'first_win'
    LEFT JOIN partners_milestone AS sign
        ON sign.partner_id = partner.id AND sign.kind = 'first_sign_in'
    LEFT JOIN partners_milestone AS reg
        ON reg.partner_id = partner.id AND reg.kind = 'first_registration'
    LEFT JOIN partners_milestone AS appr
        ON appr.partner_id = partner.id AND appr.kind = 'first_approval'
"""
# Each step of a plan from its turn on: after the steps before it; in plans of other systems, which
# name none, after the last of the earlier ones that is done.
STEP_TIMES = """
    SELECT task.id AS onboarding_task_id, task.key, task.title, plan.id AS plan_id,
        span.canonical_id AS partner_id, span.type, span.tier, span.region, span.segment,
        span.manager_id, task.done_on AS day, coalesce(task.skipped_on, plan.closed_on) AS out_on,
        moved.last_on,
        CASE WHEN cardinality(task.after) > 0
                THEN CASE WHEN before.is_settled THEN greatest(before.last_on, plan.started_on) END
            WHEN plan.version_id IS NULL
                THEN coalesce(earlier.last_on, plan.started_on)
            ELSE plan.started_on END AS begun_on
    FROM partners_onboardingtask AS task
    JOIN partners_onboardingplan AS plan ON plan.id = task.plan_id
    JOIN kpis_profilespan AS span ON span.partner_id = plan.partner_id
        AND plan.started_on >= span.starts_on AND plan.started_on < span.ends_on
    LEFT JOIN LATERAL (
        SELECT bool_and(one.state IN ('done', 'skipped')) AS is_settled,
            max(coalesce(one.done_on, one.skipped_on)) AS last_on
        FROM partners_onboardingtask AS one
        WHERE one.plan_id = plan.id AND one.key = ANY(task.after)
    ) AS before ON true
    LEFT JOIN LATERAL (
        SELECT max(one.done_on) AS last_on FROM partners_onboardingtask AS one
        WHERE one.plan_id = plan.id AND one.done_on <= coalesce(task.done_on, 'infinity')
            AND (one.place, one.id) < (task.place, task.id)
    ) AS earlier ON true
    LEFT JOIN LATERAL (
        SELECT max(coalesce(one.done_on, one.handed_in_on)) AS last_on
        FROM partners_onboardingtask AS one WHERE one.plan_id = plan.id
    ) AS moved ON true
    WHERE task.is_required
"""
RECRUITING_KINDS = "fact.kind IN ('recruiting', 'onboarding')"


@dataclass(frozen=True)
class BaseFacts:
    """A SELECT of facts, and which of them count in a period."""

    text: str
    during: str = IN_PERIOD
    ids: tuple[str, ...] = ("application_id", "contract_id", "cost_id")  # what names a row


OF_TASK, OF_CONTRACT = ("onboarding_task_id",), ("contract_id",)
OF_PERSON, OF_VISIT = ("membership_id", "user_id"), ("session_id",)
ANY_DAY = "true"  # the text itself is of one period
BASE = {
    "application": BaseFacts(DECIDED),
    "waiting": BaseFacts(WAITING, AT_END),
    "signed": BaseFacts(SIGNED),
    "cost": BaseFacts(COSTS),
    "first_win": BaseFacts(FIRST_WINS),
    "onboarding": BaseFacts(STEPS_OF_PLANS, IN_ONBOARDING, OF_TASK),
    "onboarding_due": BaseFacts(STEPS_DUE, DUE, OF_TASK),
    "step_time": BaseFacts(STEP_TIMES, SO_FAR, OF_TASK),
    "started": BaseFacts(COHORT, SO_FAR, OF_CONTRACT),
    "cohort": BaseFacts(COHORT, IN_PERIOD, OF_CONTRACT),
    "life": BaseFacts(tenurefacts.LIVES, SO_FAR, OF_CONTRACT),
    "ended": BaseFacts(tenurefacts.ENDED, "fact.day <= {ends}", OF_CONTRACT),
    "gone": BaseFacts(tenurefacts.GONE, tenurefacts.GONE_AT_START, OF_CONTRACT),
    "stay": BaseFacts(tenurefacts.STAYS, tenurefacts.AT_START, OF_CONTRACT),
    "earlier_revenue": BaseFacts(tenurefacts.EARLIER_REVENUE, ANY_DAY, OF_CONTRACT),
    "brief": BaseFacts(tenurefacts.BRIEF, IN_PERIOD, OF_CONTRACT),
    "sign": BaseFacts(tenurefacts.SIGNS, ANY_DAY, OF_CONTRACT),
    "people": BaseFacts(tenurefacts.PEOPLE, ANY_DAY, OF_PERSON),
    "sign_in": BaseFacts(tenurefacts.SIGN_INS, ANY_DAY, ("user_id",)),
    "visit": BaseFacts(tenurefacts.SESSIONS, IN_PERIOD, OF_VISIT),
}


def selected(name: str, store: Store, period: Period, where: str = "") -> tuple[str, list[Any]]:
    """FROM … WHERE of some facts of the store's scope in a period, alias ``fact``; parameters.

    ``where`` may name {starts}, {ends} (the first day that no longer counts) and {today}.
    """
    facts = BASE[name]
    ends = end_of(store, period)
    places = {
        "starts": _literal(period.starts_on),
        "ends": _literal(ends),
        "last": _literal(ends - timedelta(days=1)),
        "today": _literal(store.settings.local_date(store.now)),
        "one": "true" if store.scope.kind == "partner" else "false",
    }
    during = facts.during.format(**places)
    condition, params = _of_scope(store)
    more = f" AND {where.format(**places)}" if where else ""
    text = facts.text.format(**places)
    return f"FROM ({text}) AS fact WHERE {during} AND {condition}{more}", params


def end_of(store: Store, period: Period) -> date:
    """The first day that no longer counts: a period that runs ends with today."""
    return store.end_of(period)


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
    if scope.kind == DYNAMIC:
        where, ids = seats.of_day(scope, "fact.partner_id", "fact.day", store.mode)
        return where, list(ids)
    if scope.kind in {"type", "tier", "region", "segment"}:
        return f"fact.{scope.kind} = %s", [scope.value]
    return "false", []


def of_period(
    name: str, columns: str, store: Store, period: Period, where: str = ""
) -> list[tuple[Any, ...]]:
    """Columns of the facts of one scope and period, where their text is of one period."""
    text, params = selected(name, store, period, where)
    key = ("of_period", name, columns, where, period.key)
    return store.once(key, lambda: query(f"SELECT {columns} {text}", params))


def all_of(name: str, columns: str, store: Store) -> list[tuple[Any, ...]]:
    """Columns of all facts of one scope, of whatever day, read once for a whole trend."""
    condition, params = _of_scope(store)

    def fetch() -> list[tuple[Any, ...]]:
        return query(f"SELECT {columns} FROM ({BASE[name].text}) AS fact WHERE {condition}", params)

    return store.facts.once(("all", name, columns), fetch)


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

    first, end = period.starts_on, end_of(store, period)
    rows = store.facts.once(("base", name, columns, where), fetch)
    if facts.during == AT_END:
        return [row[2:] for row in rows if row[0] < end and (row[1] is None or row[1] >= end)]
    return [row[2:] for row in rows if first <= row[0] < end]
