"""Reads JSON of strangers: whatever cannot be stored is a 400 that says why, never a 500."""

import json
import math
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from prm.common.problems import TooLarge

MAX_DEPTH = 20


class StrictJSONParser(BaseParser):
    """JSON without NaN, infinities, doubled names, NUL, lone surrogates or deep nesting."""

    media_type = "application/json"

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Any = None
    ) -> dict[str, Any]:
        """The object that the body holds. Raises ParseError or TooLarge."""
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise TooLarge(_("The request is too large. Send it in smaller parts."))
        try:
            body = json.loads(
                raw.decode("utf-8"),
                parse_constant=_no_constant,
                parse_float=_finite,
                object_pairs_hook=_object,
            )
        except RecursionError:
            raise ParseError(_too_deep()) from None
        except ValueError as error:
            raise ParseError(_("This is no JSON: %(why)s") % {"why": error}) from None
        if not isinstance(body, dict):
            raise ParseError(_("Send a JSON object, such as {…}."))
        _check(body, MAX_DEPTH)
        return body


def _too_deep() -> str:
    return _("The JSON is nested more than %(n)s levels deep.") % {"n": MAX_DEPTH}


def _no_constant(name: str) -> None:
    raise ValueError(_("%(name)s is no number.") % {"name": name})


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(_("%(name)s is too large a number.") % {"name": text[:40]})
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    known = dict(pairs)
    if len(known) != len(pairs):
        raise ValueError(_("a name stands twice in one object."))
    return known


def storable(text: str) -> bool:
    """Whether Postgres can hold this text: no NUL, no half of a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def _check(value: Any, depth: int) -> None:
    if depth < 0:
        raise ParseError(_too_deep())
    if isinstance(value, str) and not storable(value):
        raise ParseError(_("A text holds a character that cannot be stored (NUL or surrogate)."))
    if isinstance(value, dict):
        _check(list(value), depth)
        _check(list(value.values()), depth - 1)
    elif isinstance(value, list):
        for part in value:
            _check(part, depth - 1)
