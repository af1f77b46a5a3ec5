"""One page of a list: rows, heads that sort, chips that show what is active, segments, pager."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from prm.common import lists
from prm.common.display import number
from prm.common.lists import Asked, Column, Filter, Listing, Row
from prm.common.listwords import Words
from prm.common.segments import SegmentLink, segments_of


@dataclass(frozen=True)
class Head:
    """A column's head as shown: with a link that sorts, and how it is sorted now."""

    key: str
    label: StrOrPromise
    url: str = ""
    sorted: str = ""
    is_number: bool = False
    hide_small: bool = False
    sorted_as: StrOrPromise = ""


@dataclass(frozen=True)
class BoundFilter:
    """A filter with the value that the address holds."""

    key: str
    label: StrOrPromise
    choices: Sequence[tuple[str, StrOrPromise]]
    value: str


@dataclass(frozen=True)
class Chip:
    """A filter that is active: what it keeps, and the address without it."""

    label: StrOrPromise
    value: StrOrPromise
    url: str


@dataclass(frozen=True)
class ListOption:
    """One thing to choose: order, column or page size."""

    value: str
    label: StrOrPromise
    is_on: bool
    url: str = ""
    is_fixed: bool = False


@dataclass(frozen=True)
class Page:
    """What a list template needs. `shows` has the heads of the columns that are seen, by key."""

    words: Words
    rows: list[Any]
    total: int
    more_than_total: bool
    first: int
    last: int
    heads: list[Head]
    shows: dict[str, Head]
    filters: list[BoundFilter]
    chips: list[Chip]
    segments: list[SegmentLink]
    search: str
    search_hint: StrOrPromise
    kept: list[tuple[str, str]]
    sorts: list[ListOption]
    columns: list[ListOption]
    columns_kept: list[tuple[str, str]]
    sizes: list[ListOption]
    previous_url: str
    next_url: str
    csv_url: str
    xlsx_url: str
    clear_url: str
    counts_url: str
    usual_columns_url: str
    sort: str
    hides_rows: bool
    list_key: str
    saved_query: str

    @property
    def has_sizes(self) -> bool:
        """Whether another number of rows a page would show anything else."""
        return self.total > min(int(size.value) for size in self.sizes)

    @property
    def total_text(self) -> str:
        """The number of rows as shown: "1,204", or "10,000+" beyond what is counted."""
        return number(self.total) + ("+" if self.more_than_total else "")

    @property
    def count_text(self) -> str:
        """The same with what the rows are: "1,204 deals"."""
        return self.words.count(self.total, self.total_text)


@dataclass(frozen=True)
class _Slice:
    """Some rows of a list in order, and how many there are in all (one beyond: more)."""

    rows: list[Any]
    counted: int
    current: int
    pages: int

    @property
    def total(self) -> int:
        """The number of rows, up to what is counted."""
        return min(self.counted, lists.COUNT_LIMIT)


def page_of(request: HttpRequest, rows: QuerySet[Row] | list[Any], listing: Listing[Row]) -> Page:
    """Return one page of the list that the address asks for.

    Costs three queries whatever the number of rows, and one more for the saved views.
    """
    asked = lists.asked_of(request.GET, listing)
    found = _slice(asked, rows)
    start = (found.current - 1) * asked.size
    heads = [_head(asked, column) for column in listing.columns if asked.shows(column)]
    return Page(
        words=listing.words,
        rows=listing.present(found.rows),
        total=found.total,
        more_than_total=found.counted > lists.COUNT_LIMIT,
        first=start + 1 if found.rows else 0,
        last=start + len(found.rows),
        heads=heads,
        shows={head.key: head for head in heads},
        filters=_filters(asked),
        chips=_chips(asked),
        segments=segments_of(request, asked, rows),
        search=asked.search,
        search_hint=_hint(asked),
        kept=_kept(asked),
        sorts=_sorts(asked),
        columns=_columns(asked),
        columns_kept=_columns_kept(asked),
        sizes=_sizes(asked),
        previous_url=_page_url(asked, found, -1),
        next_url=_page_url(asked, found, 1),
        csv_url=asked.query(export="csv"),
        xlsx_url=asked.query(export="xlsx"),
        clear_url=_clear_url(asked),
        counts_url=_counts_url(asked, rows),
        usual_columns_url=asked.query(cols=None),
        sort=asked.sort,
        hides_rows=not found.rows and bool(_chips(asked)) and _has_any(rows),
        list_key=listing.key,
        saved_query=asked.query().removeprefix("?"),
    )


def count(rows: QuerySet[Row], limit: int) -> int:
    """Count rows up to one more than `limit`."""
    return rows.order_by()[: limit + 1].count()


def _slice(asked: Asked[Row], rows: QuerySet[Row] | list[Any]) -> _Slice:
    if isinstance(rows, list):
        wanted = lists.narrowed(asked, rows)
        current, pages, start = _place(asked, len(wanted))
        in_order = lists.sorted_list(asked, wanted)
        return _Slice(in_order[start : start + asked.size], len(wanted), current, pages)
    found = lists.narrowed(asked, rows)
    column = lists.sort_column(asked)
    if column and column.rank:
        return _ranked_slice(asked, rows, _ranked(asked, found, column.rank()))
    counted = count(found, lists.COUNT_LIMIT)
    current, pages, start = _place(asked, counted)
    keys = lists.ordered(asked, found).values_list("pk", flat=True)
    # sorting keys alone is many times faster than sorting rows with all that belongs to them
    chosen = rows.filter(pk__in=list(keys[start : start + asked.size]))
    return _Slice(list(lists.ordered(asked, chosen)), counted, current, pages)


def _ranked_slice(asked: Asked[Row], rows: QuerySet[Row], keys: list[Any]) -> _Slice:
    current, pages, start = _place(asked, len(keys))
    chosen = keys[start : start + asked.size]
    by_key = {row.pk: row for row in rows.filter(pk__in=chosen)}
    return _Slice([by_key[key] for key in chosen if key in by_key], len(keys), current, pages)


def _ranked(asked: Asked[Row], found: QuerySet[Row], ranks: lists.Ranks) -> list[Any]:
    """Sort the keys here, since the rank is nothing that the database can sort by."""
    keys = list(found.order_by().values_list("pk", flat=True))
    return lists.ranked(keys, ranks, descending=asked.sort.startswith("-"))


def _place(asked: Asked[Row], counted: int) -> tuple[int, int, int]:
    """Return the page, the number of pages and the index of the first row."""
    pages = max(1, -(-min(counted, lists.COUNT_LIMIT) // asked.size))
    current = min(asked.page, pages)
    return current, pages, (current - 1) * asked.size


def _page_url(asked: Asked[Row], found: _Slice, step: int) -> str:
    wanted = found.current + step
    if not 1 <= wanted <= found.pages:
        return ""
    return asked.query(page=str(wanted) if wanted > 1 else None)


def _has_any(rows: QuerySet[Row] | list[Any]) -> bool:
    return bool(rows) if isinstance(rows, list) else rows.order_by().exists()


def _sizes(asked: Asked[Row]) -> list[ListOption]:
    return [
        ListOption(str(size), number(size), size == asked.size, asked.query(size=str(size)))
        for size in asked.listing.sizes
    ]


def _filters(asked: Asked[Row]) -> list[BoundFilter]:
    """Return those to choose from; the others come by links."""
    chosen = [one for one in asked.listing.filters if not one.name_of]
    return [_bound(one, asked.values[one.key]) for one in chosen]


def _bound(choice: Filter[Row], value: str) -> BoundFilter:
    """A filter as shown. The usual choice says nothing, so that addresses stay short."""
    usual = choice.default
    choices = [("" if key == usual else key, label) for key, label in choice.choices]
    return BoundFilter(choice.key, choice.label, choices, "" if value == usual else value)


def _chips(asked: Asked[Row]) -> list[Chip]:
    found = [Chip(_("Search"), asked.search, asked.query(q=None))] if asked.search else []
    for choice in asked.listing.filters:
        value = asked.values[choice.key]
        if value != choice.all_value:
            found.append(Chip(choice.label, _named(choice, value), _without(asked, choice)))
    return found


def _counts_url(asked: Asked[Row], rows: QuerySet[Row] | list[Any]) -> str:
    """Where the counts of the segments come from; rows in memory are counted in the page."""
    if isinstance(rows, list):
        return ""
    return "?" + urlencode({**asked.listing.carried, "part": "counts"})


def _hint(asked: Asked[Row]) -> StrOrPromise:
    hint = asked.listing.search_hint
    return hint(asked.search) if hint and asked.search else ""


def _named(choice: Filter[Row], value: str) -> StrOrPromise:
    if choice.name_of:
        return choice.name_of(value) or _("not found")
    return dict(choice.choices).get(value, value)


def _without(asked: Asked[Row], choice: Filter[Row]) -> str:
    every = choice.all_value
    return asked.query(**{choice.key: every if every != choice.default else None})


def _clear_url(asked: Asked[Row]) -> str:
    """The same look without any filter."""
    changes = {
        choice.key: choice.all_value if choice.all_value != choice.default else None
        for choice in asked.listing.filters
    }
    return asked.query(q=None, **changes)


def _kept(asked: Asked[Row]) -> list[tuple[str, str]]:
    """Return what the filter form carries along: columns, page size, values from links."""
    look = [pair for pair in asked.look().items() if pair[0] != "sort"]
    linked = [choice.key for choice in asked.listing.filters if choice.name_of]
    values = [(key, asked.values[key]) for key in linked if asked.values[key]]
    return [*asked.listing.carried.items(), *look, *values]


def _columns_kept(asked: Asked[Any]) -> list[tuple[str, str]]:
    """Return what the form of the columns carries along."""
    pairs = {**asked.listing.carried} | asked.narrowing() | asked.look()
    return [pair for pair in pairs.items() if pair[0] != "cols"]


def _directions(column: Column) -> tuple[str, str]:
    """Numbers are wanted from the largest down, words from A on."""
    up, down = column.key, f"-{column.key}"
    return (down, up) if column.is_number else (up, down)


def _head(asked: Asked[Row], column: Column) -> Head:
    url, state = "", ""
    if column.is_sortable:
        state = {column.key: "ascending", f"-{column.key}": "descending"}.get(asked.sort, "")
        first, second = _directions(column)
        url = asked.query(sort=second if asked.sort == first else first)
    said = column.sorted_as if state else ""
    return Head(column.key, column.label, url, state, column.is_number, column.hide_small, said)


def _sorts(asked: Asked[Row]) -> list[ListOption]:
    """Return the orders to choose from where no head can be seen, as on phones."""
    usual = asked.listing.usual_sort(asked.values)
    found = [] if usual else [ListOption("", _("Newest first"), not asked.sort)]
    for column in asked.listing.columns:
        if not column.is_sortable:
            continue
        for sort in _directions(column):
            words = _("%(column)s, high to low") if sort[0] == "-" else _("%(column)s, low to high")
            if not column.is_number:
                words = _("%(column)s, last to first") if sort[0] == "-" else "%(column)s"
            label = words % {"column": column.sorted_as or column.label}
            found.append(ListOption("" if sort == usual else sort, label, sort == asked.sort))
    return found


def _columns(asked: Asked[Row]) -> list[ListOption]:
    if not asked.listing.can_choose:
        return []
    return [
        ListOption(one.key, one.label, asked.shows(one), is_fixed=one.is_fixed)
        for one in asked.listing.columns
        if not one.export_only
    ]
