"""What a list is: columns, filters, segments, search; and what an address asks of it.

A view declares a `Listing`; `prm.common.listpages` makes the page, `prm.common.exports` the file.
Rows are a query, or a list where they are made in memory (KPIs). The address holds the whole
state. Keys and values that the list does not know are ignored, and
every link is made of known ones only, so that what is kept as a view can be trusted.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from django.db.models import F, Model, OrderBy, QuerySet
from django.db.models.expressions import Combinable
from django.http import HttpRequest, QueryDict
from django_stubs_ext import StrOrPromise

from prm.common.listwords import Words

Row = TypeVar("Row", bound=Model)
Rows = TypeVar("Rows")
Ranks = Mapping[int, Any]

PAGE_SIZES = (25, 50, 100)
# Counting more rows than this costs more than the number is worth; people narrow the filter.
COUNT_LIMIT = 10_000
LONGEST_SEARCH = 200


@dataclass(frozen=True)
class Column:
    """A column: how it is called, sorted and exported.

    `order` is the field to sort by, or gives the expression, told the values of the filters; `rank`
    gives the sort value of rows by key where no expression can, `by` that of a row made in memory
    (none: not sortable). `value` reads the plain value for the export from a shown row. People see
    `is_usual` columns until they choose others; `is_fixed` ones always. `beside` names the column
    in whose cell it stands, such as a currency with its amount: files have both. Files lack
    `page_only` ones, such as a drawing. `sorted_as` says by what rows are sorted.
    """

    key: str
    label: StrOrPromise
    value: Callable[[Any], Any]
    order: str | Callable[[Mapping[str, str]], Combinable] = ""
    rank: Callable[[], Ranks] | None = None
    by: Callable[[Any], Any] | None = None
    is_number: bool = False
    hide_small: bool = False
    export_only: bool = False
    page_only: bool = False
    beside: str = ""
    is_fixed: bool = False
    is_usual: bool = True
    sorted_as: StrOrPromise = ""

    @property
    def is_sortable(self) -> bool:
        """Whether rows can be sorted by it."""
        return bool(self.order or self.rank or self.by)


@dataclass(frozen=True)
class Filter(Generic[Row]):
    """A choice above the list. `apply` narrows the rows by the chosen value.

    `all_value` keeps every row. A filter with `name_of` takes any value, such as a partner's id,
    from a link; `name_of` tells what the value is called, None where it names nothing known.
    """

    key: str
    label: StrOrPromise
    choices: Sequence[tuple[str, StrOrPromise]]
    apply: Callable[[Any, str], Any]
    default: str = ""
    all_value: str = ""
    name_of: Callable[[str], str | None] | None = None

    def clean(self, value: str) -> str:
        """Return the value if it can be chosen, else the usual one."""
        if self.name_of:
            return value.replace("\0", "")[:LONGEST_SEARCH]
        return value if value in {key for key, _ in self.choices} else self.default


@dataclass(frozen=True)
class Segment:
    """A part of the list under a name of its own; `query` is the address that shows it."""

    label: StrOrPromise
    query: str


@dataclass(frozen=True)
class Listing(Generic[Row]):
    """A list as declared by its view.

    `words` are what it says. `key` names it for saved views (empty: none). `present` turns some
    rows into what is shown and exported, for numbers that are fetched for a page or a chunk at
    once. `default_sort` may depend on the filters. With `can_choose` people choose columns.
    `carried` is what else the page's address says, such as its period: every link keeps it, a saved
    view does not. `search_hint` says beside the box what is wrong with a text, such as that it is
    too short (empty: nothing).
    """

    columns: Sequence[Column]
    words: Words = field(default_factory=Words)
    filters: Sequence[Filter[Row]] = field(default_factory=tuple)
    search: Callable[[Any, str], Any] | None = None
    search_hint: Callable[[str], StrOrPromise] | None = None
    default_sort: str | Callable[[Mapping[str, str]], str] = ""
    present: Callable[[list[Row]], list[Any]] = list
    page_size: int = PAGE_SIZES[0]
    key: str = ""
    segments: Sequence[Segment] = ()
    can_choose: bool = False
    carried: Mapping[str, str] = field(default_factory=dict)

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many rows a page may have."""
        return tuple(sorted({self.page_size, *PAGE_SIZES}))

    def usual_sort(self, values: Mapping[str, str]) -> str:
        """Return the order of rows when the address names none."""
        return (
            self.default_sort if isinstance(self.default_sort, str) else self.default_sort(values)
        )

    @property
    def usual_columns(self) -> tuple[str, ...]:
        """The columns that are seen until others are chosen."""
        return tuple(one.key for one in self.columns if one.is_usual and not one.export_only)


@dataclass(frozen=True)
class Asked(Generic[Row]):
    """What an address asks of a list, with only what the list knows."""

    listing: Listing[Row]
    values: dict[str, str]
    search: str
    sort: str
    chosen: tuple[str, ...]
    size: int
    page: int

    def shows(self, column: Column) -> bool:
        """Whether the page has the column."""
        return column.key in self.chosen and not column.export_only

    def takes_along(self, column: Column) -> bool:
        """Whether a file has the column: what is seen, and what stands in a seen cell."""
        is_seen = self.shows(column) and not column.page_only
        return is_seen or column.beside in self.chosen

    def narrowing(self) -> dict[str, str]:
        """Return what narrows the list, where it differs from the usual."""
        found = {"q": self.search} if self.search else {}
        for choice in self.listing.filters:
            if self.values[choice.key] != choice.default:
                found[choice.key] = self.values[choice.key]
        return found

    def look(self) -> dict[str, str]:
        """Return order, columns and page size, where they differ from the usual."""
        found = {}
        if self.sort != self.listing.usual_sort(self.values):
            found["sort"] = self.sort
        if self.chosen != self.listing.usual_columns:
            found["cols"] = ",".join(self.chosen)
        if self.size != self.listing.page_size:
            found["size"] = str(self.size)
        return found

    def query(self, **changes: str | None) -> str:
        """Return the address of this list as "?…", with some values changed (None removes one).

        Every change leads to the first page, unless `page` is one of them.
        """
        carried = self.listing.carried
        pairs: dict[str, str | None] = {**carried, **self.narrowing(), **self.look(), **changes}
        kept = {key: value for key, value in pairs.items() if value is not None}
        return "?" + urlencode(kept, safe=",")


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


def asked_of(params: QueryDict, listing: Listing[Row]) -> Asked[Row]:
    """Return what the parameters of an address ask of a list; nonsense is ignored."""
    values = {
        choice.key: choice.clean(params.get(choice.key, choice.default))
        for choice in listing.filters
    }
    return Asked(
        listing=listing,
        values=values,
        search=text_of(params)[:LONGEST_SEARCH] if listing.search else "",
        sort=_sort(params, listing, values),
        chosen=_chosen(params, listing),
        size=_size(params, listing),
        page=_number(params.get("page", ""), 1),
    )


def search_text(request: HttpRequest) -> str:
    """Return what the address searches for."""
    return text_of(request.GET)


def text_of(params: QueryDict) -> str:
    """Return what the parameters search for, without NUL, which no stored text can hold."""
    return params.get("q", "").replace("\0", "").strip()


def _sort(params: QueryDict, listing: Listing[Row], values: Mapping[str, str]) -> str:
    asked = params.get("sort", "")
    sortable = {column.key for column in listing.columns if column.is_sortable}
    return asked if asked.removeprefix("-") in sortable else listing.usual_sort(values)


def _chosen(params: QueryDict, listing: Listing[Row]) -> tuple[str, ...]:
    """Return the columns to be seen, in the list's own order; both `a,b` and repeated keys do."""
    named = {key for text in params.getlist("cols") for key in text.split(",")}
    columns = [one for one in listing.columns if not one.export_only]
    if not listing.can_choose or not named & {one.key for one in columns}:
        return listing.usual_columns
    return tuple(one.key for one in columns if one.is_fixed or one.key in named)


def _size(params: QueryDict, listing: Listing[Row]) -> int:
    size = _number(params.get("size", ""), 0)
    return size if size in listing.sizes else listing.page_size


def _number(text: str, otherwise: int) -> int:
    is_number = text.isascii() and text.isdecimal() and len(text) < 9
    return max(1, int(text)) if is_number else otherwise


def narrowed(asked: Asked[Any], rows: Rows) -> Rows:
    """Return the rows that were asked for, in no particular order."""
    for choice in asked.listing.filters:
        value = asked.values[choice.key]
        if value != choice.all_value:
            rows = choice.apply(rows, value)
    if asked.search and asked.listing.search:
        rows = asked.listing.search(rows, asked.search)
    return rows


def sort_column(asked: Asked[Row]) -> Column | None:
    """Return the column to sort by, if there is one."""
    wanted = asked.sort.removeprefix("-")
    return next((one for one in asked.listing.columns if one.key == wanted), None)


def ordered(asked: Asked[Row], rows: QuerySet[Row]) -> QuerySet[Row]:
    """Sort by the column, unknown values last, ties by key so that pages never overlap.

    Without a column the newest rows come first. What an expression gives is each row's
    `sort_value`.
    """
    column, descending = sort_column(asked), asked.sort.startswith("-")
    if column is None or not column.order:
        return rows.order_by(OrderBy(F("pk"), descending=True))
    known: QuerySet[Any] = rows
    if not isinstance(column.order, str):
        known = rows.annotate(sort_value=column.order(asked.values))
    return known.order_by(
        OrderBy(
            F(column.order if isinstance(column.order, str) else "sort_value"),
            descending=descending,
            nulls_last=True,
        ),
        OrderBy(F("pk"), descending=descending),
    )


def sorted_list(asked: Asked[Any], rows: list[Any]) -> list[Any]:
    """Sort rows made in memory, unknown values last; equal ones stay in their own order."""
    column, descending = sort_column(asked), asked.sort.startswith("-")
    if column is None or column.by is None:
        return rows
    value = column.by
    known = [row for row in rows if value(row) is not None]
    unknown = [row for row in rows if value(row) is None]
    return sorted(known, key=value, reverse=descending) + unknown


def ranked(keys: Sequence[int], ranks: Ranks, *, descending: bool) -> list[int]:
    """Sort row keys by their rank, unknown ones last, ties by key."""
    known = [key for key in keys if ranks.get(key) is not None]
    known.sort(key=lambda key: (ranks[key], key), reverse=descending)
    unknown = sorted((key for key in keys if ranks.get(key) is None), reverse=descending)
    return known + unknown


def address(request: HttpRequest, **changes: object) -> str:
    """Return the query string of this page with some values changed (None removes one)."""
    query = request.GET.copy()
    for key, value in changes.items():
        if value is None:
            query.pop(key, None)
        else:
            query[key] = str(value)
    return "?" + query.urlencode()
