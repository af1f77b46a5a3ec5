"""Application forms, applications, invitations, the ideal profile, counts of visits."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from partners.accounts.alike import domain_of
from partners.accounts.models import Partner
from prm.common.models import Sourced, User

DIRECT = "direct"  # nobody and nothing is known to have sent this applicant


def _words(length: int) -> "ArrayField[list[str], list[str]]":
    return ArrayField(models.CharField(max_length=length), default=list, db_default=[], blank=True)


class ApplicationForm(Sourced):
    """A public page on which companies apply: what it asks, from whom, and how often."""

    class Kind(models.TextChoices):
        TEXT = "text", _("A line of text")
        LONG = "long", _("A longer text")
        NUMBER = "number", _("A number")
        CHOICE = "choice", _("One of several answers")

    slug = models.SlugField(_("Address"), max_length=60, unique=True)
    title = models.CharField(_("Title"), max_length=120)
    intro = models.TextField(_("Introduction"), max_length=4000, blank=True, default="")
    # each a mapping: key, label, kind, choices, required (rules.Question)
    questions = models.JSONField(default=list, blank=True)
    types = _words(60)
    countries = _words(80)
    mail_domains = _words(253)
    channels = _words(40)
    reapply_days = models.PositiveSmallIntegerField(
        _("Days until a company may apply again"), null=True, blank=True
    )
    is_open = models.BooleanField(_("Open"), default=True, db_default=True)
    by_invitation = models.BooleanField(_("By invitation only"), default=False, db_default=False)

    class Meta(Sourced.Meta):
        abstract = False
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("recruiting:apply", args=[self.slug])


class ApplicationInvitation(Sourced):
    """A company is asked to apply. The link of the mail is kept as a hash and used once."""

    class State(models.TextChoices):
        OPEN = "open", _("Sent")
        USED = "used", _("Used")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        EXPIRED = "expired", _("Expired")

    NEXT: dict[str, dict[str, str]] = {
        "open": {"use": "used", "withdraw": "withdrawn", "expire": "expired", "renew": "open"},
        "used": {},
        "withdrawn": {},
        "expired": {"renew": "open"},
    }

    form = models.ForeignKey(ApplicationForm, on_delete=models.PROTECT, related_name="invitations")
    email = models.EmailField(_("E-mail"))
    name = models.CharField(_("Name"), max_length=200, blank=True, default="")
    company = models.CharField(_("Company"), max_length=300, blank=True, default="")
    channel = models.CharField(_("Source"), max_length=40, default="invitation")
    note = models.TextField(_("Message"), max_length=2000, blank=True, default="")
    digest = models.CharField(max_length=64, unique=True)
    state = models.CharField(
        max_length=10, choices=State.choices, default=State.OPEN, db_default=State.OPEN
    )
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta(Sourced.Meta):
        abstract = False
        constraints = [
            *Sourced.Meta.constraints,
            models.CheckConstraint(
                condition=Q(state="used", used_at__isnull=False)
                | (~Q(state="used") & Q(used_at=None)),
                name="partners_invitation_used",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("sent_at")), name="partners_invitation_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.company or self.email}"

    def is_live(self, now: datetime) -> bool:
        """Whether the link still opens the form."""
        return self.state == self.State.OPEN and now < self.expires_at


class ApplicationQuerySet(models.QuerySet["Application"]):
    """Words for applications."""

    def waiting(self) -> "ApplicationQuerySet":
        """For our decision."""
        return self.filter(state=Application.State.PENDING)

    def live(self) -> "ApplicationQuerySet":
        """Confirmed and not decided."""
        return self.filter(state__in=[Application.State.PENDING, Application.State.RETURNED])


class Application(Sourced):
    """A company asks to become a partner. Days and frozen fit are facts for the figures."""

    class State(models.TextChoices):
        UNCONFIRMED = "unconfirmed", _("Address not confirmed")
        PENDING = "pending", _("Waiting for a decision")
        RETURNED = "returned", _("More detail asked for")
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", _("Rejected")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        EXPIRED = "expired", _("Expired")

    class Reason(models.TextChoices):
        DETAIL = "needs_detail", _("Not enough detail")
        REQUIREMENTS = "requirements", _("Does not meet the requirements")
        FIT = "not_a_fit", _("Not the right fit now")
        COVERED = "region_covered", _("Region is covered already")
        DUPLICATE = "duplicate", _("Company is a partner already")
        OTHER = "other", _("Another reason")

    NEXT: dict[str, dict[str, str]] = {
        "unconfirmed": {"confirm": "pending", "expire": "expired"},
        "pending": {
            "approve": "approved",
            "reject": "rejected",
            "ask": "returned",
            "withdraw": "withdrawn",
        },
        "returned": {"answer": "pending", "reject": "rejected", "withdraw": "withdrawn"},
        "approved": {},
        "rejected": {},
        "withdrawn": {},
        "expired": {},
    }

    form = models.ForeignKey(
        ApplicationForm, null=True, blank=True, on_delete=models.PROTECT,
        related_name="applications",
    )  # fmt: skip
    partner = models.ForeignKey(
        Partner, null=True, blank=True, on_delete=models.PROTECT, related_name="applications"
    )
    invitation = models.OneToOneField(
        ApplicationInvitation, null=True, blank=True, on_delete=models.PROTECT,
        related_name="application",
    )  # fmt: skip
    state = models.CharField(
        max_length=11, choices=State.choices, default=State.UNCONFIRMED,
        db_default=State.UNCONFIRMED,
    )  # fmt: skip
    company = models.CharField(_("Company"), max_length=300, blank=True, default="", db_default="")
    domain = models.CharField(
        _("Web domain"), max_length=253, blank=True, default="", db_default=""
    )
    country = models.CharField(_("Country"), max_length=80, blank=True, default="", db_default="")
    city = models.CharField(_("City"), max_length=120, blank=True, default="", db_default="")
    type = models.CharField(_("Type"), max_length=60, blank=True, default="", db_default="")
    region = models.CharField(_("Region"), max_length=60, blank=True, default="", db_default="")
    people = models.PositiveIntegerField(_("People who would work with us"), null=True, blank=True)
    customers = models.TextField(_("Customers"), blank=True, default="", db_default="")
    certificates = models.TextField(_("Certificates"), blank=True, default="", db_default="")
    contact_name = models.CharField(
        _("Name"), max_length=200, blank=True, default="", db_default=""
    )
    email = models.EmailField(_("E-mail"), blank=True, default="", db_default="")
    language = models.CharField(max_length=9, blank=True, default="", db_default="")
    answers = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    channel = models.CharField(_("Source"), max_length=40, default=DIRECT, db_default=DIRECT)
    referrer = models.CharField(
        _("Recommended by"), max_length=200, blank=True, default="", db_default=""
    )
    applied_at = models.DateTimeField()
    applied_on = models.DateField(editable=False)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_on = models.DateField(null=True, editable=False)
    decided_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason_code = models.CharField(
        _("Reason"), max_length=20, blank=True, default="", db_default="", choices=Reason.choices
    )
    note = models.TextField(_("Message"), blank=True, default="", db_default="")
    fit_score = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    fit_reasons = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    fit_version = models.PositiveIntegerField(null=True, blank=True)

    objects = ApplicationQuerySet.as_manager()

    class Meta(Sourced.Meta):
        abstract = False
        indexes = [
            models.Index(fields=["state", "applied_at"], name="partners_application_queue"),
            models.Index(fields=["decided_on"], name="partners_application_decided"),
            models.Index(fields=["applied_on"], name="partners_application_applied"),
            models.Index(fields=["domain"], name="partners_application_domain"),
        ]
        constraints = [
            *Sourced.Meta.constraints,
            models.CheckConstraint(
                condition=Q(
                    state__in=["approved", "rejected", "withdrawn", "expired"],
                    decided_at__isnull=False,
                )
                | Q(state__in=["unconfirmed", "pending", "returned"], decided_at=None),
                name="partners_application_is_decided",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | Q(partner__isnull=False),
                name="partners_application_has_partner",
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None) | Q(decided_at__gte=F("applied_at")),
                name="partners_application_order",
            ),
            models.CheckConstraint(
                condition=Q(fit_score=None) | Q(fit_score__gte=0, fit_score__lte=100),
                name="partners_application_fit",
            ),
            # one application of a person to a form waits at a time
            models.UniqueConstraint(
                fields=["form", "email"],
                condition=Q(state__in=["pending", "returned"]) & ~Q(email=""),
                name="partners_application_one_live",
            ),
        ]

    def __str__(self) -> str:
        return self.company or self.external_id

    def get_absolute_url(self) -> str:
        return reverse("recruiting:application_detail", args=[self.public_id])

    @property
    def place(self) -> str:
        """City and country, as far as they are known."""
        return ", ".join(part for part in (self.city, self.country) if part)

    @property
    def writes_from_elsewhere(self) -> bool:
        """Whether the address is not of the website's domain: anybody can type a website."""
        own = domain_of(self.domain)
        return bool(own and self.email) and domain_of(self.email) != own


class ApplicationMessage(models.Model):
    """What we asked an applicant and what came back; ``by`` null is the applicant."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="messages")
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.application} {self.at:%Y-%m-%d}"


class IdealProfile(models.Model):
    """What the partners look like that we want more of; rows are added, the newest counts."""

    version = models.PositiveIntegerField(unique=True)
    # each a mapping: key, weight, and wanted or least (rules.Criterion)
    criteria = models.JSONField(default=list)
    basis = models.JSONField(default=dict, blank=True)
    made_at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-version"]

    def __str__(self) -> str:
        return str(_("Ideal profile %(version)s") % {"version": self.version})


class VisitCount(models.Model):
    """How often a form was opened (visited) or begun (started), a day and source. Nobody's name."""

    class Step(models.TextChoices):
        VISITED = "visited", _("Visited")
        STARTED = "started", _("Started")

    form = models.ForeignKey(ApplicationForm, on_delete=models.CASCADE, related_name="visits")
    day = models.DateField()
    channel = models.CharField(max_length=40, default=DIRECT)
    step = models.CharField(max_length=7, choices=Step.choices)
    n = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["form", "day", "channel", "step"], name="partners_visit_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.form} {self.day} {self.channel} {self.step}: {self.n}"
