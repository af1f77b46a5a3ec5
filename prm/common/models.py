"""The ground's rows: people, settings, calendar, rates, audit, jobs, mail, tokens."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from prm.common.apimodels import ApiToken as ApiToken
from prm.common.apimodels import IdempotencyKey as IdempotencyKey
from prm.common.branding.models import BrandFile as BrandFile
from prm.common.calendars.models import BusinessCalendar as BusinessCalendar
from prm.common.calendars.models import Holiday as Holiday
from prm.common.ids import NewUuid, NewUuidText, uuid7, uuid7_text
from prm.common.imports.models import Import as Import
from prm.common.imports.models import ImportMapping as ImportMapping
from prm.common.imports.models import ImportProblem as ImportProblem
from prm.common.imports.models import ImportUndo as ImportUndo
from prm.common.notices.models import Notice as Notice
from prm.common.notices.models import NoticeChoice as NoticeChoice
from prm.common.notices.models import QuietHours as QuietHours
from prm.common.people.sessions import Session as Session
from prm.common.savedviews.models import SavedView as SavedView
from prm.common.worklist.models import Task as Task


class Sourced(models.Model):
    """A fact that may come from another system: ``(source, external_id)`` is unique.

    Rows made here have the source ``prm``. The database knows all defaults, so that COPY and
    plain SQL make the same rows as a form.
    """

    public_id = models.UUIDField(default=uuid7, db_default=NewUuid(), unique=True, editable=False)
    source = models.CharField(max_length=60, default="prm", db_default="prm")
    external_id = models.CharField(
        max_length=200, default=uuid7_text, db_default=NewUuidText(), blank=True
    )
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())
    updated_at = models.DateTimeField(auto_now=True, db_default=Now())

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"], name="%(app_label)s_%(class)s_source_external_id"
            )
        ]


class UserManager(BaseUserManager["User"]):
    """Makes people; the e-mail address is the name."""

    def create_user(self, email: str | None, password: str | None = None, **more: Any) -> "User":
        """A person; without ``email`` one who cannot sign in."""
        user = self.model(email=self.normalize_email(email).lower() if email else None, **more)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **more: Any) -> "User":
        """An administrator with the back office."""
        more |= {"is_staff": True, "is_superuser": True, "staff_role": User.StaffRole.ADMIN}
        return self.create_user(email, password, **more)

    def get_by_natural_key(self, username: str | None) -> "User":
        """Sign-in ignores upper and lower case."""
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person: of the vendor (with a staff role) or of partner companies (by membership)."""

    class StaffRole(models.TextChoices):
        ADMIN = "admin", _("Administrator")
        MANAGER = "channel_manager", _("Channel manager")
        OPERATIONS = "operations", _("Partner operations")
        FINANCE_PREPARE = "finance_prepare", _("Finance (prepare)")
        FINANCE_APPROVE = "finance_approve", _("Finance (approve)")
        EXECUTIVE = "executive", _("Executive (read)")

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    email = models.EmailField(_("E-mail"), null=True, blank=True, unique=True)
    name = models.CharField(_("Name"), max_length=200, blank=True)
    staff_role = models.CharField(
        _("Role"),
        max_length=20,
        choices=StaffRole.choices,
        blank=True,
        help_text=_("Empty for people of partner companies."),
    )
    # empty: the browser's, the programme's (viewer.py)
    language = models.CharField(_("Language"), max_length=9, blank=True, default="", db_default="")
    time_zone = models.CharField(_("Time zone"), blank=True, default="", db_default="")
    # people who speak to their computer, or whose hands slip, switch them off (WCAG 2.1.4)
    single_keys = models.BooleanField(_("Shortcuts of a single key"), default=True, db_default=True)
    is_staff = models.BooleanField(_("May use the back office"), default=False)
    is_active = models.BooleanField(_("Active"), default=True)
    joined_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            # one spelling, so that uniqueness ignores upper and lower case
            models.CheckConstraint(
                condition=models.Q(email=None) | models.Q(email=Lower("email")),
                name="common_user_email_lower",
            )
        ]

    def __str__(self) -> str:
        return self.name or self.email or str(self.public_id)

    def get_full_name(self) -> str:
        """The name as shown."""
        return str(self)


class Setting(models.Model):
    """One setting of this installation that lives in the database (time zone, currency …)."""

    key = models.CharField(max_length=80, primary_key=True)
    value = models.TextField()
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.key} = {self.value}"


class FiscalMonth(models.Model):
    """A month of the fiscal calendar, [starts_on, ends_on): a calendar month, or 4-4-5 by data."""

    starts_on = models.DateField(primary_key=True)
    ends_on = models.DateField(help_text=_("First day after the month."))
    year = models.SmallIntegerField()
    quarter = models.SmallIntegerField()
    number = models.SmallIntegerField(help_text=_("1 to 12 within the fiscal year."))
    n = models.IntegerField(unique=True, help_text=_("Running number over all years."))

    class Meta:
        ordering = ["starts_on"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gt=models.F("starts_on")), name="common_month_order"
            ),
            models.UniqueConstraint(fields=["year", "number"], name="common_month_key"),
        ]

    def __str__(self) -> str:
        return f"{self.year}-{self.number:02}"


class Day(models.Model):
    """Which fiscal month a day belongs to: the calendar join of all cell statements."""

    day = models.DateField(primary_key=True)
    month = models.ForeignKey(FiscalMonth, on_delete=models.CASCADE, db_index=False)
    month_n = models.IntegerField()

    def __str__(self) -> str:
        return str(self.day)


class FxRate(models.Model):
    """One unit of ``currency`` in the reporting currency, from ``valid_from`` on."""

    currency = models.CharField(max_length=3)
    valid_from = models.DateField()
    rate = models.DecimalField(max_digits=20, decimal_places=10)
    source = models.CharField(max_length=60, default="prm")
    external_id = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["currency", "valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["currency", "valid_from"], name="common_fxrate_day"),
            models.CheckConstraint(condition=models.Q(rate__gt=0), name="common_fxrate_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.valid_from}: {self.rate}"


class AuditEntry(models.Model):
    """Who did what to which row, before and after. The database refuses to change one."""

    at = models.DateTimeField()
    actor = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    actor_label = models.CharField(max_length=254)
    action = models.CharField(max_length=80)
    object_type = models.CharField(max_length=60)
    object_id = models.CharField(max_length=200)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    reason = models.TextField(blank=True)
    request_id = models.CharField(max_length=40, blank=True)
    ip = models.GenericIPAddressField(null=True)

    class Meta:
        verbose_name_plural = _("audit entries")
        indexes = [
            # the timeline of one object; the audit log, newest first; its filter by action
            models.Index(fields=["object_type", "object_id", "at"], name="common_audit_object"),
            models.Index(
                models.F("at").desc(nulls_last=True),
                models.F("id").desc(),
                name="common_audit_time",
            ),
            models.Index(fields=["action"], name="common_audit_action"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_label} {self.action} {self.object_id}"

    @property
    def who(self) -> str:
        """Who did it: a person by the name of that moment, or the system."""
        return self.actor_label if self.actor_id else gettext("the system")


class Job(models.Model):
    """Work outside the request: the row is the truth, Celery is the hand, Redis the bell.

    ``key`` is the business key: one job a key is waiting or running at a time.
    A job whose lease ran out is due again; after ``MAX_ATTEMPTS`` it is dead and visible.
    """

    MAX_ATTEMPTS = 5

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        DEAD = "dead", _("Failed")

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=200)
    args = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    locked_until = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key"],
                condition=models.Q(state__in=["waiting", "running"]),
                name="common_job_one_live",
            )
        ]
        indexes = [
            # the sweep: what is due, or leased for too long
            models.Index(
                fields=["due_at"],
                condition=models.Q(state__in=["waiting", "running"]),
                name="common_job_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key} ({self.state})"


class OutboxMail(models.Model):
    """A mail to be sent, and after that the mail log. ``key`` makes each mail unique."""

    public_id = models.UUIDField(default=uuid7, db_default=NewUuid(), unique=True, editable=False)
    key = models.CharField(max_length=200, unique=True)
    to = models.EmailField()
    subject = models.CharField(max_length=300)
    text = models.TextField()
    html = models.TextField(blank=True)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    headers = models.JSONField(
        default=dict, db_default={}, help_text=_("What the mail says to mail programs.")
    )
    is_secret = models.BooleanField(
        default=False, help_text=_("Its text lets the reader sign in, so the log does not show it.")
    )

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at"], condition=models.Q(sent_at=None), name="common_mail_due"
            )
        ]

    def __str__(self) -> str:
        return f"{self.to}: {self.subject}"
