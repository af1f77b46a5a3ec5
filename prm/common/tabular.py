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

_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
LONGEST_CELL = 32_767  # letters in a cell of a workbook


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


def sheet_cell(sheet: Any, value: Any) -> Any:
    """A value as a cell of a write-only sheet: a text stays a text, even one that begins with =.

    What XML cannot hold is left out, and what is longer than a cell is cut.
    """
    if value is None or isinstance(value, (bool, int, float, Decimal, date)):
        return value
    from openpyxl.cell import WriteOnlyCell

    text = _NO_XML.sub("", str(value))[:LONGEST_CELL]
    if not _FORMULA.match(text):
        return text
    cell = WriteOnlyCell(sheet, value=text)
    cell.data_type = "s"
    return cell


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
