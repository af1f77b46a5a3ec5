"""A form over values that stand already, and that somebody else may change at the same time.

The page carries what the person saw. Saving stores only what the person changed; a value that two
people changed at once is shown to the second one, who decides.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.db.models import Model
from django.http import QueryDict
from django.utils.translation import gettext as _

from prm.common import display
from prm.common.forms import Form

SEEN = "seen-"  # before the name of a field: its value as the person saw it


class EditForm(Form):
    """Give ``initial`` as the values stand now, and name the fields of such values."""

    standing: tuple[str, ...] = ()

    def __init__(self, data: QueryDict | None, *, initial: Mapping[str, Any]) -> None:
        super().__init__(data.copy() if data is not None else None, initial=dict(initial))
        self.touched: set[str] = set(self.fields)
        self.taken: set[str] = set()

    def full_clean(self) -> None:
        """Values that the person left alone are those of now, whatever the page still shows."""
        if self.is_bound:
            self._look_at_what_was_seen()
        super().full_clean()
        if self.is_bound:
            for name in sorted(self.taken & set(self.fields)):
                self.add_error(name, self._somebody_else(name))

    def changes(self) -> dict[str, Any]:
        """What the person changed; what stood on the page and was left alone is not in it."""
        return {name: value for name, value in self.cleaned_data.items() if name in self.touched}

    def seen(self) -> Iterator[tuple[str, str]]:
        """Name and text of the hidden fields that say what the person sees."""
        for name in self.standing:
            if name in self.fields:
                yield SEEN + name, self._standing_text(name)

    def _standing_text(self, name: str) -> str:
        field = self.fields[name]
        value = field.prepare_value(self.get_initial_for_field(field, name))
        return "" if value is None else str(value)

    def _look_at_what_was_seen(self) -> None:
        for name in self.standing:
            seen = self.data.get(SEEN + name)
            if name not in self.fields or seen is None:
                continue
            field, now = self.fields[name], self._standing_text(name)
            sent = field.widget.value_from_datadict(self.data, self.files, name)
            if _same(field, sent, seen):
                self.touched.discard(name)
                self._take_over(name, now)
            elif not _same(field, now, seen) and not _same(field, now, sent):
                self.taken.add(name)

    def _take_over(self, name: str, text: str) -> None:
        if isinstance(self.fields[name], forms.BooleanField):
            text = "on" if text == "True" else ""
        data: Any = self.data
        if text:
            data[name] = text
        else:
            data.pop(name, None)

    def _somebody_else(self, name: str) -> str:
        field = self.fields[name]
        value = self.get_initial_for_field(field, name)
        if isinstance(field, forms.BooleanField):
            shown = _("Yes") if value else _("No")
        elif isinstance(field, forms.DateField):
            shown = display.day(value)
        elif isinstance(value, Model):
            shown = str(value)
        else:
            shown = self._standing_text(name) or display.UNKNOWN
        return _(
            "Somebody else changed “%(label)s” to “%(value)s” a moment ago. Correct your entry, or "
            "save again to keep it."
        ) % {"label": field.label, "value": shown}


def _same(field: forms.Field, one: object, other: object) -> bool:
    """Tell whether two texts of a field mean the same value."""
    texts = [str(text if text is not None else "") for text in (one, other)]
    if texts[0] == texts[1]:
        return True
    if isinstance(field, forms.ModelChoiceField):
        return False
    try:
        return bool(field.to_python(one) == field.to_python(other))
    except forms.ValidationError:
        return False
