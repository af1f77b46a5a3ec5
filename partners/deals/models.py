"""Customers, registrations, deals and their history."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from partners.accounts.models import Partner
from prm.common.models import Sourced

# "contains", whatever the case, as Django asks for it
NAME_PARTS = OpClass(Upper("name"), name="gin_trgm_ops")


class Customer(Sourced):
    """An end customer."""

    name = models.CharField(_("Name"), max_length=300)
    region = models.CharField(_("Region"), max_length=60, blank=True, default="", db_default="")
    segment = models.CharField(_("Segment"), max_length=60, blank=True, default="", db_default="")
    country = models.CharField(_("Country"), max_length=80, blank=True, default="", db_default="")
    domain = models.CharField(
        _("Web domain"), max_length=253, blank=True, default="", db_default=""
    )

    class Meta(Sourced.Meta):
        abstract = False
        indexes = [GinIndex(NAME_PARTS, name="partners_customer_name_parts")]

    def __str__(self) -> str:
        return self.name


class Stage(models.Model):
    """A step of an open deal, with its place in the order and a probability."""

    key = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=60)
    order = models.PositiveSmallIntegerField(default=100)
    probability = models.DecimalField(max_digits=5, decimal_places=4, null=True, blank=True)

    class Meta:
        ordering = ["order", "key"]

    def __str__(self) -> str:
        return self.name


class RegistrationQuerySet(models.QuerySet["Registration"]):
    """Words for registrations."""

    def pending(self) -> "RegistrationQuerySet":
        """Waiting for our decision."""
        return self.filter(state=Registration.State.SUBMITTED)


class Registration(Sourced):
    """A partner asks to be the one for a deal. Once approved, the deal exists."""

    class State(models.TextChoices):
        SUBMITTED = "submitted", _("Waiting for a decision")
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", _("Rejected")

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="registrations", db_index=False
    )
    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.PROTECT, related_name="registrations"
    )
    name = models.CharField(_("Name"), max_length=300, blank=True, default="", db_default="")
    state = models.CharField(
        max_length=10, choices=State.choices, default=State.SUBMITTED, db_default=State.SUBMITTED
    )
    submitted_at = models.DateTimeField()
    submitted_on = models.DateField(editable=False)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_on = models.DateField(null=True, editable=False)
    reason = models.CharField(_("Reason"), max_length=300, blank=True, default="", db_default="")
    amount = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    currency = models.CharField(max_length=3)

    objects = RegistrationQuerySet.as_manager()

    class Meta(Sourced.Meta):
        abstract = False
        indexes = [
            # stock cells: pending registrations of one partner
            models.Index(fields=["partner", "submitted_on"], name="partners_registration_stock"),
            # the funnel: not decided before a day, submitted before another
            models.Index(
                fields=["decided_on", "submitted_on"], name="partners_registration_decided"
            ),
        ]
        constraints = [
            *Sourced.Meta.constraints,
            models.UniqueConstraint(fields=["id", "partner"], name="partners_registration_partner"),
            models.CheckConstraint(
                condition=Q(state="submitted", decided_at=None)
                | (~Q(state="submitted") & Q(decided_at__isnull=False)),
                name="partners_registration_decided",
            ),
            models.CheckConstraint(
                condition=Q(amount=None) | Q(amount__gte=0), name="partners_registration_amount"
            ),
        ]

    def __str__(self) -> str:
        return self.name or f"{self.customer or self.partner}"


class DealQuerySet(models.QuerySet["Deal"]):
    """Words for deals."""

    def open(self) -> "DealQuerySet":
        """Not decided yet."""
        return self.filter(state=Deal.State.OPEN)

    def won(self) -> "DealQuerySet":
        """Closed as won."""
        return self.filter(state=Deal.State.WON)

    def decided(self) -> "DealQuerySet":
        """Won or lost."""
        return self.filter(state__in=[Deal.State.WON, Deal.State.LOST])

    def sourced(self) -> "DealQuerySet":
        """Found by a partner."""
        return self.exclude(partner=None)

    def direct(self) -> "DealQuerySet":
        """Found by ourselves."""
        return self.filter(partner=None)


class Deal(Sourced):
    """A sales opportunity: of a partner (approved registration) or direct (no partner).

    ``opened_on``, ``closed_on`` and the frozen reporting amount (``amount_rc`` at ``fx_rate`` of
    ``closed_on``) are written by the database itself, so that no door can forget them.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        WON = "won", _("Won")
        LOST = "lost", _("Lost")
        VOID = "void", _("Void")

    NEXT = {
        "open": {"win": "won", "lose": "lost", "void": "void"},
        "won": {"reopen": "open", "void": "void"},
        "lost": {"reopen": "open", "void": "void"},
        "void": {},
    }

    partner = models.ForeignKey(
        Partner, null=True, blank=True, on_delete=models.PROTECT, related_name="deals",
        db_index=False,
    )  # fmt: skip
    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.PROTECT, related_name="deals"
    )
    registration = models.OneToOneField(
        Registration, null=True, blank=True, on_delete=models.PROTECT, related_name="deal"
    )
    name = models.CharField(_("Name"), max_length=300, blank=True, default="", db_default="")
    product = models.CharField(_("Product"), max_length=120, blank=True, default="", db_default="")
    state = models.CharField(
        max_length=5, choices=State.choices, default=State.OPEN, db_default=State.OPEN
    )
    # few stages, so that an index on them finds nothing faster
    stage = models.ForeignKey(
        Stage, null=True, blank=True, on_delete=models.PROTECT, related_name="deals",
        db_index=False,
    )  # fmt: skip
    amount = models.DecimalField(
        _("Amount"), max_digits=18, decimal_places=4, null=True, blank=True
    )
    currency = models.CharField(_("Currency"), max_length=3)
    opened_at = models.DateTimeField(null=True, blank=True)
    approved_at = models.DateTimeField(
        null=True, blank=True, help_text=_("Start of the pipeline: approval, or opening if direct.")
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    expected_close_on = models.DateField(_("Expected close"), null=True, blank=True)
    is_co_sell = models.BooleanField(_("Co-sell"), default=False, db_default=False)
    is_hidden = models.BooleanField(_("Hidden from distributors"), default=False, db_default=False)
    opened_on = models.DateField(null=True, editable=False)
    approved_on = models.DateField(null=True, editable=False)
    closed_on = models.DateField(null=True, editable=False)
    fx_rate = models.DecimalField(max_digits=20, decimal_places=10, null=True, editable=False)
    amount_rc = models.DecimalField(max_digits=18, decimal_places=4, null=True, editable=False)

    objects = DealQuerySet.as_manager()

    class Meta(Sourced.Meta):
        abstract = False
        indexes = [
            # sales cells of one partner and month; a partner's median
            models.Index(fields=["partner", "closed_on"], name="partners_deal_partner_closed"),
            # a month over all partners: histogram, drill-down
            models.Index(fields=["closed_on"], name="partners_deal_closed_on"),
            # another system asks what changed since, page by page
            models.Index(fields=["updated_at", "public_id"], name="partners_deal_updated"),
            # search by a part of the name
            GinIndex(NAME_PARTS, name="partners_deal_name_parts"),
            # the open deals: the deal list's default view, overdue ones, partners with open deals
            # and with such that were opened lately
            models.Index(
                fields=["expected_close_on", "partner"],
                include=["opened_on"],
                condition=Q(state="open"),
                name="partners_deal_open",
            ),
            # the board: count and sum of each stage, and its nearest closes
            models.Index(
                fields=["stage", "expected_close_on", "id"],
                include=["amount", "currency", "partner"],
                condition=Q(state="open"),
                name="partners_deal_board",
            ),
            # won deals by what they are worth, the largest first
            models.Index(
                F("amount_rc").desc(nulls_last=True),
                F("id").desc(),
                condition=Q(state="won"),
                name="partners_deal_worth",
            ),
            # what figures lack: few rows, counted on every Overview
            models.Index(
                fields=["partner"],
                condition=Q(state="open", amount=None),
                name="partners_deal_missing_amount",
            ),
            models.Index(
                fields=["partner"],
                condition=Q(opened_at=None),
                name="partners_deal_missing_opened",
            ),
        ]
        constraints = [
            *Sourced.Meta.constraints,
            models.CheckConstraint(
                condition=Q(amount=None) | Q(amount__gte=0), name="partners_deal_amount"
            ),
            models.CheckConstraint(
                condition=~Q(state="won") | Q(amount__isnull=False),
                name="partners_deal_won_has_amount",
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None)
                | Q(state__in=["won", "lost", "void"], closed_at__isnull=False),
                name="partners_deal_closed_at",
            ),
            models.CheckConstraint(
                condition=Q(opened_at=None) | Q(closed_at=None) | Q(closed_at__gte=F("opened_at")),
                name="partners_deal_order",
            ),
            models.CheckConstraint(
                condition=Q(registration=None) | Q(partner__isnull=False),
                name="partners_deal_registered_by_partner",
            ),
        ]

    def __str__(self) -> str:
        return self.name or f"{self.customer or self.external_id}"

    def get_absolute_url(self) -> str:
        return reverse("deals:deal_detail", args=[self.public_id])


class DealStageEvent(Sourced):
    """What a deal was from ``at`` on. A null amount, currency or close date means the deal's."""

    deal = models.ForeignKey(
        Deal, on_delete=models.CASCADE, related_name="stage_events", db_index=False
    )
    at = models.DateTimeField()
    on = models.DateField(editable=False)
    state = models.CharField(max_length=5, choices=Deal.State.choices)
    stage = models.ForeignKey(
        Stage, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    amount = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True, default="", db_default="")
    expected_close_on = models.DateField(null=True, blank=True)

    class Meta(Sourced.Meta):
        abstract = False
        ordering = ["deal", "at", "id"]
        indexes = [models.Index(fields=["deal", "at", "id"], name="partners_event_deal_at")]

    def __str__(self) -> str:
        return f"{self.deal} {self.state} {self.at:%Y-%m-%d}"


class DealAdjustment(Sourced):
    """A refund or credit after the close; it counts on its own date. Negative lowers revenue."""

    class Kind(models.TextChoices):
        REFUND = "refund", _("Refund")
        CREDIT = "credit", _("Credit")

    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="adjustments")
    # the deal's partner (0: direct), kept by the database: a partner's refunds of a month are
    # found without reading everybody's
    partner_key = models.BigIntegerField(default=0, db_default=0, editable=False)
    at = models.DateTimeField()
    on = models.DateField(editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    amount = models.DecimalField(max_digits=18, decimal_places=4)
    currency = models.CharField(max_length=3)
    fx_rate = models.DecimalField(max_digits=20, decimal_places=10, null=True, editable=False)
    amount_rc = models.DecimalField(max_digits=18, decimal_places=4, null=True, editable=False)

    class Meta(Sourced.Meta):
        abstract = False
        indexes = [
            models.Index(fields=["on"], name="partners_adjustment_on"),
            models.Index(fields=["partner_key", "on"], name="partners_adjustment_partner_on"),
        ]
        constraints = [
            *Sourced.Meta.constraints,
            models.CheckConstraint(condition=~Q(amount=0), name="partners_adjustment_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.deal} {self.kind} {self.amount} {self.currency}"


class DealTouch(Sourced):
    """Somebody helped a deal along: a partner, or ourselves (no partner)."""

    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="touches")
    partner = models.ForeignKey(
        Partner, null=True, blank=True, on_delete=models.PROTECT, related_name="touches"
    )
    at = models.DateTimeField()
    on = models.DateField(editable=False)
    kind = models.CharField(max_length=60)
    anchor = models.CharField(max_length=60, blank=True, default="", db_default="")

    class Meta(Sourced.Meta):
        abstract = False
        verbose_name_plural = _("deal touches")

    def __str__(self) -> str:
        return f"{self.deal} {self.kind} {self.at:%Y-%m-%d}"
