"""What people type about a merge."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from partners.accounts.forms import partner_named
from partners.accounts.models import Partner
from prm.common.access import Actor
from prm.common.forms import Form


class OtherForm(Form):
    """Which record survives."""

    name = forms.CharField(
        label=_("The record that survives"),
        max_length=300,
        help_text=_("The name of a partner, or its web domain if several have that name."),
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor = actor

    def clean_name(self) -> Partner:
        """The partner of this name or domain."""
        return partner_named(self.actor, str(self.cleaned_data["name"]).strip())


class MergeForm(Form):
    """The step itself, with a reason for those who ask later."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        required=False,
        help_text=_("It stands in the log, for whoever asks later."),
    )
