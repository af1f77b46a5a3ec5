"""What can be imported about the life of deals: their steps, refunds and touches."""

from django.utils.translation import gettext_lazy as lazy

from partners.accounts.imports import PARTNER
from partners.deals.import_deals import apply_adjustments, apply_events, apply_touches
from partners.deals.imports import LOWER, STATE, STEP, day_column, decimals
from partners.deals.models import DealAdjustment, DealStageEvent, DealTouch
from prm.common.imports.resources import Check, Column, Reference, Resource, register, utc_text

DEAL = Reference("partners_deal", lazy("deal"))
# Steps of a registration have no deal to belong to: those ids are negative.
DEAL_OR_REGISTRATION = Reference(
    "(SELECT id, source, external_id FROM partners_deal UNION ALL"
    " SELECT -g.id, g.source, g.external_id FROM partners_registration AS g"
    " LEFT JOIN partners_deal AS d ON d.registration_id = g.id WHERE d.id IS NULL)",
    lazy("deal"),
)
DEAL_ID = Column(
    "deal_id",
    "reference",
    field="deal_id",
    reference=DEAL,
    required=True,
    help=lazy("Id of the deal."),
)
DEALS_CURRENCY = "coalesce(r.currency, (SELECT currency FROM partners_deal WHERE id = r.deal_id))"

register(
    Resource(
        name="deal_stage_event",
        label=lazy("deal history"),
        model=DealStageEvent,
        lock="deal",
        after=("deal",),
        key="",
        natural=f"raw_deal_id || '/' || {utc_text('at')} || '/' || {LOWER}",
        columns=(
            Column(
                "deal_id",
                "reference",
                reference=DEAL_OR_REGISTRATION,
                required=True,
                help=lazy("Id of the deal."),
            ),
            day_column("at", lazy("From when on."), required=True),
            Column("stage", max_length=60, required=True, help=lazy("The step from then on.")),
            Column(
                "amount",
                "number",
                field="amount",
                help=lazy("Amount of that time; blank: the deal's."),
            ),
            Column(
                "currency",
                "currency",
                field="currency",
                blank="''",
                help=lazy("Currency of that amount."),
            ),
            Column(
                "expected_close_on",
                "day",
                field="expected_close_on",
                help=lazy("Expected close of that time."),
            ),
        ),
        derived=(
            STEP,
            STATE,
            ("is_deal", f"{LOWER} NOT IN ('submitted', 'rejected')"),
        ),
        checks=(
            Check("amount", "r.amount < 0", lazy("%(value)s is less than 0.")),
            decimals(DEALS_CURRENCY),
            Check(
                "deal_id",
                "r.deal_id < 0 AND r.is_deal",
                lazy(
                    "The registration %(value)s is not approved, so there is no deal yet. Approve "
                    "it in deal.csv first."
                ),
            ),
        ),
        apply=apply_events,
        is_fact=True,
    )
)
register(
    Resource(
        name="deal_adjustment",
        label=lazy("refunds and credits"),
        model=DealAdjustment,
        lock="deal",
        after=("deal", "deal_stage_event"),
        key="",
        natural=f"raw_deal_id || '/' || {utc_text('at')} || '/' || kind",
        columns=(
            DEAL_ID,
            day_column("at", lazy("When it counts."), field="at", required=True),
            Column(
                "kind",
                "choice",
                field="kind",
                choices=tuple(DealAdjustment.Kind.values),
                required=True,
                help=lazy("refund or credit."),
            ),
            Column(
                "amount",
                "number",
                field="amount",
                required=True,
                help=lazy("Negative lowers revenue."),
            ),
            Column("currency", "currency", help=lazy("Blank: the deal's.")),
        ),
        checks=(
            Check(
                "amount",
                "r.amount = 0",
                lazy("0 changes nothing. Enter an amount, or leave the row out."),
            ),
            Check(
                "amount",
                "r.kind = 'refund' AND r.amount > 0",
                lazy("A refund lowers revenue: write -%(value)s."),
            ),
            decimals(DEALS_CURRENCY),
            Check(
                "deal_id",
                "r.deal_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM partners_deal AS d"
                " WHERE d.id = r.deal_id AND d.state IN ('won', 'void'))",
                lazy("The deal %(value)s is not won. Only a won deal can be refunded or credited."),
            ),
        ),
        apply=apply_adjustments,
        is_fact=True,
    )
)
register(
    Resource(
        name="deal_touch",
        label=lazy("deal touches"),
        model=DealTouch,
        lock="deal",
        after=("deal",),
        key="",
        natural=f"raw_deal_id || '/' || {utc_text('at')} || '/' || raw_actor || '/' || raw_kind",
        columns=(
            DEAL_ID,
            day_column("at", lazy("When."), field="at", required=True),
            Column(
                "actor",
                "reference",
                field="partner_id",
                reference=PARTNER,
                nobody=("vendor",),
                required=True,
                help=lazy("Id of the partner, or vendor."),
            ),
            Column(
                "kind",
                field="kind",
                max_length=60,
                required=True,
                help=lazy("For example demo, intro, workshop."),
            ),
            Column(
                "anchor",
                field="anchor",
                max_length=60,
                blank="''",
                help=lazy("For example lead_creation."),
            ),
        ),
        apply=apply_touches,
        is_fact=True,
    )
)
