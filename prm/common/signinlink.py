"""The link of a sign-in mail: it signs in once, on any device, and lands on the page it was for.

The secret stands behind ``#``, so that no server, log or mail scanner that opens the link uses it;
signing in takes a press of a button. It is signed together with the page, holds for as long as the
code of the same mail; both stop with the next sign-in, or with a new password or address. Where
the link was not asked for in this browser, the person first reads as whom it signs in: a link that
somebody else sent does not quietly lead into somebody else's account.

Only a script can read what stands behind ``#``. Without scripts the page leads to the code of the
same mail, which signs in the window that asked for it.
"""

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.internal.stagekit import clear_login, unstash_login
from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from allauth.core import ratelimit
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from prm.common import mail
from prm.common.models import User

SALT = "prm.sign-in-link"
CODE_SEAL = "sign_in_code_seal"  # in the session that asked for a code


def is_own_path(url: str | None) -> bool:
    """Tell whether this is a path of this site and nothing that could lead elsewhere."""
    if not url or not url.startswith("/"):
        return False
    return url_has_allowed_host_and_scheme(url, allowed_hosts=None)


def link_for(request: HttpRequest, user: User) -> str:
    """Return the link that signs this person in and leads where the request wanted to go."""
    wanted = get_next_redirect_url(request) or ""
    secret = signing.dumps(
        {"user": str(user.public_id), "seal": _seal(user), "next": wanted[:500]}, salt=SALT
    )
    return f"{mail.address_of(reverse('common:sign_in_link'))}#{secret}"


def _seal(user: User) -> str:
    """Return what changes with every sign-in, and with the password and the address."""
    return salted_hmac(
        SALT, f"{user.pk}/{user.password}/{user.email}/{user.last_login}"
    ).hexdigest()


def seal_code(request: HttpRequest, user: User) -> None:
    """Remember what this person's sign-in looked like when the code of a mail was made."""
    request.session[CODE_SEAL] = _seal(user)


def code_holds(request: HttpRequest) -> bool:
    """Tell whether the person, whose code is typed here, did not sign in or change since."""
    waiting = unstash_login(request, peek=True)
    user = waiting.user if waiting is not None else None
    return isinstance(user, User) and request.session.get(CODE_SEAL) == _seal(user)


def _opened(secret: str) -> tuple[User, str] | None:
    """Return whom a secret signs in and where it leads; None if it is not, or no longer, valid."""
    try:
        content = signing.loads(secret, salt=SALT, max_age=app_settings.LOGIN_BY_CODE_TIMEOUT)
    except signing.BadSignature:
        return None
    user = User.objects.filter(public_id=content["user"], is_active=True).first()
    if user is None or content["seal"] != _seal(user):
        return None
    return user, content["next"] if is_own_path(content["next"]) else ""


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_by_link(request: HttpRequest) -> HttpResponseBase:
    """Where the link of a sign-in mail leads: one button, which signs in."""
    if request.method != "POST":
        waiting = unstash_login(request, peek=True) is not None
        return render(request, "account/sign_in_link.html", {"is_waiting": waiting})
    refused: HttpResponse | None = ratelimit.consume_or_429(request, action="login")
    if refused is not None:
        return refused
    secret = request.POST.get("secret", "")
    found = _opened(secret)
    if found is None:
        return render(request, "account/sign_in_link.html", {"is_over": True}, status=422)
    user, page = found
    if request.user == user:
        return redirect(page or get_adapter(request).get_login_redirect_url(request))
    if request.POST.get("confirmed") or _asked_here(request, user):
        return _signed_in(request, user, page)
    return render(request, "account/sign_in_link.html", {"person": user, "secret": secret})


def _asked_here(request: HttpRequest, user: User) -> bool:
    """Tell whether this very browser waits for this person's code."""
    waiting = unstash_login(request, peek=True)
    return waiting is not None and waiting.user == user


def _signed_in(request: HttpRequest, user: User, page: str) -> HttpResponse:
    """Sign in as by the code of the same mail: second factor and all."""
    clear_login(request)
    record_authentication(request, user, method="code", email=user.email)
    login = Login(user=user, redirect_url=page or None, email=user.email)
    answer: HttpResponse = perform_login(request, login)
    return answer
