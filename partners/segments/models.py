"""Dynamic segments: rules that say which partners belong together, and who was in them when.

Not to be confused with `PartnerProfile.segment`, a word that stands in a partner's profile.
"""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from partners.accounts.models import Partner
from partners.segments.ruledoc import from_json
from partners.segments.rules import Rule
from prm.common.ids import uuid7
from prm.common.models import User


class DynamicSegment(models.Model):
    """A rule over fields and KPIs of partners; its members are worked out from it every day."""

    class State(models.TextChoices):
        ACTIVE = "active", pgettext_lazy("dynamic segment", "Active")
        ARCHIVED = "archived", pgettext_lazy("dynamic segment", "Archived")

    NEXT: ClassVar[dict[str, dict[str, str]]] = {
        "active": {"archive": "archived"},
        "archived": {"restore": "active"},
    }

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    name = models.CharField(_("Name"), max_length=120)
    purpose = models.CharField(_("What it is for"), max_length=300, blank=True, default="")
    rule = models.JSONField(_("Rule"))
    edit = models.PositiveIntegerField(default=1)  # grows with each change of the rule
    state = models.CharField(
        _("Status"), max_length=10, choices=State.choices, default=State.ACTIVE
    )
    owner = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("Made by")
    )
    tells_manager = models.BooleanField(
        _("Tell the partner manager when a partner comes in"), default=False
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField(auto_now=True)
    evaluated_at = models.DateTimeField(null=True, blank=True)
    evaluated_on = models.DateField(null=True, blank=True)
    evaluated_edit = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("name"), condition=Q(state="active"), name="partners_segment_name_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["active", "archived"]), name="partners_segment_state"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("segments:segment", args=[self.public_id])

    @property
    def parsed(self) -> Rule:
        """The rule to be asked."""
        return from_json(self.rule)


class SegmentStay(models.Model):
    """A partner was in a segment from ``valid_from`` until before ``valid_to`` (null: still).

    The days are local days; ``came_at`` and ``left_at`` say the instants, ``came_with`` and
    ``left_with`` the values that decided.
    """

    class Because(models.TextChoices):
        VALUES = "values", _("its values changed")
        EDIT = "edit", _("the rule was changed")
        ARCHIVE = "archive", _("the segment was archived")
        GONE = "gone", _("the partner was merged or is no longer counted")

    CAME: ClassVar = [(Because.VALUES.value, Because.VALUES.label),
                      (Because.EDIT.value, Because.EDIT.label)]  # fmt: skip

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    segment = models.ForeignKey(DynamicSegment, on_delete=models.CASCADE, related_name="stays")
    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="segment_stays")
    valid_from = models.DateField(_("In the segment since"))
    valid_to = models.DateField(null=True, blank=True)
    came_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)
    came_because = models.CharField(max_length=10, choices=CAME)
    left_because = models.CharField(max_length=10, choices=Because.choices, blank=True, default="")
    came_with = models.JSONField(default=list)
    left_with = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["segment", "partner"], condition=Q(valid_to=None),
                name="partners_segment_stay_one_open",
            ),
            ExclusionConstraint(
                name="partners_segment_stay_no_overlap",
                expressions=[
                    ("segment", RangeOperators.EQUAL),
                    ("partner", RangeOperators.EQUAL),
                    (Func("valid_from", "valid_to", function="daterange"),
                     RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None, left_at=None, left_because="")
                | (Q(valid_to__gte=F("valid_from"), left_at__gte=F("came_at"))
                   & ~Q(left_because="")),
                name="partners_segment_stay_order",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["partner", "valid_to"], name="partners_segment_stay_partner"),
            models.Index(fields=["segment", "came_at"], name="partners_segment_stay_came"),
            models.Index(fields=["segment", "left_at"], name="partners_segment_stay_left"),
        ]

    def __str__(self) -> str:
        return f"{self.segment}: {self.partner}"
