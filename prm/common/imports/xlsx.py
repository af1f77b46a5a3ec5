"""Reads workbooks as rows of text, after a look inside: bombs and entities are refused."""

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from prm.common.errors import InvalidInput

MAX_ENTRIES = 1_000
MAX_UNPACKED = 50 * 1024 * 1024  # bytes over all members, counted while unpacking
MAX_RATIO = 100
MAX_ROWS = 1_048_576  # of a sheet, as spreadsheets have it
# With the empty ones that a cell far to the right makes; those that hold something take more bytes
# than MAX_UNPACKED long before.
MAX_CELLS = 10_000_000
_CHUNK = 1 << 20


def inspect(path: Path) -> None:
    """Unpack every member once and count; raises InvalidInput for anything that is too much."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES:
                raise _too_big()
            total = 0
            for entry in entries:
                total = _unpack(archive, entry, total)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, OSError) as error:
        raise InvalidInput(
            _("The workbook cannot be opened (%(why)s). Save it again as .xlsx or as CSV.")
            % {"why": type(error).__name__}
        ) from None


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, total: int) -> int:
    """The bytes unpacked so far with this member; the headers' own sizes are not believed."""
    size, tail = 0, b""
    with archive.open(entry) as member:
        while chunk := member.read(_CHUNK):
            size += len(chunk)
            if total + size > MAX_UNPACKED:
                raise _too_big()
            if size > _CHUNK and size > MAX_RATIO * max(entry.compress_size, 1):
                raise _too_big()
            if b"<!DOCTYPE" in tail + chunk or b"<!ENTITY" in tail + chunk:
                raise InvalidInput(
                    _("The workbook holds definitions that do not belong into one. Save it as CSV.")
                )
            tail = chunk[-16:]
    return total + size


def _too_big() -> InvalidInput:
    return InvalidInput(
        _("The workbook unpacks to more than %(size)s MB. Save it as CSV and import that.")
        % {"size": MAX_UNPACKED // 1024 // 1024}
    )


def rows(path: Path, sheet: str, decimal_sign: str) -> Iterator[tuple[int, list[str], str]]:
    """(row number, cells as text, "") of one sheet; the first one unless named."""
    from openpyxl import load_workbook

    inspect(path)
    try:
        book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
        if sheet and sheet not in book.sheetnames:
            raise InvalidInput(
                _("The workbook has no sheet %(name)s. It has: %(names)s.")
                % {"name": sheet, "names": ", ".join(book.sheetnames)}
            )
        page = book[sheet] if sheet else book.worksheets[0]
        for number, cells in _measured(page):
            yield number, [_text(value, decimal_sign) for value in cells], ""
    except (KeyError, ValueError, IndexError, TypeError, SyntaxError, AttributeError) as error:
        raise InvalidInput(
            _("The workbook is damaged (%(why)s). Save it again as .xlsx or as CSV.")
            % {"why": type(error).__name__}
        ) from None


def _measured(page: Any) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """The rows of a sheet, counted: one cell in its last corner makes it 17 billion cells large.

    What the sheet says of its own size is not believed; a row is as wide as its last cell.
    """
    page.reset_dimensions()
    seen = 0
    for number, cells in enumerate(page.iter_rows(values_only=True), start=1):
        seen += len(cells)
        if number > MAX_ROWS or seen > MAX_CELLS:
            raise InvalidInput(
                _(
                    "Cells of the workbook stand far below or far to the right of the others."
                    " Delete the empty rows and columns between them, or save it as CSV."
                )
            )
        yield number, cells


def _text(value: Any, decimal_sign: str) -> str:
    """A typed cell in the notation in which a text file would have it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        # a spreadsheet keeps 15 digits; the rest is noise of binary fractions
        plain = format(Decimal(format(value, ".15g")), "f")
        return plain.replace(".", decimal_sign)
    if isinstance(value, datetime):
        midnight = value.time() == time.min
        return value.date().isoformat() if midnight else value.isoformat(sep=" ")
    if isinstance(value, (date, time)):
        return value.isoformat()
    return str(value)
