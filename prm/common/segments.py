"""Segments above a list: parts that the list declares, and views that people saved.

Their counts read far more than one page of rows, so they come after it, in an answer of their own;
those of rows in memory come with the page.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django_stubs_ext import StrOrPromise

from prm.common import access, lists
from prm.common.display import number
from prm.common.lists import Asked, Listing, Row
from prm.common.models import SavedView
from prm.common.savedviews.selectors import views_for


@dataclass(frozen=True)
class SegmentLink:
    """A segment as shown; its number of rows comes later."""

    label: StrOrPromise
    url: str
    is_current: bool
    shared_by: str = ""
    edit_url: str = ""
    count: str = ""  # of rows in memory, which are all at hand


def segments_of(
    request: HttpRequest, asked: Asked[Row], rows: QuerySet[Row] | list[Any]
) -> list[SegmentLink]:
    """Return the declared segments, then the saved views, in one query."""
    listing = asked.listing
    actor = access.actor_of(request)
    saved = _saved(actor, listing)
    parts = _parts(listing, saved)
    current = _current(asked, parts, len(listing.segments))
    links = [
        SegmentLink(one.label, part.query(), index == current)
        for index, (one, part) in enumerate(zip(listing.segments, parts, strict=False))
    ]
    for index, (view, part) in enumerate(zip(saved, parts[len(links) :], strict=True), len(links)):
        links.append(_link(view, part, actor, is_current=index == current))
    if not isinstance(rows, list):
        return links
    found = _counts_of(parts, rows)
    return [replace(link, count=count) for link, count in zip(links, found, strict=True)]


def wants_counts(request: HttpRequest) -> bool:
    """Tell whether the address asks for the counts of the segments instead of the page."""
    return request.GET.get("part") == "counts"


def counts_of(
    request: HttpRequest, rows: QuerySet[Row] | list[Any], listing: Listing[Row]
) -> HttpResponse:
    """Answer with the number of rows of each segment, for the places that the page keeps free."""
    saved = _saved(access.actor_of(request), listing)
    context = {"counts": _counts_of(_parts(listing, saved), rows)}
    return render(request, "components/segment_counts.html", context)


def _saved(actor: access.Actor, listing: Listing[Row]) -> list[SavedView]:
    return list(views_for(actor, listing.key)) if listing.key else []


def _parts(listing: Listing[Row], saved: Sequence[SavedView]) -> list[Asked[Row]]:
    """Return what each segment asks of the list: the declared ones first."""
    queries = [one.query for one in listing.segments] + [view.query for view in saved]
    return [lists.asked_of(QueryDict(query), listing) for query in queries]


def _link(
    view: SavedView, part: Asked[Any], actor: access.Actor, *, is_current: bool
) -> SegmentLink:
    is_own = actor.user is not None and view.owner_id == actor.user.pk
    edit = reverse("views:view_edit", args=[view.public_id]) if is_own else ""
    return SegmentLink(view.name, part.query(), is_current, "" if is_own else str(view.owner), edit)


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
    """Return each count as shown; nothing for a search, which would read too much."""
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
