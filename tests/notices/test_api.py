"""The API of notifications: the same rules as the pages."""

from typing import Any

import pytest

from prm.common.models import Notice, NoticeChoice, QuietHours, User
from prm.common.notices.kinds import GONE
from prm.common.notices.services import notify
from tests.api.conftest import token_client
from tests.notices.conftest import NOW, PLAIN
from tests.world import World

pytestmark = pytest.mark.django_db
URL = "/api/v1/notifications/"
CHOICES = f"{URL}choices/"


def tell(user: User, **more: Any) -> Notice:
    notify(PLAIN, [user], **({"key": "k", "url": "/tasks/", "now": NOW} | more))
    return Notice.objects.filter(to=user).latest("pk")


def test_one_reads_what_one_is_told_and_nothing_else(world: World) -> None:
    notice = tell(world.ana, about=world.deal)
    foreign = tell(world.admin)
    client = token_client(world.ana, ["notifications:read"])
    (row,) = client.get(URL).json()["results"]
    assert row == {
        "id": str(notice.public_id), "kind": "plain", "text": "About Open one: 0",
        "url": "/tasks/", "at": "2026-08-05T10:00:00Z", "read_at": None, "is_available": True,
    }  # fmt: skip
    assert client.get(f"{URL}{foreign.public_id}/").status_code == 404
    assert client.get(f"{URL}?is_unread=false").json()["results"] == []


def test_what_is_gone_says_nothing(world: World) -> None:
    pat = world.pat.user
    notice = tell(pat, about=world.deal, args={"n": 777})
    world.deal.partner = world.globex
    world.deal.save()
    row = token_client(pat).get(f"{URL}{notice.public_id}/").json()
    assert (row["text"], row["url"], row["is_available"]) == (str(GONE), None, False)


def test_marking_as_read_is_a_step_of_its_own(world: World) -> None:
    notice = tell(world.ana)
    tell(world.ana, key="other")
    tell(world.admin)
    client = token_client(world.ana)
    assert client.post(f"{URL}{notice.public_id}/read/").json()["read_at"]
    assert client.post(f"{URL}read/").json() == {"marked": 1}
    assert Notice.objects.filter(read_at=None).get().to == world.admin
    reader = token_client(world.ana, ["notifications:read"])
    assert reader.post(f"{URL}read/").status_code == 403


def test_choices_are_read_and_changed(world: World) -> None:
    client = token_client(world.ana)
    standing = client.get(CHOICES).json()
    assert (standing["quiet_from"], standing["quiet_until"]) == (None, None)
    plain = next(one for one in standing["kinds"] if one["kind"] == "plain")
    assert plain == {
        "kind": "plain", "label": "Plain", "in_app": True, "mail": "at_once", "is_mandatory": False,
    }  # fmt: skip
    body = {"quiet_from": "22:00", "quiet_until": "06:00",
            "kinds": [{"kind": "plain", "mail": "weekly"}]}  # fmt: skip
    answer = client.patch(CHOICES, body, format="json")
    assert answer.status_code == 200
    assert (answer.json()["quiet_from"], answer.json()["quiet_until"]) == ("22:00", "06:00")
    row = NoticeChoice.objects.get()
    assert (row.person, row.in_app, row.mail) == (world.ana, True, "weekly")
    client.patch(CHOICES, {"quiet_from": None, "quiet_until": None}, format="json")
    assert not QuietHours.objects.exists()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"kinds": [{"kind": "must", "mail": "never"}]}, 409),
        ({"kinds": [{"kind": "must", "in_app": False}]}, 409),
        ({"kinds": [{"kind": "import_done", "mail": "never"}]}, 400),
        ({"kinds": [{"kind": "plain", "mail": "sometimes"}]}, 400),
        ({"kinds": [{"kind": "plain", "person": 1}]}, 400),
        ({"quiet_from": "22:00"}, 400),
        ({"quiet_from": "22:00", "quiet_until": "22:00"}, 400),
        ({"quiet_from": "25:00", "quiet_until": "06:00"}, 400),
        ({"mail": "never"}, 400),
    ],
)
def test_what_cannot_be_chosen_is_refused_and_nothing_stored(
    world: World, body: dict[str, Any], status: int
) -> None:
    answer = token_client(world.ana).patch(CHOICES, body, format="json")
    assert answer.status_code == status, answer.json()
    assert not NoticeChoice.objects.exists()
    assert not QuietHours.objects.exists()
