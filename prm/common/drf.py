"""What the settings name for the API: rights by the policy table, limits, pages, errors.

Django REST framework imports this module while it loads its views, so nothing here may.
"""

from datetime import timedelta
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

from prm.common import access
from prm.common.access import Actor
from prm.common.errors import NotAllowed
from prm.common.pages import CursorPages
from prm.common.problems import problem_json

__all__ = ["CursorPages", "PolicyPermission", "TokenThrottle", "problem_json"]


class PolicyPermission(BasePermission):
    """The policy table decides, by the name of the route; a route without a row is refused."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether this actor may use this method here. Raises what the answer should say."""
        http: HttpRequest = request._request
        rule = access.rule_of(http.resolver_match) if http.resolver_match else None
        actor = access.actor_of(http)
        if rule is not None and rule.open:
            return True
        if rule is None or actor.kind == "anonymous":
            return False
        method = _meaning(request.method)
        if method not in rule.methods:
            raise exceptions.MethodNotAllowed(method)
        if access.lacks_second_factor(actor):
            raise NotAllowed(
                _("Set up a second factor under Account first."), "second_factor_required"
            )
        if actor.token is not None and actor.roles & rule.methods[method]:
            _demand_scope(rule, actor, method)
        return rule.allows(actor, method)


def _meaning(method: str | None) -> str:
    return "GET" if method in {None, "HEAD"} else str(method)


def _demand_scope(rule: access.Rule, actor: Actor, method: str) -> None:
    if actor.token is None or rule.allows_token(actor.token, method):
        return
    if not rule.scope_name:
        raise NotAllowed(_("Tokens cannot be used here."), "token_not_usable")
    raise NotAllowed(
        _("This token lacks the scope %(scope)s. Make a token that has it.")
        % {"scope": rule.scope_of(method)},
        "scope_missing",
    )


class TokenThrottle(BaseThrottle):
    """So many requests an hour for a token or person; a partner's people share one limit."""

    wait_for: float | None = None

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count this request. While the cache is away nothing is counted and reads go on."""
        actor = access.actor_of(request._request)
        if actor.user is None:
            return True
        limit, seconds = _rate(str(api_settings.DEFAULT_THROTTLE_RATES["token"]))
        now = timezone.now().timestamp()
        window = int(now // seconds)
        key = f"throttle:{_who(actor)}:{window}"
        cache.add(key, 0, timeout=seconds)
        self.wait_for = (window + 1) * seconds - now
        return bool(cache.incr(key) <= limit)

    def wait(self) -> float | None:
        """Seconds until the next request is answered (``Retry-After``)."""
        return self.wait_for


def _who(actor: Actor) -> str:
    if actor.is_partner:
        return f"partner:{actor.partner_id}"
    return f"token:{actor.token.pk}" if actor.token else f"user:{actor.user.pk}"  # type: ignore[union-attr]


def _rate(text: str) -> tuple[int, int]:
    """``5000/hour`` as (5000, 3600)."""
    number, _slash, unit = text.partition("/")
    one = {"s": timedelta(seconds=1), "m": timedelta(minutes=1), "h": timedelta(hours=1)}
    return int(number), int(one[unit[0]].total_seconds())
