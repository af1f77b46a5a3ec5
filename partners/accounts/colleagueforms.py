"""What people type about the people of a company, and about a hand-over."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from partners.accounts.forms import managers
from partners.accounts.models import Membership
from prm.common.access import Actor
from prm.common.fields import DayField
from prm.common.forms import Form
from prm.common.models import User


class RolesForm(Form):
    """What a colleague may do."""

    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        choices=Membership.Role.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Administrators look after the people of the company."),
    )


class PersonForm(RolesForm):
    """Who is invited."""

    name = forms.CharField(label=_("Name"), max_length=200)
    email = forms.EmailField(
        label=_("E-mail"), help_text=_("The person gets a mail and signs in with a code.")
    )
    field_order = ("name", "email", "roles")


class HandOverForm(Form):
    """To whom, from which day on, and with what."""

    manager = forms.ModelChoiceField(
        User.objects.none(), label=_("Hand over to"), empty_label=_("Choose a person")
    )
    valid_from = DayField(
        label=_("From"), help_text=_("Figures up to the day before stay with the manager of then.")
    )
    with_territories = forms.BooleanField(
        label=_("With the territories"), required=False, initial=True
    )

    def __init__(self, *args: Any, actor: Actor, giver: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast("forms.ModelChoiceField[User]", self.fields["manager"])
        field.queryset = managers(actor).exclude(pk=giver.pk)
