"""The last weeks of recruiting, played by the services: the queue, links, requests for access."""

from datetime import datetime, timedelta
from typing import Any

from partners.models import (
    AccessRequest,
    Application,
    ApplicationForm,
    ApplicationInvitation,
    Partner,
)
from partners.recruiting import accessing, inviting, services
from partners.recruiting.fitting import region_of
from prm.common.models import User
from prm.management.demo import cast, words
from prm.management.demo.names import ascii_word
from prm.management.demo.people import domain_of, email_of
from prm.management.demo.plan import Plan
from prm.management.demo.recruits import (
    make_applications,
    make_costs,
    make_forms,
    make_ideal_profile,
    make_visits,
    moment,
)

# company, country, city, type, person, people, customers, certificates, source, days ago
QUEUE = (
    ("Vantaa Cloudworks", "Finland", "Vaasa", "Managed services", "Aino Heikkinen", 14,
     "Port of Vaasa", "ISO 27001", "linkedin", 11),
    ("Kestrel I.T. Limited", "United Kingdom", "Bristol", "Reseller", "Owen Clarke", 8,
     "Thornbury Hospitals", "", "website", 6),
    ("Rheintal Systemhaus", "Germany", "Ulm", "Reseller", "Jonas Keller", 22, "", "ISO 27001",
     "trade-fair", 5),
    ("Blue Gum Networks", "Australia", "Hobart", "Managed services", "Isla Murray", 5, "", "",
     "recommendation", 3),
    ("Meseta Integración", "Spain", "Zaragoza", "Systems integrator", "Diego Herrera", 3,
     "Ibérica Seguros", "SOC 2", "linkedin", 2),
    ("Harbourlight Data", "Ireland", "Galway", "Reseller", "Fiona Nolan", 0, "", "", "direct", 1),
)  # fmt: skip
WHY = "Our customers ask for exactly this, and we know their business for many years."


def play(plan: Plan) -> None:
    """Everything about recruiting, past and present."""
    admin = _person(cast.STAFF[0][0])
    form = make_forms(admin)
    make_applications(plan, form, make_ideal_profile(plan, admin))
    make_visits(plan, form)
    make_costs(plan)
    _queue(plan, form)
    _invitations(plan)
    _access(plan)


def _person(name: str) -> User:
    return User.objects.get(email=email_of(name, words.VENDOR_DOMAIN))


def _apply(form: ApplicationForm, now: datetime, row: tuple[Any, ...], **more: Any) -> Application:
    company, country, city, kind, person, people, customers, certificates, channel = row
    domain = f"{ascii_word(company)}.example"
    answers = [
        {"question": "Why do you want to work with us?", "answer": WHY},
        {"question": "When could you start?", "answer": "This quarter"},
    ]
    return services.submit_application(
        form, now=now, company=company, country=country, city=city, type=kind,
        contact_name=person, people=people or None, customers=customers,
        certificates=certificates, channel=channel, domain=domain, region=region_of(country),
        email=f"{ascii_word(person).replace('-', '.')}@{domain}", answers=answers, language="en",
        **more,
    )  # fmt: skip


def _queue(plan: Plan, form: ApplicationForm) -> None:
    """Six that wait; one asked for detail, one that answered, one withdrawn, one unconfirmed."""
    elena = _person(cast.STAFF[1][0])
    for *told, ago in QUEUE:
        at = moment(plan, plan.last_day - timedelta(days=int(str(ago))), 9)
        application = _apply(form, at, tuple(told))
        services.confirm_application(application, now=at + timedelta(minutes=12))
    morning = moment(plan, plan.last_day - timedelta(days=8), 9)

    def confirmed(company: str, person: str, country: str, city: str) -> Application:
        row = (company, country, city, "Reseller", person, 6, "", "", "website")
        made = _apply(form, morning, row)
        return services.confirm_application(made, now=morning + timedelta(minutes=5))

    asked = confirmed("Lowmoor Digital", "Tilda Marsh", "United Kingdom", "Leeds")
    later = morning + timedelta(days=1)
    services.ask_for_detail(
        asked, text="Which of your people would sell Flow?", by=elena, now=later
    )
    answered = confirmed("Graubach IT", "Petra Vogt", "Switzerland", "Basel")
    services.ask_for_detail(answered, text="Do you serve hospitals?", by=elena, now=later)
    services.answer_detail(
        answered, text="Yes, four of them in Basel and Bern.", now=later + timedelta(days=1)
    )
    gone = confirmed("Seaholm Software", "Elias Dahl", "Denmark", "Odense")
    services.withdraw_application(gone, by=None, now=later)
    refused = confirmed("Quickwin Agency", "Leo Rossi", "Canada", "Ottawa")
    services.reject_application(
        refused, reason="not_a_fit", note="Come back when you have first customers of your own.",
        by=elena, now=later,
    )  # fmt: skip
    row = ("Late Night Hosting", "Norway", "Bergen", "Managed services", "Nils Blom", 2, "", "",
           "linkedin")  # fmt: skip
    _apply(form, moment(plan, plan.last_day, 17), row)  # nobody has opened the mail yet
    fjordline = Partner.objects.get(name=cast.PARTNERS[cast.FJORDLINE].name)
    known = confirmed("Fjordline IT Sverige", "Karin Lindgren", "Sweden", "Umeå")
    services.approve_application(  # a branch of somebody who is a partner already
        known, by=elena, now=later, valid_from=plan.last_day, partner=fjordline
    )


def _invitations(plan: Plan) -> None:
    """One open, one used, one withdrawn, one whose time is over."""
    elena = _person(cast.STAFF[1][0])
    alliance = ApplicationForm.objects.get(slug="technology-alliance")

    def invite(company: str, person: str, ago: int) -> ApplicationInvitation:
        email = f"{ascii_word(person).replace('-', '.')}@{ascii_word(company)}.example"
        return inviting.invite_to_apply(
            alliance, email=email, name=person, company=company, by=elena, channel="trade-fair",
            note="It was good to talk at the fair.",
            now=moment(plan, plan.last_day - timedelta(days=ago), 14),
        )  # fmt: skip

    invite("Silverlea Analytics", "Mia Okada", 4)
    inviting.withdraw_invitation(
        invite("Oldbridge Apps", "Marco Pinto", 12),
        by=elena, now=moment(plan, plan.last_day - timedelta(days=9), 10),
    )  # fmt: skip
    invite("Farfield Labs", "Ren Kimura", 60)
    inviting.expire_invitations(moment(plan, plan.last_day, 3))
    used = invite("Clearwater Platforms", "Nora Byrne", 6)
    row = ("Clearwater Platforms", "Ireland", "Cork", "Technology", "Nora Byrne", 9, "", "SOC 2",
           "trade-fair")  # fmt: skip
    at = moment(plan, plan.last_day - timedelta(days=4), 16)
    _apply(alliance, at, row, invitation=used)


def _access(plan: Plan) -> None:
    """Requests in every state, at partners whose people can sign in."""
    nordlys = Partner.objects.get(name=cast.PARTNERS[cast.NORDLYS].name)
    domain = domain_of(nordlys.name)
    noor = _person(cast.STAFF[2][0])

    def asked(name: str, at_domain: str, ago: int, *, confirm: bool = True) -> AccessRequest:
        now = moment(plan, plan.last_day - timedelta(days=ago), 13)
        email = f"{ascii_word(name).replace('-', '.')}@{at_domain}"
        row = accessing.request_access(
            name=name, email=email, company=at_domain.split(".")[0].title(), now=now, language="en"
        )
        return accessing.confirm_access(row, now=now + timedelta(minutes=4)) if confirm else row

    asked("Otso Salo", domain, 2)
    asked("Paula Wilde", "unknown-company.example", 3)
    later = moment(plan, plan.last_day - timedelta(days=4), 9)
    accessing.approve_access(
        asked("Helmi Koskinen", domain, 6), by=noor, now=later, roles=["technical"]
    )
    accessing.reject_access(
        asked("Ivo Castell", "somewhere.example", 7), by=noor, now=later,
        note="We do not know your company yet. Please apply first.",
    )  # fmt: skip
    asked("Lea Brandt", domain, 15, confirm=False)
    accessing.expire_unconfirmed(moment(plan, plan.last_day - timedelta(days=5), 3))
    asked("Kai Strand", domain, 1, confirm=False)
