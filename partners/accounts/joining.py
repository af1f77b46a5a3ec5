"""A person joins a partner company: membership, invitation by mail, news."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from partners.accounts.models import Membership, Partner
from partners.signals import person_added
from prm.common import audit, mail
from prm.common.errors import Conflict, InvalidInput
from prm.common.models import User


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
) -> Membership:
    """Let a person sign in for a partner, and post the invitation. Doing it twice changes nothing.

    The mail holds no secret: it leads to the door, where the person asks for a code. Raises
    InvalidInput for unknown roles, Conflict for one of the vendor's own people or a deactivated
    person.
    """
    if not roles or set(roles) - set(Membership.Role.values):
        raise InvalidInput(_("Choose one or more of the roles."), "roles")
    email = email.strip().lower()
    user = User.objects.select_for_update().filter(email=email).first()
    if user is not None and user.staff_role:
        raise Conflict(_("%(email)s is one of our own people.") % {"email": email})
    if user is not None and not user.is_active:
        raise Conflict(
            _("%(email)s is deactivated. An administrator has to let the person in again.")
            % {"email": email}
        )
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
        "url": mail.address_of(reverse("account_request_login_code")),
    }
    mail.post(email, "partner_invitation", context, language=language)
    person_added.send(sender=Membership, membership=member, by=by, now=now)
    return member
