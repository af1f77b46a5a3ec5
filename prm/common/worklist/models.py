"""Tasks: what somebody is to do next, by when, and who asked."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from prm.common.ids import uuid7, uuid7_text


class Task(models.Model):
    """Something to do, for the vendor's people (``ours``) or for those of a company.

    ``source`` is the feature that asked, ``key`` its business key: asking again changes the task
    instead of adding one. ``company`` is the public id of the company that it is about; who that
    is, the features above know. A task of a feature has its title from the feature, in the
    reader's language; one of a person has ``title``. It rests until ``snoozed_until``.
    """

    class Side(models.TextChoices):
        OURS = "ours", _("Us")
        COMPANY = "company", _("The partner")

    class Priority(models.IntegerChoices):
        HIGH = 1, pgettext_lazy("priority", "High")
        NORMAL = 2, pgettext_lazy("priority", "Normal")
        LOW = 3, pgettext_lazy("priority", "Low")

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("task", "Open")
        DONE = "done", pgettext_lazy("task", "Done")
        DISMISSED = "dismissed", pgettext_lazy("task", "Not needed")

    NEXT: ClassVar[dict[str, dict[str, str]]] = {
        "open": {"finish": "done", "dismiss": "dismissed"},
        "done": {"reopen": "open"},
        "dismissed": {"reopen": "open"},
    }

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    source = models.CharField(max_length=60)
    key = models.CharField(max_length=200, default=uuid7_text)
    title = models.CharField(_("Task"), max_length=200, blank=True)
    args = models.JSONField(default=dict)
    url = models.CharField(max_length=500, blank=True)
    about_type = models.CharField(max_length=60, blank=True)
    about_id = models.CharField(max_length=200, blank=True)
    side = models.CharField(_("To be done by"), max_length=10, choices=Side.choices)
    company = models.UUIDField(_("Partner"), null=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="tasks",
        verbose_name=_("Owner"),
    )
    due_on = models.DateField(_("Due"), null=True)
    priority = models.PositiveSmallIntegerField(
        _("Priority"), choices=Priority.choices, default=Priority.NORMAL
    )
    snoozed_until = models.DateField(_("Rests until"), null=True)
    state = models.CharField(_("Status"), max_length=10, choices=State.choices, default=State.OPEN)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(_("Reason"), max_length=300, blank=True)
    told_due_on = models.DateField(
        null=True, help_text=_("The due date that somebody was told to have passed.")
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "key"], name="common_task_once"),
            models.CheckConstraint(
                condition=Q(side="ours") | Q(company__isnull=False), name="common_task_company"
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None)
                | (~Q(state="open") & Q(closed_at__isnull=False)),
                name="common_task_closed",
            ),
        ]
        indexes = [
            # one company's tasks; one person's; and what is overdue
            models.Index(fields=["company", "state"], name="common_task_of_company"),
            models.Index(fields=["owner", "state"], name="common_task_of_owner"),
            models.Index(fields=["due_on"], condition=Q(state="open"), name="common_task_due"),
        ]

    def __str__(self) -> str:
        from prm.common.worklist.sources import title_of

        return title_of(self) or f"{self.source} {self.key}"
