"""What partners cost: recruiting, onboarding, time, campaigns; of one partner or of all."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from partners.accounts.models import Partner
from prm.common.models import Sourced


class Cost(Sourced):
    """A cost on a day. Its amount in the reporting currency is frozen with the rate of that day.

    ``partner`` null: of the programme as a whole. ``channel`` is the recruiting source that it
    paid for, such as an event.
    """

    class Kind(models.TextChoices):
        RECRUITING = "recruiting", _("Recruiting")
        ONBOARDING = "onboarding", _("Onboarding")
        MANAGER_TIME = "partner_manager_time", _("Time of partner managers")
        CAMPAIGN = "campaign", _("Campaigns")
        SUPPORT = "support", _("Support")
        TOOLS = "tools", _("Tools")
        OTHER = "other", _("Other")

    partner = models.ForeignKey(
        Partner, null=True, blank=True, on_delete=models.PROTECT, related_name="costs"
    )
    at = models.DateTimeField()
    on = models.DateField(editable=False, help_text=_("Local day; the database writes it."))
    kind = models.CharField(_("Kind"), max_length=20, choices=Kind.choices)
    channel = models.CharField(
        _("Recruiting source"), max_length=40, blank=True, default="", db_default=""
    )
    note = models.CharField(_("What for"), max_length=200, blank=True, default="", db_default="")
    amount = models.DecimalField(_("Amount"), max_digits=18, decimal_places=4)
    currency = models.CharField(_("Currency"), max_length=3)
    fx_rate = models.DecimalField(max_digits=20, decimal_places=10, null=True, editable=False)
    amount_rc = models.DecimalField(max_digits=18, decimal_places=4, null=True, editable=False)

    class Meta(Sourced.Meta):
        abstract = False
        indexes = [models.Index(fields=["on", "kind"], name="partners_cost_on")]
        constraints = [
            *Sourced.Meta.constraints,
            models.CheckConstraint(condition=Q(amount__gte=0), name="partners_cost_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount.normalize():f} {self.currency}"

    def get_absolute_url(self) -> str:
        return reverse("costs:cost_edit", args=[self.public_id])
