"""What an administrator does with the vendor's people; each step is audited.

The last administrator who can sign in keeps the role: nobody else could give it back.
"""

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from prm.common import audit, mail
from prm.common.errors import Conflict, InvalidInput
from prm.common.models import ApiToken, User
from prm.common.people.selectors import ADMIN, other_admins, sessions_of


@transaction.atomic
def invite(email: str, *, name: str, role: str, by: User | None, now: datetime) -> User:
    """Give a new person a role and post the invitation.

    The mail holds no secret: it leads to the door, where the person asks for a sign-in code.
    Raises InvalidInput for a role that does not exist, or an address that is known already.
    """
    _known_role(role)
    email = email.strip().lower()
    if User.objects.filter(email=email).exists():
        raise InvalidInput(
            _("%(email)s is known already. Look for the person in the lists of people.")
            % {"email": email},
            "email",
        )
    person = User.objects.create_user(email, None, name=name.strip(), staff_role=role)
    after = {"email": email, "name": person.name, "staff_role": role}
    audit.record("user.invite", person, by=by, now=now, after=after)
    _post_invitation(person, by)
    return person


@transaction.atomic
def invite_again(person: User, *, by: User | None, now: datetime) -> None:
    """Post the invitation once more. Raises Conflict for somebody who signed in before."""
    if person.last_login is not None or not person.is_active or not person.staff_role:
        raise Conflict(_("%(who)s needs no invitation any more.") % {"who": person})
    audit.record("user.invite_again", person, by=by, now=now)
    _post_invitation(person, by)


def _post_invitation(person: User, by: User | None) -> None:
    context = {
        "person": person,
        "by": by,
        "role": User.StaffRole(person.staff_role).label,
        "url": mail.address_of(reverse("account_request_login_code")),
    }
    mail.post(person.email or "", "invitation", context)


@transaction.atomic
def give_role(person: User, role: str, *, by: User | None, now: datetime) -> User:
    """Change what a person may do. It counts from the next page on.

    Raises InvalidInput for a role that does not exist, Conflict for the last administrator and
    for people of partners.
    """
    _known_role(role)
    person = _locked(person)
    if not person.staff_role:
        raise Conflict(_("%(who)s works for a partner and has roles there.") % {"who": person})
    if person.staff_role == role:
        return person
    if person.staff_role == ADMIN:
        _somebody_else_is_admin(person)
    before = audit.snapshot(person, ["staff_role", "is_staff"])
    person.staff_role = role
    person.is_staff = person.is_staff and role == ADMIN  # the back office is for administrators
    person.save(update_fields=["staff_role", "is_staff"])
    after = audit.snapshot(person, ["staff_role", "is_staff"])
    audit.record("user.give_role", person, by=by, now=now, before=before, after=after)
    return person


@transaction.atomic
def deactivate(person: User, *, by: User | None, now: datetime) -> User:
    """Let a person in no more: browsers are signed out, tokens revoked. The past keeps the name.

    Raises Conflict for oneself and for the last administrator.
    """
    person = _locked(person)
    if by is not None and by.pk == person.pk:
        raise Conflict(_("You cannot deactivate yourself. Ask another administrator."))
    if not person.is_active:
        return person
    if person.staff_role == ADMIN:
        _somebody_else_is_admin(person)
    person.is_active = False
    person.save(update_fields=["is_active"])
    ended = _end_sessions(person, now)
    tokens = ApiToken.objects.filter(user=person, revoked_at=None).update(revoked_at=now)
    after = {"is_active": False, "sessions": ended, "tokens": tokens}
    audit.record("user.deactivate", person, by=by, now=now, before={"is_active": True}, after=after)
    return person


@transaction.atomic
def reactivate(person: User, *, by: User | None, now: datetime) -> User:
    """Let a person in again, with the role from before. Revoked tokens stay revoked."""
    person = _locked(person)
    if not person.is_active:
        person.is_active = True
        person.save(update_fields=["is_active"])
        audit.record("user.reactivate", person, by=by, now=now, after={"is_active": True})
    return person


@transaction.atomic
def sign_out_everywhere(person: User, *, by: User | None, now: datetime) -> int:
    """End all browser sessions of a person. Returns how many there were."""
    ended = _end_sessions(person, now)
    audit.record("user.sign_out", person, by=by, now=now, after={"sessions": ended})
    return ended


@transaction.atomic
def remove_second_factor(person: User, *, by: User | None, now: datetime) -> None:
    """For a lost device: the person sets up a new factor. All browsers are signed out.

    Raises Conflict for a person without one.
    """
    removed, _details = Authenticator.objects.filter(user=person).delete()
    if not removed:
        raise Conflict(_("%(who)s has no second factor.") % {"who": person})
    ended = _end_sessions(person, now)
    audit.record("second_factor.remove", person, by=by, now=now, after={"sessions": ended})


def _end_sessions(person: User, now: datetime) -> int:
    return sessions_of(person, now).delete()[0]


def _locked(person: User) -> User:
    """The row as it is now. All administrators are locked in one order, so that two of them
    cannot take the role from each other at the same moment."""
    list(User.objects.select_for_update().filter(staff_role=ADMIN).order_by("pk"))
    return User.objects.select_for_update().get(pk=person.pk)


def _somebody_else_is_admin(person: User) -> None:
    if not other_admins(person).exists():
        raise Conflict(
            _("%(who)s is the last administrator. Make somebody else administrator first.")
            % {"who": person}
        )


def _known_role(role: str) -> None:
    if role not in User.StaffRole.values:
        raise InvalidInput(_("Choose one of the roles."), "role")
