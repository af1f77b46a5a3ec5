"""Segments above a list: parts that the list declares, and views that people saved; with counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django_stubs_ext import StrOrPromise

from prm.common import access, lists
from prm.common.display import number
from prm.common.lists import Asked, Row
from prm.common.models import SavedView
from prm.common.savedviews.selectors import views_for


@dataclass(frozen=True)
class SegmentLink:
    """A segment as shown. `count` is empty where counting would read too much (a search)."""

    label: StrOrPromise
    url: str
    count: str
    is_current: bool
    shared_by: str = ""
    edit_url: str = ""


def segments_of(
    request: HttpRequest, asked: Asked[Row], rows: QuerySet[Row] | list[Any]
) -> list[SegmentLink]:
    """Return the declared segments and the saved views, in two queries for all of them."""
    listing = asked.listing
    if not listing.segments and not listing.key:
        return []
    actor = access.actor_of(request)
    saved = views_for(actor, listing.key) if listing.key else []
    queries = [one.query for one in listing.segments] + [view.query for view in saved]
    parts = [_asked(query, asked) for query in queries]
    numbers = _counts_of(parts, rows)
    current = _current(asked, parts, len(listing.segments))
    links = [
        SegmentLink(one.label, part.query(), count, index == current)
        for index, (one, part, count) in enumerate(
            zip(listing.segments, parts, numbers, strict=False)
        )
    ]
    for index, (view, part, count) in enumerate(
        zip(saved, parts[len(links) :], numbers[len(links) :], strict=True), len(links)
    ):
        links.append(_link(view, part, count, actor, is_current=index == current))
    return links


def _asked(query: str, asked: Asked[Row]) -> Asked[Row]:
    return lists.asked_of(QueryDict(query), asked.listing)


def _link(
    view: SavedView, part: Asked[Any], count: str, actor: access.Actor, *, is_current: bool
) -> SegmentLink:
    is_own = actor.user is not None and view.owner_id == actor.user.pk
    edit = reverse("views:view_edit", args=[view.public_id]) if is_own else ""
    return SegmentLink(
        view.name, part.query(), count, is_current, "" if is_own else str(view.owner), edit
    )


def _current(asked: Asked[Row], parts: Sequence[Asked[Row]], declared: int) -> int | None:
    """Return which one is open: a saved view with its look too, a declared segment by its rows."""
    for index in range(declared, len(parts)):
        if parts[index].query() == asked.query():
            return index
    for index in range(declared):
        if parts[index].narrowing() == asked.narrowing():
            return index
    return None


def _counts_of(parts: Sequence[Asked[Row]], rows: QuerySet[Row] | list[Any]) -> list[str]:
    if isinstance(rows, list):
        return ["" if part.search else number(len(lists.narrowed(part, rows))) for part in parts]
    wanted = [index for index, part in enumerate(parts) if not part.search]
    found = counts([lists.narrowed(parts[index], rows) for index in wanted], lists.COUNT_LIMIT)
    texts = [""] * len(parts)
    for index, counted in zip(wanted, found, strict=True):
        more = "+" if counted > lists.COUNT_LIMIT else ""
        texts[index] = number(min(counted, lists.COUNT_LIMIT)) + more
    return texts


def counts(querysets: Sequence[QuerySet[Any]], limit: int) -> list[int]:
    """Count the rows of each, up to one more than `limit`, in one query."""
    parts: list[str] = []
    params: list[Any] = []
    for rows in querysets:
        try:
            text, values = rows.order_by().values("pk")[: limit + 1].query.sql_with_params()
        except EmptyResultSet:
            text, values = "SELECT 1 WHERE false", ()
        parts.append(f"(SELECT count(*) FROM ({text}) AS counted)")  # noqa: S608 (Django compiled it)
        params.extend(values)
    if not parts:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(parts), params)
        return [int(value) for value in cursor.fetchone()]
