"""What a partner is today and since when, and who looks after it: told from its profiles."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise, takewhile

from django.utils.translation import gettext_lazy as _

from partners.accounts.models import Membership, Partner, PartnerProfile
from prm.common import access
from prm.common.access import Actor
from prm.common.contacts import MOST, Contact, grants_access
from prm.common.models import User
from prm.common.periods import FIRST_YEAR


@dataclass(frozen=True)
class Standing:
    """Today's profile, since when its tier holds, and all profiles, newest first."""

    current: PartnerProfile | None = None
    tier_since: date | None = None
    profiles: list[PartnerProfile] = field(default_factory=list)

    @property
    def tier(self) -> str:
        """The tier of today; empty without one."""
        return self.current.tier if self.current else ""

    @property
    def undated(self) -> list[PartnerProfile]:
        """The first profile, where nobody knows since when it holds."""
        return [row for row in self.profiles if told_day(row.valid_from) is None]

    @property
    def manager(self) -> User | None:
        """Who of the vendor looks after the partner today."""
        return self.current.manager if self.current else None

    @property
    def partner_since(self) -> date | None:
        """The first day of which anything is known; none for what has held ever since."""
        return told_day(self.profiles[-1].valid_from) if self.profiles else None


def standing_of(actor: Actor, partner: Partner) -> Standing:
    """Return where a partner stands, in one query."""
    rows = access.scope(actor, PartnerProfile).filter(partner=partner).select_related("manager")
    profiles = list(rows.order_by("-valid_from"))
    current = profiles[0] if profiles and profiles[0].valid_to is None else None
    since = _since(profiles, lambda row: row.tier) if current else None
    return Standing(current, told_day(since) if since else None, profiles)


def told_day(day: date) -> date | None:
    """The calendar's first day stands for "we do not know since when"."""
    return None if day <= date(FIRST_YEAR, 1, 1) else day


def _since(profiles: list[PartnerProfile], read: Callable[[PartnerProfile], str]) -> date:
    """The day from which on the newest value has held without a break."""
    value = read(profiles[0])
    same = list(takewhile(lambda row: read(row) == value, profiles))
    since = same[0].valid_from
    for later, row in pairwise(same):
        if row.valid_to != later.valid_from:
            break
        since = row.valid_from
    return since


@grants_access
def who_helps_a_partner(actor: Actor) -> Iterator[Contact]:
    """For a partner's people: the administrators of their own company, and its manager."""
    if not actor.is_partner or actor.partner_id is None:
        return
    own = access.scope(actor, Membership).filter(
        partner_id=actor.partner_id, is_active=True, roles__contains=[Membership.Role.ADMIN]
    )
    for member in own.filter(user__is_active=True).select_related("user").order_by("pk")[:MOST]:
        yield Contact(str(member.user), member.user.email or "", _("Administrator"))
    manager = standing_of(actor, Partner(pk=actor.partner_id)).manager
    if manager is not None and manager.is_active:
        yield Contact(str(manager), manager.email or "", _("Your partner manager"))
