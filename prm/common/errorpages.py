"""What a person reads when a page cannot be had: what failed, what is safe, what to do next.

Pages of signed-in people keep their frame. Where the database or our own code failed, the page asks
nobody anything: no session, no settings, only what this process remembers of the brand.
"""

import logging
import re
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template import loader
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_stubs_ext import StrOrPromise

from prm.common import access, config
from prm.common.branding.selectors import brand_of
from prm.common.contacts import Contact, contacts_for
from prm.common.models import User
from prm.common.problems import CONTENT_TYPE, not_found_problem, problem

log = logging.getLogger(__name__)
# Where each kind of person searches: (route, words in the box).
SEARCHES: dict[str, tuple[str, StrOrPromise]] = {}
WORDS = re.compile(r"[^\W\d_]{2,}")
IDENTIFIER = re.compile(r"[0-9a-f-]{16,}", re.I)
# Seconds after which a try is likely to work.
RETRY_DATABASE = 20
# SQLSTATE of a server that is going away or coming back, and of a broken connection.
AWAY = ("57P", "08")
CANCELED = "57014"


def page(request: HttpRequest, status: int, title: str, advice: str, **more: Any) -> HttpResponse:
    """An error page in the frame of the person; without a frame where that cannot be had."""
    context = {"title": title, "advice": advice, **more}
    try:
        text = loader.render_to_string("error.html", context, request)
    except DatabaseError:
        return bare_page(request, status, title, advice, **more)
    return HttpResponse(text, status=status)


def bare_page(
    request: HttpRequest, status: int, title: str, advice: str, **more: Any
) -> HttpResponse:
    """An error page that asks neither database nor session."""
    program = config.remembered()
    brand = brand_of(program) if program else None
    context = {
        "shell_template": "bare.html",
        "request": request,
        "title": title,
        "advice": advice,
        "brand": brand,
        "program_name": program.name if program else "",
        **more,
    }
    return HttpResponse(loader.render_to_string("error.html", context), status=status)


def json(status: int, code: str, detail: str) -> JsonResponse:
    """The same for programs."""
    return JsonResponse(problem(status, code, detail), status=status, content_type=CONTENT_TYPE)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    """Nothing is here, or nothing that one may know of: both look alike to the last byte."""
    if access.is_api(request.path):
        return JsonResponse(not_found_problem(), status=404, content_type=CONTENT_TYPE)
    kind = access.actor_of(request).kind if hasattr(request, "session") else "anonymous"
    more: dict[str, Any] = {"search_text": words_of(request.path)}
    if kind in SEARCHES:
        route, label = SEARCHES[kind]
        more |= {"search_url": reverse(route), "search_label": label}
    advice = _("It may have been moved, or the address has a mistake. Nothing of yours is lost.")
    return page(request, 404, _("We can’t find this page"), advice, **more)


def words_of(path: str) -> str:
    """What an address seems to be about: the words of its last part; ids say nothing."""
    parts = [unquote(part) for part in path.split("/") if part]
    if not parts or IDENTIFIER.fullmatch(parts[-1]):
        return ""
    return " ".join(WORDS.findall(parts[-1].rpartition(".")[0] or parts[-1]))[:60]


def refused(
    request: HttpRequest, exception: Exception | None = None, *, meant_for: Iterable[str] = ()
) -> HttpResponseBase:
    """The person may not do this: who can change that, as far as the person may know them.

    The vendor's people also read which roles the page is ``meant_for``.
    """
    if access.is_api(request.path):
        return json(403, "permission_denied", _("Your role does not include this. Ask for it."))
    actor = access.actor_of(request)
    title = _("You don’t have access to this page")
    if actor.kind == "anonymous":
        advice = _(
            "You are signed in, but no company or role belongs to this account (any more). "
            "Ask the person who invited you."
        )
        return page(request, 403, title, advice, signed_out_url=reverse("account_logout"))
    people = contacts_for(actor)
    if other := _of_the_other_face(actor, set(meant_for), people):
        return page(request, 403, *other, contacts=people if actor.is_partner else [])
    advice = (
        _("Your role does not include it. These people can give you access:")
        if people
        else _("Your role does not include it. An administrator of your programme can change it.")
    )
    wanted = set(meant_for)
    roles = [str(role.label) for role in User.StaffRole if role.value in wanted]
    if actor.is_staff and roles:
        advice = _("It is for: %(roles)s.") % {"roles": ", ".join(roles)} + " " + advice
    return page(request, 403, title, advice, contacts=people)


def _of_the_other_face(
    actor: access.Actor, wanted: set[str], people: Sequence[Contact]
) -> tuple[str, str] | None:
    """Title and advice where no role of this kind of person is enough: nobody can give access."""
    of_desk = {str(role.value) for role in User.StaffRole}
    if not wanted or (wanted & of_desk if actor.is_staff else wanted - of_desk):
        return None
    if actor.is_staff:
        return _("This page is for your partners"), _(
            "It belongs to the portal, which only people of a partner can open. "
            "What it shows stands on the desk too."
        )
    name = config.program().name
    advice = (
        _("It is no part of the portal. If you need something from it, ask:")
        if people
        else _("It is no part of the portal. If you need something from it, ask your contact.")
    )
    return _("This page is for the people of %(name)s") % {"name": name}, advice


def wrong_method(request: HttpRequest, allowed: Iterable[str]) -> HttpResponseBase:
    """The address only does something, and was opened; or only shows, and was sent something."""
    known = ", ".join(allowed)
    answer: HttpResponse
    if access.is_api(request.path):
        detail = _("This cannot be done here. Use one of: %(methods)s.") % {"methods": known}
        answer = json(405, "method_not_allowed", detail)
    elif request.method in {"GET", "HEAD"}:
        title = _("This address takes a step and shows nothing")
        advice = _("Nothing was changed. Go to the page that has the button and press it there.")
        answer = page(request, 405, title, advice, back_url=back(request))
    else:
        title = _("Nothing can be sent to this address")
        advice = _("Nothing was saved. Go back, load the page again and use its own buttons.")
        answer = page(request, 405, title, advice, back_url=back(request))
    answer["Allow"] = known
    return answer


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """A form without its own secret: an old page, or somebody else’s form."""
    title = _("This page was open for too long")
    advice = _("Nothing was saved. Go back, load the page again and send the form once more.")
    if access.is_api(request.path):
        return json(403, "permission_denied", advice)
    return page(request, 403, title, advice, back_url=back(request))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """What was sent cannot be read, or is more than this site reads."""
    if isinstance(exception, RequestDataTooBig):
        title = _("That is more than we can take at once")
        advice = _("Nothing was saved. Send less text, or a large file as an import.")
        status, code = 413, "too_large"
    else:
        title = _("We can’t read what was sent")
        advice = _("Nothing was saved. Go back, load the page again and try once more.")
        status, code = 400, "parse_error"
    if access.is_api(request.path):
        return json(status, code, advice)
    return bare_page(request, status, title, advice, back_url=back(request))


def too_many(request: HttpRequest, action: str = "") -> HttpResponse:
    """Too many tries to sign in, or of ``action``; says when the next one counts."""
    seconds = longest_pause(request, action)
    minutes = max(1, round(seconds / 60))
    wait = ngettext("in %(n)d minute", "in %(n)d minutes", minutes) % {"n": minutes}
    advice = _("To keep accounts safe we pause here. Try again %(wait)s; nothing was lost.")
    if action:
        advice = _("There were many tries from your network, so we pause here. Try again %(wait)s.")
    title = _("Too many tries")
    answer = page(request, 429, title, advice % {"wait": wait}, retry_url=request.path)
    answer["Retry-After"] = str(seconds)
    return answer


def longest_pause(request: HttpRequest, action: str = "") -> int:
    """Seconds until the limits of this door or action have surely passed."""
    from allauth.account import app_settings
    from allauth.core.internal.ratelimit import parse_rates

    door = request.resolver_match.url_name if request.resolver_match else ""
    names = {
        "account_reset_password": ("reset_password",),
        "account_request_login_code": ("request_login_code",),
        "sign_in_link": ("login",),
    }.get(door or "", (action,) if action else ("login", "login_failed"))
    rates = [rate for name in names for rate in parse_rates(app_settings.RATE_LIMITS.get(name))]
    return int(max((rate.duration for rate in rates), default=60))


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Something that we did not foresee, or no database; the log has it under the code shown."""
    is_away = database_is_away(sys.exc_info()[1])
    code = code_of(request)
    log.error("error page shown, code %s, %s", code, "no database" if is_away else "our fault")
    if is_away:
        return unavailable(
            request,
            _("We can’t reach our data right now"),
            _("What you saved before is safe. We try again by ourselves: wait half a minute."),
            RETRY_DATABASE,
            code,
        )
    if took_too_long(sys.exc_info()[1]):
        return unavailable(
            request,
            _("This takes longer than a page can wait"),
            _(
                "Nothing was changed. Ask for less: a longer search text, a filter,"
                " a shorter period."
            ),
            RETRY_DATABASE,
            code,
        )
    if access.is_api(request.path):
        detail = _("Something went wrong on our side. Try again; if it stays, name the request id.")
        return json(500, "server_error", detail)
    advice = _(
        "The problem is on our side and is in our log. Nothing that was saved before is lost. "
        "Trying again usually works."
    )
    return bare_page(request, 500, _("Something broke on our side"), advice, **_stuck(request))


def unavailable(
    request: HttpRequest, title: str, advice: str, seconds: int, code: str = ""
) -> HttpResponseBase:
    """The site is away for a while and comes back by itself (503 with ``Retry-After``)."""
    answer: HttpResponse
    if access.is_api(request.path):
        answer = json(503, "unavailable", f"{title}. {advice}")
    else:
        more = _stuck(request) if code else {"retry_url": retry_url(request)}
        answer = bare_page(request, 503, title, advice, **more)
    answer["Retry-After"] = str(seconds)
    return answer


def _stuck(request: HttpRequest) -> dict[str, Any]:
    at = datetime.now(UTC)
    return {"code": code_of(request), "at": at, "retry_url": retry_url(request)}


def code_of(request: HttpRequest) -> str:
    """A code short enough to read out: the beginning of the request's id."""
    text = str(getattr(request, "request_id", "")).upper()
    return f"{text[:4]}-{text[4:8]}"


def retry_url(request: HttpRequest) -> str:
    """Where trying again leads: this page, or the one with the form."""
    return request.get_full_path() if request.method in {"GET", "HEAD"} else back(request)


def back(request: HttpRequest) -> str:
    """The page of this site that the person came from; else the start page."""
    came_from = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    try:
        host = request.get_host()
    except SuspiciousOperation:
        return "/"
    if not url_has_allowed_host_and_scheme(came_from, {host}):
        return "/"
    parts = urlsplit(came_from)
    page = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    # of "https://our.site//other.site" only a path that leads to the other site would be left
    return page if url_has_allowed_host_and_scheme(page, None) else "/"


def took_too_long(error: BaseException | None) -> bool:
    """Tell whether the database gave up a statement that ran longer than a page may wait."""
    return isinstance(error, OperationalError) and _state(error) == CANCELED


def _state(error: BaseException) -> str | None:
    state: str | None = getattr(error.__cause__, "pgcode", None)
    return state


def database_is_away(error: BaseException | None) -> bool:
    """Tell whether the server could not be reached, rather than a statement that failed."""
    if not isinstance(error, (OperationalError, InterfaceError)):
        return False
    state = _state(error)
    return state is None or state.startswith(AWAY)
