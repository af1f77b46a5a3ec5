"""What a person gives to start an import: file, what it holds, where it comes from."""

import tomllib
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from prm.common.forms import Form
from prm.common.imports import resources
from prm.common.imports.models import ImportMapping

MAPPING_BYTES = 200_000


class UploadForm(Form):
    """A file to prepare: what it holds and where it comes from; its columns are matched next."""

    resource = forms.ChoiceField(label=gettext_lazy("What it holds"), widget=forms.RadioSelect)
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("CSV or XLSX with a line of headings, up to 500 MB."),
    )
    source = forms.CharField(
        label=gettext_lazy("Where it comes from"),
        max_length=60,
        help_text=gettext_lazy("The system’s name. Importing again updates its rows."),
    )
    saved = forms.ModelChoiceField(
        label=gettext_lazy("Saved mapping"),
        queryset=ImportMapping.objects.none(),
        to_field_name="public_id",
        required=False,
        empty_label=gettext_lazy("None: guess the columns"),
    )
    mapping = forms.FileField(
        label=gettext_lazy("Mapping file"),
        required=False,
        help_text=gettext_lazy("TOML, as the command line takes it."),
    )

    def __init__(self, mappings: QuerySet[ImportMapping], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = cast("forms.ChoiceField", self.fields["resource"])
        choice.choices = [(one.name, capfirst(str(one.label))) for one in resources.ordered()]
        cast("forms.ModelChoiceField", self.fields["saved"]).queryset = mappings

    def clean_mapping(self) -> dict[str, Any]:
        """Return the mapping file's content. Raises ValidationError for what is no TOML."""
        return mapping_of(self.cleaned_data["mapping"])

    def clean(self) -> dict[str, Any]:
        """A saved mapping belongs to what it was made for."""
        data = super().clean() or {}
        saved = data.get("saved")
        if saved and data.get("resource") and saved.resource != data["resource"]:
            text = _("This mapping is for %(other)s. Choose another one, or none.")
            label = resources.get(saved.resource).label
            self.add_error("saved", text % {"other": label})
        return data


class ImportForm(Form):
    """A file to import. The mapping file is only needed where columns have other names."""

    file = forms.FileField(
        label=gettext_lazy("File"), help_text=gettext_lazy("CSV or XLSX, with a line of headings.")
    )
    resource = forms.ChoiceField(label=gettext_lazy("What it holds"))
    source = forms.CharField(
        label=gettext_lazy("Where it comes from"),
        max_length=60,
        help_text=gettext_lazy("The system’s name. Importing again updates its rows."),
    )
    mapping = forms.FileField(
        label=gettext_lazy("Mapping file"),
        required=False,
        help_text=gettext_lazy("TOML. Says which column feeds which field."),
    )
    dry_run = forms.BooleanField(
        label=gettext_lazy("Only check the file, store nothing"), required=False
    )
    all_or_nothing = forms.BooleanField(
        label=gettext_lazy("Store nothing if a row is refused"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = cast("forms.ChoiceField", self.fields["resource"])
        choice.choices = [(one.name, capfirst(str(one.label))) for one in resources.ordered()]

    def clean_mapping(self) -> dict[str, Any]:
        """Return the mapping file's content. Raises ValidationError for what is no TOML."""
        return mapping_of(self.cleaned_data["mapping"])


def mapping_of(file: Any) -> dict[str, Any]:
    """The content of an uploaded mapping file; nothing without one. Raises ValidationError."""
    if file is None:
        return {}
    if file.size > MAPPING_BYTES:
        raise forms.ValidationError(
            _("The mapping file has more than %(kb)s kB. Is it the right one?")
            % {"kb": MAPPING_BYTES // 1000}
        )
    try:
        return tomllib.loads(file.read().decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise forms.ValidationError(_("This is no TOML file: %(why)s.") % {"why": error}) from None
