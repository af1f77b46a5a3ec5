"""Programmes, versions of their rules, benefits, where partners stand, and how they moved."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from partners.accounts.models import Partner
from partners.programs import moves
from partners.programs.ruledoc import from_json
from partners.programs.rules import Rules
from prm.common.ids import uuid7
from prm.common.models import Job, User


class Row(models.Model):
    """A row with an id for addresses and its times."""

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


class PartnerProgram(Row):
    """A ladder of tiers for the partners of some types."""

    name = models.CharField(_("Name"), max_length=120, unique=True)
    summary = models.CharField(_("In one sentence"), max_length=300, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("programs:program_detail", args=[self.public_id])


class ProgramType(models.Model):
    """The partners of this type are in the programme: a type is in one programme at most."""

    program = models.ForeignKey(PartnerProgram, on_delete=models.CASCADE, related_name="types")
    type = models.CharField(max_length=60)

    class Meta:
        ordering = ["type"]
        constraints = [models.UniqueConstraint(fields=["type"], name="partners_programtype_once")]

    def __str__(self) -> str:
        return self.type


class RuleVersion(Row):
    """One version of a programme's rules. A published one is never changed again."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")
        REPLACED = "replaced", _("Replaced")

    NEXT = {"draft": {"publish": "published"}, "published": {"replace": "replaced"}, "replaced": {}}

    program = models.ForeignKey(PartnerProgram, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.DRAFT)
    rules = models.JSONField(default=dict)
    edit = models.PositiveIntegerField(default=0, help_text=_("Counts the edits of a draft."))
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["program", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["program", "number"], name="partners_ruleversion_number"
            ),
            models.UniqueConstraint(
                fields=["program"],
                condition=Q(state="published"),
                name="partners_ruleversion_one_published",
            ),
            models.UniqueConstraint(
                fields=["program"],
                condition=Q(state="draft"),
                name="partners_ruleversion_one_draft",
            ),
            models.CheckConstraint(
                condition=Q(state="draft", published_at=None)
                | (~Q(state="draft") & Q(published_at__isnull=False)),
                name="partners_ruleversion_published_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.program} v{self.number}"

    @property
    def parsed(self) -> Rules:
        """The rules of this version."""
        return from_json(self.rules)


class Benefit(Row):
    """Something that a tier brings; what it is worth in each tier stands in the rules."""

    name = models.CharField(_("Name"), max_length=120, unique=True)
    description = models.CharField(_("What it is"), max_length=300, blank=True)
    is_active = models.BooleanField(_("Offered"), default=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class TierStanding(Row):
    """How a partner stands in its programme. Its tier itself is in its profile alone.

    ``readings`` (values and rates of the last evaluation) and ``version`` are the explanation.
    """

    class State(models.TextChoices):
        STEADY = moves.STEADY, _("Steady")
        AT_RISK = moves.AT_RISK, _("At risk")
        PROMOTION = moves.PROMOTION, _("Promotion to decide")
        DEMOTION = moves.DEMOTION, _("Demotion to decide")

    _ANYWHERE = {"promote": "steady", "propose_promotion": "promotion_pending", "drop": "steady",
                 "place": "steady"}  # fmt: skip
    _RISKY = {**_ANYWHERE, "recover": "steady"}
    NEXT = {
        "steady": {**_ANYWHERE, "warn": "at_risk"},
        "at_risk": {**_RISKY, "demote": "steady", "propose_demotion": "demotion_pending"},
        "promotion_pending": {**_ANYWHERE, "approve_promotion": "steady",
                              "decline_promotion": "steady", "withdraw": "steady"},
        "demotion_pending": {**_RISKY, "approve_demotion": "steady", "decline_demotion": "steady"},
    }  # fmt: skip

    partner = models.OneToOneField(Partner, on_delete=models.CASCADE, related_name="tier_standing")
    program = models.ForeignKey(PartnerProgram, on_delete=models.CASCADE, related_name="standings")
    version = models.ForeignKey(RuleVersion, null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=17, choices=State.choices, default=State.STEADY)
    pending_tier = models.CharField(max_length=60, blank=True, default="")
    since = models.DateField(null=True, help_text=_("First day in this state, unless steady."))
    grace_until = models.DateField(null=True)
    declined_tier = models.CharField(max_length=60, blank=True, default="")
    declined_until = models.DateField(null=True)
    reviewed_until = models.DateField(
        null=True, help_text=_("First day after the last review period that was looked at.")
    )
    evaluated_on = models.DateField(null=True)
    evaluated_at = models.DateTimeField(null=True)
    because = models.CharField(max_length=20, blank=True, default="")
    readings = models.JSONField(default=dict)
    # towards the next tier: min(1, actual/required) of its rules added up, and how many rules
    attained = models.FloatField(default=0)
    asked = models.PositiveIntegerField(default=0)
    locked_at = models.DateTimeField(null=True)
    locked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    lock_reason = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        indexes = [
            # lists and counts of what waits or is at risk: few rows
            models.Index(
                fields=["state", "grace_until"],
                condition=~Q(state="steady"),
                name="partners_standing_open",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="at_risk", grace_until__isnull=False, since__isnull=False)
                | ~Q(state="at_risk"),
                name="partners_standing_grace",
            ),
            models.CheckConstraint(
                condition=Q(state="promotion_pending") & ~Q(pending_tier="")
                | ~Q(state="promotion_pending"),
                name="partners_standing_pending",
            ),
            models.CheckConstraint(
                condition=Q(locked_at=None) | ~Q(lock_reason=""), name="partners_standing_lock"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner}: {self.get_state_display()}"

    @property
    def is_locked(self) -> bool:
        """Whether somebody decided that evaluations leave this partner alone."""
        return self.locked_at is not None


class TierMove(Row):
    """A partner came into another tier: the history, with why and by whom."""

    class Cause(models.TextChoices):
        PROMOTION = "promotion", _("Promotion")
        DEMOTION = "demotion", _("Demotion")
        HARD = "hard", _("Hard requirement missed")
        EXCEPTION = "exception", _("Exception")
        BY_HAND = "by_hand", _("By hand")
        RECODED = "recoded", _("Renamed, no move")

    EVALUATED = ("promotion", "demotion", "hard")

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="tier_moves")
    program = models.ForeignKey(
        PartnerProgram, null=True, on_delete=models.PROTECT, related_name="moves"
    )
    version = models.ForeignKey(RuleVersion, null=True, on_delete=models.PROTECT, related_name="+")
    from_tier = models.CharField(max_length=60, blank=True)
    to_tier = models.CharField(max_length=60, blank=True)
    is_up = models.BooleanField()
    cause = models.CharField(max_length=10, choices=Cause.choices)
    effective_from = models.DateField()
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300, blank=True)
    readings = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["partner", "effective_from"], name="partners_tiermove_partner"),
            models.Index(fields=["effective_from"], name="partners_tiermove_day"),
        ]
        constraints = [
            # an evaluation that runs twice moves nobody twice
            models.UniqueConstraint(
                fields=["partner", "effective_from", "from_tier", "to_tier"],
                condition=Q(cause__in=["promotion", "demotion", "hard"]),
                name="partners_tiermove_once",
            ),
            models.CheckConstraint(
                condition=~Q(from_tier=F("to_tier")), name="partners_tiermove_moves"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner}: {self.from_tier or '–'} → {self.to_tier or '–'}"


class TierStep(models.Model):
    """A change of tier in partners' profiles, whoever wrote them: a view of the database.

    ``direction``: 1 up, -1 down, 0 only renamed, null: no ladder knows. ``move`` tells why.
    """

    id = models.BigIntegerField(primary_key=True)
    partner = models.ForeignKey(Partner, on_delete=models.DO_NOTHING, related_name="+")
    move = models.ForeignKey(TierMove, null=True, on_delete=models.DO_NOTHING, related_name="+")
    type = models.CharField(max_length=60)
    from_tier = models.CharField(max_length=60)
    to_tier = models.CharField(max_length=60)
    effective_from = models.DateField()
    direction = models.IntegerField(null=True)

    class Meta:
        managed = False
        db_table = "partners_tierstep"

    def __str__(self) -> str:
        return f"{self.partner}: {self.from_tier or '–'} → {self.to_tier or '–'}"


class TierException(Row):
    """A partner has this tier although it misses the requirements, up to and with a day."""

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="tier_exceptions")
    tier = models.CharField(max_length=60)
    starts_on = models.DateField()
    last_day = models.DateField()
    reason = models.CharField(max_length=300)
    given_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, help_text=_("When it was taken back early."))
    ended_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gte=F("starts_on")), name="partners_tierexception_order"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="partners_tierexception_reason"),
            ExclusionConstraint(
                name="partners_tierexception_no_overlap",
                condition=Q(ended_at=None),
                expressions=[
                    ("partner", RangeOperators.EQUAL),
                    (
                        Func("starts_on", "last_day", models.Value("[]"), function="daterange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner}: {self.tier} until {self.last_day}"


class TierRun(Row):
    """An evaluation of a whole programme: the daily one, or a dry run that moves nobody."""

    class Kind(models.TextChoices):
        DAILY = "daily", _("Evaluation")
        DRY = "dry", _("Dry run")

    program = models.ForeignKey(PartnerProgram, on_delete=models.CASCADE, related_name="runs")
    version = models.ForeignKey(RuleVersion, null=True, on_delete=models.SET_NULL, related_name="+")
    version_number = models.PositiveIntegerField()
    is_draft = models.BooleanField(default=False)
    kind = models.CharField(max_length=5, choices=Kind.choices)
    day = models.DateField()
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    changes = models.JSONField(default=list)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["program", "day"], condition=Q(kind="daily"), name="partners_tierrun_daily"
            )
        ]

    def __str__(self) -> str:
        return f"{self.program}: {self.get_kind_display()} {self.day}"

    @property
    def is_working(self) -> bool:
        """Whether a worker has it, or will."""
        return self.finished_at is None

    @property
    def percent(self) -> int:
        """How far it is."""
        return min(99, 100 * self.done // self.total) if self.total else 0
