"""The links of mails to people who have no account: signed, for one purpose, for a time.

Nothing of them is stored. What a link may do is decided by the state of its row: a link that
confirms an address does so once, since afterwards the row is no longer unconfirmed. The link of an
invitation is a random secret, kept as a hash.
"""

import hashlib
import secrets
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.core import signing
from django.db import models
from django.urls import reverse

from prm.common import mail

M = TypeVar("M", bound=models.Model)
SALT = "partners.recruiting."


def path(route: str, row: models.Model, now: datetime) -> str:
    """The path of a page that only whoever has the link can open."""
    content = {"id": str(row.public_id), "at": int(now.timestamp())}  # type: ignore[attr-defined]
    secret = signing.dumps(content, salt=SALT + route)
    return reverse(f"recruiting:{route}", args=[secret])


def address(route: str, row: models.Model, now: datetime) -> str:
    """The same as a full address, for a mail."""
    return mail.address_of(path(route, row, now))


def opened(model: type[M], route: str, secret: str, now: datetime, days: int) -> M | None:
    """The row that a link is for; None if the link is not ours, or older than ``days``."""
    try:
        content = signing.loads(secret, salt=SALT + route)
        known, made = UUID(content["id"]), int(content["at"])
    except (signing.BadSignature, ValueError, KeyError, TypeError):
        return None
    if not made <= now.timestamp() + 60 < made + 60 + days * 86_400:
        return None
    return model._default_manager.filter(public_id=known).first()


def new_secret() -> tuple[str, str]:
    """A random secret of 256 bits and its hash."""
    secret = secrets.token_urlsafe(32)
    return secret, digest_of(secret)


def digest_of(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
