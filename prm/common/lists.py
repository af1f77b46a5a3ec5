"""One way to show a list: filter, sort, page, export. The address holds the whole state.

A view names its columns and filters and calls `page_of`; the template shows `page.rows`, the
shared head, filter bar and pager. `?export=csv` answers with all rows of the same list.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any, Generic, TypeVar

from django.db.models import F, Model, OrderBy, QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django_stubs_ext import StrOrPromise

from prm.common.display import number
from prm.common.tabular import csv_lines

Row = TypeVar("Row", bound=Model)

PAGE_SIZE = 25
# Counting more rows than this costs more than the number is worth; people narrow the filter.
COUNT_LIMIT = 10_000
EXPORT_CHUNK = 2_000


@dataclass(frozen=True)
class Column:
    """A column: how it is called, sorted and exported.

    `order` is the database expression to sort by (empty: not sortable), `value` reads the plain
    value for the export from a shown row.
    """

    key: str
    label: StrOrPromise
    value: Callable[[Any], Any]
    order: str = ""
    is_number: bool = False
    hide_small: bool = False
    export_only: bool = False


@dataclass(frozen=True)
class Filter(Generic[Row]):
    """A choice above the list. `apply` narrows the rows by the chosen value."""

    key: str
    label: StrOrPromise
    choices: Sequence[tuple[str, StrOrPromise]]
    apply: Callable[[QuerySet[Row], str], QuerySet[Row]]
    default: str = ""


@dataclass(frozen=True)
class Head:
    """A column's head as shown: with a link that sorts, and how it is sorted now."""

    label: StrOrPromise
    url: str = ""
    sorted: str = ""
    is_number: bool = False
    hide_small: bool = False


@dataclass(frozen=True)
class BoundFilter:
    """A filter with the value that the address holds."""

    key: str
    label: StrOrPromise
    choices: Sequence[tuple[str, StrOrPromise]]
    value: str


@dataclass(frozen=True)
class Page:
    """What a list template needs."""

    rows: list[Any]
    total: int
    more_than_total: bool
    first: int
    last: int
    heads: list[Head]
    filters: list[BoundFilter]
    search: str
    kept: list[tuple[str, str]]
    previous_url: str
    next_url: str
    csv_url: str
    is_filtered: bool

    @property
    def total_text(self) -> str:
        """The number of rows as shown: "1,204", or "10,000+" beyond what is counted."""
        return number(self.total) + ("+" if self.more_than_total else "")


@dataclass(frozen=True)
class Listing(Generic[Row]):
    """A list as declared by its view: columns, filters, search, usual order.

    `present` turns some rows into what is shown and exported, for numbers that are fetched for a
    page or a chunk at once.
    """

    columns: Sequence[Column]
    filters: Sequence[Filter[Row]] = field(default_factory=tuple)
    search: Callable[[QuerySet[Row], str], QuerySet[Row]] | None = None
    default_sort: str = ""
    present: Callable[[list[Row]], list[Any]] = list
    page_size: int = PAGE_SIZE


def at(path: str) -> Callable[[Any], Any]:
    """Return a reader of `path` ("customer.name") that answers None where a link is missing."""
    names = path.split(".")

    def read(row: Any) -> Any:
        for name in names:
            if row is None:
                return None
            row = getattr(row, name)
        return row

    return read


def narrowed(request: HttpRequest, rows: QuerySet[Row], listing: Listing[Row]) -> QuerySet[Row]:
    """Return the rows that the address asks for, sorted; unknown values are ignored."""
    for choice in listing.filters:
        value = _value(request, choice)
        if value:
            rows = choice.apply(rows, value)
    text = search_text(request)[:200]
    if text and listing.search:
        rows = listing.search(rows, text)
    return rows.order_by(*_order(_sort(request, listing), listing))


def search_text(request: HttpRequest) -> str:
    """Return what the address searches for, without NUL, which no stored text can hold."""
    return request.GET.get("q", "").replace("\0", "").strip()


def _value(request: HttpRequest, choice: Filter[Row]) -> str:
    value = request.GET.get(choice.key, choice.default)
    return value if value in {key for key, _ in choice.choices} else choice.default


def _sort(request: HttpRequest, listing: Listing[Row]) -> str:
    asked = request.GET.get("sort", "")
    sortable = {column.key for column in listing.columns if column.order}
    return asked if asked.removeprefix("-") in sortable else listing.default_sort


def _order(sort: str, listing: Listing[Row]) -> list[OrderBy]:
    """Sort by the column, unknown values last, ties by key so that pages never overlap.

    Without a column the newest rows come first.
    """
    descending = sort.startswith("-")
    for column in listing.columns:
        if column.order and column.key == sort.removeprefix("-"):
            return [
                OrderBy(F(column.order), descending=descending, nulls_last=True),
                OrderBy(F("pk"), descending=descending),
            ]
    return [OrderBy(F("pk"), descending=True)]


def page_of(request: HttpRequest, rows: QuerySet[Row], listing: Listing[Row]) -> Page:
    """Return one page of the narrowed list. Costs two queries, whatever the number of rows."""
    wanted = narrowed(request, rows, listing)
    counted = wanted.order_by()[: COUNT_LIMIT + 1].count()
    total = min(counted, COUNT_LIMIT)
    pages = max(1, -(-total // listing.page_size))
    current = min(max(1, _page_number(request.GET.get("page", ""))), pages)
    start = (current - 1) * listing.page_size
    shown = list(wanted[start : start + listing.page_size])
    return Page(
        rows=listing.present(shown),
        total=total,
        more_than_total=counted > COUNT_LIMIT,
        first=start + 1 if shown else 0,
        last=start + len(shown),
        heads=[
            _head(request, column, _sort(request, listing))
            for column in listing.columns
            if not column.export_only
        ],
        filters=[
            BoundFilter(choice.key, choice.label, choice.choices, _value(request, choice))
            for choice in listing.filters
        ],
        search=search_text(request),
        kept=_kept(request, listing),
        previous_url=address(request, page=current - 1) if current > 1 else "",
        next_url=address(request, page=current + 1) if current < pages else "",
        csv_url=address(request, export="csv", page=None),
        is_filtered=_is_filtered(request, listing),
    )


def _kept(request: HttpRequest, listing: Listing[Row]) -> list[tuple[str, str]]:
    """Return the rest of the address that the filter form carries along: sort, partner …"""
    own = {"q", "page", "export", *(choice.key for choice in listing.filters)}
    return [(key, value) for key, value in request.GET.dict().items() if key not in own]


def _page_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 1


def _is_filtered(request: HttpRequest, listing: Listing[Row]) -> bool:
    chosen = (_value(request, choice) != choice.default for choice in listing.filters)
    return bool(search_text(request)) or any(chosen)


def _head(request: HttpRequest, column: Column, sort: str) -> Head:
    if not column.order:
        return Head(column.label, is_number=column.is_number, hide_small=column.hide_small)
    state = {column.key: "ascending", f"-{column.key}": "descending"}.get(sort, "")
    # Numbers are wanted from the largest down, words from A on; a second click turns it round.
    first, second = (
        (f"-{column.key}", column.key)
        if column.is_number
        else (
            column.key,
            f"-{column.key}",
        )
    )
    wanted = second if sort == first else first
    return Head(
        column.label,
        address(request, sort=wanted, page=None),
        state,
        column.is_number,
        column.hide_small,
    )


def address(request: HttpRequest, **changes: object) -> str:
    """Return the query string of this page with some values changed (None removes one)."""
    query = request.GET.copy()
    for key, value in changes.items():
        if value is None:
            query.pop(key, None)
        else:
            query[key] = str(value)
    return "?" + query.urlencode()


def wants_csv(request: HttpRequest) -> bool:
    """Tell whether the address asks for the list as a file."""
    return request.GET.get("export") == "csv"


def csv_of(
    request: HttpRequest, rows: QuerySet[Row], listing: Listing[Row], name: str
) -> StreamingHttpResponse:
    """Answer with all rows of the narrowed list as a CSV file, streamed."""
    wanted = narrowed(request, rows, listing).iterator(chunk_size=EXPORT_CHUNK)
    lines = (
        [column.value(row) for column in listing.columns]
        for chunk in iter(lambda: list(islice(wanted, EXPORT_CHUNK)), [])
        for row in listing.present(chunk)
    )
    return csv_response([str(column.label) for column in listing.columns], lines, name)


def csv_response(
    heads: Sequence[str], lines: Iterator[Sequence[Any]], name: str
) -> StreamingHttpResponse:
    """Stream lines of values as a CSV file called `name`.csv: UTF-8 with BOM, formula-safe."""
    text = chain(["\ufeff"], csv_lines(heads, lines))
    response = StreamingHttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
