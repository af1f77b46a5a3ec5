"""What people type about the hierarchy."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from partners.accounts.forms import partner_named
from partners.accounts.models import Partner
from partners.hierarchy.models import PartnerLink
from prm.common.access import Actor
from prm.common.fields import DayField
from prm.common.forms import Form


class PlaceForm(Form):
    """Below whom, as what, and from which day on."""

    parent = forms.CharField(
        label=_("Stands below"),
        max_length=300,
        help_text=_("The name of a partner, or its web domain if several have that name."),
    )
    kind = forms.ChoiceField(label=_("Which is its"), choices=PartnerLink.Kind.choices)
    valid_from = DayField(
        label=_("From"),
        help_text=_("Deals opened from this day on are shown to it; earlier ones are not."),
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor = actor

    def clean_parent(self) -> Partner:
        """The partner of this name or domain."""
        return partner_named(self.actor, str(self.cleaned_data["parent"]).strip())


class TakeOutForm(Form):
    """From which day on it stands below nobody."""

    valid_from = DayField(label=_("From"), help_text=_("The first day without a parent."))
