"""Opens a table of unknown making: CSV in any usual encoding and dialect, or a workbook."""

import codecs
import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from django.utils.translation import gettext as _

from prm.common.errors import InvalidInput
from prm.common.imports import xlsx
from prm.common.imports.mapping import Mapping

MAX_COLUMNS = 1_000
MAX_LINE = 8_000_000  # characters; a longer line is no table
_CHUNK = 1 << 20
_DELIMITERS = (",", ";", "\t", "|")
# (line where the row begins, its cells, why it cannot be read)
Rows = Iterator[tuple[int, list[str], str]]


@dataclass
class Table:
    """A file that can be read from the start as often as needed."""

    path: Path
    header: list[str]
    header_line: int
    encoding: str
    delimiter: str
    mapping: Mapping

    @property
    def is_workbook(self) -> bool:
        """XLSX instead of CSV."""
        return not self.delimiter

    def rows(self) -> Rows:
        """All rows below the header, with the line of the file where each begins.

        Rows of blanks are left out; a row of another length than the header has a reason why
        it cannot be read, and whatever cells there are.
        """
        width = len(self.header)
        for line, cells, problem in _all_rows(self):
            if line <= self.header_line or (not problem and not any(map(str.strip, cells))):
                continue
            if problem or len(cells) == width:
                yield line, cells, problem
            elif self.is_workbook and not any(cells[width:]):
                yield line, [*cells[:width], *[""] * (width - len(cells))], ""
            else:
                yield line, cells, _arity(len(cells), width)


def _arity(found: int, width: int) -> str:
    return _(
        "This row has %(found)s cells, the header has %(width)s. Put cells that hold a "
        "separator or a line break into quotation marks."
    ) % {"found": found, "width": width}


def open_table(path: Path, mapping: Mapping, words: set[str], name: str) -> Table:
    """Find out encoding, separator and header. Raises InvalidInput when it is no table.

    ``words`` are column names that may be expected: the separator that finds most of them wins.
    ``name`` is what the person's file is called; a stored copy bears another name.
    """
    try:
        with path.open("rb") as file:
            start = file.read(4096)
    except OSError as error:
        raise _no_file(path, error) from None
    if start.startswith(b"PK\x03\x04"):
        return _workbook(path, mapping)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise InvalidInput(_("This is an old .xls workbook. Save it as .xlsx or as CSV."))
    if start and name.lower().endswith(".xlsx"):
        raise InvalidInput(
            _(
                "This file is called .xlsx but is no workbook. Save it again as .xlsx; if it is a "
                "CSV file, let its name end in .csv."
            )
        )
    encoding = mapping.encoding or find_encoding(path, start)
    try:
        codecs.lookup(encoding)
        return _text_table(path, mapping, encoding, words)
    except LookupError:
        raise InvalidInput(
            _("%(name)s is no encoding. Write for example utf-8, utf-16 or cp1252.")
            % {"name": encoding},
            "mapping",
        ) from None


def _workbook(path: Path, mapping: Mapping) -> Table:
    for line, cells, _problem in xlsx.rows(path, mapping.sheet, mapping.decimal_sign):
        if any(cell.strip() for cell in cells):
            header = [cell.strip() for cell in cells]
            while header and not header[-1]:
                header.pop()
            return Table(path, _checked(header), line, "xlsx", "", mapping)
    raise _empty()


def _text_table(path: Path, mapping: Mapping, encoding: str, words: set[str]) -> Table:
    with _open(path, encoding) as file:
        line, first = 1, file.readline(MAX_LINE)
        delimiter = mapping.delimiter
        if first.lower().startswith("sep=") and len(first.strip()) == len("sep=;"):
            delimiter = delimiter or first.strip()[-1]
            line, first = 2, file.readline(MAX_LINE)
        while first and not first.strip():
            line, first = line + 1, file.readline(MAX_LINE)
    if not first:
        raise _empty()
    if "\0" in first:
        raise InvalidInput(_("This is no text. Import a CSV file or an .xlsx workbook."))
    delimiter = delimiter or _find_delimiter(first, words)
    table = Table(path, [], 0, encoding, delimiter, mapping)
    for number, cells, problem in _all_rows(table):
        if number >= line:
            if problem:
                raise InvalidInput(problem)
            table.header = _checked([cell.strip() for cell in cells])
            table.header_line = number
            return table
    raise _empty()


def _find_delimiter(first: str, words: set[str]) -> str:
    """The separator whose cells are most often names that we expect; then the most frequent."""

    def score(delimiter: str) -> tuple[int, int]:
        try:
            cells = next(csv.reader([first], delimiter=delimiter), [])
        except csv.Error:  # a cell longer than any name of a column
            return 0, 0
        return sum(cell.strip().casefold() in words for cell in cells), len(cells)

    return max(_DELIMITERS, key=score)


def _checked(header: list[str]) -> list[str]:
    if len(header) > MAX_COLUMNS:
        raise InvalidInput(
            _("The file has %(count)s columns; at most %(limit)s are possible. Take out the rest.")
            % {"count": len(header), "limit": MAX_COLUMNS}
        )
    return header


def _empty() -> InvalidInput:
    return InvalidInput(_("The file is empty. Its first row must name the columns."))


def find_encoding(path: Path, start: bytes) -> str:
    """UTF-16 by its mark or its zero bytes, UTF-8, or else Windows-1252.

    A file with some broken and more good UTF-8 characters is UTF-8: its broken rows are refused.
    """
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    even, odd = start[0:80:2].count(0), start[1:80:2].count(0)
    if odd > len(start[:80]) // 3 and even == 0:
        return "utf-16-le"
    if even > len(start[:80]) // 3 and odd == 0:
        return "utf-16-be"
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    broken = good = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            text = decoder.decode(chunk)
            if not text.isascii():
                escaped = sum("\udc80" <= char <= "\udcff" for char in text)
                broken += escaped
                good += sum(char > "\x7f" for char in text) - escaped
    return "utf-8-sig" if broken <= good else "cp1252"


def _open(path: Path, encoding: str) -> TextIO:
    # what cannot be decoded stays visible as lone surrogates; such rows are refused later
    errors = (
        "surrogatepass" if encoding.replace("_", "-").startswith("utf-16") else "surrogateescape"
    )
    return path.open(encoding=encoding, errors=errors, newline="")


def _lines(file: TextIO) -> Iterator[str]:
    while line := file.readline(MAX_LINE):
        if len(line) == MAX_LINE:
            raise InvalidInput(
                _("A line is longer than %(limit)s characters. This is no table of rows.")
                % {"limit": f"{MAX_LINE:,}"}
            )
        yield line


def _all_rows(table: Table) -> Rows:
    """Every row of the file from its first line on."""
    if table.is_workbook:
        yield from xlsx.rows(table.path, table.mapping.sheet, table.mapping.decimal_sign)
        return
    with _open(table.path, table.encoding) as file:
        reader = csv.reader(_lines(file), delimiter=table.delimiter, strict=True)
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield line, [], _unreadable(str(error))
                continue
            yield line, cells, ""


def _unreadable(error: str) -> str:
    if "field larger" in error:
        return _("A cell of this row is longer than 131,072 characters. Shorten it.")
    if "unexpected end" in error:
        return _("A quotation mark that opens in this row is never closed. Close it.")
    return _("The quotation marks of this row do not match. Write a quotation mark as two.")


def sha256_of(path: Path) -> str:
    """The fingerprint of a file. Raises InvalidInput when it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise _no_file(path, error) from None


def _no_file(path: Path, error: OSError) -> InvalidInput:
    return InvalidInput(
        _("The file %(name)s cannot be read: %(why)s. Check the path.")
        % {"name": path.name, "why": error.strerror}
    )
