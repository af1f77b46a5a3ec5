"""What a form says when a value cannot be used: what to do, with the field's own name.

One place for all forms. A field that says something better says it in its ``error_messages``.
"""

from collections.abc import Callable
from typing import TypeVar

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from prm.common.errors import DomainError

T = TypeVar("T")

# For each code of Django: kinds of fields (first match), and the sentence.
REQUIRED: tuple[tuple[tuple[type[forms.Field], ...], StrOrPromise], ...] = (
    ((forms.FileField,), _("Choose a file for “%(label)s”.")),
    ((forms.BooleanField,), _("Tick “%(label)s” to go on.")),
    ((forms.MultipleChoiceField, forms.ModelMultipleChoiceField), _("Choose at least one.")),
    ((forms.ChoiceField, forms.ModelChoiceField), _("Choose one under “%(label)s”.")),
    ((forms.DateField,), _("Enter a day under “%(label)s”.")),
    ((forms.Field,), _("Fill in “%(label)s”.")),
)
INVALID: tuple[tuple[tuple[type[forms.Field], ...], StrOrPromise], ...] = (
    ((forms.EmailField,), _("Enter an address like name@company.com.")),
    ((forms.DateTimeField,), _("Enter a day and time like 2026-11-30 14:00.")),
    ((forms.DateField,), _("Enter a day like 2026-11-30.")),
    ((forms.IntegerField,), _("Enter a whole or decimal number under “%(label)s”.")),
    ((forms.URLField,), _("Enter a web address like https://company.com.")),
    ((forms.FileField,), _("Choose the file again; it did not arrive.")),
    ((forms.UUIDField,), _("Enter an id of 32 letters and digits.")),
    ((forms.Field,), _("Correct “%(label)s”: it cannot be read.")),
)
# The names in these sentences are those of Django's own messages.
OTHERS: dict[str, StrOrPromise] = {
    "invalid_choice": _("Choose one of the values that “%(label)s” offers."),
    "invalid_pk_value": _("Choose one of the values that “%(label)s” offers."),
    "invalid_list": _("Choose from the values that “%(label)s” offers."),
    "max_length": _("Shorten “%(label)s”: it has %%(show_value)d characters, at most "
                    "%%(limit_value)d fit."),
    "min_length": _("Lengthen “%(label)s”: it needs at least %%(limit_value)d characters."),
    "max_value": _("Enter at most %%(limit_value)s under “%(label)s”."),
    "min_value": _("Enter at least %%(limit_value)s under “%(label)s”."),
    "max_digits": _("Shorten “%(label)s”. Digits: at most %%(max)s."),
    "max_decimal_places": _("Round “%(label)s”. Digits behind the decimal sign: at most %%(max)s."),
    "max_whole_digits": _("Shorten “%(label)s”. Digits before the decimal sign: at most %%(max)s."),
    "invalid_date": _("Enter a day like 2026-11-30."),
    "invalid_time": _("Enter a time like 14:00."),
    "missing": _("Choose the file again; it did not arrive."),
    "empty": _("Choose another file: this one is empty."),
    "contradiction": _("Either choose a file or tick the box, not both."),
    "null_characters_not_allowed": _("Remove the invisible characters from “%(label)s”."),
}  # fmt: skip


def advise(field: forms.Field, name: str) -> None:
    """Give a field sentences of its own where it would say Django's stock ones."""
    label = str(field.label or capfirst(name.replace("_", " ")))
    for code in {*field.error_messages, *OTHERS}:
        own = field.error_messages.get(code)
        sentence = _sentence(field, code)
        if sentence is None or (own is not None and not _is_stock(field, code, own)):
            continue
        if code in OTHERS and own is None and code not in VALIDATED:
            continue
        named = label.replace("%", "%%") if code in FILLED else label
        field.error_messages[code] = str(sentence).replace("%(label)s", named).replace("%%(", "%(")
    for part in getattr(field, "fields", ()):
        advise(part, name)


# Codes of validators: a field knows them only when it is told.
VALIDATED = frozenset(
    {"max_length", "min_length", "max_value", "min_value", "max_digits", "max_decimal_places",
     "max_whole_digits", "null_characters_not_allowed"}
)  # fmt: skip
# Sentences that Django fills with values, so that a % in a label must be doubled.
FILLED = VALIDATED | {"invalid_choice", "invalid_pk_value"}


def _sentence(field: forms.Field, code: str) -> StrOrPromise | None:
    table = {"required": REQUIRED, "invalid": INVALID}.get(code)
    if table is None:
        return OTHERS.get(code)
    return next(text for kinds, text in table if isinstance(field, kinds))


def _is_stock(field: forms.Field, code: str, message: object) -> bool:
    """Tell whether a message is the framework's, not the author's."""
    return any(
        kind.__module__.startswith("django.")
        and getattr(kind, "default_error_messages", {}).get(code) is message
        for kind in type(field).__mro__
    )


class SaysWhatToDo:
    """Mixin of every form: its fields say what to do."""

    fields: dict[str, forms.Field]

    def full_clean(self) -> None:
        """Give the fields their sentences, then judge what was sent."""
        for name, field in self.fields.items():
            advise(field, name)
        super().full_clean()  # type: ignore[misc]


class Form(SaysWhatToDo, forms.Form):
    """The form of this project."""


def show_refusal(form: forms.Form, refusal: DomainError) -> None:
    """What a service refused stands at its field, or above the form."""
    field = getattr(refusal, "field", "")
    form.add_error(field if field in form.fields else None, refusal.message)


def tried(form: forms.Form, step: Callable[[], T]) -> T | None:
    """Take a step; a refusal of the service becomes an error of its field (None)."""
    try:
        return step()
    except DomainError as refusal:
        show_refusal(form, refusal)
        return None
