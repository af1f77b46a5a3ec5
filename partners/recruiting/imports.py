"""What can be imported about recruiting: applications that another system took."""

from django.utils.translation import gettext_lazy as lazy

from partners.accounts.imports import PARTNER
from partners.recruiting.models import Application
from prm.common.imports.resources import (
    Check,
    Column,
    Resource,
    describe,
    describe_values,
    label_columns,
    register,
    utc_text,
)
from prm.common.imports.work import Work

STATUSES = ("pending", "approved", "declined", "rejected", "withdrawn")
STATE = "CASE r.status WHEN 'declined' THEN 'rejected' ELSE r.status END"
TEXTS = (
    ("company", 300, lazy("Name of the company.")),
    ("domain", 253, lazy("Web domain.")),
    ("country", 80, lazy("Country.")),
    ("city", 120, lazy("City.")),
    ("type", 60, lazy("Kind of company, for example reseller.")),
    ("region", 60, lazy("Region.")),
    ("contact_name", 200, lazy("Who applied.")),
    ("referrer", 200, lazy("Who recommended us.")),
)


def apply_applications(work: Work) -> None:
    """Store applications; what another system took is confirmed."""
    values = work.direct_values() | {
        "partner_id": "r.partner_id",
        "applied_at": "r.applied_at",
        "confirmed_at": "r.applied_at",
        "decided_at": "r.decided_at",
        "state": STATE,
    }
    if "email" in work.given:
        values["email"] = "lower(coalesce(r.email, ''))"
    work.upsert(Application, values)


register(
    Resource(
        name="application",
        label=lazy("applications"),
        model=Application,
        lock="application",
        after=("setting", "partner"),
        key="application_id",
        natural=f"concat_ws('/', raw_company, raw_email, {utc_text('applied_at')})",
        columns=(
            Column("application_id", max_length=200, help=lazy("Id of the application.")),
            Column(
                "partner_id",
                "reference",
                reference=PARTNER,
                help=lazy("The partner that it became; needed when approved."),
            ),
            Column("applied_at", "instant", required=True, help=lazy("When it was sent.")),
            Column("decided_at", "instant", help=lazy("When it was decided or withdrawn.")),
            Column(
                "status",
                "choice",
                choices=STATUSES,
                required=True,
                help=lazy("pending, approved, declined or withdrawn."),
            ),
            *(
                Column(name, field=name, max_length=length, blank="''", help=text)
                for name, length, text in TEXTS
            ),
            Column("email", max_length=254, help=lazy("E-mail of who applied.")),
            Column(
                "channel", field="channel", max_length=40, blank="'direct'",
                help=lazy("Where the company came from, in one word."),
            ),
        ),
        checks=(
            Check(
                "partner_id",
                "r.status = 'approved' AND raw_partner_id IS NULL",
                lazy("An approved application became a partner. Fill in its id."),
            ),
            Check(
                "decided_at",
                "r.status <> 'pending' AND raw_decided_at IS NULL",
                lazy("Fill in when it was decided."),
            ),
            Check(
                "decided_at",
                "r.status = 'pending' AND r.decided_at IS NOT NULL",
                lazy("A pending application is not decided. Correct the status or clear this."),
            ),
            Check(
                "decided_at",
                "r.decided_at < r.applied_at",
                lazy("%(value)s is before the application was sent. Correct one of the dates."),
            ),
            Check(
                "applied_at",
                "r.applied_at > now() + interval '1 day'",
                lazy("%(value)s is in the future. Correct it."),
            ),
            Check(
                "decided_at",
                "r.decided_at > now() + interval '1 day'",
                lazy("%(value)s is in the future. Correct it."),
            ),
        ),
        apply=apply_applications,
        is_fact=True,
    )
)  # fmt: skip
label_columns(
    application_id=lazy("Application ID"),
    applied_at=lazy("Applied on"),
    decided_at=lazy("Decided on"),
    company=lazy("Company"),
    contact_name=lazy("Contact person"),
    referrer=lazy("Recommended by"),
    channel=lazy("Channel"),
)
describe(
    "application",
    lazy("Companies that applied to become partners: when, from where, what was decided."),
    application_id="id|application|application no|bewerbung|antragsnummer",
    partner_id="partner|partner id|account|became partner|partnernummer",
    applied_at="applied|applied on|submitted|submitted at|created|eingang|beworben am|antragsdatum",
    decided_at="decided|decided on|decision date|closed|entschieden am|entscheidungsdatum",
    status="state|result|decision|stand|ergebnis|entscheidung",
    company="company name|organisation|organization|name|firma|unternehmen",
    domain="website|web|url|homepage|webseite",
    country="country code|land|staat",
    city="town|ort|stadt",
    type="company type|partner type|partnerart|typ",
    region="area|gebiet",
    contact_name="contact|person|ansprechpartner|kontakt",
    email="mail|e mail|contact email|e mail adresse",
    channel="source|lead source|utm source|quelle|herkunft|kanal",
    referrer="referred by|recommended by|empfohlen von",
)
describe_values(
    "application",
    "status",
    pending="open|new|in review|waiting|offen|neu|in prüfung",
    approved="accepted|won|angenommen|genehmigt",
    declined="refused|denied|abgelehnt",
    withdrawn="cancelled|canceled|zurückgezogen",
)
