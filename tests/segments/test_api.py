"""The API of segments does what the pages do, under the same rules."""

from typing import Any

import pytest
from django.test import Client

from kpis.engine.drain import drain
from partners.models import DynamicSegment
from prm.common.models import User
from tests import factories
from tests.factories import at
from tests.world import World

pytestmark = pytest.mark.django_db
LIST = "/api/v1/segments/"
DACH = {"all": [{"field": "region", "operator": "in", "values": ["DACH"]}]}


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def send(user: User, path: str = "", body: Any = None, method: str = "post") -> Any:
    asks = getattr(client_of(user), method)
    return asks(f"{LIST}{path}", body or {}, content_type="application/json")


def test_a_segment_is_made_changed_archived_and_brought_back(world: World) -> None:
    made = send(world.ana, body={"name": "In DACH", "rule": DACH})
    assert made.status_code == 201
    shown = made.json()
    assert shown["rule"] == DACH
    assert shown["rule_in_words"] == "Partners of whom this holds: Region is DACH."
    assert (shown["members"], shown["owner"]) == (1, "Ana Manager")  # of two: the own one
    place = f"{shown['id']}/"
    rule = {"any": [{"field": "people", "operator": "ge", "values": ["1"]}]}
    changed = send(world.ana, place, {"rule": rule, "edit": 1}, "patch")
    assert (changed.status_code, changed.json()["edit"]) == (200, 2)
    assert send(world.ana, place, {"rule": DACH, "edit": 1}, "patch").status_code == 409
    assert send(world.ana, f"{place}archive/").json()["state"] == "archived"
    assert send(world.ana, f"{place}archive/").status_code == 409
    assert send(world.ana, f"{place}restore/").json()["members"] == 1
    assert send(world.ana, f"{place}evaluate/").status_code == 200


def test_another_managers_segment_is_read_and_not_changed(world: World) -> None:
    row = DynamicSegment.objects.create(
        name="Ours", rule=DACH, owner=world.admin, created_at=at("2026-08-01")
    )
    place = f"{row.public_id}/"
    assert client_of(world.ana).get(f"{LIST}{place}").status_code == 200
    assert send(world.ana, place, {"name": "Mine"}, "patch").status_code == 403
    for step in ("archive", "restore", "evaluate"):
        assert send(world.ana, f"{place}{step}/").status_code == 403


def test_a_preview_counts_the_own_partners_and_stores_nothing(world: World) -> None:
    found = send(world.ana, "preview/", {"rule": DACH}).json()
    assert (found["members"], found["of"]) == (1, 1)
    assert found["first"][0]["partner"]["name"] == "Acme"
    assert found["first"][0]["because"] == "Region: DACH"
    assert send(world.admin, "preview/", {"rule": DACH}).json()["members"] == 2
    assert not DynamicSegment.objects.exists()


def test_what_cannot_be_asked_is_refused_with_the_names_of_what_can(world: World) -> None:
    rule = {"all": [{"kpi": "mood", "period": "quarter", "operator": "ge", "value": 1}]}
    answer = send(world.admin, body={"name": "X", "rule": rule})
    assert answer.status_code == 400
    assert "partner_sourced_revenue/net" in answer.content.decode()
    answer = send(world.admin, body={"name": "X", "rule": {"all": [{"all": []}]}})
    assert answer.status_code == 400


def test_the_vocabulary_names_all_that_rules_can_ask_for(world: World) -> None:
    found = client_of(world.ana).get(f"{LIST}vocabulary/").json()
    fields = {one["key"]: one for one in found["fields"]}
    assert fields["region"]["operators"] == ["in", "not_in", "filled", "empty"]
    kpis = {one["key"]: one for one in found["kpis"]}
    assert kpis["win_rate/partner"]["periods"] == [
        "last_N_months", "calendar_year", "fiscal_year", "lifetime", "quarter", "last_quarter",
    ]  # fmt: skip
    assert kpis["partner_pipeline_open/value"]["periods"] == ["now"]


def test_stays_tell_who_was_in_which_segment_when_and_why(world: World) -> None:
    drain(at("2026-08-01"))
    made = send(world.admin, body={"name": "In DACH", "rule": DACH}).json()
    stays = "/api/v1/segment-stays/"
    all_of = client_of(world.admin).get(stays, {"segment": made["id"], "is_open": "true"}).json()
    assert {row["partner"]["name"] for row in all_of["results"]} >= {"Acme"}
    assert len(all_of["results"]) == 2
    (own,) = client_of(world.ana).get(stays).json()["results"]
    assert own["segment"]["name"] == "In DACH"
    assert own["came_with"] == [{"field": "region", "value": ["DACH"]}]
    send(world.admin, f"{made['id']}/archive/")
    (own,) = client_of(world.ana).get(stays, {"is_open": "false"}).json()["results"]
    assert own["left_because"] == "archive"
    foreign = factories.make_user(staff_role="channel_manager")
    assert client_of(foreign).get(stays).json()["results"] == []
