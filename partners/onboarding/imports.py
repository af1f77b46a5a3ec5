"""What can be imported about onboarding: the steps of partners, and when they won first."""

from django.utils.translation import gettext_lazy as lazy

from partners.accounts.imports import PARTNER
from partners.onboarding.models import Milestone, OnboardingPlan, OnboardingTask
from partners.onboarding.rules import SIDES
from prm.common.imports.resources import (
    Check,
    Column,
    Resource,
    describe,
    describe_values,
    label_columns,
    register,
)
from prm.common.imports.work import Work

PLANS = """
    CREATE TEMPORARY TABLE {plan} ON COMMIT DROP AS
    SELECT min(r.line) AS line, 'onboarding/' || partner.external_id AS key, plan.id,
        r.partner_id,
        coalesce(
            plan.started_on,
            (SELECT min(starts_on) FROM partners_contract WHERE partner_id = r.partner_id),
            min(least(r.due_date, prm_local_day(r.completed_at))),
            prm_local_day(now())
        ) AS started_on
    FROM import_ready AS r
    JOIN partners_partner AS partner ON partner.id = r.partner_id
    LEFT JOIN partners_onboardingplan AS plan ON plan.source = %(source)s
        AND plan.external_id = 'onboarding/' || partner.external_id
    GROUP BY partner.external_id, plan.id, plan.started_on, r.partner_id
"""
OF_PARTNER = """
    JOIN partners_partner AS partner ON partner.id = r.partner_id
    JOIN partners_onboardingplan AS own ON own.source = %(source)s
        AND own.external_id = 'onboarding/' || partner.external_id
"""
# A plan without anything required left is over; one that gets a new required step runs on.
STATES = """
    CREATE TEMPORARY TABLE {plan} ON COMMIT DROP AS
    SELECT found.line, found.id,
        CASE WHEN found.state = 'ended' THEN 'ended' WHEN found.is_through THEN 'completed'
            ELSE 'running' END AS state,
        CASE WHEN found.state = 'ended' THEN found.closed_at
            WHEN found.is_through THEN coalesce(found.closed_at, found.last_at, now()) END
            AS closed_at
    FROM (
        SELECT min(r.line) AS line, own.id, own.state, own.closed_at, max(task.done_at) AS last_at,
            bool_and(task.state IN ('done', 'skipped') OR NOT task.is_required) AS is_through
        FROM import_ready AS r {joins}
        JOIN partners_onboardingtask AS task ON task.plan_id = own.id
        GROUP BY own.id
    ) AS found
"""
RUNS_HERE = """
    SELECT r.line, partner.external_id AS value FROM import_ready AS r
    JOIN partners_partner AS partner ON partner.id = r.partner_id
    JOIN partners_onboardingplan AS plan
        ON plan.partner_id = r.partner_id AND plan.state = 'running'
    WHERE NOT (plan.source = %(source)s
        AND plan.external_id = 'onboarding/' || partner.external_id)
"""
TASKS = """
    CREATE TEMPORARY TABLE {plan} ON COMMIT DROP AS
    SELECT r.line, r.external_id AS row_key, t.id, {values} FROM import_ready AS r {joins}
"""
NOON = "((r.first_won_on + time '12:00') AT TIME ZONE %(zone)s)"


def validate_steps(work: Work) -> None:
    """A partner whose onboarding was begun here goes on here."""
    work.refuse(
        "partner_id",
        lazy("An onboarding runs for %(value)s here already. Go on with it, or end it first."),
        RUNS_HERE,
    )


def apply_steps(work: Work) -> None:
    """Store a plan for each partner, then its tasks. A blank completion takes nothing back."""
    plan = work.plan_from(PLANS, {}, counted=False)
    work.insert(plan, OnboardingPlan, ["partner_id", "started_on"])
    title = "coalesce(r.title, upper(left(r.step, 1)) || replace(substr(r.step, 2), '_', ' '))"
    done = "CASE WHEN t.state = 'skipped' THEN NULL ELSE coalesce(r.completed_at, t.done_at) END"
    values = {
        "plan_id": "own.id",
        "key": "r.step",
        "title": title if "title" in work.given else f"coalesce(t.title, {title})",
        "done_at": done,
        "state": f"CASE WHEN ({done}) IS NOT NULL THEN 'done'"
        " ELSE coalesce(t.state, 'pending') END",
    }
    if "required" in work.given:
        values["is_required"] = "coalesce(r.required, true)"
    if "due_date" in work.given:
        values["due_on"] = "r.due_date"
    if "side" in work.given:
        values["side"] = "coalesce(r.side, t.side, 'company')"
    match = "t.plan_id = own.id AND t.key = r.step"
    joined = f"{OF_PARTNER} LEFT JOIN partners_onboardingtask AS t ON {match}"
    names = {
        "joins": joined,
        "values": ", ".join(f'{sql} AS "{column}"' for column, sql in values.items()),
    }
    tasks = work.plan_from(TASKS, names, inserts=True)
    columns = list(values)
    work.change(tasks, OnboardingTask, columns)
    work.insert(tasks, OnboardingTask, columns, key="row_key")
    states = work.plan_from(STATES, {"joins": OF_PARTNER}, counted=False)
    work.change(states, OnboardingPlan, ["state", "closed_at"])


def apply_first_wins(work: Work) -> None:
    """Store when partners won for the first time; a known earlier win stands."""
    at = f'CASE WHEN t."on" <= r.first_won_on THEN t.at ELSE {NOON} END'
    values = {"partner_id": "r.partner_id", "kind": "'first_win'", "at": at}
    work.upsert(Milestone, values, match="t.partner_id = r.partner_id AND t.kind = 'first_win'")


register(
    Resource(
        name="onboarding_step",
        label=lazy("onboarding steps"),
        model=OnboardingTask,
        lock="onboarding_step",
        after=("setting", "partner", "contract"),
        key="",
        natural="concat_ws('/', raw_partner_id, step)",
        columns=(
            Column(
                "partner_id", "reference", reference=PARTNER, required=True,
                help=lazy("Id of the partner."),
            ),
            Column("step", max_length=60, required=True, help=lazy("The step, in one word.")),
            Column("title", max_length=200, help=lazy("The step in words; blank: made of it.")),
            Column("required", "flag", help=lazy("Whether it counts; blank: yes.")),
            Column("due_date", "day", help=lazy("Day on which it is due.")),
            Column("completed_at", "instant", help=lazy("When it was done; blank: not yet.")),
            Column(
                "side", "choice", choices=SIDES,
                help=lazy("Who does it: company (the partner) or ours."),
            ),
        ),
        checks=(
            Check(
                "completed_at",
                "r.completed_at > now() + interval '1 day'",
                lazy("%(value)s is in the future. Correct it."),
            ),
        ),
        validate=validate_steps,
        apply=apply_steps,
        is_fact=True,
        more_facts=(OnboardingPlan,),
    )
)  # fmt: skip
label_columns(
    step=lazy("Step"),
    title=lazy("Title"),
    required=lazy("Required"),
    due_date=lazy("Due on"),
    completed_at=lazy("Done on"),
    side=lazy("Whose step"),
    first_won_on=lazy("First deal won on"),
)
describe(
    "onboarding_step",
    lazy("Steps of partners' onboarding: when they are due, when they were done."),
    partner_id="partner|partner id|account|partnernummer",
    step="task|step key|milestone|schritt|aufgabe",
    title="name|task name|label|bezeichnung|titel",
    required="mandatory|is required|pflicht",
    due_date="due|due on|deadline|fällig|fällig am",
    completed_at="completed|done|done on|finished|erledigt|erledigt am",
    side="owner|responsible|who|zuständig",
)
describe_values(
    "onboarding_step",
    "side",
    ours="vendor|us|internal|intern|wir",
    company="partner|external|extern",
)
register(
    Resource(
        name="partner_first_win",
        label=lazy("first wins of partners"),
        model=Milestone,
        lock="partner_first_win",
        after=("setting", "partner"),
        key="",
        natural="concat_ws('/', raw_partner_id, 'first_win')",
        columns=(
            Column(
                "partner_id", "reference", reference=PARTNER, required=True,
                help=lazy("Id of the partner."),
            ),
            Column("first_won_on", "day", required=True, help=lazy("Day of the first deal won.")),
        ),
        checks=(
            Check(
                "first_won_on",
                "r.first_won_on > prm_local_day(now())",
                lazy("%(value)s is in the future. Correct it."),
            ),
        ),
        apply=apply_first_wins,
        is_fact=True,
    )
)  # fmt: skip
describe(
    "partner_first_win",
    lazy("When partners won their first deal, where those deals themselves are not here."),
    partner_id="partner|partner id|account|partnernummer",
    first_won_on="first win|first won|first deal|first revenue|erster abschluss",
)
