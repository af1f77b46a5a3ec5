"""So many tries of a step for an address of the network and for what was typed; then a pause.

The rates stand in the settings beside those of sign-in, and survive a cache that is away like them.
"""

from allauth.core import ratelimit
from django.http import HttpRequest, HttpResponseBase

from prm.common import errorpages


def spent(request: HttpRequest, action: str, key: str) -> HttpResponseBase | None:
    """Count a try of ``action``; the page to answer with when there were too many."""
    if ratelimit.consume(request, action=action, key=key):
        return None
    return errorpages.too_many(request, action)
