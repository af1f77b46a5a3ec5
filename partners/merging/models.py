"""What was merged, row by row so that it can be taken back; and what is alike but not the same."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from partners.accounts.models import Partner
from prm.common.ids import uuid7
from prm.common.models import User


class PartnerMerge(models.Model):
    """Once, a partner record turned out to be another one."""

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    stub = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="merges")
    survivor = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="absorbed")
    at = models.DateTimeField(_("Merged on"))
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(_("Reason"), max_length=300, blank=True, default="")
    undone_at = models.DateTimeField(_("Taken apart on"), null=True, blank=True)
    undone_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["stub"], condition=Q(undone_at=None), name="partners_merge_one_open"
            ),
            models.CheckConstraint(condition=~Q(stub=F("survivor")), name="partners_merge_of_two"),
        ]

    def __str__(self) -> str:
        return f"{self.stub} → {self.survivor}"


class MovedRow(models.Model):
    """A row that a merge pointed to the survivor, with what it pointed to before."""

    merge = models.ForeignKey(PartnerMerge, on_delete=models.CASCADE, related_name="moved")
    relation = models.CharField(max_length=80)
    row_id = models.BigIntegerField()
    before = models.CharField(max_length=40)
    after = models.CharField(max_length=40)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merge", "relation", "row_id"], name="partners_moved_row_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.relation} {self.row_id}"


class Apart(models.Model):
    """Somebody looked at two partners that are alike: they are two companies."""

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    first = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="partners_apart_once"),
            models.CheckConstraint(
                condition=Q(first__lt=F("second")), name="partners_apart_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first} / {self.second}"
