"""What a partner can do, how strong it is, since when; and its page in the public directory."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from partners.accounts.models import Partner
from prm.common.ids import uuid7
from prm.common.models import Sourced, User


class Trait(Sourced):
    """A capability, strength or weakness of a partner, from a day on and until before another."""

    class Kind(models.TextChoices):
        CAPABILITY = "capability", _("Capability")
        STRENGTH = "strength", _("Strength")
        WEAKNESS = "weakness", _("Weakness")

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="traits")
    kind = models.CharField(_("Kind"), max_length=10, choices=Kind.choices)
    text = models.CharField(_("What"), max_length=120)
    note = models.CharField(_("How we know"), max_length=300, blank=True, default="", db_default="")
    valid_from = models.DateField(_("From"))
    valid_to = models.DateField(_("First day no longer valid"), null=True, blank=True)

    class Meta(Sourced.Meta):
        abstract = False
        ordering = ["kind", "text"]
        constraints = [
            *Sourced.Meta.constraints,
            models.UniqueConstraint(
                fields=["partner", "kind", "text"],
                condition=Q(valid_to=None),
                name="partners_trait_once",
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
                name="partners_trait_order",
            ),
        ]

    def __str__(self) -> str:
        return self.text


class DirectoryEntry(models.Model):
    """A partner's page in the public directory. It is there while the company consents."""

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    partner = models.OneToOneField(
        Partner, on_delete=models.CASCADE, related_name="directory_entry"
    )
    slug = models.SlugField(max_length=80, unique=True)
    headline = models.CharField(_("In one sentence"), max_length=160, blank=True, default="")
    text = models.TextField(_("About the company"), max_length=2000, blank=True, default="")
    consented_at = models.DateTimeField(null=True)
    consented_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(consented_at=None) | Q(consented_by__isnull=False),
                name="partners_directory_consent",
            )
        ]

    def __str__(self) -> str:
        return str(self.partner)


class DirectoryMessage(models.Model):
    """What somebody wrote to a partner by its page; our manager of the partner gets it."""

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    entry = models.ForeignKey(DirectoryEntry, on_delete=models.CASCADE, related_name="messages")
    at = models.DateTimeField()
    name = models.CharField(_("Name"), max_length=200)
    email = models.EmailField(_("E-mail"))
    company = models.CharField(_("Company"), max_length=200, blank=True, default="")
    text = models.TextField(_("Message"), max_length=4000)

    class Meta:
        indexes = [models.Index(fields=["entry", "at"], name="partners_directory_message")]

    def __str__(self) -> str:
        return f"{self.name}: {self.entry}"

    @property
    def partner(self) -> Partner:
        """The partner that it is for."""
        return self.entry.partner
