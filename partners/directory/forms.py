"""What people type about traits and the directory."""

from django import forms
from django.utils.translation import gettext_lazy as _

from partners.directory.models import Trait
from partners.recruiting.forms import PublicForm
from prm.common.fields import DayField
from prm.common.forms import Form


class TraitForm(Form):
    """What a partner can do, or is strong or weak in."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Trait.Kind.choices)
    text = forms.CharField(
        label=_("What"),
        max_length=120,
        help_text=_("In a few words: Kubernetes, first-line support."),
    )
    note = forms.CharField(label=_("How we know"), max_length=300, required=False)
    valid_from = DayField(label=_("From"))


class EntryForm(Form):
    """What the public page says, and the consent to it."""

    headline = forms.CharField(label=_("In one sentence"), max_length=160, required=False)
    text = forms.CharField(
        label=_("About the company"), max_length=2000, required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )  # fmt: skip
    is_public = forms.BooleanField(
        label=_("We consent to a public page"),
        required=False,
        help_text=_("It shows name, place, website, capabilities and this text. You can take the "
                    "consent back at any time."),
    )  # fmt: skip


class TakeOffForm(Form):
    """Why we take a page off the directory."""

    reason = forms.CharField(
        label=_("Why"), max_length=300, help_text=_("The company reads it."),
        error_messages={"required": _("Say why it is taken off.")},
    )  # fmt: skip


class ContactForm(PublicForm):
    """A message to a partner."""

    name = forms.CharField(label=_("Your name"), max_length=200)
    email = forms.EmailField(label=_("Your e-mail"))
    company = forms.CharField(label=_("Company"), max_length=200, required=False)
    text = forms.CharField(
        label=_("What is it about?"), max_length=4000, widget=forms.Textarea(attrs={"rows": 5})
    )

    def clean_name(self) -> str:
        """It stands in a mail to our manager."""
        return self.no_address("name")
