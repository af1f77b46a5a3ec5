""" "Did you mean …?" for references and choices that nobody knows: cheap, and only a proposal."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from django.db import connection

from prm.common.imports.models import Import, ImportProblem
from prm.common.imports.resources import Column, Reference, Resource

MANY = 5_000  # rows among which a likely one is looked for
CLOSE = 0.75
# the engine takes the row of the same source first, and else the only one
KNOWN = """
    SELECT external_id, {name} FROM {rows} AS w
    WHERE external_id <> '' ORDER BY source = %s DESC LIMIT %s
"""


def suggestions(
    run: Import, resource: Resource, problems: Iterable[ImportProblem]
) -> dict[tuple[str, str], tuple[str, str]]:
    """(column, refused value) → (value to use, what it is called); those without one are not there.

    One query for each column with unknown references.
    """
    asked: dict[str, set[str]] = {}
    for problem in problems:
        if problem.column in resource.names and problem.value:
            asked.setdefault(problem.column, set()).add(problem.value)
    found = {}
    for name, values in asked.items():
        known = _known(run, resource.column(name))
        for value in values:
            if (hit := _closest(value, known)) and hit[0] != value:
                found[name, value] = hit
    return found


def _known(run: Import, column: Column) -> list[tuple[str, str]]:
    """(value, name) of everything that the column could hold."""
    if column.kind == "choice":
        return [(choice, choice) for choice in column.choices]
    if column.kind == "reference" and column.reference:
        return _rows(run, column.reference)
    return []


def _rows(run: Import, reference: Reference) -> list[tuple[str, str]]:
    named = KNOWN.replace("{name}", reference.name or "external_id")
    with connection.cursor() as cursor:
        cursor.execute(named.replace("{rows}", reference.rows), [run.source, MANY + 1])
        rows = cursor.fetchall()
    return rows if len(rows) <= MANY else []


def _closest(value: str, known: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    """The likeliest of them by its id or its name, whatever the capitals."""
    by_word = {word.casefold(): pair for pair in reversed(known) for word in pair if word}
    hits = get_close_matches(value.casefold()[:100], by_word, n=1, cutoff=CLOSE)
    return by_word[hits[0]] if hits else None
