"""What can be imported about costs."""

from django.utils.translation import gettext_lazy as lazy

from partners.accounts.imports import PARTNER
from partners.costs.models import Cost
from prm.common.imports.resources import (
    Check,
    Column,
    Resource,
    describe,
    label_columns,
    register,
    utc_text,
)
from prm.common.imports.work import Work


def apply_costs(work: Work) -> None:
    """Store costs; an amount in euros needs no currency beside it."""
    values = {
        "partner_id": "r.partner_id",
        "at": "r.at",
        "kind": "r.kind",
        "amount": "coalesce(r.amount, r.amount_eur)",
        "currency": "CASE WHEN r.amount IS NULL THEN 'EUR' ELSE r.currency END",
    }
    for name in ("channel", "note"):
        if name in work.given:
            values[name] = work.value(name)
    work.upsert(Cost, values)


register(
    Resource(
        name="cost",
        label=lazy("costs"),
        model=Cost,
        lock="cost",
        after=("setting", "fx_rate", "partner"),
        key="",
        natural=f"concat_ws('/', raw_partner_id, {utc_text('at')}, kind, raw_note)",
        columns=(
            Column(
                "partner_id",
                "reference",
                field="partner_id",
                reference=PARTNER,
                help=lazy("Id of the partner; blank: the programme as a whole."),
            ),
            Column("at", "instant", required=True, help=lazy("When.")),
            Column(
                "kind",
                "choice",
                choices=tuple(Cost.Kind.values),
                required=True,
                help=lazy("recruiting, onboarding, partner_manager_time, campaign, …"),
            ),
            Column("amount", "number", help=lazy("Amount.")),
            Column("currency", "currency", help=lazy("Three letters; needed with an amount.")),
            Column("amount_eur", "number", help=lazy("Amount in euros, instead of both.")),
            Column(
                "channel", field="channel", max_length=40, blank="''",
                help=lazy("Recruiting source that it paid for."),
            ),
            Column("note", field="note", max_length=200, blank="''", help=lazy("What for.")),
        ),
        checks=(
            Check(
                "amount",
                "raw_amount IS NULL AND raw_amount_eur IS NULL",
                lazy("Fill in the amount."),
            ),
            Check(
                "amount",
                "raw_amount IS NOT NULL AND raw_amount_eur IS NOT NULL",
                lazy("The row has amount and amount_eur. Keep only one of them."),
            ),
            Check(
                "currency",
                "raw_amount IS NOT NULL AND raw_currency IS NULL",
                lazy("Fill in the currency of the amount."),
            ),
            Check(
                "amount",
                "coalesce(r.amount, r.amount_eur) < 0",
                lazy("A cost is 0 or more. Correct the amount."),
            ),
            Check(
                "at",
                "r.at > now() + interval '1 day'",
                lazy("%(value)s is in the future. Correct it."),
            ),
        ),
        apply=apply_costs,
        is_fact=True,
    )
)  # fmt: skip
label_columns(
    amount_eur=lazy("Amount in euros"),
    channel=lazy("Channel"),
    note=lazy("Note"),
)
describe(
    "cost",
    lazy("What partners cost: recruiting, onboarding, time of managers, campaigns."),
    partner_id="partner|partner id|account|partnernummer",
    at="date|day|when|booked on|datum|buchungsdatum",
    kind="type|category|cost type|kostenart|art",
    amount="value|cost|sum|betrag|kosten|summe",
    currency="currency code|währung",
    channel="recruiting source|lead source|campaign|quelle|kanal",
    note="description|what for|text|purpose|beschreibung|zweck",
)
