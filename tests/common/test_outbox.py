"""The outbox hands mails to the server; one that cannot be sent does not stop the others."""

import smtplib
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from prm.common import mail
from prm.common.models import OutboxMail

pytestmark = pytest.mark.django_db
# Django's form takes both; the first cannot be written for the server, the second not at all.
STRANGE = (f"x@{'ü' * 60}.de", "a@\u00ad\u00ad.de")


class Server(smtplib.SMTP):
    """A mail server that takes everything."""

    taken: list[str]

    def __init__(self, *_args: object, **_more: object) -> None:
        """Connect to nothing."""

    def sendmail(self, _sender: str, to: Any, _text: Any, *_more: Any, **_also: Any) -> Any:
        self.taken.extend(to)
        return {}

    def quit(self) -> Any:
        return None


@pytest.fixture
def server(settings: Any, monkeypatch: Any) -> type[Server]:
    settings.EMAIL_BACKEND = "prm.common.mail.OutboxBackend"
    settings.EMAIL_HOST = "mail.example.com"
    settings.EMAIL_HOST_USER = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    Server.taken = []
    monkeypatch.setattr(smtplib, "SMTP", Server)
    monkeypatch.setattr(mail, "ring", lambda: None)
    cache.clear()
    return Server


@pytest.mark.parametrize("address", STRANGE)
def test_an_address_that_breaks_the_sending_holds_up_no_other_mail(
    address: str, server: type[Server]
) -> None:
    asked = Client().post(reverse("account_request_login_code"), {"email": address})
    assert asked.status_code == 302
    bad = OutboxMail.objects.get()
    now = timezone.now()
    OutboxMail.objects.create(
        key="good", to="pat@example.com", subject="Hi", text="…", created_at=now, due_at=now
    )
    assert mail.deliver_due(now) == 1
    assert server.taken == ["pat@example.com"]
    bad.refresh_from_db()
    assert (bad.attempts, bad.sent_at) == (1, None)
    assert bad.error
    assert bad.due_at > now
    for _try in range(mail.MAX_ATTEMPTS):
        now += timedelta(days=2)
        mail.deliver_due(now)
    bad.refresh_from_db()
    assert bad.attempts == mail.MAX_ATTEMPTS  # then it rests, and the mail log shows it
