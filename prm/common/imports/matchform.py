"""The form that matches the columns of a file with fields, and the mapping that it comes to."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from prm.common.forms import Form
from prm.common.imports import guess
from prm.common.imports.look import Sample
from prm.common.imports.resources import Column, Resource, label_of
from prm.common.imports.valuematch import ValueRow, ValueSet, value_set, with_values

MOST = 120  # columns of a file that can be matched on the page
CONSTANT_KINDS = frozenset({"currency", "flag", "choice"})
OWN_PARTS = ("columns", "constants", "dates", "decimal_comma", "thousands", "first_of_duplicates")
AS_STATED, ISO = "stated", "iso"
CLOCK_NAMES = {
    "": lazy("Day only"),
    " %H:%M": lazy("With hours and minutes"),
    " %H:%M:%S": lazy("With seconds"),
    " %I:%M %p": lazy("With hours up to 12"),
    " %I:%M:%S %p": lazy("With hours up to 12 and seconds"),
}


def is_needed(column: Column) -> bool:
    """The file must bring it."""
    return column.needed or column.required


class MatchForm(Form):
    """One choice for each column of the file, fixed values, and how cells are written.

    ``base`` is the mapping at the beginning; its parts that have no control here are kept. Values
    of ``decided`` fields were matched here before: what has no match there was left as it is.
    """

    dates = forms.ChoiceField(label=lazy("Dates look like"))
    notation = forms.ChoiceField(
        label=lazy("Numbers look like"), choices=[(name, name) for name in guess.NOTATIONS]
    )
    first_of_duplicates = forms.BooleanField(
        label=lazy("Of rows with the same id take the first, instead of refusing the others"),
        required=False,
    )
    mapping_name = forms.CharField(
        label=lazy("Save these choices as"), required=False, max_length=80
    )

    def __init__(
        self,
        resource: Resource,
        samples: list[Sample],
        base: dict[str, Any],
        *args: Any,
        decided: Collection[str] = (),
        **kw: Any,
    ) -> None:
        super().__init__(*args, **kw)
        self.resource, self.base, self.decided = resource, base, decided
        self.samples = [one for one in samples if one.name][:MOST]
        self.unmatched = [one.name for one in samples if one not in self.samples]
        self._add_columns()
        self._add_values()
        self._add_constants()
        self._add_notation()

    @property
    def has_stars(self) -> bool:
        """Whether some field must be fed."""
        return any(is_needed(column) for column in self.resource.all_columns)

    def _add_columns(self) -> None:
        names = self.base.get("columns") or self._same_names()
        fed = {source.casefold(): name for name, source in names.items()}
        choices = [("", _("Do not use"))] + [
            (column.name, f"{column.label}{' *' if is_needed(column) else ''}")
            for column in self.resource.all_columns
        ]
        for place, sample in enumerate(self.samples):
            self.fields[f"c{place}"] = forms.ChoiceField(
                label=sample.name,
                choices=choices,
                required=False,
                initial=fed.get(sample.name.casefold(), ""),
            )

    def _add_values(self) -> None:
        """A control for each value of a matched column that is not known as it stands."""
        self.value_sets: list[ValueSet] = []
        for place, sample in enumerate(self.samples):
            name = self[f"c{place}"].value()
            if name not in self.resource.names or not sample.values:
                continue
            stated = self.base.get("values", {}).get(name, {})
            column = self.resource.column(name)
            found = value_set(
                self.resource, column, sample.name, place, sample.values, stated,
                propose_more=name not in self.decided,
            )  # fmt: skip
            if found is None:
                continue
            self.value_sets.append(found)
            for row in found.rows:
                self.fields[row.name] = _value_field(found, row)

    def values(self) -> list[tuple[ValueSet, list[tuple[forms.BoundField, ValueRow]]]]:
        """The values to be matched, by column; columns whose values are all known have none."""
        return [
            (one, [(self[row.name], row) for row in one.rows])
            for one in self.value_sets
            if one.rows
        ]

    def _same_names(self) -> dict[str, str]:
        """Without columns in the mapping the engine takes those of the same name."""
        folded = {sample.name.casefold(): sample.name for sample in self.samples}
        given = {*self.base.get("constants", {}), *self.base.get("compose", {})}
        return {
            name: folded[name]
            for name in self.resource.names
            if name in folded and name not in given
        }

    def _add_constants(self) -> None:
        fixed = self.base.get("constants", {})
        for column in self.resource.all_columns:
            if is_needed(column) or column.kind in CONSTANT_KINDS or column.name in fixed:
                self.fields[f"k_{column.name}"] = forms.CharField(
                    label=column.label,
                    help_text=column.help,
                    required=False,
                    max_length=200,
                    initial=fixed.get(column.name, ""),
                )

    def _add_notation(self) -> None:
        stated = list(self.base.get("dates", []))
        choices: list[Any] = [(ISO, _("2026-11-30, as the standard has it"))]
        in_list = len(stated) == 1 and stated[0] in guess.FORMATS
        if stated and not in_list:
            choices.append((AS_STATED, ", ".join(map(example, stated))))
        for clock, name in CLOCK_NAMES.items():
            forms_of = [day + clock for day in guess.DAYS]
            choices.append((str(name), [(form, example(form)) for form in forms_of]))
        field: Any = self.fields["dates"]
        field.choices = choices
        field.initial = stated[0] if in_list else AS_STATED if stated else ISO
        self.fields["notation"].initial = guess.notation_of(self.base)
        self.fields["first_of_duplicates"].initial = self.base.get("first_of_duplicates", False)

    def columns(self) -> list[tuple[forms.BoundField, Sample]]:
        """The choices beside what stands in the columns."""
        return [(self[f"c{place}"], sample) for place, sample in enumerate(self.samples)]

    def constants(self) -> list[forms.BoundField]:
        """The fields that can have one value for all rows."""
        return [self[name] for name in self.fields if name.startswith("k_")]

    def clean(self) -> dict[str, Any]:
        """Refuse a field that is fed twice: by two columns, or by a column and a fixed value."""
        data = super().clean() or {}
        fed: dict[str, str] = {}
        for place, sample in enumerate(self.samples):
            name = data.get(f"c{place}")
            if not name:
                continue
            if name in fed:
                words = {"first": fed[name], "second": sample.name, "field": label_of(name)}
                text = _("%(first)s and %(second)s both feed %(field)s. Use one of them.") % words
                self.add_error(f"c{place}", text)
            fed.setdefault(name, sample.name)
            if data.get(f"k_{name}"):
                text = _("%(name)s comes from a column already. Clear the fixed value.")
                self.add_error(f"k_{name}", text % {"name": label_of(name)})
        return data

    def mapping(self) -> dict[str, Any]:
        """What the choices come to, as the content of a mapping file. The form must be valid."""
        data = self.cleaned_data
        kept = {key: value for key, value in self.base.items() if key not in OWN_PARTS}
        found: dict[str, Any] = guess.notation_parts(data["notation"])
        if data["dates"] == AS_STATED:
            found["dates"] = list(self.base["dates"])
        elif data["dates"] != ISO:
            found["dates"] = [data["dates"]]
        if data["first_of_duplicates"]:
            found["first_of_duplicates"] = True
        columns = {
            data[f"c{place}"]: sample.name
            for place, sample in enumerate(self.samples)
            if data[f"c{place}"]
        }
        constants = {
            name.removeprefix("k_"): value
            for name, value in data.items()
            if name.startswith("k_") and value
        }
        found |= {"columns": columns} if columns else {}
        found |= kept | ({"constants": constants} if constants else {})
        return with_values(found, self.value_sets, data)

    def proposed(self) -> dict[str, Any]:
        """The mapping at the beginning, with the proposals for values that it does not know."""
        rows = [row for one in self.value_sets for row in one.rows]
        return with_values(self.base, self.value_sets, {row.name: row.proposed for row in rows})

    def missing(self, mapping: dict[str, Any]) -> list[Column]:
        """The needed fields that nothing feeds."""
        fed = {
            *mapping.get("columns", {}),
            *mapping.get("constants", {}),
            *mapping.get("compose", {}),
        }
        return [one for one in self.resource.all_columns if is_needed(one) and one.name not in fed]


def _value_field(of: ValueSet, row: ValueRow) -> forms.Field:
    """Where only known values are taken, a choice; else any word, with the known ones offered."""
    if of.is_strict:
        choices = [("", _("Unknown: set these rows aside")), *of.known]
        proposed = row.proposed if row.proposed in dict(of.known) else ""
        return forms.ChoiceField(label=row.text, choices=choices, required=False, initial=proposed)
    return forms.CharField(
        label=row.text, required=False, max_length=200, initial=row.proposed or row.text
    )


def example(form: str) -> str:
    """A date in this format: 30.11.2026 14:30."""
    parts = {"%Y": "2026", "%y": "26", "%m": "11", "%d": "30", "%b": "Nov", "%B": "November"}
    parts |= {"%H": "14", "%I": "02", "%M": "30", "%S": "00", "%p": "PM", "%%": "%"}
    for code, text in parts.items():
        form = form.replace(code, text)
    return form
