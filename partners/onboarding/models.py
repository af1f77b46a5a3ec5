"""Templates of plans with their versions, plans of partners with their tasks, milestones."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from partners.accounts.models import Partner
from partners.onboarding.rules import Step, from_json
from prm.common.models import BusinessCalendar, Sourced, User


class OnboardingTemplate(Sourced):
    """A plan for new partners of some types (none named: of all). Its steps are in versions."""

    name = models.CharField(_("Name"), max_length=120, unique=True)
    summary = models.CharField(_("In one sentence"), max_length=300, blank=True, default="")
    types = ArrayField(
        models.CharField(max_length=60),
        verbose_name=_("For partners of these types"),
        default=list,
        db_default=[],
        blank=True,
    )
    calendar = models.ForeignKey(
        BusinessCalendar,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("Calendar"),
    )
    starts_itself = models.BooleanField(
        _("Starts by itself when an application is approved"), default=True
    )
    is_active = models.BooleanField(_("In use"), default=True, db_default=True)

    class Meta(Sourced.Meta):
        abstract = False
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("onboarding:template_detail", args=[self.public_id])


class OnboardingVersion(Sourced):
    """One version of a template's steps. A published one is never changed again."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")
        REPLACED = "replaced", _("Replaced")

    NEXT = {"draft": {"publish": "published"}, "published": {"replace": "replaced"}, "replaced": {}}

    template = models.ForeignKey(
        OnboardingTemplate, on_delete=models.CASCADE, related_name="versions"
    )
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.DRAFT)
    steps = models.JSONField(default=list)
    edit = models.PositiveIntegerField(default=0, help_text=_("Counts the edits of a draft."))
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta(Sourced.Meta):
        abstract = False
        ordering = ["template", "number"]
        constraints = [
            *Sourced.Meta.constraints,
            models.UniqueConstraint(
                fields=["template", "number"], name="partners_onboarding_number"
            ),
            models.UniqueConstraint(
                fields=["template"],
                condition=Q(state="published"),
                name="partners_onboarding_one_published",
            ),
            models.UniqueConstraint(
                fields=["template"],
                condition=Q(state="draft"),
                name="partners_onboarding_one_draft",
            ),
            models.CheckConstraint(
                condition=Q(state="draft", published_at=None)
                | (~Q(state="draft") & Q(published_at__isnull=False)),
                name="partners_onboarding_published_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template} v{self.number}"

    @property
    def parsed(self) -> tuple[Step, ...]:
        """The steps of this version."""
        return from_json(self.steps)


class OnboardingPlan(Sourced):
    """A partner's onboarding. Its tasks were copied at the start: later versions leave them.

    One that another system began has no version.
    """

    class State(models.TextChoices):
        RUNNING = "running", pgettext_lazy("onboarding", "Running")
        COMPLETED = "completed", pgettext_lazy("onboarding", "Completed")
        ENDED = "ended", pgettext_lazy("onboarding", "Ended early")

    NEXT: ClassVar[dict[str, dict[str, str]]] = {
        "running": {"complete": "completed", "end": "ended"},
        "completed": {"resume": "running"},
        "ended": {"restore": "running"},
    }

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="onboarding_plans")
    version = models.ForeignKey(
        OnboardingVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="plans"
    )
    state = models.CharField(
        _("Status"), max_length=9, choices=State.choices, default=State.RUNNING,
        db_default=State.RUNNING,
    )  # fmt: skip
    started_on = models.DateField(_("Started"))
    started_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_on = models.DateField(null=True, editable=False)
    reason = models.CharField(_("Reason"), max_length=300, blank=True, default="", db_default="")

    class Meta(Sourced.Meta):
        abstract = False
        indexes = [models.Index(fields=["state", "started_on"], name="partners_onboarding_state")]
        constraints = [
            *Sourced.Meta.constraints,
            models.UniqueConstraint(
                fields=["partner"],
                condition=Q(state="running"),
                name="partners_onboarding_one_running",
            ),
            models.CheckConstraint(
                condition=Q(state="running", closed_at=None)
                | (~Q(state="running") & Q(closed_at__isnull=False)),
                name="partners_onboarding_closed_at",
            ),
            models.CheckConstraint(
                condition=~Q(state="ended") | ~Q(reason=""), name="partners_onboarding_end_reason"
            ),
        ]

    def __str__(self) -> str:
        return str(_("Onboarding of %(partner)s") % {"partner": self.partner})

    def get_absolute_url(self) -> str:
        return reverse("onboarding:plan_detail", args=[self.public_id])


class OnboardingTask(Sourced):
    """One task of a plan, for the vendor's people (``ours``) or those of the partner.

    The partner's words come with what it hands in (``note``), ours with what we send back
    (``answer``).
    """

    class Side(models.TextChoices):
        OURS = "ours", _("Us")
        COMPANY = "company", _("The partner")

    class Milestone(models.TextChoices):
        SIGN_IN = "first_sign_in", _("First sign-in")
        REGISTRATION = "first_registration", _("First registration")
        APPROVAL = "first_approval", _("First approved registration")
        WIN = "first_win", _("First deal won")

    class State(models.TextChoices):
        PENDING = "pending", pgettext_lazy("onboarding", "Pending")
        WAITING = "waiting", pgettext_lazy("onboarding", "Waiting for approval")
        DONE = "done", pgettext_lazy("onboarding", "Done")
        ACTION_NEEDED = "action_needed", pgettext_lazy("onboarding", "Action needed")
        SKIPPED = "skipped", pgettext_lazy("onboarding", "Skipped")

    _TO_DO = {"hand_in": "waiting", "finish": "done", "reach": "done", "skip": "skipped"}
    NEXT: ClassVar[dict[str, dict[str, str]]] = {
        "pending": _TO_DO,
        "waiting": {"approve": "done", "send_back": "action_needed", "skip": "skipped"},
        "action_needed": _TO_DO,
        "done": {"revoke": "action_needed"},
        "skipped": {},
    }

    plan = models.ForeignKey(OnboardingPlan, on_delete=models.CASCADE, related_name="tasks")
    key = models.CharField(max_length=60)
    place = models.PositiveSmallIntegerField(default=0, db_default=0)
    title = models.CharField(_("Title"), max_length=200)
    text = models.TextField(_("What to do"), max_length=4000, blank=True, default="", db_default="")
    link = models.CharField(_("Link"), max_length=500, blank=True, default="", db_default="")
    side = models.CharField(
        _("To be done by"), max_length=7, choices=Side.choices, default=Side.COMPANY,
        db_default=Side.COMPANY,
    )  # fmt: skip
    is_required = models.BooleanField(_("Required"), default=True, db_default=True)
    needs_approval = models.BooleanField(_("We approve it"), default=False, db_default=False)
    milestone = models.CharField(
        max_length=20, choices=Milestone.choices, blank=True, default="", db_default=""
    )
    after = ArrayField(models.CharField(max_length=60), default=list, db_default=[], blank=True)
    due_on = models.DateField(_("Due"), null=True, blank=True)
    state = models.CharField(
        _("Status"), max_length=13, choices=State.choices, default=State.PENDING,
        db_default=State.PENDING,
    )  # fmt: skip
    handed_in_at = models.DateTimeField(null=True, blank=True)
    handed_in_on = models.DateField(null=True, editable=False)
    handed_in_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    note = models.TextField(_("Message"), max_length=4000, blank=True, default="", db_default="")
    answer = models.TextField(
        _("Our words"), max_length=4000, blank=True, default="", db_default=""
    )
    done_at = models.DateTimeField(null=True, blank=True)
    done_on = models.DateField(null=True, editable=False)
    done_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    skipped_at = models.DateTimeField(null=True, blank=True)
    skipped_on = models.DateField(null=True, editable=False)
    skipped_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(_("Reason"), max_length=300, blank=True, default="", db_default="")

    class Meta(Sourced.Meta):
        abstract = False
        ordering = ["plan", "place", "pk"]
        indexes = [
            # what is due, and what a milestone ends: of the few that are open
            models.Index(
                fields=["due_on"],
                condition=Q(state__in=["pending", "action_needed", "waiting"]),
                name="partners_onbtask_open",
            ),
        ]
        constraints = [
            *Sourced.Meta.constraints,
            models.UniqueConstraint(fields=["plan", "key"], name="partners_onbtask_once"),
            models.CheckConstraint(
                condition=Q(state="done", done_at__isnull=False)
                | (~Q(state="done") & Q(done_at=None)),
                name="partners_onbtask_done_at",
            ),
            models.CheckConstraint(
                condition=(Q(state="skipped", skipped_at__isnull=False) & ~Q(reason=""))
                | (~Q(state="skipped") & Q(skipped_at=None)),
                name="partners_onbtask_skipped_why",
            ),
            models.CheckConstraint(
                condition=~Q(state="waiting") | Q(handed_in_at__isnull=False),
                name="partners_onbtask_handed_in",
            ),
            # nobody approves what the same person handed in
            models.CheckConstraint(
                condition=~Q(state="done", needs_approval=True)
                | Q(done_by=None)
                | Q(handed_in_by=None)
                | ~Q(done_by=F("handed_in_by")),
                name="partners_onbtask_four_eyes",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("onboarding:task_detail", args=[self.public_id])


class Milestone(Sourced):
    """Something that a partner did for the first time. The database writes it when it sees it.

    It stays when the fact behind it is deleted, and only an earlier fact moves it.
    """

    Kind = OnboardingTask.Milestone

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="milestones")
    kind = models.CharField(_("Milestone"), max_length=20, choices=Kind.choices)
    at = models.DateTimeField()
    on = models.DateField(editable=False, help_text=_("Local day; the database writes it."))

    class Meta(Sourced.Meta):
        abstract = False
        ordering = ["at"]
        constraints = [
            *Sourced.Meta.constraints,
            models.UniqueConstraint(fields=["partner", "kind"], name="partners_milestone_once"),
        ]

    def __str__(self) -> str:
        return f"{self.partner}: {self.get_kind_display()}"
