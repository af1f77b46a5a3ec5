"""The API of tasks: the same rules as the pages."""

from datetime import date
from typing import Any

import pytest
import time_machine

from prm.common.models import Task
from prm.common.worklist.services import add_task
from tests.api.conftest import token_client
from tests.worklist.conftest import NOW
from tests.world import World

pytestmark = pytest.mark.django_db
URL = "/api/v1/tasks/"


@pytest.fixture(autouse=True)
def today() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def task(world: World, **more: Any) -> Task:
    fields = {"side": "company", "company": world.acme.public_id, "by": None, "now": NOW}
    return add_task(title="Sign the addendum", **(fields | more))


def test_a_task_is_added_handed_on_rested_and_finished(world: World) -> None:
    client = token_client(world.ana)
    body = {"title": "Call", "company": str(world.acme.public_id), "side": "company",
            "owner": str(world.pat.user.public_id), "due_on": "2026-08-20"}  # fmt: skip
    made = client.post(URL, body, format="json")
    assert made.status_code == 201, made.json()
    row = made.json()
    assert (row["title"], row["state"], row["owner"]["id"]) == ("Call", "open", body["owner"])
    one = f"{URL}{row['id']}/"
    changed = client.patch(one, {"owner": None, "due_on": "2026-08-21"}, format="json").json()
    assert (changed["owner"], changed["due_on"]) == (None, "2026-08-21")
    rests = client.post(f"{one}snooze/", {"until": "2026-08-10"}, format="json").json()
    assert rests["snoozed_until"] == "2026-08-10"
    assert client.post(f"{one}finish/").json()["state"] == "done"
    assert client.post(f"{one}finish/").status_code == 409
    assert client.post(f"{one}reopen/").json()["state"] == "open"
    gone = client.post(f"{one}dismiss/", {"reason": "Done by phone"}, format="json").json()
    assert (gone["state"], gone["reason"]) == ("dismissed", "Done by phone")


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"company": "GLOBEX"}, "company"),
        ({"company": "00000000-0000-7000-8000-000000000000"}, "company"),
        ({"owner": "GIL"}, "owner"),
        ({"owner": "ADMIN"}, "owner"),
        ({"due_on": "tomorrow"}, "due_on"),
        ({"priority": 9}, "priority"),
        ({"state": "done"}, "state"),
    ],
)
def test_what_cannot_be_given_is_refused(world: World, more: dict[str, Any], field: str) -> None:
    ids = {"GLOBEX": world.globex, "GIL": world.gil.user, "ADMIN": world.admin}
    more = {name: str(ids[one].public_id) if one in ids else one for name, one in more.items()}
    body = {"title": "Call", "side": "company", "company": str(world.acme.public_id)} | more
    answer = token_client(world.ana).post(URL, body, format="json")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field
    assert not Task.objects.exists()


def test_a_partner_reads_and_gives_tasks_of_its_own_company(world: World) -> None:
    mine, about = task(world), task(world, side="ours")
    foreign = task(world, company=world.globex.public_id)
    client = token_client(world.pat.user)
    assert [row["id"] for row in client.get(URL).json()["results"]] == [str(mine.public_id)]
    for hidden in (about, foreign):
        assert client.get(f"{URL}{hidden.public_id}/").status_code == 404
        assert client.post(f"{URL}{hidden.public_id}/finish/").status_code == 404
    made = client.post(URL, {"title": "Order badges"}, format="json")
    assert made.json()["company"] == str(world.acme.public_id)
    assert client.post(URL, {"title": "x", "side": "ours"}, format="json").status_code == 400
    assert client.get(f"{URL}?company={world.globex.public_id}").json()["results"] == []


def test_the_list_narrows(world: World) -> None:
    task(world, owner=world.pat.user, due_on=date(2026, 8, 1))
    task(world)
    client = token_client(world.pat.user, ["tasks:read"])
    assert len(client.get(f"{URL}?is_mine=true").json()["results"]) == 1
    assert len(client.get(f"{URL}?is_mine=false").json()["results"]) == 1
    assert len(client.get(f"{URL}?due_before=2026-08-05&state=open").json()["results"]) == 1
    assert client.post(URL, {"title": "x"}, format="json").status_code == 403
