"""What people type about contracts. People say the last day; the rows hold the day after."""

from datetime import date, timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from partners.accounts.agreements import MOST_NOTICE, NOTICE
from partners.accounts.models import Contract
from prm.common.fields import DayField
from prm.common.forms import Form


def day_after(last_day: date | None) -> date | None:
    """The first day without the contract."""
    return last_day and last_day + timedelta(days=1)


class NewContractForm(Form):
    """A contract that is signed."""

    starts_on = DayField(label=_("First day"))
    last_day = DayField(
        label=_("Last day"), required=False, help_text=_("Leave it empty if it runs on.")
    )
    notice_days = forms.IntegerField(
        label=_("Reminder, days before the end"), min_value=0, max_value=MOST_NOTICE, initial=NOTICE
    )


class RenewForm(Form):
    """Until when the contract that follows holds."""

    last_day = DayField(
        label=_("New last day"), required=False, help_text=_("Leave it empty if it runs on.")
    )


class EndForm(Form):
    """On which day it ends, and why."""

    last_day = DayField(label=_("Last day"))
    kind = forms.ChoiceField(
        label=_("How it ends"),
        choices=[("", _("Choose one")), *Contract.EndKind.choices],
        help_text=_("Figures about partners who left tell these apart."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=60)
