"""Requests for access to an existing company: asked, confirmed, decided by its people or ours."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from partners import signals
from partners.accounts.alike import company_domain
from partners.accounts.joining import add_person
from partners.accounts.models import Membership, Partner
from partners.recruiting import letters, links
from partners.recruiting.accessmodels import AccessRequest
from partners.recruiting.models import Application
from partners.recruiting.rules import CONFIRM_DAYS
from prm.common import access, audit
from prm.common.access import Actor
from prm.common.errors import InvalidInput
from prm.common.models import User
from prm.common.transition import transition


@transaction.atomic
def request_access(
    *, name: str, email: str, now: datetime, company: str = "", language: str = ""
) -> AccessRequest:
    """Somebody asks to sign in. Nothing is looked up, so that the answer tells and takes the same
    whether or not the company or the person is known; the address is to be confirmed first.
    """
    asked = AccessRequest.objects.create(
        name=name.strip(),
        email=email.strip().lower(),
        company=company.strip(),
        language=language,
        asked_at=now,
    )
    audit.record("accessrequest.submit", asked, by=None, now=now)  # whose address, nobody knows yet
    letters.confirm_access(asked, links.address("confirm_access", asked, now))
    return asked


@transaction.atomic
def confirm_access(asked: AccessRequest, *, now: datetime) -> AccessRequest:
    """The address is the person's: the company's administrators, or we, decide.

    The page says the same whatever is found. A second request of one person is over at once.
    """
    others = AccessRequest.objects.filter(email=asked.email, state=AccessRequest.State.PENDING)
    if others.exclude(pk=asked.pk).exists():
        changes = {"decided_at": now}
        return transition(asked, "expire", by=None, now=now, changes=changes)
    partners = list(partners_at(asked.email)[:2])
    partner = partners[0] if len(partners) == 1 else None
    found: dict[str, Any] = {"confirmed_at": now, "partner": partner}
    confirmed = transition(asked, "confirm", by=None, now=now, changes=found)
    signals.access_requested.send(sender=AccessRequest, access_request=confirmed, now=now)
    return confirmed


@transaction.atomic
def ask_for_applicant(application: Application, *, now: datetime) -> AccessRequest | None:
    """Who applied for a company that turned out to be a partner asks to sign in for it.

    None for somebody who can already, or whose request waits.
    """
    partner, email = application.partner, application.email
    waiting = AccessRequest.objects.filter(email=email, state=AccessRequest.State.PENDING)
    known = Membership.objects.filter(partner=partner, user__email=email, is_active=True)
    if waiting.exists() or known.exists():
        return None
    asked = AccessRequest.objects.create(
        name=application.contact_name,
        email=email,
        company=application.company,
        language=application.language,
        asked_at=application.applied_at,
        confirmed_at=application.confirmed_at,
        state=AccessRequest.State.PENDING,
        partner=partner,
    )
    audit.record("accessrequest.submit", asked, by=None, now=now, after={"email": email})
    signals.access_requested.send(sender=AccessRequest, access_request=asked, now=now)
    return asked


def partners_at(email: str) -> QuerySet[Partner]:
    """The partners whose web domain is that of an address; nobody for free mail."""
    domain = company_domain(email)
    rows = Partner.objects.filter(merged_into=None).order_by("pk")
    if not domain:
        return rows.none()
    return rows.filter(
        Q(domain__iexact=domain)
        | Q(domain__iexact=f"www.{domain}")
        | Q(domain__iexact=f"https://www.{domain}")
        | Q(domain__iexact=f"https://{domain}")
    )


@transaction.atomic
def approve_access(
    asked: AccessRequest,
    *,
    by: User | None,
    now: datetime,
    roles: Sequence[str],
    partner: Partner | None = None,
) -> AccessRequest:
    """The person can sign in for the partner and is invited.

    ``partner`` names the company where the address tells none. Raises InvalidInput without one,
    InvalidTransition when it was decided.
    """
    locked = AccessRequest.objects.select_for_update(of=("self",)).get(pk=asked.pk)
    partner = partner or locked.partner
    if partner is None:
        raise InvalidInput(_("Name the company that this person belongs to."), "partner")
    if partner.merged_into_id:
        raise InvalidInput(_("This partner is merged into another one."), "partner")
    changes = {"decided_at": now, "decided_by": by, "partner": partner}
    decided = transition(locked, "approve", by=by, now=now, changes=changes)
    add_person(
        partner,
        email=decided.email,
        name=decided.name,
        roles=roles,
        by=by,
        now=now,
        language=decided.language,
    )
    signals.access_decided.send(sender=AccessRequest, access_request=decided, by=by, now=now)
    return decided


@transaction.atomic
def reject_access(
    asked: AccessRequest, *, note: str = "", by: User | None, now: datetime
) -> AccessRequest:
    """The person gets no access, and our words by mail. Raises InvalidTransition when decided."""
    changes = {"decided_at": now, "decided_by": by, "note": note.strip()}
    decided = transition(asked, "reject", by=by, now=now, reason=note, changes=changes)
    letters.access_rejected(decided)
    signals.access_decided.send(sender=AccessRequest, access_request=decided, by=by, now=now)
    return decided


def known_person(asked: AccessRequest, actor: Actor) -> str:
    """What is known of the person already, for whoever decides; "" for nobody.

    A company's administrators read only of their own company, managers only names of partners
    that they may know of.
    """
    user = User.objects.filter(email=asked.email).first()
    if user is None:
        return ""
    if asked.partner and _was_removed(user, asked.partner):
        return _("Signed in for %(name)s before and was removed.") % {"name": asked.partner}
    if actor.is_partner:
        return ""
    if user.staff_role:
        return _("This is one of our own people.")
    own = list(Membership.objects.filter(user=user, is_active=True).select_related("partner"))
    known = access.scope(actor, Partner).in_bulk([row.partner_id for row in own])
    names = [row.partner.name if row.partner_id in known else _("another partner") for row in own]
    names = list(dict.fromkeys(names))
    return _("Signs in for %(names)s already.") % {"names": ", ".join(names)} if names else ""


def _was_removed(user: User, partner: Partner) -> bool:
    """Whether a person left a company (or what was merged into it), and did not come back."""
    records = Partner.objects.standing_for(partner.merged_into or partner)
    rows = Membership.objects.filter(user=user, partner__in=records)
    states = set(rows.values_list("is_active", flat=True))
    return states == {False}


def expire_unconfirmed(now: datetime) -> int:
    """Requests whose address nobody confirmed in time are over; returns how many."""
    old = AccessRequest.objects.filter(
        state=AccessRequest.State.UNCONFIRMED, asked_at__lt=now - timedelta(days=CONFIRM_DAYS)
    )
    for asked in old:
        with transaction.atomic():
            locked = AccessRequest.objects.select_for_update(of=("self",)).get(pk=asked.pk)
            if locked.state == AccessRequest.State.UNCONFIRMED:
                transition(locked, "expire", by=None, now=now, changes={"decided_at": now})
    return len(old)


def forget_expired(now: datetime) -> int:
    """Requests that nobody confirmed are deleted after 90 days; returns how many."""
    old = AccessRequest.objects.filter(
        state=AccessRequest.State.EXPIRED, decided_at__lt=now - timedelta(days=90)
    )
    return old.delete()[0]
