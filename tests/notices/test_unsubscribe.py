"""One press in a mail program stops mails of that kind, for that person, and nothing else."""

import base64
import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.test import Client

from prm.common import mail
from prm.common.models import Notice, NoticeChoice, OutboxMail, User
from prm.common.notices import unsubscribing
from prm.common.notices.deliveries import deliver_due
from prm.common.notices.services import notify
from tests.notices.conftest import MUST, NOW, PLAIN
from tests.world import World

pytestmark = pytest.mark.django_db
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def mailed(user: User, kind: Any = PLAIN) -> OutboxMail:
    notify(kind, [user], key="k", url="/tasks/", now=NOW)
    deliver_due(NOW)
    return OutboxMail.objects.latest("pk")


def address(user: User) -> str:
    found = re.fullmatch("<(.+)>", mailed(user).headers["List-Unsubscribe"])
    assert found
    parts = urlsplit(found[1])
    return f"{parts.path}?{parts.query}"


def test_the_mail_names_the_way_out_and_the_server_gets_it(world: World) -> None:
    row = mailed(world.ana)
    assert row.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    message: EmailMultiAlternatives = mail._message_of(row)
    sent = message.message()
    assert sent["List-Unsubscribe"] == row.headers["List-Unsubscribe"]
    assert sent["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "X-PRM-Key" not in sent


def test_a_mail_that_must_come_has_no_way_out(world: World) -> None:
    row = mailed(world.ana, MUST)
    assert row.headers == {}
    assert "/notifications/stop/" not in row.text


def test_one_press_without_sign_in_and_csrf_stops_this_kind_only(world: World) -> None:
    url = address(world.ana)
    client = Client(enforce_csrf_checks=True)
    answer = client.post(url, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    row = NoticeChoice.objects.get()
    assert (row.person, row.kind, row.in_app, row.mail) == (world.ana, "plain", True, "never")
    notify(PLAIN, [world.ana], key="later", url="", now=NOW)
    notice = Notice.objects.latest("pk")
    assert (notice.in_app, notice.mail_due_at) == (True, None)
    client.post(url, ONE_CLICK)
    assert NoticeChoice.objects.count() == 1


def test_opening_the_link_stops_nothing(world: World) -> None:
    answer = Client().get(address(world.ana))
    assert "Stop these mails?" in answer.content.decode()
    assert not NoticeChoice.objects.exists()


def forged(url: str) -> list[str]:
    """Tickets that we did not write, or not for this."""
    (ticket,) = parse_qs(urlsplit(url).query)["ticket"]
    content, *rest = ticket.split(":")
    body = json.loads(base64.urlsafe_b64decode(content + "=" * (-len(content) % 4)))
    other = base64.urlsafe_b64encode(json.dumps(body | {"kinds": ["daily"]}).encode()).decode()
    return [
        "",
        "x",
        ticket[:-1] + ("A" if ticket[-1] != "A" else "B"),
        ":".join([other.rstrip("="), *rest]),
        signing.dumps(body),  # signed for something else
        signing.dumps(body, salt="prm.sign-in-link"),
        signing.dumps({"person": body["person"]}, salt=unsubscribing.SALT),
        signing.dumps([], salt=unsubscribing.SALT),
    ]


def test_forged_tickets_are_refused(world: World) -> None:
    url = address(world.ana)
    for ticket in forged(url):
        answer = Client().post("/notifications/stop/?ticket=" + ticket, ONE_CLICK)
        assert answer.status_code == 422, ticket
    assert not NoticeChoice.objects.exists()


def test_a_ticket_holds_for_its_person_and_address_only(world: World) -> None:
    url = address(world.ana)
    client = Client()
    client.force_login(world.admin)  # whoever is signed in
    client.post(url, ONE_CLICK)
    assert NoticeChoice.objects.get().person == world.ana
    NoticeChoice.objects.all().delete()
    User.objects.filter(pk=world.ana.pk).update(email="new@example.com")
    assert client.post(url, ONE_CLICK).status_code == 422
    assert not NoticeChoice.objects.exists()


def test_a_ticket_cannot_stop_what_must_come(world: World) -> None:
    content = {
        "person": str(world.ana.public_id), "email": world.ana.email, "kinds": ["must", "plain"],
    }  # fmt: skip
    ticket = signing.dumps(content, salt=unsubscribing.SALT)
    Client().post(f"/notifications/stop/?ticket={ticket}", ONE_CLICK)
    assert [row.kind for row in NoticeChoice.objects.all()] == ["plain"]
