"""What the tests of notices share: kinds of their own, an outbox, a moment."""

from typing import Any

import pytest

from prm.common import access
from prm.common.notices import kinds, services
from prm.common.notices.kinds import Kind
from prm.common.notices.models import When
from tests.factories import at

NOW = at("2026-08-05T10:00")
EVERYBODY = access.STAFF_ROLES | access.PARTNER_ROLES


def says(about: Any, args: dict[str, Any]) -> str:
    """A sentence with the thing and a value."""
    return f"About {about}: {args.get('n', 0)}" if about else f"Nothing: {args.get('n', 0)}"


def kind(key: str, **more: Any) -> Kind:
    """A kind for everybody, by mail at once."""
    fields: dict[str, Any] = {"label": key.title(), "group": "Tests", "icon": "info"}
    return Kind(key, **(fields | {"roles": EVERYBODY, "says": says} | more))


PLAIN = kind("plain")
DAILY = kind("daily", mail=When.DAILY.value)
WEEKLY = kind("weekly", mail=When.WEEKLY.value)
MUST = kind("must", why="It concerns everybody.")
URGENT = kind("urgent", why="It cannot wait.", ignores_quiet=True)


@pytest.fixture(autouse=True)
def own_kinds(monkeypatch: Any) -> None:
    """These kinds, beside the real ones."""
    for one in (PLAIN, DAILY, WEEKLY, MUST, URGENT):
        monkeypatch.setitem(kinds.KINDS, one.key, one)
    monkeypatch.setattr(services, "ring", lambda: None)


@pytest.fixture(autouse=True)
def outbox(settings: Any, monkeypatch: Any) -> None:
    """Mails become rows of the outbox, as in production; nobody is told to send them."""
    settings.EMAIL_BACKEND = "prm.common.mail.OutboxBackend"
    monkeypatch.setattr("prm.common.mail.ring", lambda: None)
