"""Request id, access by the policy table, and domain errors turned into answers."""

import re
import uuid
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme

from prm.common import access, errorpages, maintenance
from prm.common.logs import current_ip, current_request_id
from prm.common.refusals import as_refusal

# Of an address with a port: "[2001:db8::1]:443" or "192.0.2.1:443".
PORT = re.compile(r"^\[([^\]]*)\](?::\d+)?$|^([^:]*):\d+$")
GetResponse = Callable[[HttpRequest], HttpResponse]


class RequestIdMiddleware:
    """Gives every request an id, answers it in ``X-Request-ID`` and forbids caching."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = uuid.uuid4().hex
        current_request_id.set(request_id)
        current_ip.set(client_ip(request))
        request.request_id = request_id  # type: ignore[attr-defined]
        response = self.get_response(request)
        response["X-Request-ID"] = request_id
        if not response.has_header("Cache-Control") and not request.path.startswith("/static/"):
            response["Cache-Control"] = "no-store"
        return response


def client_ip(request: HttpRequest) -> str | None:
    """The peer's address; behind PRM_TRUSTED_PROXIES proxies the one that they saw.

    Some proxies write its port too; what is no address counts as if nothing were written.
    """
    from django.conf import settings

    hops = request.headers.get("X-Forwarded-For", "").split(",")
    trusted = settings.PRM_TRUSTED_PROXIES
    seen = _address(hops[-trusted]) if 0 < trusted <= len(hops) else None
    return seen or request.META.get("REMOTE_ADDR") or None


def _address(text: str) -> str | None:
    """The address in ``1.2.3.4``, ``1.2.3.4:5678``, ``2001:db8::1`` or ``[2001:db8::1]:5678``."""
    bare = PORT.sub(r"\1\2", text.strip())
    try:
        return str(ip_address(bare)) if "%" not in bare else None
    except ValueError:
        return None


class MaintenanceMiddleware:
    """While an operator has switched maintenance on, nothing but health answers; no database."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        work = None if request.path in maintenance.ALWAYS_ANSWERED else maintenance.current()
        if work is None:
            return self.get_response(request)
        # nobody knows the person here: the browser says which language it reads
        with translation.override(translation.get_language_from_request(request)):
            return errorpages.unavailable(
                request, work.title, work.advice(), work.seconds_left(timezone.now())
            )


class AccessMiddleware:
    """Asks the policy table before any view runs. A route that is not declared is refused."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = self.get_response(request)
        if isinstance(answer, HttpResponseNotAllowed):  # Django's own is blank
            return errorpages.wrong_method(request, answer["Allow"].split(", "))
        return answer

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Refuse, or let the view run. The API's own permission class answers for its routes."""
        match = request.resolver_match
        if match is None or access.is_foreign_route(request.path, match):
            return None
        rule, actor = access.rule_of(match), access.actor_of(request)
        if (rule is not None and rule.open) or access.is_api(request.path):
            return None  # PolicyPermission answers for the API, with problem+json
        if actor.kind == "anonymous":
            return redirect_to_login(request)
        if rule is None or not rule.allows(actor, request.method or "GET"):
            return refusal_of(rule, actor, request)
        return access.second_factor_wall(request, actor)


def redirect_to_login(request: HttpRequest) -> HttpResponseBase:
    """To sign-in, and back here; who is signed in without any role (any more) is refused."""
    from django.contrib.auth.views import redirect_to_login as to_login

    if request.user.is_authenticated:
        return errorpages.refused(request)
    if request.headers.get("HX-Request"):
        # a part of a page cannot show the sign-in: the whole window goes there
        answer = HttpResponse(status=401)
        answer["HX-Redirect"] = to_login(errorpages.back(request)).url
        return answer
    is_page = request.method in {"GET", "HEAD"}
    return to_login(request.get_full_path() if is_page else errorpages.back(request))


def refusal_of(
    rule: access.Rule | None, actor: access.Actor, request: HttpRequest
) -> HttpResponseBase:
    """Not for this role; or an address that only takes steps, opened as a page.

    Who may use no method here is refused, and does not learn which ones there are.
    """
    method = "GET" if request.method == "HEAD" else request.method
    if rule is not None and method not in rule.methods and rule.is_for(actor.roles):
        return errorpages.wrong_method(request, rule.methods)
    return errorpages.refused(request, meant_for=rule.methods.get(str(method), ()) if rule else ())


class DomainErrorMiddleware:
    """A rule said no: tell the person, on the page that they came from (htmx: 409 and a toast)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Only a refusal is an answer; anything else stays an error."""
        refusal = as_refusal(error)
        if refusal is None:
            return None
        if getattr(request, "htmx", False):
            return render(request, "components/_toast.html", {"error": refusal}, status=409)
        messages.error(request, str(refusal))
        back = request.headers.get("Referer", "")
        if url_has_allowed_host_and_scheme(back, {request.get_host()}):
            return redirect(back)
        return redirect("/")
