"""The values of a file beside the values known here: what is matched, and with which guess."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from prm.common import countries, money
from prm.common.imports.guess import YES_NO, tokens
from prm.common.imports.resources import Column, Resource, words_of

STRICT = frozenset({"choice", "currency", "flag"})  # any other value is refused
MOST_KNOWN, MOST_ROWS = 500, 40
CLOSE = 0.75
SHORTEST = 4  # letters; shorter words differ by one letter and mean something else


@dataclass(frozen=True)
class ValueRow:
    """A value of the file that is not known as it is: its control, rows with it, the proposal."""

    name: str
    text: str
    count: int
    proposed: str


@dataclass(frozen=True)
class ValueSet:
    """The values of one column. With ``is_strict`` a row with another value is refused."""

    column: Column
    source: str
    is_strict: bool
    known: Sequence[tuple[str, str]]
    rows: list[ValueRow] = field(default_factory=list)
    more: int = 0  # unknown values beyond those shown
    same: int = 0  # values that are known as they stand

    @property
    def label(self) -> str:
        """The field as people read it."""
        return self.column.label


def known_values(column: Column) -> list[tuple[str, str]]:
    """Return what a column may hold, as (value, label): its choices, or what is in use."""
    if column.kind == "choice":
        return [(one, one) for one in column.choices]
    if column.kind == "currency":
        return [(code, code) for code in sorted(money.CURRENCIES)]
    if column.kind == "flag":
        return [("1", _("Yes")), ("0", _("No"))]
    if not column.known:
        return []
    with connection.cursor() as cursor:
        # the SELECT stands in the declaration of the column
        cursor.execute(f"SELECT * FROM ({column.known}) AS known LIMIT %s", [MOST_KNOWN])  # noqa: S608
        return [(value, value) for (value,) in cursor.fetchall() if value]


def propose(resource: Resource, column: Column, text: str, known: Sequence[str]) -> str:
    """Return the known value that a text of the file likely means; "" without one."""
    words = words_of(resource.name).values.get(column.name, {})
    same = {tuple(tokens(word)): value for value, also in words.items() for word in also}
    same |= {tuple(tokens(value)): value for value in known}
    if found := same.get(tuple(tokens(text))):
        return found
    folded = {value.casefold(): value for value in reversed(known)}
    small = text.casefold()[:100]
    if column.kind in STRICT:
        hits = get_close_matches(small, folded, n=1, cutoff=CLOSE)
    else:  # a word may well be new: "north" and "south" are close, and not the same
        hits = [word for word in folded if is_slip(small, word)]
    return folded[hits[0]] if hits else ""


def is_slip(text: str, word: str) -> bool:
    """Tell whether one letter of a word is missing, too many, wrong, or changed places."""
    if min(len(text), len(word)) < SHORTEST or any(map(str.isdigit, text + word)):
        return False
    start = next((i for i, (a, b) in enumerate(zip(text, word, strict=False)) if a != b), None)
    if start is None:
        return abs(len(text) - len(word)) == 1
    rest, other = text[start:], word[start:]
    return (
        rest[1:] == other[1:]
        or rest[1:] == other
        or rest == other[1:]
        or (rest[:2] == other[:2][::-1] and rest[2:] == other[2:])
    )


def is_known(column: Column, text: str, known: frozenset[str]) -> bool:
    """Tell whether the import takes a value of the file as it stands."""
    if column.kind == "flag":
        return text.casefold() in YES_NO
    if column.kind == "currency":
        return text.upper() in known
    if column.kind == "country" and text.upper() in countries.COUNTRIES:
        return True
    return text in known or (column.kind == "choice" and text.casefold() in known)


def value_set(
    resource: Resource,
    column: Column,
    source: str,
    place: int,
    found: Mapping[str, int],
    stated: Mapping[str, str],
    *,
    propose_more: bool = True,
) -> ValueSet | None:
    """Return the values of a column to be matched; None where there is nothing to match them with.

    ``found`` are the file's values with their number of rows, ``stated`` what a mapping says.
    Without ``propose_more`` the other values stay as they are: somebody decided so.
    """
    options = known_values(column)
    is_strict = column.kind in STRICT
    if not options:
        return None
    known = [value for value, _label in options]
    unknown = {text: n for text, n in found.items() if not is_known(column, text, frozenset(known))}
    rows = [
        ValueRow(
            f"w{place}_{number}",
            text,
            n,
            stated.get(text) or (propose(resource, column, text, known) if propose_more else ""),
        )
        for number, (text, n) in enumerate(unknown.items())
    ]
    same = len(found) - len(unknown)
    return ValueSet(
        column, source, is_strict, options, rows[:MOST_ROWS], max(0, len(rows) - MOST_ROWS), same
    )


def with_values(
    mapping: dict[str, Any], sets: Sequence[ValueSet], chosen: Mapping[str, str]
) -> dict[str, Any]:
    """Return the mapping with what was chosen; what it says of other values stays."""
    values = {name: dict(pairs) for name, pairs in mapping.get("values", {}).items()}
    for one in sets:
        own = values.setdefault(one.column.name, {})
        for row in one.rows:
            own.pop(row.text, None)
            if (text := chosen.get(row.name, "")) and text != row.text:
                own[row.text] = text
    kept = {name: pairs for name, pairs in values.items() if pairs}
    rest = {key: value for key, value in mapping.items() if key != "values"}
    return rest | ({"values": kept} if kept else {})
