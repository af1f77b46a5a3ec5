"""What people are told: notices, how each person wants to be told, and when not by mail."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from prm.common.ids import uuid7


class When(models.TextChoices):
    """When a mail tells something."""

    AT_ONCE = "at_once", _("At once")
    DAILY = "daily", _("Once a day")
    WEEKLY = "weekly", _("Once a week")
    NEVER = "never", _("Never")


class Notice(models.Model):
    """Something that one person is told: of which kind, about which thing.

    It holds no words about the thing: they are made when it is read, from what the reader may
    know of then. ``key`` is the business key: one person is told the same of a kind once.
    ``mail_due_at`` is when a mail is due (empty: none, or it is done); ``mailed_at`` when one was
    put into the outbox.
    """

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices", db_index=False
    )
    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=200)
    at = models.DateTimeField()
    about_type = models.CharField(max_length=60, blank=True)
    about_id = models.CharField(max_length=200, blank=True)
    args = models.JSONField(default=dict)
    url = models.CharField(max_length=500, blank=True)
    in_app = models.BooleanField(default=True)
    read_at = models.DateTimeField(null=True)
    mail = models.CharField(max_length=10, choices=When.choices, default=When.NEVER)
    mail_due_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["to", "kind", "key"], name="common_notice_once"),
        ]
        indexes = [
            # the number at the bell of every page
            models.Index(
                fields=["to"], condition=Q(read_at=None, in_app=True), name="common_notice_unread"
            ),
            # one person's list, newest first
            models.Index(fields=["to", "at"], name="common_notice_list"),
            # whom a mail is due for
            models.Index(
                fields=["mail_due_at"],
                condition=Q(mail_due_at__isnull=False),
                name="common_notice_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class NoticeChoice(models.Model):
    """How a person wants to be told one kind of thing, where it differs from the usual."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notice_choices"
    )
    kind = models.CharField(max_length=60)
    in_app = models.BooleanField()
    mail = models.CharField(max_length=10, choices=When.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "kind"], name="common_noticechoice_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.mail}"


class QuietHours(models.Model):
    """When a person wants no mail, by the clock of the own time zone; over midnight, too."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="quiet_hours"
    )
    begins = models.TimeField()
    ends = models.TimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(begins=F("ends")), name="common_quiethours_not_empty"
            )
        ]

    def __str__(self) -> str:
        return f"{self.begins:%H:%M}–{self.ends:%H:%M}"
