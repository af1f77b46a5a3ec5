"""The page of search results; the palette shows a part of the same page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from prm.common import access
from prm.common.lists import search_text
from prm.common.search import registry


@require_safe
def results(request: HttpRequest) -> HttpResponse:
    """What the text of the address finds; without a text, the pages to jump to."""
    text = search_text(request)[: registry.LONGEST]
    groups = registry.found(access.actor_of(request), text)
    return render(request, "search/results.html", {"text": text, "groups": groups})
