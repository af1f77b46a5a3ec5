"""What people type about a cost."""

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from partners.accounts.forms import partner_named
from partners.costs.models import Cost
from prm.common.access import Actor
from prm.common.config import Program
from prm.common.editforms import EditForm
from prm.common.fields import DayField, MoneyField

NOON = time(12)
CURRENCY_WRONG = ("required", "min_length", "max_length")


class CostForm(EditForm):
    """When, of whom, what kind, how much, what for."""

    standing = ("kind", "partner", "on", "amount", "currency", "channel", "note")

    kind = forms.ChoiceField(label=_("Kind"), choices=Cost.Kind.choices)
    partner = forms.CharField(
        label=_("Partner"),
        max_length=300,
        required=False,
        help_text=_("Name or web domain. Leave it blank for the programme as a whole."),
    )
    on = DayField(label=_("Day"))
    amount = MoneyField(label=_("Amount"))
    currency = forms.CharField(
        label=_("Currency"),
        max_length=3,
        min_length=3,
        error_messages={name: _("Enter a currency like EUR.") for name in CURRENCY_WRONG},
    )
    channel = forms.SlugField(
        label=_("Recruiting source"),
        max_length=40,
        required=False,
        help_text=_("The source that it paid for, in one word, such as a trade fair."),
    )
    note = forms.CharField(label=_("What for"), max_length=200, required=False)

    def __init__(
        self, data: QueryDict | None, *, actor: Actor, cost: Cost | None, program: Program
    ) -> None:
        known: dict[str, Any] = {"currency": program.currency}
        if cost is not None:
            known = {name: getattr(cost, name) for name in self.standing}
            known["partner"] = cost.partner.name if cost.partner else ""
        super().__init__(data, initial=known)
        self.actor, self.cost = actor, cost

    def clean_currency(self) -> str:
        """Currency codes are written in capitals."""
        return str(self.cleaned_data["currency"]).upper()

    def clean_partner(self) -> Any:
        """The partner of this name; the one that stands there, if it was left alone."""
        text = self.cleaned_data["partner"].strip()
        if not text:
            return None
        if self.cost and self.cost.partner and text == self.cost.partner.name:
            return self.cost.partner  # also where several have this name
        return partner_named(self.actor, text)


def moment(day: date, program: Program, now: datetime) -> datetime:
    """When a cost of a day came up: now for today, else noon of that local day."""
    return now if day == program.local_date(now) else datetime.combine(day, NOON, program.time_zone)
