"""What people type about a saved view."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from prm.common.access import Actor
from prm.common.forms import Form


class ViewForm(Form):
    """A name, and for the vendor's people whether colleagues see the view too."""

    name = forms.CharField(
        label=_("Name"),
        max_length=60,
        error_messages={"required": _("Give the view a name.")},
    )
    is_shared = forms.BooleanField(label=_("Colleagues see it too"), required=False)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not actor.is_staff:
            del self.fields["is_shared"]


class NewViewForm(ViewForm):
    """The same, with the list and how it is seen."""

    list_key = forms.CharField(max_length=40, widget=forms.HiddenInput)
    query = forms.CharField(max_length=4000, required=False, widget=forms.HiddenInput)
