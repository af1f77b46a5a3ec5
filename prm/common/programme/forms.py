"""What a person gives about the programme's ground: zone, currency, fiscal year, rates."""

from datetime import date
from typing import Any, cast
from zoneinfo import available_timezones

from django import forms
from django.urls import reverse_lazy
from django.utils import formats
from django.utils.translation import gettext_lazy as _

from prm.common import money
from prm.common.fields import DayField
from prm.common.forms import Form

# Another first month shows its quarters at once, beside the form.
PREVIEWED = {
    "hx-get": reverse_lazy("settings:ground"),
    "hx-trigger": "change",
    "hx-target": "#quarters",
    "hx-select": "#quarters",
    "hx-swap": "outerHTML ignoreTitle:true",
}


def month_choices() -> list[tuple[str, str]]:
    """The months by name, in the active language."""
    return [(str(n), formats.date_format(date(2026, n, 1), "F")) for n in range(1, 13)]


def zone_choices() -> list[tuple[str, str]]:
    """All time zones by their names."""
    return [(name, name.replace("_", " ")) for name in sorted(available_timezones())]


class GroundForm(Form):
    """Time zone, reporting currency, first month of the fiscal year."""

    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=zone_choices,
        help_text=_("A business day begins at its midnight."),
    )
    currency = forms.ChoiceField(
        label=_("Reporting currency"),
        choices=lambda: [(code, code) for code in sorted(money.CURRENCIES)],
        help_text=_("All sums are shown in it."),
    )
    fiscal_start = forms.ChoiceField(
        label=_("The fiscal year begins in"),
        choices=month_choices,
        widget=forms.Select(attrs=PREVIEWED),
        help_text=_("A fiscal year is named after the calendar year in which it ends."),
    )

    def __init__(self, *args: Any, currency_stands: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if currency_stands:
            self.fields["currency"].disabled = True
            self.fields["currency"].help_text = _(
                "It stays: amounts of closed deals are frozen in it, and rates are stated in it."
            )


class RateForm(Form):
    """A rate from a day on."""

    currency = forms.ChoiceField(label=_("Currency"))
    valid_from = DayField(
        label=_("First day"), error_messages={"required": _("Enter the first day of the rate.")}
    )
    rate = forms.DecimalField(
        label=_("Rate"),
        max_digits=20,
        decimal_places=10,
        localize=True,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        error_messages={
            "required": _("Enter the rate, like 0.92."),
            "invalid": _("Enter the rate as a number, like 0.92."),
        },
    )

    def __init__(self, *args: Any, own: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = cast("forms.ChoiceField", self.fields["currency"])
        choice.choices = [(code, code) for code in sorted(money.CURRENCIES - {own})]
        self.fields["rate"].help_text = _("What one unit is worth in %(own)s.") % {"own": own}
