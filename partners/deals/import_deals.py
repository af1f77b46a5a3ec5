"""Importing deals: one row of a file may be a registration, a deal, or both."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from partners.deals.models import (
    Customer,
    Deal,
    DealAdjustment,
    DealStageEvent,
    DealTouch,
    Registration,
)
from prm.common import audit
from prm.common.imports import slips
from prm.common.imports.work import Work

DEAL_OF_REJECTED = """
    SELECT r.line, r.external_id AS value FROM import_ready AS r
    JOIN partners_deal AS d ON d.source = %(source)s AND d.external_id = r.external_id
    WHERE NOT r.is_deal
"""
# The key of a step is its name in small letters and digits; other alphabets get a fixed one.
STEPS = """
    CREATE TEMPORARY TABLE import_step ON COMMIT DROP AS
    SELECT r.step, (array_agg(r.stage ORDER BY r.line))[1] AS name, coalesce(
        nullif(trim(both '-' FROM regexp_replace(r.step, '[^a-z0-9]+', '-', 'g')), ''),
        'stage-' || left(md5(r.step), 8)) AS key
    FROM import_ready AS r
    WHERE r.is_deal AND r.state = 'open' AND r.step IS NOT NULL
    GROUP BY r.step
"""
NEW_STAGES = """
    INSERT INTO partners_stage (key, name, "order")
    SELECT DISTINCT ON (key) key, name, 100 FROM import_step ORDER BY key, name
    ON CONFLICT (key) DO NOTHING RETURNING name
"""
REGISTRATION = """
    LEFT JOIN partners_registration AS registration
        ON registration.source = %(source)s AND registration.external_id = r.external_id
        AND r.registers
"""
STAGE = """
    LEFT JOIN import_step AS step ON step.step = r.step AND r.state = 'open'
    LEFT JOIN partners_stage AS stage ON stage.key = step.key
"""
# Refunded in full within 30 days: the deal never was, whatever the file still says.
REFUNDED = """
    SELECT a.deal_id FROM partners_dealadjustment AS a
    JOIN partners_deal AS d ON d.id = a.deal_id AND d.currency = a.currency
    WHERE a.at <= d.closed_at + interval '30 days' AND d.amount > 0
    GROUP BY a.deal_id, d.amount HAVING -sum(a.amount) >= d.amount
"""
MAKE_WITHDRAWN = "CREATE TEMPORARY TABLE import_withdrawn ON COMMIT DROP AS {refunded}"
WITHDRAWN = "LEFT JOIN import_withdrawn AS withdrawn ON withdrawn.deal_id = t.id"
VOID = """
    CREATE TEMPORARY TABLE {plan} ON COMMIT DROP AS
    SELECT 0 AS line, d.id, 'void'::text AS state FROM partners_deal AS d
    JOIN ({refunded}) AS withdrawn ON withdrawn.deal_id = d.id
    WHERE d.state = 'won' AND d.id IN (SELECT deal_id FROM import_ready)
"""


def validate_customers(work: Work) -> None:
    """Every customer has a name; where it is the id, names that exist are told."""
    slips.refuse_nameless(work, Customer)
    if "customer_id" not in work.given:
        slips.tell_same_names(work, Customer)


def apply_customers(work: Work) -> None:
    """Store customers; where no column holds names, the id is the name."""
    values = work.direct_values()
    given_name = "coalesce(r.name, r.external_id)"
    values["name"] = given_name if "name" in work.given else "coalesce(t.name, r.external_id)"
    work.upsert(Customer, values)


def validate_deals(work: Work) -> None:
    """A registration that became a deal is no longer submitted or rejected."""
    work.refuse(
        "stage",
        lazy("The deal %(value)s exists already. Give its stage, for example lost or void."),
        DEAL_OF_REJECTED,
    )


def _make_stages(work: Work) -> None:
    work.sql(STEPS)
    names = [row[0] for row in work.rows(NEW_STAGES)]
    if names:
        work.note(_("New stages: %s") % ", ".join(names)[:500])


def apply_deals(work: Work) -> None:
    """Store registrations, then deals with their registration and stage."""
    _make_stages(work)
    partner = "r.partner_id" if "partner_id" in work.given else "t.partner_id"
    currency = "coalesce(r.currency, t.currency, prm_setting('report_currency'))"
    shared = {
        name: sql for name, sql in work.direct_values().items() if name in {"customer_id", "name"}
    }
    amount = {"amount": "r.amount"} if "amount" in work.given else {}
    registration = {
        "partner_id": partner,
        **shared,
        **amount,
        "currency": currency,
        "state": "CASE WHEN r.step IN ('submitted', 'rejected') THEN r.step ELSE 'approved' END",
        "submitted_at": "coalesce(r.registered_at, r.opened_at, r.approved_at)",
        "decided_at": "CASE WHEN r.step <> 'submitted' OR r.step IS NULL "
        "THEN coalesce(r.rejected_at, r.approved_at) END",
    }
    if "reason" in work.given:
        registration["reason"] = "coalesce(r.reason, '')"
    work.upsert(Registration, registration, where="r.registers")
    work.step(_("Storing deals"))
    work.sql(MAKE_WITHDRAWN, {"refunded": REFUNDED})
    deal = {
        **work.direct_values(),
        "partner_id": partner,
        "registration_id": "coalesce(registration.id, t.registration_id)",
        "currency": currency,
        "state": "CASE WHEN r.state = 'won' AND withdrawn.deal_id IS NOT NULL THEN 'void' "
        "ELSE r.state END",
        "stage_id": "CASE WHEN r.state = 'open' THEN stage.id ELSE t.stage_id END",
        "opened_at": "coalesce(r.opened_at, r.registered_at)"
        if work.given & {"opened_at", "registered_at"}
        else "t.opened_at",
        "approved_at": "CASE WHEN r.registers THEN r.approved_at "
        + ("ELSE r.opened_at END" if "opened_at" in work.given else "ELSE t.approved_at END"),
    }
    work.upsert(Deal, deal, where="r.is_deal", joins=REGISTRATION + STAGE + WITHDRAWN)


def apply_events(work: Work) -> None:
    """Store the history of deals; steps of registrations are told by the registration itself."""
    _make_stages(work)
    values = {
        **work.direct_values(),
        "deal_id": "r.deal_id",
        "at": "r.at",
        "state": "r.state",
        "stage_id": "stage.id",
    }
    work.upsert(DealStageEvent, values, where="r.is_deal", joins=STAGE)


def apply_adjustments(work: Work) -> None:
    """Store refunds and credits; what is refunded in full within 30 days is withdrawn."""
    values = work.direct_values() | {"currency": "coalesce(r.currency, d.currency)"}
    joins = "JOIN partners_deal AS d ON d.id = r.deal_id"
    work.upsert(DealAdjustment, values, joins=joins)
    plan = work.plan_from(VOID, {"refunded": REFUNDED}, counted=False)
    work.change(plan, Deal, ["state"])
    ids = [row[0] for row in work.rows("SELECT id FROM {plan}_changed", {"plan": plan})]
    for deal in Deal.objects.filter(pk__in=ids):
        audit.record(
            "deal.void",
            deal,
            by=work.by,
            now=work.now,
            before={"state": Deal.State.WON},
            after={"state": Deal.State.VOID},
            reason="refunded in full within 30 days",
        )


def apply_touches(work: Work) -> None:
    """Store who helped: partners, or ourselves."""
    work.upsert(DealTouch, work.direct_values())
