"""What operations says about a calendar and its days off."""

from datetime import date
from typing import Any, cast

from django import forms
from django.utils import formats
from django.utils.translation import gettext_lazy as _

from prm.common.calendars.services import countries
from prm.common.fields import DayField
from prm.common.forms import Form
from prm.common.programme.forms import zone_choices

A_MONDAY = 5  # of January 2026, to name the days of the week


def weekday_choices() -> list[tuple[int, str]]:
    """Monday (0) to Sunday (6), in the active language."""
    return [(n, formats.date_format(date(2026, 1, A_MONDAY + n), "l")) for n in range(7)]


def clock() -> forms.TimeInput:
    """A field for a time of day."""
    return forms.TimeInput(format="%H:%M", attrs={"type": "time"})


class CalendarForm(Form):
    """Name, working days and hours, zone, country."""

    name = forms.CharField(label=_("Name"), max_length=60)
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Working days"),
        coerce=int,
        choices=weekday_choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one working day.")},
    )
    opens = forms.TimeField(label=_("Work begins"), widget=clock())
    closes = forms.TimeField(label=_("Work ends"), widget=clock())
    time_zone = forms.ChoiceField(label=_("Time zone"), required=False)
    country = forms.ChoiceField(
        label=_("Country"),
        required=False,
        help_text=_("For its public holidays; and what concerns its companies is counted by it."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = cast("forms.ChoiceField", self.fields["time_zone"])
        zones.choices = [("", _("That of the programme")), *zone_choices()]
        known = cast("forms.ChoiceField", self.fields["country"])
        known.choices = [("", _("None")), *((code, code) for code in countries())]


class HolidayForm(Form):
    """One day off."""

    on = DayField(label=_("Day"))
    name = forms.CharField(label=_("Name"), max_length=120)


class YearForm(Form):
    """The year whose public holidays are added."""

    year = forms.IntegerField(label=_("Year"), min_value=1990, max_value=2060, localize=False)
