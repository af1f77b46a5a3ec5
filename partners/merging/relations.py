"""What becomes of everything that names a partner when it is merged into another one.

Dated facts *stay*: they keep the record whose type, tier and region of that day they were counted
by, and every reading resolves the record to its survivor (E4). What is open today *moves*. What
may run once and runs for both *yields* to that of the survivor. A test holds that each relation of
the model stands here, another one that no constraint keeps two records from being merged.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_stubs_ext import StrOrPromise

from partners.accounts.models import Partner
from prm.common.models import User


@dataclass(frozen=True)
class Relation:
    """A field that names a partner. `of` narrows the rows that move; `by_id`: by public id.

    `beside` is the other end of a link, which must not come to name the survivor twice.
    """

    model: str
    link: str
    label: StrOrPromise
    moves: bool = False
    of: dict[str, Any] = field(default_factory=dict)
    by_id: bool = False
    beside: str = ""

    @property
    def key(self) -> str:
        """How the log calls it."""
        return f"{self.model}.{self.link}"

    def value(self, partner: Partner) -> Any:
        """What the field holds for a partner."""
        return partner.public_id if self.by_id else partner.pk

    @property
    def column(self) -> str:
        """The name of the field by which rows are read and written plainly."""
        return self.link if self.by_id else f"{self.link}_id"

    def rows(self, partner: Partner) -> QuerySet[Any]:
        """The rows that name this partner and that this relation is about."""
        manager = apps.get_model(self.model)._base_manager
        found: QuerySet[Any] = manager.filter(**{self.column: self.value(partner)}, **self.of)
        return found


STAYS = (
    Relation("partners.Deal", "partner", pgettext_lazy("counted", "deals")),
    Relation("partners.Registration", "partner", _("registrations")),
    Relation("partners.DealTouch", "partner", _("contributions to deals")),
    Relation("partners.Membership", "partner", _("people")),
    Relation("partners.LoginEvent", "partner", _("sign-ins")),
    Relation("partners.PortalSession", "partner", _("visits to the portal")),
    Relation("partners.Contract", "partner", _("contracts")),
    Relation("partners.PartnerProfile", "partner", _("profiles over time")),
    Relation("partners.PartnerLink", "child", _("places in the hierarchy")),
    Relation("partners.Trait", "partner", _("capabilities and strengths")),
    Relation("partners.DirectoryEntry", "partner", _("entries of the directory")),
    Relation("partners.Cost", "partner", _("costs")),
    Relation("partners.Application", "partner", _("applications")),
    Relation("partners.OnboardingPlan", "partner", _("onboarding plans")),
    Relation("partners.Milestone", "partner", _("milestones")),
    Relation("partners.TierMove", "partner", _("moves between tiers")),
    Relation("partners.TierStanding", "partner", _("standings in programmes")),
    Relation("partners.TierException", "partner", _("exceptions of tiers")),
    Relation("partners.OnboardingPlan", "partner", _("onboarding plans")),
    Relation("partners.Milestone", "partner", _("milestones")),
    Relation("partners.SegmentStay", "partner", _("stays in dynamic segments")),
)
MOVES = (
    Relation("partners.Partner", "merged_into", _("records merged earlier"), moves=True),
    Relation(
        "partners.PartnerLink",
        "parent",
        _("links to companies below it"),
        moves=True,
        beside="child",
    ),
    Relation("partners.Partner", "parent", _("companies below it"), moves=True),
    Relation(
        "partners.AccessRequest",
        "partner",
        _("open requests for access"),
        moves=True,
        of={"state__in": ("unconfirmed", "pending")},
    ),
    Relation(
        "common.Task", "company", _("open tasks"), moves=True, of={"state": "open"}, by_id=True
    ),
)
# The log of merges itself, and what was said of two records: never touched.
OWN = {
    "partners.PartnerMerge.stub",
    "partners.PartnerMerge.survivor",
    "partners.Apart.first",
    "partners.Apart.second",
}
BY_KEY = {one.key: one for one in (*STAYS, *MOVES)}


@dataclass(frozen=True)
class Yielding:
    """Something that may run once for a company: while two are one, that of the survivor goes on.

    ``running`` are the keys of what would yield if the first partner were merged into the second;
    ``end`` ends these. ``go_on`` lets the first of those ended that is the partner's run again, if
    nothing else runs for it by now, and returns which.
    """

    key: str
    label: StrOrPromise
    running: Callable[[Partner, Partner], Sequence[int]]
    end: Callable[[Sequence[int], User | None, datetime], None]
    go_on: Callable[[Partner, Sequence[int], User | None, datetime], int | None]


YIELDS: list[Yielding] = []
