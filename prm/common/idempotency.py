"""Idempotency-Key: a POST that is sent again gets its first answer, and no second effect."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from prm.common.access import Actor
from prm.common.errors import Conflict, InvalidInput
from prm.common.models import IdempotencyKey

HEADER = "Idempotency-Key"
KEPT_FOR = timedelta(hours=72)
MAX_LENGTH = 255


class KeyReused(InvalidInput):
    """The same key came with another request."""

    status = 422
    default_code = "idempotency_key_reused"


class InFlight(Conflict):
    """The first request with this key is not answered yet."""

    default_code = "idempotency_in_flight"


def key_of(request: Request) -> str:
    """The key of this request, or ''. Raises InvalidInput for one that cannot be kept."""
    key = request.headers.get(HEADER, "")
    if len(key) > MAX_LENGTH or not (key.isascii() and key.isprintable()):
        raise InvalidInput(
            _("Use an Idempotency-Key of at most %(n)s plain letters.") % {"n": MAX_LENGTH}, HEADER
        )
    return key


def actor_key(actor: Actor) -> str:
    """Whose key it is: two people, tokens or companies never share one."""
    user = actor.user.pk if actor.user else 0
    token = actor.token.pk if actor.token else 0
    return f"user:{user}:token:{token}:partner:{actor.partner_id or 0}"


def request_hash(request: Request) -> str:
    """What was asked for: method, address, values and the bytes of files."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    body: Any = request.data
    fields = {name: body[name] for name in body if name not in request.FILES}
    digest.update(json.dumps(fields, sort_keys=True, default=str).encode())
    for name, file in sorted(request.FILES.items()):
        digest.update(f"\n{name} {file.name}\n".encode())
        for chunk in file.chunks():
            digest.update(chunk)
        file.seek(0)
    return digest.hexdigest()


def answered_once(
    request: Request, actor: Actor, handler: Callable[[], Response], now: datetime
) -> HttpResponse:
    """Run ``handler`` in one transaction with the storing of its answer, or repeat the stored one.

    An error raised by the handler rolls everything back and is not stored. Raises InFlight (409)
    while the first request runs, KeyReused (422) when the key came with another request.
    """
    owner, key = actor_key(actor), key_of(request)
    wanted = request_hash(request)
    with transaction.atomic():
        if not _locked(owner, key):
            raise InFlight(_("The same request is being answered. Wait a moment, then ask again."))
        known = IdempotencyKey.objects.filter(actor_key=owner, key=key).first()
        if known is not None and known.created_at < now - KEPT_FOR:
            known.delete()
            known = None
        if known is not None:
            return _repeated(known, wanted)
        response = handler()
        body = JSONRenderer().render(response.data).decode() if response.data is not None else ""
        IdempotencyKey.objects.create(
            actor_key=owner,
            key=key,
            request_hash=wanted,
            status=response.status_code,
            body=body,
        )
    return response


def lock_number(owner: str, key: str) -> int:
    """The advisory lock of one key of one owner."""
    digest = hashlib.sha256(f"{owner} {key}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _locked(owner: str, key: str) -> bool:
    """Hold this key until the transaction ends; False when another request holds it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [lock_number(owner, key)])
        return bool(cursor.fetchone()[0])


def _repeated(known: IdempotencyKey, wanted: str) -> HttpResponse:
    if known.request_hash != wanted:
        raise KeyReused(
            _("This Idempotency-Key came with another request before. Use a new key."), HEADER
        )
    answer = HttpResponse(known.body, content_type="application/json", status=known.status)
    answer["Idempotency-Replayed"] = "true"
    return answer


class AnsweredOnce:
    """Mixin of all API views: every POST with an Idempotency-Key is answered once."""

    actor: Any
    get_object: Callable[[], Any]
    post: Callable[..., HttpResponse]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """After the checks of rights, put the stored answers in front of ``post``."""
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        if request.method != "POST" or not key_of(request):
            return
        handler: Any = getattr(self, "post", self.http_method_not_allowed)  # type: ignore[attr-defined]

        def post(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
            if kwargs:
                self.get_object()  # who may no longer know of the object gets no stored answer
            return answered_once(
                request, self.actor, lambda: handler(request, *args, **kwargs), timezone.now()
            )

        self.post = post


def forget_old(now: datetime) -> int:
    """Drop answers older than 72 hours; returns how many."""
    return IdempotencyKey.objects.filter(created_at__lt=now - KEPT_FOR).delete()[0]
