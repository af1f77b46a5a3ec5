"""What files about partners hold, in a sentence, and how other systems call their columns."""

from django.utils.translation import gettext_lazy as lazy

import partners.accounts.imports  # noqa: F401  (registers what is described here)
from prm.common.imports.resources import describe, label_columns

PARTNER_ID = (
    "partner|partner no|partner number|partner code|partner key|partner name|account id|reseller"
    "|reseller id|reseller key|dealer id|partnernummer|partner nr|partner kennung|händler"
    "|händlernummer|vertriebspartner|partnername"
)
TYPE = "partner type|business type|kind|art|typ|partnerart|partnertyp|route to market"
TIER = "level|status level|program level|stufe|partnerstatus|partnerstufe|programmstufe"
REGION = "territory|area|sales region|gebiet|vertriebsgebiet|geo|regional office"
SEGMENT = "market segment|sector|industry|branche|marktsegment"
MANAGER = (
    "partner manager|channel manager|owner|account owner|account manager|betreuer|owner email"
    "|partnerbetreuer|kundenbetreuer|cam|pam"
)
FROM = "from|since|start|start date|effective from|gültig ab|von|ab|beginn"
TO = "until|to|end|end date|effective to|gültig bis|bis|ende"

label_columns(
    partner_id=lazy("Partner ID"),
    name=lazy("Name"),
    type=lazy("Type"),
    tier=lazy("Tier"),
    region=lazy("Region"),
    segment=lazy("Segment"),
    manager=lazy("Partner manager"),
    country=lazy("Country"),
    city=lazy("City"),
    domain=lazy("Web domain"),
    parent_id=lazy("ID of the distributor or parent"),
    is_test=lazy("Test partner"),
    merged_into=lazy("Merged into"),
    merged_at=lazy("Merged on"),
    valid_from=lazy("Valid from"),
    valid_to=lazy("Valid until"),
    start_date=lazy("First day"),
    end_date=lazy("First day without contract"),
    end_reason=lazy("Reason of the end"),
    end_kind=lazy("How it ended"),
    status=lazy("Status"),
    user_id=lazy("ID of the person"),
    email=lazy("E-mail"),
    roles=lazy("Roles"),
    active=lazy("Active"),
    at=lazy("When"),
    impersonated=lazy("One of ours acted"),
)
describe(
    "partner",
    lazy("The companies that sell for you: name, type, tier, region and who looks after them."),
    partner_id=PARTNER_ID + "|id|key|account number|kundennummer|kreditor|debitor",
    name="company|company name|partner name|account name|reseller name|account|firma|firmenname"
    "|unternehmen|bezeichnung|partnername|organisation|organization",
    type=TYPE,
    tier=TIER,
    region=REGION,
    segment=SEGMENT,
    manager=MANAGER,
    country="country region|country code|land|staat|nation",
    city="town|place|stadt|ort",
    domain="website|web|url|homepage|web site|web domain|homepage url|internet|webseite",
    parent_id="parent|parent account|distributor|subsidiary of|muttergesellschaft|konzern|mutter",
    is_test="test|test partner|test account|testpartner|ist test",
    merged_into="merged to|duplicate of|zusammengeführt mit|dublette von",
    merged_at="merged on|zusammengeführt am",
)
describe(
    "partner_attr_history",
    lazy("Which type, tier, region and manager a partner had, and from when on."),
    partner_id=PARTNER_ID,
    type=TYPE,
    tier=TIER,
    region=REGION,
    segment=SEGMENT,
    manager=MANAGER,
    valid_from=FROM,
    valid_to=TO,
)
describe(
    "contract",
    lazy("When each partner’s contract began, and when and why it ended."),
    partner_id=PARTNER_ID,
    start_date="start|signed|signed on|contract start|from|since|beginn|vertragsbeginn|von"
    "|startdatum|unterzeichnet am",
    end_date="end|contract end|until|to|expires|ende|vertragsende|bis|enddatum|gekündigt zum",
    end_reason="reason|grund|kündigungsgrund|termination reason",
    end_kind="kind of end|churn type|ended by|art des endes|beendet durch",
    status="state|contract status|zustand|vertragsstatus",
)
describe(
    "partner_user",
    lazy("The people at your partners: who they are and whether they may sign in."),
    user_id="id|person|person id|contact id|contact|login|kontakt id|benutzer|benutzernummer",
    partner_id=PARTNER_ID + "|company|account|firma|unternehmen",
    email="mail|e mail|email address|mail address|e mail adresse|mailadresse",
    name="full name|contact name|person name|ansprechpartner|vollständiger name",
    roles="role|rolle|rollen|function|funktion|job role",
    active="enabled|is active|aktiv|status",
)
describe(
    "login_event",
    lazy("When people of your partners signed in to an earlier portal."),
    user_id="user|person|contact id|login|benutzer|person id",
    at="time|date|when|timestamp|login time|signed in at|logged in at|zeitpunkt|datum"
    "|angemeldet am",
    impersonated="on behalf|as admin|im auftrag|stellvertretend",
)
