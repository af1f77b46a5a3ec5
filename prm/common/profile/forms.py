"""What a person says about itself: name, language, time zone, shortcuts."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from prm.common import config, viewer
from prm.common.forms import Form
from prm.common.programme.forms import zone_choices


class ProfileForm(Form):
    """Name, language, time zone and shortcuts of the signed-in person."""

    name = forms.CharField(
        label=_("Name"),
        max_length=200,
        help_text=_("As colleagues and partners read it."),
        error_messages={"required": _("Enter your name.")},
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        help_text=_("Of pages and mails. Dates and numbers are written as usual in it."),
        error_messages={"invalid_choice": _("Choose one of the languages.")},
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        help_text=_(
            "Moments, such as when an import began, are shown in it. Business days stay days of"
            " the programme."
        ),
        error_messages={"invalid_choice": _("Choose one of the time zones.")},
    )
    single_keys = forms.BooleanField(
        label=_("Shortcuts of a single key"),
        required=False,
        help_text=_(
            "Such as / for the search, and J and K for the next and the one before. Without them,"
            " nothing happens when a key is hit by mistake or by a spoken word."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = config.program().time_zone.key.replace("_", " ")
        usual = {
            "language": (_("The language of my browser"), list(viewer.languages().items())),
            "time_zone": (_("That of the programme (%(zone)s)") % {"zone": zone}, zone_choices()),
        }
        for name, (blank, choices) in usual.items():
            cast("forms.ChoiceField", self.fields[name]).choices = [("", blank), *choices]
