"""What a person gives to start an import: file, what it holds, where it comes from."""

import tomllib
from typing import Any, cast

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from prm.common.imports import resources

MAPPING_BYTES = 200_000


class ImportForm(forms.Form):
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
        file = self.cleaned_data["mapping"]
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
            raise forms.ValidationError(
                _("This is no TOML file: %(why)s.") % {"why": error}
            ) from None
