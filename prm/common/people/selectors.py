"""The vendor's people: which administrators remain, who has a second factor or open browsers."""

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from prm.common import access
from prm.common.access import Actor
from prm.common.contacts import MOST, Contact, grants_access
from prm.common.models import Session, User

ADMIN = User.StaffRole.ADMIN.value


def people(actor: Actor) -> QuerySet[User]:
    """All people that the actor may know of, each with ``has_factor``."""
    factor = Authenticator.objects.filter(user=OuterRef("pk"), type=Authenticator.Type.TOTP)
    return access.scope(actor, User).annotate(has_factor=Exists(factor))


def vendors_people(actor: Actor) -> QuerySet[User]:
    """People with a role at the vendor."""
    return people(actor).exclude(staff_role="")


def other_admins(person: User) -> QuerySet[User]:
    """Administrators who can sign in, but for this one."""
    return User.objects.filter(staff_role=ADMIN, is_active=True).exclude(pk=person.pk)


def sessions_of(person: User, now: datetime) -> QuerySet[Session]:
    """The browsers in which this person is signed in."""
    return Session.objects.filter(user=person, expire_date__gt=now)


@grants_access
def administrators(actor: Actor) -> list[Contact]:
    """For the vendor's people: the administrators of the programme."""
    if not actor.is_staff:
        return []
    found = User.objects.filter(staff_role=ADMIN, is_active=True).order_by("name", "email")[:MOST]
    return [Contact(str(one), one.email or "", _("Administrator")) for one in found]
