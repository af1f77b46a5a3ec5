"""Turns the rows of a file into the values of a resource's columns, as the mapping says."""

from collections.abc import Callable
from dataclasses import dataclass
from string import Formatter

from django.utils.translation import gettext as _

from prm.common.errors import InvalidInput
from prm.common.imports.dates import iso_reader
from prm.common.imports.mapping import Mapping, wrong
from prm.common.imports.resources import Resource
from prm.common.tabular import plain_text

BLANK = frozenset({"", "NULL", "null"})
Row = list[str]
Getter = Callable[[Row], str | None]
Clean = Callable[[str], str | None]


@dataclass(frozen=True)
class RowMap:
    """Turns a row of the file into the values of ``targets``; None when it is filtered out."""

    targets: tuple[str, ...]
    convert: Callable[[Row], list[str | None] | None]
    unused: tuple[str, ...]


def row_map(mapping: Mapping, resource: Resource, header: list[str]) -> RowMap:
    """The mapping for a file with this header. Raises InvalidInput naming missing columns."""
    sources = _sources(mapping, resource, header)
    _check_needed(resource, {*sources, *mapping.constants, *mapping.compose})
    clean = cleaner(mapping.blank)
    getters = _getters(mapping, resource, header, sources, clean)
    used = {*sources.values(), *(_index(header, name) for name in _mentioned(mapping))}
    unused = tuple(name for i, name in enumerate(header) if i not in used and name)
    plain = not (mapping.values or mapping.dates) and len(getters) == len(sources)
    take: Callable[[Row], list[str | None]]
    if plain:
        places = list(sources.values())
        blank = BLANK | set(mapping.blank)

        def take(row: Row) -> list[str | None]:
            # the same as clean(), without a call for each of millions of cells
            return [
                None
                if (cell := row[i].strip()) in blank
                else cell
                if cell[0] != "'"
                else plain_text(cell)
                for i in places
            ]
    else:
        work = list(getters.values())

        def take(row: Row) -> list[str | None]:
            return [get(row) for get in work]

    return RowMap(tuple(getters), _filtered(take, _filters(mapping, header, clean)), unused)


def cleaner(more_blanks: list[str]) -> Clean:
    """Strips a cell; None for a blank one, NULL, and the mapping's own words for it."""
    blank = BLANK | set(more_blanks)

    def clean(cell: str) -> str | None:
        cell = cell.strip()
        if cell in blank:
            return None
        # our own exports put an apostrophe before what a spreadsheet would run as a formula
        return cell if cell[0] != "'" else plain_text(cell)

    return clean


def _getters(
    mapping: Mapping, resource: Resource, header: list[str], sources: dict[str, int], clean: Clean
) -> dict[str, Getter]:
    """For each word a function from the file's row to its value."""

    def cell_of(index: int) -> Getter:
        return lambda row: clean(row[index])

    getters: dict[str, Getter] = {name: cell_of(index) for name, index in sources.items()}
    for name, text in mapping.constants.items():
        getters[name] = _constant(text)
    for name, template in mapping.compose.items():
        getters[name] = _composed(name, template, header, cell_of)
    for name, values in mapping.values.items():
        if name in getters:
            getters[name] = _mapped(getters[name], values)
    for name in getters:
        if mapping.dates and resource.column(name).kind in {"day", "instant"}:
            getters[name] = _dated(getters[name], mapping.dates)
    return getters


def _filtered(
    take: Callable[[Row], list[str | None]], keep: list[Callable[[Row], bool]]
) -> Callable[[Row], list[str | None] | None]:
    if not keep:
        return take
    return lambda row: take(row) if all(test(row) for test in keep) else None


def _sources(mapping: Mapping, resource: Resource, header: list[str]) -> dict[str, int]:
    """Which column of the file feeds which word: as mapped, or by the same name."""
    if mapping.columns:
        return {name: _index(header, source) for name, source in mapping.columns.items()}
    given = {*mapping.constants, *mapping.compose}
    folded = [name.casefold() for name in header]
    names = [name for name in resource.names if name in folded and name not in given]
    return {name: _index(header, name) for name in names}


def _check_needed(resource: Resource, given: set[str]) -> None:
    needed = [column.name for column in resource.columns if column.needed or column.required]
    missing = [name for name in needed if name not in given]
    if not given or missing:
        raise InvalidInput(
            _(
                "The file has no column %(missing)s. Columns of %(resource)s are: %(names)s. "
                "Rename the columns of the file, or say in a mapping which column feeds which."
            )
            % {
                "missing": ", ".join(missing or resource.names[:1]),
                "resource": resource.name,
                "names": ", ".join(resource.names),
            }
        )


def _index(header: list[str], name: str) -> int:
    """The place of a column by its name. Raises InvalidInput when it is missing or ambiguous."""
    folded = name.strip().casefold()
    places = [i for i, text in enumerate(header) if text.casefold() == folded]
    exact = [i for i in places if header[i] == name.strip()]
    places = exact or places
    if len(places) == 1:
        return places[0]
    message = (
        _("The file has two columns %(name)s. Rename one of them.")
        if places
        else _("The file has no column %(name)s. It has: %(names)s.")
    )
    raise InvalidInput(message % {"name": name, "names": ", ".join(header)[:500]})


def _mentioned(mapping: Mapping) -> list[str]:
    names = [*mapping.only_where, *mapping.except_where]
    for template in mapping.compose.values():
        names += [name for _text, name, _spec, _conv in Formatter().parse(template) if name]
    return names


def _constant(text: str) -> Getter:
    return lambda row: text or None


def _mapped(get: Getter, values: dict[str, str]) -> Getter:
    """Other words for the values; ``*`` is for all that are not listed. Blank is ``""``."""
    rest = values.get("*")

    def mapped(row: Row) -> str | None:
        value = get(row)
        new = values.get(value or "", rest if rest is not None else value)
        return new or None

    return mapped


def _composed(
    name: str, template: str, header: list[str], cell_of: Callable[[int], Getter]
) -> Getter:
    """A text made from cells, like ``{City}, {Country}``; blank when one of them is blank."""
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        raise wrong(f"compose.{name}", str(error)) from None
    pieces: list[tuple[str, Getter | None]] = [
        (text, cell_of(_index(header, source)) if source is not None else None)
        for text, source, _spec, _conversion in parts
    ]

    def composed(row: Row) -> str | None:
        out: list[str] = []
        for text, get in pieces:
            out.append(text)
            if get is not None:
                value = get(row)
                if value is None:
                    return None
                out.append(value)
        return "".join(out)

    return composed


def _dated(get: Getter, formats: list[str]) -> Getter:
    readers = [iso_reader(text) for text in formats]

    def dated(row: Row) -> str | None:
        value = get(row)
        if value is not None:
            for read in readers:
                if (iso := read(value)) is not None:
                    return iso
        return value

    return dated


def _filters(mapping: Mapping, header: list[str], clean: Clean) -> list[Callable[[Row], bool]]:
    """Which rows to take: every column in ``only_where`` matches, none in ``except_where``."""

    def test(name: str, texts: list[str], *, wanted: bool) -> Callable[[Row], bool]:
        index, allowed = _index(header, name), frozenset(texts)
        return lambda row: ((clean(row[index]) or "") in allowed) is wanted

    return [
        *(test(name, texts, wanted=True) for name, texts in mapping.only_where.items()),
        *(test(name, texts, wanted=False) for name, texts in mapping.except_where.items()),
    ]
