"""What people type about deals."""

from datetime import date, datetime, time
from typing import cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from partners.deals.models import Deal, Stage
from prm.common.access import Actor, scope
from prm.common.config import Program
from prm.common.editforms import EditForm
from prm.common.fields import DayField, MoneyField
from prm.common.forms import Form

NOON = time(12)
CURRENCY_WRONG = ("required", "min_length", "max_length")


class DealForm(EditForm):
    """Name, amount, stage and expected close of a deal."""

    standing = ("name", "amount", "currency", "stage", "expected_close_on", "is_co_sell")

    name = forms.CharField(label=_("Name"), max_length=300, required=False)
    amount = MoneyField(
        label=_("Amount"), required=False, help_text=_("Leave it empty while it is not known.")
    )
    currency = forms.CharField(
        label=_("Currency"),
        max_length=3,
        min_length=3,
        error_messages={name: _("Enter a currency like EUR.") for name in CURRENCY_WRONG},
    )
    stage = forms.ModelChoiceField(Stage.objects.none(), label=_("Stage"), required=False)
    expected_close_on = DayField(label=_("Expected close"), required=False)
    is_co_sell = forms.BooleanField(label=_("We sell this one together"), required=False)

    def __init__(self, data: QueryDict | None, *, actor: Actor, deal: Deal) -> None:
        super().__init__(data, initial={name: getattr(deal, name) for name in self.base_fields})
        stage = cast("forms.ModelChoiceField[Stage]", self.fields["stage"])
        stage.queryset = scope(actor, Stage)

    def clean_currency(self) -> str:
        """Currency codes are written in capitals."""
        return str(self.cleaned_data["currency"]).upper()


class WinForm(Form):
    """The day on which a deal was won."""

    closed_on = DayField(
        label=_("Closed on"), error_messages={"required": _("Enter the day on which it closed.")}
    )


class CloseForm(WinForm):
    """The day on which a deal was lost, and why."""

    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)


class ReasonForm(Form):
    """Why a closed deal is open again."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        error_messages={"required": _("Say why this deal is open again.")},
    )


def closing_instant(day: date, deal: Deal, program: Program, now: datetime) -> datetime:
    """Return when the deal closed: now for today, else noon of that local day.

    A deal that was opened in the afternoon of that day closed when it was opened. A day in the
    future stays in the future, so that the service refuses it.
    """
    if day == program.local_date(now):
        return now
    noon = datetime.combine(day, NOON, program.time_zone)
    if deal.opened_at and day == program.local_date(deal.opened_at):
        return max(noon, deal.opened_at)
    return noon
