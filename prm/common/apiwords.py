"""What a field of the API says when a value cannot be used: what to send.

One place for all input; a field that says something better keeps its own sentence.
"""

from collections.abc import Mapping
from typing import Any

from django.core.validators import (
    BaseValidator,
    EmailValidator,
    ProhibitNullCharactersValidator,
    RegexValidator,
)
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django_stubs_ext import StrOrPromise
from rest_framework import serializers
from rest_framework.fields import Field

TEXT = {
    "invalid": lazy("Send a text."),
    "max_length": lazy("Shorten the text: at most {max_length} characters fit."),
    "min_length": lazy("Lengthen the text: it needs at least {min_length} characters."),
}
NUMBER = {
    "max_value": lazy("Send at most {max_value}."),
    "min_value": lazy("Send at least {min_value}."),
    "max_string_length": lazy("Send a shorter number."),
    "overflow": lazy("Send a smaller number."),
}
DIGITS = {
    "max_digits": lazy("Digits in all: at most {max_digits}."),
    "max_decimal_places": lazy("Digits behind the point: at most {max_decimal_places}."),
    "max_whole_digits": lazy("Digits before the point: at most {max_whole_digits}."),
}
MOMENT = lazy("Send a moment like 2026-11-30T14:30:00Z.")
DAY = lazy("Send a day like 2026-11-30.")
LIST = {
    "not_a_list": lazy("Send a list, with [ and ] around it."),
    "empty": lazy("Send at least one in the list."),
    "max_length": lazy("Shorten the list: at most {max_length} fit."),
    "min_length": lazy("Lengthen the list: it needs at least {min_length}."),
}
NO_ROW = lazy("Nothing has this id, or nothing that you may see.")
ROW = {"does_not_exist": NO_ROW, "incorrect_type": NO_ROW, "invalid": NO_ROW}
ANY = {
    "required": lazy("Send this field."),
    "null": lazy("Send a value, or leave the field out."),
    "blank": lazy("Send a text, or leave the field out."),
}
# Kinds of fields, special ones before those that they come from, with what is their own.
KINDS: tuple[tuple[type[Any], Mapping[str, StrOrPromise]], ...] = (
    (serializers.BooleanField, {"invalid": lazy("Send true or false.")}),
    (serializers.UUIDField,
     {"invalid": lazy("Send an id like 0192f000-0000-7000-8000-000000000000.")}),
    (serializers.IntegerField, NUMBER | {"invalid": lazy("Send a whole number like 12.")}),
    (serializers.FloatField, NUMBER | {"invalid": lazy("Send a number like 12.5.")}),
    (serializers.DecimalField,
     NUMBER | DIGITS | {"invalid": lazy('Send a number as text like "1234.50".')}),
    (serializers.DateTimeField,
     {"invalid": MOMENT, "date": MOMENT, "make_aware": MOMENT, "overflow": MOMENT}),
    (serializers.DateField, {"invalid": DAY, "datetime": DAY}),
    (serializers.MultipleChoiceField, LIST | {"invalid_choice": lazy("Send some of: {choices}.")}),
    (serializers.ChoiceField, {"invalid_choice": lazy("Send one of: {choices}.")}),
    (serializers.FileField, {
        "required": lazy("Send a file."),
        "invalid": lazy("Send a file, as multipart/form-data."),
        "no_name": lazy("Send the file with its name."),
        "empty": lazy("Send another file: this one is empty."),
        "max_length": lazy("Shorten the file's name: at most {max_length} characters fit."),
    }),
    (serializers.EmailField, TEXT | {"invalid": lazy("Send an address like name@company.com.")}),
    (serializers.RegexField, TEXT | {"invalid": lazy("Send a text as the API describes it.")}),
    (serializers.CharField, TEXT),
    (serializers.ListField, LIST),
    (serializers.ManyRelatedField, LIST),
    (serializers.ListSerializer, LIST),
    (serializers.DictField, {"not_a_dict": lazy("Send an object of names and values.")}),
    (serializers.JSONField, {"invalid": lazy("Send JSON.")}),
    (serializers.RelatedField, ROW),
    (serializers.Serializer, {"invalid": lazy("Send an object with the fields in it.")}),
)  # fmt: skip


def advise(field: "Field[object, object, object, object]") -> None:
    """Give a field our sentences where it would say the framework's."""
    for code, own in list(field.error_messages.items()):
        if _is_stock(field, code, own) and (sentence := _sentence(field, code)):
            field.error_messages[code] = sentence
    for check in field.validators:
        _advise_check(field, check)
    for part in (getattr(field, "child", None), getattr(field, "child_relation", None)):
        if part is not None:
            advise(part)


def _advise_check(field: "Field[object, object, object, object]", check: Any) -> None:
    """A validator keeps the sentence that its field had when it was made."""
    words = field.error_messages
    if isinstance(check, ProhibitNullCharactersValidator):
        check.message = _("Remove the invisible characters.")
    elif isinstance(check, BaseValidator) and check.code in words:
        check.message = str(words[check.code]).format(**{check.code: check.limit_value})
    elif isinstance(check, (EmailValidator, RegexValidator)):
        check.message = words["invalid"]


def _sentence(field: "Field[object, object, object, object]", code: str) -> str:
    """What a field says for a code, with its choices written out; empty where all is said."""
    own = next((words for kind, words in KINDS if isinstance(field, kind)), {})
    text = str(own.get(code) or ANY.get(code) or "")
    if "{choices}" in text:
        names = ", ".join(str(name) for name in field.choices)  # type: ignore[attr-defined]
        return text.replace("{choices}", names.replace("{", "{{").replace("}", "}}"))
    return text


def _is_stock(field: "Field[object, object, object, object]", code: str, message: object) -> bool:
    """Tell whether a message is the framework's, not the author's."""
    return any(
        kind.__module__.startswith("rest_framework.")
        and getattr(kind, "default_error_messages", {}).get(code) is message
        for kind in type(field).__mro__
    )


class SaysWhatToSend:
    """Mixin of every serializer of input: it and its fields say what to send."""

    def __init__(self, *args: object, **more: object) -> None:
        super().__init__(*args, **more)
        advise(self)  # type: ignore[arg-type]

    def get_fields(self) -> "dict[str, Field[object, object, object, object]]":
        """The fields, with our sentences."""
        fields: dict[str, Field[object, object, object, object]] = super().get_fields()  # type: ignore[misc]
        for field in fields.values():
            advise(field)
        return fields
