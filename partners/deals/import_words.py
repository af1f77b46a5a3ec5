"""What files about deals hold, in a sentence, and how other systems call their columns."""

from django.utils.translation import gettext_lazy as lazy

import partners.deals.import_history
import partners.deals.imports  # noqa: F401  (registers what is described here)
from partners.accounts.import_words import PARTNER_ID, REGION, SEGMENT
from prm.common.imports.resources import describe, describe_values, label_columns

DEAL_ID = (
    "deal|id|deal no|deal number|opportunity id|opportunity|opportunity number|opportunity key"
    "|order number|sales order number|vorgang|vorgangsnummer|geschäft|geschäftsnummer|chance"
    "|auftrag|auftragsnummer|registration id|registration number"
)
CUSTOMER_ID = (
    "customer|end customer|account|account id|client|kunde|kundennummer|endkunde|kunden id"
    "|customer number|customer name|company|kundenname"
)
AMOUNT = (
    "value|deal value|deal amount|revenue|total|sum|price|close value|net amount|betrag|wert"
    "|umsatz|summe|auftragswert|volumen|amount usd|amount eur|sales amount|net value|nettowert"
)
CURRENCY = "currency code|curr|iso currency|währung|währungscode"
EXPECTED = (
    "expected close|expected close date|planned close|forecast date|estimated close"
    "|erwarteter abschluss|geplanter abschluss|voraussichtlicher abschluss"
)
STAGE = (
    "status|deal stage|state|phase|deal status|opportunity stage|sales stage|stand|verkaufsphase"
)
AT = "when|date|time|timestamp|changed at|changed on|datum|zeitpunkt|am|geändert am"

label_columns(
    customer_id=lazy("Customer ID"),
    deal_id=lazy("Deal ID"),
    product=lazy("Product"),
    opened_at=lazy("Opened on"),
    registered_at=lazy("Registered on"),
    approved_at=lazy("Approved on"),
    rejected_at=lazy("Rejected on"),
    reason=lazy("Reason"),
    stage=lazy("Stage"),
    closed_at=lazy("Closed on"),
    expected_close_on=lazy("Expected close"),
    amount=lazy("Amount"),
    co_sell=lazy("Co-sell"),
    kind=lazy("Kind"),
    actor=lazy("Partner or person"),
    anchor=lazy("Milestone"),
)
describe(
    "customer",
    lazy("The end customers to whom you and your partners sell."),
    customer_id=CUSTOMER_ID + "|id|key",
    name="company|company name|customer name|account name|firma|firmenname|kundenname|unternehmen",
    region=REGION,
    segment=SEGMENT,
    country="country region|country code|land|staat|office location",
    domain="website|web|url|homepage|web domain|webseite",
)
describe(
    "deal",
    lazy("Deals and deal registrations: by whom, for whom, how much, and how they ended."),
    deal_id=DEAL_ID,
    partner_id=PARTNER_ID + "|sold by|via|über partner",
    customer_id=CUSTOMER_ID,
    name="deal name|opportunity name|title|subject|description|titel|bezeichnung|betreff|thema",
    product="product name|product line|item|produkt|artikel|produktname|subcategory",
    opened_at="opened|opened on|created|created at|created on|create date|engage date|order date"
    "|open date|angelegt am|erstellt am|eröffnet am|beginn|anlagedatum",
    registered_at="registered|registered on|registration date|submitted at|submitted on"
    "|registriert am|registrierungsdatum|eingereicht am",
    approved_at="approved|approved on|approval date|genehmigt am|freigegeben am|freigabedatum",
    rejected_at="rejected|rejected on|declined on|abgelehnt am|ablehnungsdatum",
    reason="reject reason|rejection reason|decline reason|grund|ablehnungsgrund|begründung",
    stage=STAGE,
    closed_at="closed|closed on|close date|closing date|won at|won on|abgeschlossen am"
    "|abschlussdatum|gewonnen am|geschlossen am|abschluss",
    expected_close_on=EXPECTED,
    amount=AMOUNT,
    currency=CURRENCY,
    co_sell="co selling|joint|sold together|gemeinsam|gemeinsamer verkauf",
)
describe(
    "deal_stage_event",
    lazy("The steps that deals went through: which stage from when on, with the amount then."),
    deal_id=DEAL_ID,
    at=AT + "|from|since|ab|seit",
    stage=STAGE,
    amount=AMOUNT,
    currency=CURRENCY,
    expected_close_on=EXPECTED,
)
describe(
    "deal_adjustment",
    lazy("Refunds and credits after a deal was won; they change the revenue on their own day."),
    deal_id=DEAL_ID,
    at=AT,
    kind="type|art|typ|reason|grund",
    amount=AMOUNT + "|refund|credit|erstattung|gutschrift",
    currency=CURRENCY,
)
describe(
    "deal_touch",
    lazy("Who helped with a deal and how: introductions, demos, webinars."),
    deal_id=DEAL_ID,
    at=AT,
    actor="partner|partner id|who|by|beteiligter|wer|partnernummer",
    kind="type|activity|touch|art|typ|aktivität",
    anchor="milestone|position|meilenstein",
)
for _name in ("deal", "deal_stage_event"):
    describe_values(
        _name,
        "stage",
        won="closed won|gewonnen|auftrag erhalten|abgeschlossen gewonnen|closed successful",
        lost="closed lost|verloren|abgeschlossen verloren|absage|closed unsuccessful",
        void="cancelled|canceled|storniert|invalid|ungültig",
        submitted="registered|registriert|eingereicht|pending approval|waiting for approval",
        rejected="declined|denied|abgelehnt",
    )
