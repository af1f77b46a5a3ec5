"""Rows for tests: plain functions with keyword defaults."""

import itertools
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from partners.models import (
    Application,
    ApplicationForm,
    Contract,
    Customer,
    Deal,
    DealStageEvent,
    LoginEvent,
    Membership,
    Partner,
    PartnerProfile,
    Registration,
    Stage,
)
from prm.common.models import FxRate, User

_n = itertools.count(1)


def at(text: str) -> datetime:
    """``2026-07-15`` (local noon is enough) or ``2026-07-15T10:00``, as an instant in UTC."""
    return datetime.fromisoformat(text if "T" in text else f"{text}T10:00").replace(tzinfo=UTC)


def make_user(email: str | None = "", **more: Any) -> User:
    """A person; staff by ``staff_role``."""
    if email == "":
        email = f"user{next(_n)}@example.com"
    return User.objects.create_user(email, more.pop("password", "secret-pass-1"), **more)


def make_partner(name: str = "", *, since: str = "2020-01-01", **more: Any) -> Partner:
    """A partner with one profile and one running contract."""
    profile = {
        key: more.pop(key)
        for key in ("type", "tier", "region", "segment", "manager")
        if key in more
    }
    contract = more.pop("contract", True)
    name = name or f"Partner {next(_n)}"
    partner = Partner.objects.create(name=name, **more)
    PartnerProfile.objects.create(partner=partner, valid_from=date.fromisoformat(since), **profile)
    if contract:
        Contract.objects.create(partner=partner, starts_on=date.fromisoformat(since))
    return partner


def make_member(partner: Partner, email: str | None = "", *roles: str, **more: Any) -> Membership:
    """A person at a partner; sales by default."""
    user = more.pop("user", None) or make_user(email)
    return Membership.objects.create(
        partner=partner, user=user, roles=list(roles) or ["sales"], **more
    )


def make_customer(name: str = "", **more: Any) -> Customer:
    """An end customer."""
    return Customer.objects.create(name=name or f"Customer {next(_n)}", **more)


def make_stage(key: str = "qualified", **more: Any) -> Stage:
    """A step of open deals."""
    return Stage.objects.get_or_create(key=key, defaults={"name": key.title(), **more})[0]


def make_deal(partner: Partner | None = None, **more: Any) -> Deal:
    """An open deal of 1,000 EUR opened on 2026-07-01; ``won="2026-07-15"`` closes it."""
    for state in ("won", "lost"):
        if day := more.pop(state, None):
            more |= {"state": state, "closed_at": at(day)}
    opened = at(more.pop("opened", "2026-07-01"))
    fields = {
        "amount": Decimal(1000),
        "currency": "EUR",
        "opened_at": opened,
        "approved_at": opened,
    }
    deal = Deal.objects.create(partner=partner, **(fields | more))
    deal.refresh_from_db()
    return deal


def make_event(deal: Deal, day: str, state: str = "open", **more: Any) -> DealStageEvent:
    """A step in a deal's history."""
    return DealStageEvent.objects.create(deal=deal, at=at(day), state=state, **more)


def make_registration(partner: Partner, **more: Any) -> Registration:
    """A registration that waits since 2026-07-01."""
    fields = {"submitted_at": at("2026-07-01"), "currency": "EUR", "amount": Decimal(500)}
    return Registration.objects.create(partner=partner, **(fields | more))


def make_login(member: Membership, day: str, **more: Any) -> LoginEvent:
    """A sign-in."""
    return LoginEvent.objects.create(membership=member, partner=member.partner, at=at(day), **more)


def make_rate(currency: str, day: str, rate: str, **more: Any) -> FxRate:
    """A rate from a day on."""
    return FxRate.objects.create(
        currency=currency, valid_from=date.fromisoformat(day), rate=Decimal(rate), **more
    )


def make_form(slug: str = "prm", **more: Any) -> ApplicationForm:
    """An open application form without conditions."""
    fields = {"title": f"Programme {slug}", "reapply_days": 30}
    return ApplicationForm.objects.create(slug=slug, **(fields | more))


def make_application(form: ApplicationForm | None = None, **more: Any) -> Application:
    """An application that waits for a decision since 2026-07-01; ``state`` moves it."""
    state = more.get("state", "pending")
    n = next(_n)
    fields: dict[str, Any] = {
        "company": f"Company {n}", "email": f"ann@company{n}.example", "contact_name": "Ann",
        "domain": f"company{n}.example", "applied_at": at("2026-07-01"), "state": state,
    }  # fmt: skip
    if state != "unconfirmed":
        fields["confirmed_at"] = at("2026-07-01T11:00")
    if state in {"approved", "rejected", "withdrawn", "expired"}:
        fields["decided_at"] = at("2026-07-05")
    row = Application.objects.create(form=form, **(fields | more))
    row.refresh_from_db()
    return row
