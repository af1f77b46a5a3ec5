"""Tables as CSV files that no spreadsheet can be tricked with (formula injection)."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

# What a spreadsheet would run, also behind blanks and quotes; with the full-width look-alikes.
_FORMULA = re.compile(r"""^[\s"'`]*[=+\-@\t\r\n\0＝＋－＠]""")
_MARKED = re.compile(r"""^'(?=[\s"'`]*[=+\-@\t\r\n\0＝＋－＠])""")


def safe_text(text: str) -> str:
    """``text`` with an apostrophe in front where a spreadsheet would take it for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def plain_text(cell: str) -> str:
    """The text that ``safe_text`` was given: import(export(x)) is x."""
    return _MARKED.sub("", cell)


def csv_cell(value: Any) -> Any:
    """A value as a CSV cell: numbers stay numbers, instants are UTC, texts are made safe."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, datetime):
        at = value.astimezone(UTC) if value.tzinfo else value
        return at.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return safe_text(str(value))


class _Line:
    """Where csv.writer leaves its line."""

    def write(self, text: str) -> str:
        return text


def csv_lines(header: Sequence[Any], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """A CSV file line by line (UTF-8 with a byte order mark when encoded ``utf-8-sig``).

    For a StreamingHttpResponse or ``writelines``; nothing is held in memory.
    """
    writer = csv.writer(_Line())
    yield writer.writerow([csv_cell(name) for name in header])
    for row in rows:
        yield writer.writerow([csv_cell(value) for value in row])
