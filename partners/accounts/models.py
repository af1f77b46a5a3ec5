"""Partners, what they were when (profiles), contracts, people and territories."""

from datetime import date, timedelta

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from prm.common.models import Sourced, User


class PartnerQuerySet(models.QuerySet["Partner"]):
    """Words for partners."""

    def surviving(self) -> "PartnerQuerySet":
        """Without the stubs that merges left behind."""
        return self.filter(merged_into=None)

    def standing_for(self, partner: "Partner") -> "PartnerQuerySet":
        """The partner and the stubs merged into it: their sums and people are its own (E4)."""
        return self.filter(Q(pk=partner.pk) | Q(merged_into=partner))

    def managed_by(self, user: User) -> "PartnerQuerySet":
        """A channel manager's own portfolio and territories (today's profile decides)."""
        regions = Territory.objects.filter(manager=user).values("region")
        mine = PartnerProfile.objects.filter(valid_to=None).filter(
            Q(manager=user) | Q(region__in=regions)
        )
        return self.filter(
            Q(pk__in=mine.values("partner")) | Q(merged_into__in=mine.values("partner"))
        )


class Partner(Sourced):
    """A partner company. Type, tier, region, segment and manager live in its profiles."""

    name = models.CharField(_("Name"), max_length=300)
    domain = models.CharField(
        _("Web domain"), max_length=253, blank=True, default="", db_default=""
    )
    country = models.CharField(_("Country"), max_length=80, blank=True, default="", db_default="")
    city = models.CharField(_("City"), max_length=120, blank=True, default="", db_default="")
    parent = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="children",
        verbose_name=_("Distributor or parent"),
    )
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="stubs"
    )
    merged_at = models.DateTimeField(null=True, blank=True)
    is_test = models.BooleanField(
        _("Test partner, left out of all figures"), default=False, db_default=False
    )

    objects = PartnerQuerySet.as_manager()

    class Meta(Sourced.Meta):
        abstract = False
        indexes = [
            models.Index(fields=["name"], name="partners_partner_name"),
            # names that nearly read like what somebody typed
            GinIndex(fields=["name"], opclasses=["gin_trgm_ops"], name="partners_partner_alike"),
        ]
        constraints = [
            *Sourced.Meta.constraints,
            models.CheckConstraint(
                condition=Q(merged_into=None, merged_at=None)
                | Q(merged_into__isnull=False, merged_at__isnull=False),
                name="partners_partner_merged_at",
            ),
            models.CheckConstraint(
                condition=~Q(merged_into=F("id")), name="partners_partner_not_into_itself"
            ),
            models.CheckConstraint(
                condition=~Q(parent=F("id")), name="partners_partner_not_own_parent"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def place(self) -> str:
        """City and country, as far as they are known."""
        return ", ".join(part for part in (self.city, self.country) if part)

    def get_absolute_url(self) -> str:
        return reverse("partners:partner_detail", args=[self.public_id])


class PartnerProfile(Sourced):
    """What a partner was from ``valid_from`` until before ``valid_to`` (null: still)."""

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="profiles")
    type = models.CharField(_("Type"), max_length=60, blank=True, default="", db_default="")
    tier = models.CharField(_("Tier"), max_length=60, blank=True, default="", db_default="")
    region = models.CharField(_("Region"), max_length=60, blank=True, default="", db_default="")
    segment = models.CharField(_("Segment"), max_length=60, blank=True, default="", db_default="")
    manager = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="managed_profiles",
        verbose_name=_("Partner manager"),
    )
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True, help_text=_("First day no longer valid."))

    class Meta(Sourced.Meta):
        abstract = False
        ordering = ["partner", "valid_from"]
        constraints = [
            *Sourced.Meta.constraints,
            ExclusionConstraint(
                name="partners_profile_no_overlap",
                expressions=[
                    ("partner", RangeOperators.EQUAL),
                    (
                        Func("valid_from", "valid_to", function="daterange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
                name="partners_profile_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner}: {self.tier} {self.type} since {self.valid_from}"


class Contract(Sourced):
    """A partner agreement from ``starts_on`` until before ``ends_on`` (null: running)."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        SUSPENDED = "suspended", _("Suspended")

    class EndKind(models.TextChoices):
        VOLUNTARY = "voluntary", _("The partner left")
        TERMINATED = "terminated", _("We ended it")
        EXPIRED = "expired", _("It ran out and was not renewed")
        DORMANT = "dormant", _("Ended because nothing happened any more")

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="contracts")
    starts_on = models.DateField(_("First day"))
    ends_on = models.DateField(_("First day without contract"), null=True, blank=True)
    end_reason = models.CharField(
        _("Reason of the end"), max_length=60, blank=True, default="", db_default=""
    )
    end_kind = models.CharField(
        _("How it ended"), max_length=10, choices=EndKind.choices, blank=True, default="",
        db_default="", help_text=_("Empty: as the reason lets guess."),
    )  # fmt: skip
    status = models.CharField(
        max_length=10, choices=Status.choices, default=Status.ACTIVE, db_default=Status.ACTIVE
    )
    notice_days = models.PositiveSmallIntegerField(
        _("Reminder, days before the end"), default=90, db_default=90
    )

    class Meta(Sourced.Meta):
        abstract = False
        ordering = ["partner", "starts_on"]
        constraints = [
            *Sourced.Meta.constraints,
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gt=F("starts_on")),
                name="partners_contract_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner}: {self.starts_on} – {self.ends_on or '…'}"

    @property
    def last_day(self) -> date | None:
        """The last day with this contract, as people say it; None while it runs."""
        return self.ends_on and self.ends_on - timedelta(days=1)


class Membership(Sourced):
    """A person at a partner company, with roles there."""

    class Role(models.TextChoices):
        ADMIN = "admin", _("Administrator")
        SALES = "sales", _("Sales")
        MARKETING = "marketing", _("Marketing")
        FINANCE = "finance", _("Finance")
        TECHNICAL = "technical", _("Technical")
        LEARNER = "learner", _("Learner")
        READ_ONLY = "read_only", _("Read only")

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    roles = ArrayField(
        models.CharField(max_length=20, choices=Role.choices),
        default=list,
        db_default=[],
        blank=True,
    )
    is_active = models.BooleanField(default=True, db_default=True)
    left_on = models.DateField(
        null=True, editable=False, help_text=_("Local day; the database writes it.")
    )

    class Meta(Sourced.Meta):
        abstract = False
        constraints = [
            *Sourced.Meta.constraints,
            models.UniqueConstraint(fields=["partner", "user"], name="partners_membership_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.partner}"

    @property
    def role_names(self) -> str:
        """The roles in words, for people to read."""
        return ", ".join(str(self.Role(role).label) for role in self.roles)


class Territory(models.Model):
    """A region that a channel manager looks after, beside the own portfolio."""

    manager = models.ForeignKey(User, on_delete=models.CASCADE, related_name="territories")
    region = models.CharField(max_length=60)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["manager", "region"], name="partners_territory_once")
        ]

    def __str__(self) -> str:
        return f"{self.region}: {self.manager}"


class LoginEvent(Sourced):
    """A partner's person signed in. Impersonated sessions are kept apart and never counted."""

    partner = models.ForeignKey(
        Partner, on_delete=models.CASCADE, related_name="login_events", db_index=False
    )
    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, related_name="login_events"
    )
    at = models.DateTimeField()
    on = models.DateField(editable=False, help_text=_("Local day; the database writes it."))
    impersonated = models.BooleanField(default=False, db_default=False)

    class Meta(Sourced.Meta):
        abstract = False
        indexes = [
            # engagement cells of one partner and month
            models.Index(fields=["partner", "on"], name="partners_login_partner_on"),
            # when somebody of a partner was last here
            models.Index(
                fields=["partner", "at"],
                name="partners_login_last",
                condition=models.Q(impersonated=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.membership} {self.at:%Y-%m-%d %H:%M}"


class PortalSession(models.Model):
    """A visit of a partner's person to the portal: from the first to the last thing done there.

    ``features`` are the parts of the portal that were used (never addresses), ``available`` how
    many there were for the roles that the person had. Visits are forgotten after a while.
    """

    partner = models.ForeignKey(
        Partner, on_delete=models.CASCADE, related_name="portal_sessions", db_index=False
    )
    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, related_name="portal_sessions", db_index=False
    )
    started_at = models.DateTimeField()
    last_at = models.DateTimeField()
    on = models.DateField(editable=False, help_text=_("Local day; the database writes it."))
    features = ArrayField(models.CharField(max_length=40), default=list)
    roles = ArrayField(models.CharField(max_length=20), default=list)
    available = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["partner", "on"], name="partners_visit_partner_on"),
            models.Index(fields=["membership", "-last_at"], name="partners_visit_last"),
            models.Index(fields=["on"], name="partners_visit_on"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_at__gte=F("started_at")), name="partners_visit_order"
            )
        ]

    def __str__(self) -> str:
        return f"{self.membership} {self.started_at:%Y-%m-%d %H:%M}"
