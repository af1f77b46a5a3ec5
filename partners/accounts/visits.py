"""Visits to the portal as facts: how long, and which parts of it were used; no addresses.

A page that is opened, or a step that is taken, goes on with the visit of the last half hour or
begins one. What a page does by itself (loading parts, asking for news) is no sign of a person, so
an idle tab ends its visit. One row a visit is written at most once a minute; the cache remembers
when, and without it the row itself is asked.
"""

import logging
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.core.cache import cache
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from partners.accounts.models import Membership, PortalSession
from prm.common import access
from prm.common.access import Actor
from prm.common.middleware import GetResponse

log = logging.getLogger(__name__)
IDLE = timedelta(minutes=30)
WRITTEN_EVERY = timedelta(minutes=1)
KEPT = timedelta(days=760)  # two years of trends and the year before each month
HOME = "home"
# What the parts of the portal are called; a part is the first word of a route, never an address.
FEATURES: dict[str, StrOrPromise] = {
    HOME: _("Home"),
    "deals": _("Deals"),
    "people": _("People"),
    "company": _("Company"),
    "tier": _("Tier"),
    "onboarding": _("Onboarding"),
    "notifications": _("Notifications"),
    "tasks": _("Tasks"),
    "profile": _("Your profile"),
    "settings": _("Access for programs"),
    "views": _("Saved views"),
}


def feature_of(route: str) -> str:
    """The part of the portal that a route belongs to: "portal/deals/<uuid:id>/" → "deals"."""
    words = [word for word in route.split("/") if word]
    words = words[1:] if words[:1] == ["portal"] else words
    word = words[0] if words else HOME
    return HOME if word.startswith("<") or "." in word else word


@lru_cache(maxsize=128)
def available_to(roles: frozenset[str]) -> frozenset[str]:
    """The parts of the portal that people with these roles may open."""
    found = set()
    for route, name in _routes(get_resolver().url_patterns):
        rule = access.POLICY.get(name)
        if rule and not rule.open and rule.methods.get("GET", frozenset()) & roles:
            found.add(feature_of(route))
    return frozenset(found & FEATURES.keys())


def _routes(patterns: list[Any], before: str = "", space: str = "") -> list[tuple[str, str]]:
    found = []
    for one in patterns:
        route = before + str(one.pattern)
        if route.startswith(("api/", "admin/")):
            continue
        if isinstance(one, URLResolver):
            found += _routes(one.url_patterns, route, one.namespace or space)
        elif isinstance(one, URLPattern):
            found.append((route, f"{space}:{one.name}" if space else str(one.name)))
    return found


@transaction.atomic
def record_visit(actor: Actor, feature: str, *, now: datetime) -> PortalSession | None:
    """A person of a partner did something in a part of the portal; None for who is nobody there.

    Two requests at once go on with one visit: the person's place at the company is locked.
    """
    member = (
        Membership.objects.filter(
            user=actor.user, partner__in=actor.partner_ids, is_active=True
        )
        .order_by("pk")
        .select_for_update(no_key=True)
        .first()
    )  # fmt: skip
    if member is None:
        return None
    roles = sorted(role.removeprefix("partner:") for role in actor.roles)
    parts = available_to(actor.roles)
    last = PortalSession.objects.filter(membership=member).order_by("-last_at", "-pk").first()
    if last is None or now - last.last_at > IDLE or now < last.started_at:
        return PortalSession.objects.create(
            partner_id=member.partner_id, membership=member, started_at=now, last_at=now,
            features=[feature], roles=roles, available=len(parts | {feature}),
        )  # fmt: skip
    last.last_at = max(last.last_at, now)
    last.features = sorted({*last.features, feature})
    last.available = max(last.available, len(parts | set(last.features)))
    last.save(update_fields=["last_at", "features", "available"])
    return last


def note(actor: Actor, feature: str, now: datetime) -> None:
    """Record it, unless the same was written within the minute."""
    key = f"portal-visit:{actor.user.pk if actor.user else 0}:{actor.partner_id}"
    known = cache.get(key)
    if known and now - known[0] < WRITTEN_EVERY and feature in known[1]:
        return
    row = record_visit(actor, feature, now=now)
    if row is not None:
        cache.set(key, (now, row.features), timeout=int(IDLE.total_seconds()))


def forget_old(now: datetime) -> int:
    """Drop visits that no figure reads any more; returns how many."""
    return PortalSession.objects.filter(last_at__lt=now - KEPT).delete()[0]


class VisitMiddleware:
    """Notes what partners' people do on pages; a failure here is nobody's trouble."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = self.get_response(request)
        actor: Actor | None = getattr(request, "_prm_actor", None)
        if actor and actor.is_partner and _is_by_hand(request, answer):
            feature = feature_of(request.resolver_match.route)  # type: ignore[union-attr]
            try:
                if feature in FEATURES:  # else a public page, or one for machines
                    note(actor, feature, timezone.now())
            except DatabaseError:
                log.warning("a visit to the portal could not be noted", exc_info=True)
        return answer


def _is_by_hand(request: HttpRequest, answer: HttpResponseBase) -> bool:
    """A page that somebody opened or a step that somebody took, not a part that loads by itself."""
    if request.resolver_match is None or answer.status_code >= 400 or access.is_api(request.path):
        return False
    by_itself = request.headers.get("HX-Request") and not request.headers.get("HX-Boosted")
    return not (by_itself and request.method in {"GET", "HEAD"})
