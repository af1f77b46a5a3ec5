"""The file of a draft: opened as it was found to be written, and samples of its columns."""

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import islice

from prm.common.imports import mapping as mappings
from prm.common.imports import resources
from prm.common.imports.mapping import Mapping
from prm.common.imports.models import Import
from prm.common.imports.readers import Table, open_table
from prm.common.imports.store import stored_path

SAMPLED = 400  # rows from which columns, dates and numbers are guessed
SAMPLES = 3
COUNTED = 5_000  # rows in which different values are counted
VALUES = 200  # different values of a column that comes from a few words
SHORT = 40  # characters of a sample


@dataclass(frozen=True)
class Sample:
    """One column of the file: some of its cells, and its different values with their rows.

    Columns with more than a few different values, such as names, have none counted.
    """

    name: str
    cells: list[str]
    shown: list[str]
    values: dict[str, int] = field(default_factory=dict)


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
    counted = [cells for _line, cells, wrong in islice(table.rows(), COUNTED) if not wrong]
    rows = counted[:SAMPLED]
    found = []
    for place, name in enumerate(table.header):
        cells = [clean(row[place]) for row in rows if row[place].strip()]
        shown = [short(text) for text in list(dict.fromkeys(cells))[:SAMPLES]]
        values = Counter(clean(row[place]) for row in counted if row[place].strip())
        found.append(Sample(name, cells, shown, dict(values) if len(values) <= VALUES else {}))
    return found


def clean(text: str) -> str:
    """A cell as a page can show it: without zero bytes and lone halves of characters."""
    return text.replace("\0", "�").encode(errors="replace").decode().strip()


def short(text: str) -> str:
    """The beginning of a long text."""
    return text if len(text) <= SHORT else f"{text[: SHORT - 1]}…"
