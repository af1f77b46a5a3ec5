"""Who stood below whom, and when."""

from datetime import date, timedelta

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from partners.accounts.models import Partner
from prm.common.models import Sourced


class PartnerLink(Sourced):
    """``child`` stands below ``parent`` from ``valid_from`` until before ``valid_to``.

    One parent at a time. The open link is the partner's ``parent``: the database keeps them equal,
    whichever door writes it.
    """

    class Kind(models.TextChoices):
        DISTRIBUTOR = "distributor", _("Distributor")
        SUBSIDIARY = "subsidiary", _("Parent company")
        FRANCHISE = "franchise", _("Franchise giver")

    child = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="links_up")
    parent = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="links_down")
    kind = models.CharField(
        _("Kind"),
        max_length=12,
        choices=Kind.choices,
        default=Kind.DISTRIBUTOR,
        db_default=Kind.DISTRIBUTOR,
    )
    valid_from = models.DateField(_("From"))
    valid_to = models.DateField(_("First day no longer valid"), null=True, blank=True)

    class Meta(Sourced.Meta):
        abstract = False
        ordering = ["child", "valid_from"]
        constraints = [
            *Sourced.Meta.constraints,
            ExclusionConstraint(
                name="partners_link_no_overlap",
                expressions=[
                    ("child", RangeOperators.EQUAL),
                    (
                        Func("valid_from", "valid_to", function="daterange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
                name="partners_link_order",
            ),
            models.CheckConstraint(condition=~Q(child=F("parent")), name="partners_link_of_two"),
        ]

    def __str__(self) -> str:
        return f"{self.child} < {self.parent}"

    @property
    def last_day(self) -> date | None:
        """The last day of the link, as people say it; None while it holds."""
        return self.valid_to and self.valid_to - timedelta(days=1)
