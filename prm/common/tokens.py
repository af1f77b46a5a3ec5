"""Bearer tokens of the API: shown once, kept as a hash, narrowed by scopes, revocable."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from prm.common import access, audit
from prm.common.access import Actor
from prm.common.errors import InvalidInput
from prm.common.models import ApiToken, User

START = "prm_"
SHOWN = 12  # how many letters of a token stay readable in lists
MAX_DAYS = 365
USE_IS_NOTED_EVERY = timedelta(minutes=1)


@access.rows_of(ApiToken)
def tokens_of(actor: Actor) -> QuerySet[ApiToken]:
    """Everybody's tokens are his own matter; the back office can revoke them."""
    return ApiToken.objects.filter(user=actor.user)


def digest_of(secret: str) -> str:
    """What is kept of a token. It has 256 random bits, so that a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def create_token(
    user: User, *, name: str, scopes: Iterable[str], days: int, by: User | None, now: datetime
) -> tuple[ApiToken, str]:
    """A new token of ``user`` and its secret, which nobody can read again.

    Raises InvalidInput for scopes beyond the person's rights, none at all, or more than a year.
    """
    wanted = sorted(set(scopes))
    too_many = set(wanted) - access.scopes_for(access.actor_for(user))
    if too_many or not wanted:
        raise InvalidInput(_("Choose one or more scopes that your role has."), "scopes")
    if not 1 <= days <= MAX_DAYS:
        raise InvalidInput(_("Choose a life of 1 to %(n)s days.") % {"n": MAX_DAYS}, "days")
    secret = START + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user,
        name=name,
        prefix=secret[:SHOWN],
        digest=digest_of(secret),
        scopes=wanted,
        expires_at=now + timedelta(days=days),
    )
    audit.record("token.create", token, by=by, now=now, after={"name": name, "scopes": wanted})
    return token, secret


@transaction.atomic
def revoke_token(token: ApiToken, *, by: User | None, now: datetime) -> ApiToken:
    """From the next request on the token is refused. Doing it twice changes nothing."""
    token = ApiToken.objects.select_for_update(of=("self",)).get(pk=token.pk)
    if token.revoked_at is None:
        token.revoked_at = now
        token.save(update_fields=["revoked_at"])
        audit.record("token.revoke", token, by=by, now=now, after={"name": token.name})
    return token


def scope_words(scope: str) -> str:
    """A scope for people: ``Read deals (deals:read)``; one that is no more stays as it was."""
    thing, _colon, verb = scope.partition(":")
    if thing not in access.SCOPE_WORDS:
        return scope
    of = {"thing": access.SCOPE_WORDS[thing], "scope": scope}
    if verb == "read":
        return _("Read %(thing)s (%(scope)s)") % of
    return _("Add and change %(thing)s (%(scope)s)") % of


class BearerAuthentication(BaseAuthentication):
    """``Authorization: Bearer prm_…``. The actor is worked out anew at every request."""

    keyword = "Bearer"

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """The token's person. None without such a header; 401 for a token that is not live."""
        kind, _space, secret = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != self.keyword.lower():
            return None
        token = live_token(secret.strip(), timezone.now())
        if token is None:
            raise AuthenticationFailed(
                _("This token is unknown, revoked or expired. Make a new one under API tokens.")
            )
        http: HttpRequest = request._request
        http._prm_actor = access.narrowed(  # type: ignore[attr-defined]
            access.actor_for(token.user), token
        )
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return f'{self.keyword} realm="api"'


def live_token(secret: str, now: datetime) -> ApiToken | None:
    """The token with this secret, if it and its person are live; notes that it was used."""
    if not secret.startswith(START):
        return None
    tokens = ApiToken.objects.select_related("user")
    token = tokens.filter(digest=digest_of(secret), user__is_active=True).first()
    if token is None or not token.is_live(now):
        return None
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - USE_IS_NOTED_EVERY)
    ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
    return token
