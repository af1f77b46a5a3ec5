"""Where tasks come from, and what companies are: features say it here, the ground knows neither."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from prm.common.access import Actor
from prm.common.models import Task, User

GO = _("Go to it")
OWN = "own"  # tasks that people give each other


@dataclass(frozen=True)
class Source:
    """A feature that asks for tasks.

    `title` and `detail` make their words in the reader's language, from the plain values that
    came with the task; `lines` say more on its own page. A task that is `done_there` is finished
    where its address leads, not here; `action` says what people do there.
    """

    key: str
    label: StrOrPromise
    icon: str = "circle-check"
    title: Callable[[dict[str, Any]], str] | None = None
    detail: Callable[[dict[str, Any]], str] | None = None
    done_there: bool = False
    action: StrOrPromise = GO
    lines: Callable[[Task], Sequence[str]] | None = None


SOURCES: dict[str, Source] = {}


def declare(source: Source) -> Source:
    """Make a source known. Raises ValueError for a key that is taken."""
    if source.key in SOURCES:
        raise ValueError(f"Two sources of tasks are called {source.key}.")
    SOURCES[source.key] = source
    return source


BY_PEOPLE = declare(Source(OWN, _("Given by a person")))


def title_of(task: Task) -> str:
    """What is to be done, in the active language."""
    source = SOURCES.get(task.source)
    if task.title or source is None or source.title is None:
        return task.title
    return source.title(task.args)


def detail_of(task: Task) -> str:
    """What else there is to say about it."""
    source = SOURCES.get(task.source)
    return source.detail(task.args) if source is not None and source.detail else ""


def lines_of(task: Task) -> Sequence[str]:
    """What its own page says beside title and detail, such as what is missing."""
    source = SOURCES.get(task.source)
    return source.lines(task) if source is not None and source.lines else []


def action_of(task: Task) -> str:
    """What people do where its address leads."""
    return str(SOURCES.get(task.source, BY_PEOPLE).action)


def is_done_there(task: Task) -> bool:
    """Whether people finish it where its address leads."""
    source = SOURCES.get(task.source)
    return source is not None and source.done_there and bool(task.url)


def icon_of(task: Task) -> str:
    """The icon of where it comes from."""
    source = SOURCES.get(task.source)
    return source.icon if source is not None else BY_PEOPLE.icon


@dataclass(frozen=True)
class Companies:
    """What the ground may ask about companies, each named by its public id.

    `names` are of those that the actor may know of, and `find` finds among them by a part of the
    name (at most a few); `members` are the people of a company who may do its tasks;
    `answers_for` is who is told when a company's task has no owner; `manager` looks after it at
    the vendor; `url` is its page for this actor (empty: none); `own` is the company that the
    actor works for.
    """

    names: Callable[[Actor, Collection[UUID]], dict[UUID, str]]
    find: Callable[[Actor, str], dict[UUID, str]]
    members: Callable[[UUID], list[User]]
    answers_for: Callable[[UUID], list[User]]
    manager: Callable[[UUID], User | None]
    url: Callable[[Actor, UUID], str]
    own: Callable[[Actor], UUID | None]


_COMPANIES: list[Companies] = []


def know_companies(companies: Companies) -> None:
    """Register what companies are. Raises ValueError the second time."""
    if _COMPANIES:
        raise ValueError("What companies are is known already.")
    _COMPANIES.append(companies)


def companies() -> Companies:
    """What is known about companies. Raises LookupError while no feature has said it."""
    if not _COMPANIES:
        raise LookupError("No feature says what companies are: sources.know_companies.")
    return _COMPANIES[0]
