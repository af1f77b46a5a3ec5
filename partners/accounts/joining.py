"""A person joins a partner company: membership, invitation by mail, news."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from partners.accounts.models import Membership, Partner
from partners.signals import person_added
from prm.common import audit, mail
from prm.common.domains import names_address
from prm.common.errors import Conflict, InvalidInput
from prm.common.models import User

MOST_A_DAY = 50  # invitations by one person of a partner, each a mail to an address that was typed


@transaction.atomic
def add_person(
    partner: Partner,
    *,
    email: str,
    name: str,
    roles: Sequence[str],
    by: User | None,
    now: datetime,
    language: str = "",
    lead: object = "",
) -> Membership:
    """Let a person sign in for a partner, and post the invitation. Doing it twice changes nothing.

    The mail holds no secret: it leads to the door, where the person asks for a code; it begins
    with ``lead``, said when it is written, in its reader's language. Raises InvalidInput for
    unknown roles, Conflict for one of the vendor's own people or a deactivated person; a
    partner's administrator is not told which, sends so many mails a day and no address in a name.
    """
    if not roles or set(roles) - set(Membership.Role.values):
        raise InvalidInput(_("Choose one or more of the roles."), "roles")
    is_partners = by is not None and not by.staff_role
    if is_partners:
        _check_invitation(name, by, now)
    email = email.strip().lower()
    user = User.objects.select_for_update().filter(email=email).first()
    if user is not None:
        _check_known(user, tells=not is_partners)
    if user is None:
        user = User.objects.create_user(email, None, name=name.strip(), language=language)
    member, made = Membership.objects.get_or_create(
        partner=partner, user=user, defaults={"roles": list(roles)}
    )
    if not made and member.is_active:
        return member
    if not made:
        member.is_active, member.roles = True, list(roles)
        member.save(update_fields=["is_active", "roles", "updated_at"])
    after = {"email": email, "name": user.name, "roles": list(roles)}
    audit.record("membership.create", member, by=by, now=now, after=after)
    context = {
        "person": user,
        "partner": partner,
        "by": by,
        "lead": lead,
        "url": mail.address_of(reverse("account_request_login_code")),
    }
    mail.post(email, "partner_invitation", context, language=language)
    person_added.send(sender=Membership, membership=member, by=by, now=now)
    return member


def _check_invitation(name: str, by: User | None, now: datetime) -> None:
    """What a partner's administrator types goes to strangers: no advertisement, no flood."""
    if names_address(name):
        raise InvalidInput(_("Leave out web addresses here."), "name")
    if audit.times(by, "membership.create", since=now - timedelta(days=1)) >= MOST_A_DAY:
        raise Conflict(
            _("You invited %(n)s people within a day. Go on tomorrow, or ask your partner manager.")
            % {"n": MOST_A_DAY}
        )


def _check_known(user: User, *, tells: bool) -> None:
    """Raises Conflict for a person who cannot sign in for a partner."""
    if user.is_active and not user.staff_role:
        return
    said = {"email": user.email}
    if not tells:  # who else is known is not a partner's matter
        raise Conflict(
            _("%(email)s cannot sign in for a partner. Ask your partner manager.") % said
        )
    if user.staff_role:
        raise Conflict(_("%(email)s is one of our own people.") % said)
    raise Conflict(
        _("%(email)s is deactivated. An administrator has to let the person in again.") % said
    )
