"""The file of a draft: opened as it was found to be written, and samples of its columns."""

from dataclasses import dataclass, replace
from itertools import islice

from prm.common.imports import mapping as mappings
from prm.common.imports import resources
from prm.common.imports.mapping import Mapping
from prm.common.imports.models import Import
from prm.common.imports.readers import Table, open_table
from prm.common.imports.store import stored_path

SAMPLED = 400  # rows from which columns, dates and numbers are guessed
SAMPLES = 3
SHORT = 40  # characters of a sample


@dataclass(frozen=True)
class Sample:
    """One column of the file: some of its values, and whether its name can be used."""

    name: str
    cells: list[str]
    shown: list[str]


def table_of(run: Import, mapping: Mapping) -> Table:
    """The kept file of a run, opened; what was found out about it once is not searched again."""
    resource = resources.get(run.resource)
    words = {word.casefold() for word in (*resource.names, *mapping.columns.values())}
    if run.found.get("delimiter"):
        mapping = replace(
            mapping,
            encoding=mapping.encoding or run.found["encoding"],
            delimiter=mapping.delimiter or run.found["delimiter"],
        )
    return open_table(stored_path(run), mapping, words, run.file_name)


def samples(run: Import) -> list[Sample]:
    """The columns of a draft's file with some values. Raises InvalidInput when it is no table."""
    table = table_of(run, mappings.parse(run.mapping, resources.get(run.resource)))
    rows = [cells for _line, cells, wrong in islice(table.rows(), SAMPLED) if not wrong]
    found = []
    for place, name in enumerate(table.header):
        cells = [clean(row[place]) for row in rows if row[place].strip()]
        shown = [short(text) for text in list(dict.fromkeys(cells))[:SAMPLES]]
        found.append(Sample(name, cells, shown))
    return found


def clean(text: str) -> str:
    """A cell as a page can show it: without zero bytes and lone halves of characters."""
    return text.replace("\0", "�").encode(errors="replace").decode().strip()


def short(text: str) -> str:
    """The beginning of a long text."""
    return text if len(text) <= SHORT else f"{text[: SHORT - 1]}…"
