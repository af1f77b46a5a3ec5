"""What may be a slip of the pen: refused, or told, before any row is stored."""

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from prm.common import display
from prm.common.imports.resources import Column
from prm.common.imports.work import Work

NAMELESS = "SELECT r.line, NULL::text AS value FROM import_ready AS r WHERE r.name IS NULL"
UNNAMED = """
    SELECT count(*) FROM import_ready AS r WHERE NOT EXISTS (
        SELECT 1 FROM {table} AS t WHERE t.source = %(source)s AND t.external_id = r.external_id
    )
"""
NEW_WORDS = """
    SELECT word, n, count(*) OVER () AS words FROM (
        SELECT r."{column}" AS word, count(*) AS n FROM import_ready AS r
        WHERE r."{column}" IS NOT NULL{unless} GROUP BY 1
    ) AS found
    WHERE NOT EXISTS (SELECT 1 FROM ({known}) AS known (word) WHERE known.word = found.word)
    ORDER BY n, word LIMIT %(most)s
"""
MOST = 10  # new words that are told, the rarest first: they are the likeliest slips


def refuse_nameless(work: Work, model: type[models.Model]) -> None:
    """Refuse rows whose name is blank; where no column holds names, tell that ids become names."""
    if "name" in work.given:
        work.refuse("name", lazy("The name is missing. Fill it in."), NAMELESS)
        return
    ((n,),) = work.rows(UNNAMED, {"table": model._meta.db_table})
    if n:
        text = ngettext(
            "No column holds the name: the id becomes the name of %(n)s new row.",
            "No column holds the name: the id becomes the name of %(n)s new rows.",
            n,
        )
        work.note(text % {"n": display.number(n)})


def tell_new_words(work: Work) -> None:
    """Name the words that nobody used before, in columns that take any word."""
    for column in work.resource.columns:
        if column.takes_new_words and column.name in work.given:
            _tell(work, column)


def _tell(work: Work, column: Column) -> None:
    # the code of a country is checked already
    unless = f""" AND r."{column.name}" !~ '^[A-Z]{{2}}$'""" if column.kind == "country" else ""
    names = {"column": column.name, "known": column.known, "unless": unless}
    found = work.rows(NEW_WORDS, names, most=MOST)
    if not found:
        return
    told = [f"{word} ({display.number(n)})" for word, n, _words in found]
    if rest := found[0][2] - len(found):
        more = ngettext("%(n)s more", "%(n)s more", rest) % {"n": display.number(rest)}
        told.append(more)
    text = _(
        "New in %(column)s, with the number of rows: %(words)s. Correct them if they are slips."
    )
    work.note(text % {"column": column.name, "words": ", ".join(told)})
