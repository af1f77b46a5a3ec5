"""What a person gives to brand the programme: name, colour, logo."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from prm.common import config
from prm.common.branding import logos
from prm.common.errors import InvalidInput
from prm.common.forms import Form

# A changed name or colour shows at once in the preview beside the form.
PREVIEWED = {
    "hx-get": reverse_lazy("brand:programme"),
    "hx-trigger": "change",
    "hx-include": "#id_name, #id_brand_color",
    "hx-target": "#preview",
    "hx-select": "#preview",
    "hx-swap": "outerHTML ignoreTitle:true",
}


class BrandForm(Form):
    """Name, colour and logo."""

    name = forms.CharField(
        label=_("Name of the programme"),
        max_length=60,
        widget=forms.TextInput(attrs=PREVIEWED),
        help_text=_("Partners see it in the portal and in mails."),
        error_messages={"required": _("Give the programme a name.")},
    )
    brand_color = forms.CharField(
        label=_("Colour"),
        widget=forms.TextInput(attrs=PREVIEWED | {"type": "color"}),
        help_text=_("One colour. Everything else is derived from it, so that it can be read."),
    )
    logo = forms.FileField(
        label=_("Logo"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/png,image/webp"}),
        help_text=_("PNG or WebP, at most 200 kB. Without one the portal shows the initial."),
    )
    remove_logo = forms.BooleanField(label=_("Show no logo"), required=False)

    def __init__(self, *args: Any, has_logo: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_logo:
            del self.fields["remove_logo"]

    def clean_brand_color(self) -> str:
        """Return the colour as it is stored."""
        return _kept(config.BRAND_COLOR, self.cleaned_data["brand_color"]).upper()

    def clean_name(self) -> str:
        """Return the name as it is stored."""
        return _kept(config.NAME, self.cleaned_data["name"])

    def clean_logo(self) -> bytes:
        """Return the logo's bytes (empty: none given). Raises ValidationError with what to do."""
        file: UploadedFile | None = self.cleaned_data["logo"]
        if file is None:
            return b""
        try:
            content: bytes = file.read(logos.MAX_BYTES + 1)
            logos.read_logo(content)
        except InvalidInput as refusal:
            raise forms.ValidationError(refusal.message) from None
        return content


def _kept(key: str, value: str) -> str:
    try:
        return config.checked(key, value)
    except InvalidInput as refusal:
        raise forms.ValidationError(refusal.message) from None
