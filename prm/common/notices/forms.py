"""How a person wants to be told: one row a kind, and the quiet hours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from prm.common.forms import Form
from prm.common.notices.kinds import Kind
from prm.common.notices.models import When
from prm.common.notices.selectors import Choice


@dataclass(frozen=True)
class Row:
    """A kind as the matrix shows it; a mandatory one has no controls."""

    kind: Kind
    app: BoundField | None
    mail: BoundField | None
    mail_word: str


class ChoicesForm(Form):
    """Whether in the app and when by mail, for each kind that can be switched off."""

    def __init__(self, data: Any, *, choices: Sequence[Choice], hours: Any = None) -> None:
        begins, ends = hours or (None, None)
        super().__init__(data, initial={"quiet_begins": begins, "quiet_ends": ends})
        self.choices = choices
        for choice in choices:
            if choice.kind.is_mandatory:
                continue
            names = {"label": choice.kind.label}
            self.fields[f"app_{choice.kind.key}"] = forms.BooleanField(
                label=_("%(label)s: in the app") % names, required=False, initial=choice.in_app
            )
            self.fields[f"mail_{choice.kind.key}"] = forms.ChoiceField(
                label=_("%(label)s: by mail") % names, choices=When.choices, initial=choice.mail
            )
        for name, label in (("quiet_begins", _("From")), ("quiet_ends", _("Until"))):
            self.fields[name] = forms.TimeField(
                label=label,
                required=False,
                widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
                error_messages={"invalid": _("Enter a time like 22:00.")},
            )

    def groups(self) -> list[tuple[str, list[Row]]]:
        """The rows of the matrix, group by group."""
        found: dict[str, list[Row]] = {}
        for choice in self.choices:
            kind = choice.kind
            free = not kind.is_mandatory
            row = Row(
                kind,
                self[f"app_{kind.key}"] if free else None,
                self[f"mail_{kind.key}"] if free else None,
                str(When(choice.mail).label),
            )
            found.setdefault(str(kind.group), []).append(row)
        return list(found.items())

    def clean(self) -> dict[str, Any]:
        """Quiet hours have a beginning and an end, or there are none."""
        values = super().clean() or self.cleaned_data
        begins, ends = values.get("quiet_begins"), values.get("quiet_ends")
        if "quiet_begins" in self.errors or "quiet_ends" in self.errors:
            return values
        if (begins is None) != (ends is None):
            missing = "quiet_begins" if begins is None else "quiet_ends"
            self.add_error(missing, now_("Enter both times, or none."))
        elif begins is not None and begins == ends:
            self.add_error("quiet_ends", now_("Choose an end that differs from the beginning."))
        return values

    def chosen(self) -> dict[str, tuple[bool, str]]:
        """What is chosen for each kind that can be."""
        keys = [choice.kind.key for choice in self.choices if not choice.kind.is_mandatory]
        values = self.cleaned_data
        return {key: (values[f"app_{key}"], values[f"mail_{key}"]) for key in keys}

    def quiet_hours(self) -> tuple[time, time] | None:
        """The quiet hours; None for none."""
        begins, ends = self.cleaned_data["quiet_begins"], self.cleaned_data["quiet_ends"]
        return (begins, ends) if begins is not None else None
