"""Lists and tables as files: CSV of any length, streamed, and XLSX up to a limit."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from tempfile import TemporaryFile
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.utils import timezone
from django.utils.translation import gettext as _

from prm.common import lists
from prm.common.database import without_limit
from prm.common.display import number
from prm.common.lists import Asked, Listing, Row
from prm.common.tabular import csv_lines, sheet_cell

CHUNK = 2_000
# A workbook is made before it can be sent; what takes longer than people wait comes as CSV.
XLSX_LIMIT = 50_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def wants_csv(request: HttpRequest) -> bool:
    """Tell whether the address asks for a CSV file."""
    return request.GET.get("export") == "csv"


def wants_file(request: HttpRequest) -> bool:
    """Tell whether the address asks for a file instead of a page."""
    return request.GET.get("export") in {"csv", "xlsx"}


def file_of(
    request: HttpRequest, rows: QuerySet[Row] | list[Any], listing: Listing[Row], name: str
) -> HttpResponseBase:
    """Answer with all rows of the list as it is seen: its filters, order and columns."""
    asked = lists.asked_of(request.GET, listing)
    wanted = lists.narrowed(asked, rows)
    columns = [column for column in listing.columns if asked.takes_along(column)]
    heads = [str(column.label) for column in columns]
    lines = (
        [column.value(row) for column in columns]
        for chunk in _chunks(asked, wanted)
        for row in listing.present(chunk)
    )
    if isinstance(wanted, list):
        return file_response(request, heads, lines, name)
    count = wanted.order_by()[: XLSX_LIMIT + 1].count
    return file_response(request, heads, lines, name, count=count)


def _chunks(asked: Asked[Row], wanted: QuerySet[Row] | list[Any]) -> Iterator[list[Row]]:
    """Return the rows in order, some at a time."""
    if isinstance(wanted, list):
        yield lists.sorted_list(asked, wanted)
        return
    column = lists.sort_column(asked)
    if not (column and column.rank):
        found = lists.ordered(asked, wanted).iterator(chunk_size=CHUNK)
        yield from iter(lambda: list(islice(found, CHUNK)), [])
        return
    keys = list(wanted.order_by().values_list("pk", flat=True))
    in_order = lists.ranked(keys, column.rank(), descending=asked.sort.startswith("-"))
    for start in range(0, len(in_order), CHUNK):
        by_key = wanted.in_bulk(in_order[start : start + CHUNK])
        yield [by_key[key] for key in in_order[start : start + CHUNK] if key in by_key]


def file_response(
    request: HttpRequest,
    heads: Sequence[str],
    lines: Iterable[Sequence[Any]],
    name: str,
    *,
    count: Callable[[], int] | None = None,
) -> HttpResponseBase:
    """Answer with a table as the file that the address asks for.

    `count` tells how many lines there are, as far as the limit of a workbook. Above it the person
    is back at the page, with a sentence that offers CSV.
    """
    if wants_csv(request):
        return csv_response(heads, iter(lines), name)
    if count is not None and count() > XLSX_LIMIT:
        messages.warning(
            request,
            _(
                "A workbook holds %(n)s rows at most, and these are more. Download the CSV file"
                " instead, or filter the list."
            )
            % {"n": number(XLSX_LIMIT)},
        )
        return HttpResponseRedirect(request.path + lists.address(request, export=None))
    return xlsx_response(heads, lines, name)


def csv_response(
    heads: Sequence[str], lines: Iterator[Sequence[Any]], name: str
) -> StreamingHttpResponse:
    """Stream lines of values as a CSV file called `name`.csv: UTF-8 with BOM, formula-safe."""
    response = StreamingHttpResponse(
        _streamed(heads, lines), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _streamed(heads: Sequence[str], lines: Iterator[Sequence[Any]]) -> Iterator[str]:
    yield "\ufeff"
    with without_limit():
        yield from csv_lines(heads, lines)


def xlsx_response(heads: Sequence[str], lines: Iterable[Sequence[Any]], name: str) -> FileResponse:
    """Answer with a workbook `name`.xlsx: texts are texts, numbers numbers, days days.

    The rows go to a file on disk as they come, so that none are kept in memory.
    """
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    sheet = book.create_sheet(name[:31])
    sheet.freeze_panes = "A2"
    bold = Font(bold=True)
    first = [WriteOnlyCell(sheet, value=head) for head in heads]
    for cell in first:
        cell.font, cell.data_type = bold, "s"
    sheet.append(first)
    with without_limit():
        for line in lines:
            sheet.append([sheet_cell(sheet, _local(value)) for value in line])
    file = TemporaryFile()  # noqa: SIM115 (the response closes it)
    book.save(file)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX)


def _local(value: Any) -> Any:
    """An instant in the viewer's time zone, since a workbook knows none."""
    if isinstance(value, datetime) and timezone.is_aware(value):
        return timezone.localtime(value).replace(tzinfo=None, microsecond=0)
    return value
