"""Invitations to apply: sent, sent anew, withdrawn, over; the link itself is kept nowhere."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from partners.recruiting import letters, links
from partners.recruiting.models import ApplicationForm, ApplicationInvitation
from prm.common import audit, mail
from prm.common.errors import Conflict, InvalidInput
from prm.common.models import User
from prm.common.transition import transition

HOLDS = timedelta(days=30)
LONGEST = 180  # days


@transaction.atomic
def invite_to_apply(
    form: ApplicationForm,
    *,
    email: str,
    by: User | None,
    now: datetime,
    name: str = "",
    company: str = "",
    channel: str = "invitation",
    note: str = "",
    days: int = HOLDS.days,
) -> ApplicationInvitation:
    """Post an invitation with a link that works once. Raises InvalidInput, Conflict if closed."""
    if not form.is_open:
        raise Conflict(_("Open this form first: it takes no applications at the moment."))
    if not 1 <= days <= LONGEST:
        raise InvalidInput(_("Choose 1 to %(n)s days.") % {"n": LONGEST}, "days")
    secret, digest = links.new_secret()
    invitation = ApplicationInvitation.objects.create(
        form=form,
        email=email.strip().lower(),
        name=name.strip(),
        company=company.strip(),
        channel=channel,
        note=note.strip(),
        digest=digest,
        by=by,
        sent_at=now,
        expires_at=now + timedelta(days=days),
    )
    after = {"email": invitation.email, "company": company, "form": form}
    audit.record("applicationinvitation.create", invitation, by=by, now=now, after=after)
    letters.invite_to_apply(invitation, _address(secret))
    return invitation


def _address(secret: str) -> str:
    from django.urls import reverse

    return mail.address_of(reverse("recruiting:invited", args=[secret]))


@transaction.atomic
def invite_again(
    invitation: ApplicationInvitation, *, by: User | None, now: datetime
) -> ApplicationInvitation:
    """Post a new link that holds as long as the first one did; the old link is dead from now on.

    Raises InvalidTransition when it was used or withdrawn.
    """
    holds = invitation.expires_at - invitation.sent_at
    secret, digest = links.new_secret()
    changes = {"digest": digest, "sent_at": now, "expires_at": now + holds}
    renewed = transition(invitation, "renew", by=by, now=now, changes=changes)
    letters.invite_to_apply(renewed, _address(secret))
    return renewed


def withdraw_invitation(
    invitation: ApplicationInvitation, *, by: User | None, now: datetime
) -> ApplicationInvitation:
    """Its link opens nothing from now on. Raises InvalidTransition when it was used."""
    return transition(invitation, "withdraw", by=by, now=now)


def invitation_of(secret: str, now: datetime) -> ApplicationInvitation | None:
    """The live invitation with this secret."""
    rows = ApplicationInvitation.objects.select_related("form")
    found = rows.filter(digest=links.digest_of(secret)).first()
    return found if found is not None and found.is_live(now) else None


def expire_invitations(now: datetime) -> int:
    """Invitations whose time is over say so; returns how many."""
    old = ApplicationInvitation.objects.filter(
        state=ApplicationInvitation.State.OPEN, expires_at__lte=now
    )
    done = 0
    for invitation in old:
        with transaction.atomic():
            locked = ApplicationInvitation.objects.select_for_update(of=("self",)).get(
                pk=invitation.pk
            )
            if locked.state == locked.State.OPEN and locked.expires_at <= now:
                transition(locked, "expire", by=None, now=now)
                done += 1
    return done
