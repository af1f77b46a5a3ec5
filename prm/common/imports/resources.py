"""What can be imported: each feature registers its resources here; the engine knows no noun."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from prm.common.errors import InvalidInput

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

    from prm.common.imports.work import Work

Text: TypeAlias = "str | StrPromise"
Kind = Literal[
    "text",
    "day",
    "instant",
    "number",
    "flag",
    "choice",
    "currency",
    "country",
    "domain",
    "reference",
]


@dataclass(frozen=True)
class Reference:
    """Rows that a column names by their external id.

    ``rows`` is a table, or a SELECT in brackets, with ``id``, ``source`` and ``external_id``.
    ``label`` is what a person calls one of them. With ``fold`` capitals do not matter.
    """

    rows: str
    label: Text
    fold: bool = False
    name: str = ""  # column with the rows' names, for "did you mean"


@dataclass(frozen=True)
class Column:
    """A word of the exchange format and the values that it takes.

    ``field`` is the database column that it feeds; empty when only the resource's own steps
    read it. ``blank`` is the SQL value of a blank cell. ``needed`` demands the column in the
    file, ``required`` a value in each row. ``nobody`` are words for "no such row" in a reference.
    ``known`` is a SELECT of the values in use, for a text that comes from a few words; with
    ``takes_new_words`` a new word is taken, and told.
    """

    name: str
    kind: Kind = "text"
    help: Text = ""
    field: str = ""
    blank: str = ""
    max_length: int = 0
    needed: bool = False
    required: bool = False
    choices: tuple[str, ...] = ()
    reference: Reference | None = None
    nobody: tuple[str, ...] = ()
    known: str = ""
    takes_new_words: bool = False

    @property
    def label(self) -> str:
        """The column as people read it."""
        return label_of(self.name)


@dataclass(frozen=True)
class Check:
    """A row is refused where ``condition`` holds; ``message`` says what to do.

    The condition is SQL over the typed columns and, as ``raw_<column>``, the texts of the file.
    ``%(value)s`` in the message is the text of ``column``.
    """

    column: str
    condition: str
    message: Text


@dataclass(frozen=True)
class Resource:
    """One importable thing, named like the file that brings it.

    ``key`` is the column with the id of a row; without a value ``natural`` (SQL over the typed
    and raw columns) gives it. ``derived`` are further columns worked out from the typed ones.
    ``apply`` stores the good rows, by default straight into ``model``. ``after`` names what must
    be there before. Runs with the same ``lock`` wait for each other. ``is_fact``: figures are
    computed from it, so that time zone and currency stand once it has rows; ``more_facts`` are
    further models that it writes.
    """

    name: str
    label: Text
    model: type[models.Model]
    columns: tuple[Column, ...]
    key: str
    natural: str
    lock: str
    after: tuple[str, ...] = ()
    derived: tuple[tuple[str, str], ...] = ()
    checks: tuple[Check, ...] = ()
    validate: "Callable[[Work], None] | None" = None
    apply: "Callable[[Work], None] | None" = None
    is_fact: bool = False
    more_facts: tuple[type[models.Model], ...] = ()
    can_undo: bool = True

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """The columns of a file; ``external_id`` is always possible."""
        if any(column.name == "external_id" for column in self.columns):
            return self.columns
        return (*self.columns, EXTERNAL_ID)

    def column(self, name: str) -> Column:
        """The column of this name. Raises KeyError."""
        return next(column for column in self.all_columns if column.name == name)

    def id_column(self, given: Collection[str]) -> str:
        """The column that gives a row its id in a file with these columns; "" if none is meant."""
        made_from = re.findall(r"\braw_(\w+)", self.natural)
        found = (name for name in (self.key, *made_from) if name in given)
        return next(found, self.key) if self.key else ""

    @property
    def names(self) -> tuple[str, ...]:
        """The words of the exchange format."""
        return tuple(column.name for column in self.all_columns)


EXTERNAL_ID = Column(
    "external_id",
    max_length=200,
    help=lazy("The row's id in the system that it comes from; blank: made from the other columns."),
)
_REGISTRY: dict[str, Resource] = {}


@dataclass(frozen=True)
class Words:
    """What a resource is in a sentence, and how other systems call its columns."""

    about: Text
    also: dict[str, tuple[str, ...]]
    values: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)


_WORDS: dict[str, Words] = {}
_LABELS: dict[str, Text] = {}


def describe(name: str, about: Text, /, **also: str) -> None:
    """Say what a resource holds, and other names of its columns, with ``|`` between them.

    They are for guessing only, in any language; capitals and signs between words do not matter.
    Raises ValueError for a column that the resource does not have.
    """
    if unknown := set(also) - set(_REGISTRY[name].names):
        raise ValueError(f"{name} has no columns {sorted(unknown)}.")
    _WORDS[name] = Words(about, {column: tuple(text.split("|")) for column, text in also.items()})


def describe_values(name: str, column: str, /, **also: str) -> None:
    """Say how other systems call the values of a column, with ``|`` between them."""
    _WORDS[name].values[column] = {value: tuple(text.split("|")) for value, text in also.items()}


def label_columns(**labels: Text) -> None:
    """Say how people read columns: ``partner_id`` is "Partner ID" in every file that has it."""
    _LABELS.update(labels)


def label_of(name: str) -> str:
    """A column as people read it, in their language; its bare name where nothing was said."""
    return str(_LABELS.get(name, name.replace("_", " ").capitalize()))


def words_of(name: str) -> Words:
    """What was said of a resource by ``describe``."""
    return _WORDS.get(name, Words("", {}))


def register(resource: Resource) -> Resource:
    """Make a resource known. Raises ValueError for a name given twice."""
    if resource.name in _REGISTRY:
        raise ValueError(f"The resource {resource.name} is registered twice.")
    _REGISTRY[resource.name] = resource
    return resource


def get(name: str) -> Resource:
    """The resource of this name. Raises InvalidInput with the names that exist."""
    if name not in _REGISTRY:
        raise InvalidInput(
            _("%(name)s cannot be imported. Choose one of: %(names)s.")
            % {"name": name, "names": ", ".join(resource.name for resource in ordered())},
            "resource",
        )
    return _REGISTRY[name]


def ordered() -> list[Resource]:
    """All resources, each after those that it needs."""
    done: dict[str, Resource] = {}

    def visit(resource: Resource) -> None:
        for name in resource.after:
            if name in _REGISTRY and name not in done:
                visit(_REGISTRY[name])
        done.setdefault(resource.name, resource)

    for resource in _REGISTRY.values():
        visit(resource)
    return list(done.values())


def utc_text(column: str) -> str:
    """SQL of an instant as text, for ids that are made from columns."""
    return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"""


def facts_exist() -> bool:
    """Whether figures already rest on rows (then time zone and currency stand)."""
    facts = [one for one in _REGISTRY.values() if one.is_fact]
    return any(
        model._default_manager.exists() for one in facts for model in (one.model, *one.more_facts)
    )
