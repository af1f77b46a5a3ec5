"""Guesses how a foreign file is meant: which column feeds which field, dates, decimal sign.

Pure rules over names and some cells; the person sees the guess and may change all of it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from prm.common import money
from prm.common.imports.dates import iso_reader
from prm.common.imports.resources import Column, Resource, words_of
from prm.common.imports.staging import FALSE, TRUE

SURE = 60  # points from which on a column is taken for a field
FOLDED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "é": "e", "è": "e"})
FILLERS = frozenset({"the", "of", "der", "die", "das", "des", "field", "feld", "spalte", "c"})
DAYS = (
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%Y/%m/%d",
    "%Y%m%d",
    "%d.%m.%y",
    "%m/%d/%y",
    "%d/%m/%y",
    "%d %b %Y",
    "%d %B %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%b %d, %Y",
    "%B %d, %Y",
)
CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
FORMATS = tuple(day + clock for clock in CLOCKS for day in DAYS)
ISO = re.compile(r"\d{4}-\d\d-\d\d([ T].*)?")
YES_NO = frozenset(re.findall(r"'(\w+)'", TRUE + FALSE))
# decimal sign, sign between thousands
NOTATIONS = {"1234.50": (".", ""), "1,234.50": (".", ","), "1.234,50": (",", "."),
             "1 234,50": (",", " "), "1'234.50": (".", "'")}  # fmt: skip


@dataclass(frozen=True)
class Guess:
    """What the file seems to mean. ``doubtful`` dates could also be month before day."""

    columns: dict[str, str] = field(default_factory=dict)
    dates: tuple[str, ...] = ()
    notation: str = "1234.50"
    doubtful: bool = False
    values: dict[str, dict[str, str]] = field(default_factory=dict)

    def as_mapping(self) -> dict[str, Any]:
        """The same as the content of a mapping file."""
        found: dict[str, Any] = {"columns": dict(self.columns)} if self.columns else {}
        if self.dates:
            found["dates"] = list(self.dates)
        found |= {"values": self.values} if self.values else {}
        return found | notation_parts(self.notation)


def guess(resource: Resource, header: Sequence[str], cells: Sequence[Sequence[str]]) -> Guess:
    """The likely mapping. ``cells`` are the samples of each column, without blanks."""
    columns = guess_columns(resource, header, cells)
    at = {name: cells[list(header).index(source)] for name, source in columns.items()}
    kinds = {name: resource.column(name).kind for name in columns}
    dated = [value for name in columns if kinds[name] in {"day", "instant"} for value in at[name]]
    numbers = [value for name in columns if kinds[name] == "number" for value in at[name]]
    formats, doubtful = guess_dates(dated)
    values = {name: guess_values(resource, name, at[name]) for name in columns}
    values = {name: pairs for name, pairs in values.items() if pairs}
    return Guess(columns, formats, guess_notation(numbers), doubtful, values)


def guess_values(resource: Resource, column: str, cells: Iterable[str]) -> dict[str, str]:
    """Values that other systems call otherwise ("Closed Won") and what they are here."""
    known = {
        tuple(tokens(word)): value
        for value, words in words_of(resource.name).values.get(column, {}).items()
        for word in words
    }
    distinct = dict.fromkeys(cell.strip() for cell in cells)
    return {text: known[key] for text in distinct if (key := tuple(tokens(text))) in known}


def guess_columns(
    resource: Resource, header: Sequence[str], cells: Sequence[Sequence[str]]
) -> dict[str, str]:
    """Field → column of the file: the surest pairs first, each side once."""
    pairs = [
        (points(column, resource, name, cells[place]), -place, -rank, column.name, name)
        for place, name in enumerate(header)
        if name and list(header).count(name) == 1
        for rank, column in enumerate(resource.all_columns)
    ]
    found: dict[str, str] = {}
    for score, _place, _rank, column, name in sorted(pairs, reverse=True):
        if score >= SURE and column not in found and name not in found.values():
            found[column] = name
    order = {name: place for place, name in enumerate(resource.names)}
    return dict(sorted(found.items(), key=lambda pair: order[pair[0]]))


def points(column: Column, resource: Resource, header: str, cells: Sequence[str]) -> int:
    """How well a column of the file fits a field: its name, and what stands in it."""
    words = tokens(header)
    if not words:
        return 0
    also = words_of(resource.name).also.get(column.name, ())
    best = 0
    for rank, name in enumerate((column.name, *also)):
        known = tokens(name)
        if known == words:
            best = max(best, 100 if rank == 0 else 92)
        elif set(known) == set(words):
            best = max(best, 88)
        elif known and (set(known) <= set(words) or set(words) <= set(known)):
            share = min(len(known), len(words)) / max(len(known), len(words))
            # "Email" alone is not the "owner email"; "Owner email (work)" is
            least = 40 if len(words) >= len(known) else 35
            best = max(best, int(least + 40 * share))
        elif "".join(known) == "".join(words):
            best = max(best, 90)
    return best + fit(column, cells) if best else 0


def tokens(text: str) -> list[str]:
    """The words of a name: "closeDate", "Close_date" and "CLOSE DATE" are the same."""
    text = re.sub(r"(?<=[a-zäöüß0-9])(?=[A-ZÄÖÜ])", " ", text)
    parts = re.split(r"[\W_]+", text.casefold().translate(FOLDED))
    return [part for part in parts if part and part not in FILLERS]


def fit(column: Column, cells: Sequence[str]) -> int:
    """Points for what stands in the cells: up to 5 more, or many less where it cannot be."""
    if not cells:
        return 0
    share = sum(can_be(column, cell) for cell in cells) / len(cells)
    if column.kind in {"text", "country", "domain", "reference"}:
        return 0
    if share > 0.4:
        return 5 if share > 0.9 else 0
    # other words for a choice are matched one by one, where the name of the column leaves no doubt
    return -40 if column.kind in {"choice", "currency", "flag"} else -45


def can_be(column: Column, cell: str) -> bool:
    """Whether a cell may be a value of this kind, in some notation."""
    text = cell.strip()
    if column.kind in {"day", "instant"}:
        return _is_date(text)
    if column.kind == "number":
        return bool(re.fullmatch(r"[^\w]*[-+]?\d[\d.,'’\s]*[^\w]*", text))
    if column.kind == "flag":
        return text.casefold() in YES_NO
    if column.kind == "currency":
        return text.upper() in money.CURRENCIES
    return column.kind != "choice" or text.casefold() in column.choices


def _is_date(text: str) -> bool:
    return bool(ISO.fullmatch(text)) or any(_reads(form, text) for form in FORMATS)


def _reads(form: str, text: str) -> bool:
    """Whether this format makes a day of the calendar of the text."""
    iso = iso_reader(form)(text)
    try:
        return iso is not None and 1990 <= date.fromisoformat(iso[:10]).year <= 2060
    except ValueError:
        return False


def guess_dates(values: Iterable[str]) -> tuple[tuple[str, ...], bool]:
    """The formats that read most of the dates (none: they are ISO), and whether in doubt."""
    rest = [text.strip() for text in values if not ISO.fullmatch(text.strip())]
    formats: list[str] = []
    doubtful = False
    while rest and len(formats) < 3:
        counts = {form: sum(_reads(form, text) for text in rest) for form in FORMATS}
        best = max(FORMATS, key=lambda form: counts[form])
        if not counts[best]:
            break
        twin = _swapped(best)
        doubtful |= twin != best and counts.get(twin) == counts[best]
        formats.append(best)
        rest = [text for text in rest if not _reads(best, text)]
    return tuple(formats), doubtful


def _swapped(form: str) -> str:
    """The same format with day and month in each other's place."""
    return form.replace("%d", "\0").replace("%m", "%d").replace("\0", "%m")


def guess_notation(values: Iterable[str]) -> str:
    """Which notation reads most of the numbers; the plain one in doubt."""
    texts = [text.strip() for text in values]
    counts = {
        name: sum(_is_number(text, *signs) for text in texts) for name, signs in NOTATIONS.items()
    }
    return max(NOTATIONS, key=lambda name: counts[name])


def _is_number(text: str, decimal: str, thousands: str) -> bool:
    sign = re.escape(thousands)
    whole = rf"(\d{{1,3}}({sign}\d{{3}})+|\d+)" if thousands else r"\d+"
    return bool(re.fullmatch(rf"-?{whole}({re.escape(decimal)}\d+)?", text))


def notation_parts(name: str) -> dict[str, Any]:
    """A notation as parts of a mapping; nothing for the plain one."""
    decimal, thousands = NOTATIONS.get(name, (".", ""))
    parts: dict[str, Any] = {"decimal_comma": True} if decimal == "," else {}
    if thousands and not (decimal == "," and thousands == "."):
        parts["thousands"] = thousands
    return parts


def notation_of(mapping: dict[str, Any]) -> str:
    """The notation that a mapping states."""
    decimal = "," if mapping.get("decimal_comma") else "."
    thousands = mapping.get("thousands") or ("." if decimal == "," else "")
    signs = {pair: name for name, pair in NOTATIONS.items()}
    return signs.get((decimal, thousands), "1234.50")
