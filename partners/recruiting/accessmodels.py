"""Requests for access: a person asks to sign in for a company."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partners.accounts.models import Partner
from prm.common.models import Sourced, User


class AccessRequest(Sourced):
    """A person wants to sign in for a company that may be a partner. Nobody is told which is."""

    class State(models.TextChoices):
        UNCONFIRMED = "unconfirmed", _("Address not confirmed")
        PENDING = "pending", _("Waiting for a decision")
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", _("Rejected")
        EXPIRED = "expired", _("Expired")

    NEXT: dict[str, dict[str, str]] = {
        "unconfirmed": {"confirm": "pending", "expire": "expired"},
        "pending": {"approve": "approved", "reject": "rejected"},
        "approved": {},
        "rejected": {},
        "expired": {},
    }

    partner = models.ForeignKey(
        Partner, null=True, blank=True, on_delete=models.PROTECT, related_name="access_requests"
    )
    state = models.CharField(
        max_length=11, choices=State.choices, default=State.UNCONFIRMED,
        db_default=State.UNCONFIRMED,
    )  # fmt: skip
    name = models.CharField(_("Name"), max_length=200)
    email = models.EmailField(_("E-mail"))
    company = models.CharField(_("Company"), max_length=300, blank=True, default="")
    language = models.CharField(max_length=9, blank=True, default="", db_default="")
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    note = models.TextField(_("Message"), blank=True, default="", db_default="")

    class Meta(Sourced.Meta):
        abstract = False
        constraints = [
            *Sourced.Meta.constraints,
            models.CheckConstraint(
                condition=Q(state__in=["approved", "rejected", "expired"], decided_at__isnull=False)
                | Q(state__in=["unconfirmed", "pending"], decided_at=None),
                name="partners_access_is_decided",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | Q(partner__isnull=False),
                name="partners_access_has_partner",
            ),
            models.UniqueConstraint(
                fields=["email"], condition=Q(state="pending"), name="partners_access_one_live"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"
