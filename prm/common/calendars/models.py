"""Business calendars: working hours and holidays, by which deadlines are counted."""

from datetime import time

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from prm.common.ids import uuid7

MONDAY_TO_FRIDAY = [0, 1, 2, 3, 4]


def working_week() -> list[int]:
    """Monday to Friday."""
    return list(MONDAY_TO_FRIDAY)


class BusinessCalendar(models.Model):
    """When a group of people works. Without a ``time_zone`` the programme's is meant."""

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    name = models.CharField(_("Name"), max_length=60, unique=True)
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(validators=[MaxValueValidator(6)]),
        verbose_name=_("Working days"),
        default=working_week,
    )
    opens = models.TimeField(_("From"), default=time(9))
    closes = models.TimeField(_("To"), default=time(17))
    time_zone = models.CharField(_("Time zone"), max_length=60, blank=True)
    country = models.CharField(_("Country"), max_length=2, blank=True)
    is_default = models.BooleanField(_("Counts where no other does"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closes__gt=F("opens")), name="common_calendar_hours"
            ),
            models.CheckConstraint(
                condition=Q(weekdays__len__gt=0) & Q(weekdays__contained_by=[0, 1, 2, 3, 4, 5, 6]),
                name="common_calendar_weekdays",
            ),
            models.UniqueConstraint(
                fields=["is_default"],
                condition=Q(is_default=True),
                name="common_calendar_one_default",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("calendars:calendar_detail", args=[self.public_id])


class Holiday(models.Model):
    """A day off in one calendar."""

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    calendar = models.ForeignKey(
        BusinessCalendar, on_delete=models.CASCADE, related_name="holidays"
    )
    on = models.DateField(_("Day"))
    name = models.CharField(_("Name"), max_length=120)

    class Meta:
        ordering = ["on"]
        constraints = [
            models.UniqueConstraint(fields=["calendar", "on"], name="common_holiday_once")
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.name}"
