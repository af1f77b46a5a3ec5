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
# New rows whose name somebody has already, from this source or another.
SAME_NAMES = """
    SELECT r.line, t.name, t.external_id, t.source, count(*) OVER () AS found
    FROM import_ready AS r
    JOIN (SELECT lower(name) AS name, min(id) AS id FROM {table} GROUP BY 1) AS same
        ON same.name = lower(coalesce(r.name, r.external_id))
    JOIN {table} AS t ON t.id = same.id
    WHERE NOT EXISTS (
        SELECT 1 FROM {table} AS own
        WHERE own.source = %(source)s AND own.external_id = r.external_id
    )
    ORDER BY r.line LIMIT %(most)s
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


def tell_same_names(work: Work, model: type[models.Model]) -> None:
    """Name the new rows that are perhaps known already, under another id or from elsewhere."""
    found = work.rows(SAME_NAMES, {"table": model._meta.db_table}, most=MOST)
    if not found:
        return
    total = found[0][-1]
    one = _("%(name)s (line %(line)s; here %(id)s from %(source)s)")
    told = [
        one % {"name": name, "line": display.number(line), "id": external_id, "source": source}
        for line, name, external_id, source, _total in found
    ]
    if rest := total - len(found):
        told.append(ngettext("%(n)s more", "%(n)s more", rest) % {"n": display.number(rest)})
    text = ngettext(
        "%(n)s new row has a name that exists already: %(names)s. It is stored beside it. If "
        "both are the same, give the row the id that stands here and import it from that source.",
        "%(n)s new rows have names that exist already: %(names)s. They are stored beside them. "
        "Where both are the same, give the row the id that stands here and import it from that "
        "source.",
        total,
    )
    work.note(text % {"n": display.number(total), "names": ", ".join(told)})


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
    work.note(text % {"column": column.label, "words": ", ".join(told)})
