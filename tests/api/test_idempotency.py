"""Idempotency-Key: one effect, one answer."""

from datetime import timedelta

import psycopg2
import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from partners.models import Customer
from prm.common import idempotency
from prm.common.models import AuditEntry, IdempotencyKey
from tests.access import walk
from tests.api.conftest import token_client
from tests.world import World

CUSTOMERS = "/api/v1/customers/"


def post(client: APIClient, body: dict, key: str = "k1", path: str = CUSTOMERS):
    return client.post(path, body, format="json", headers={"Idempotency-Key": key})


def test_the_same_post_again_gets_the_first_answer_and_no_second_row(world: World) -> None:
    client = token_client(world.admin)
    first, second = (post(client, {"name": "Vandelay"}) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert second["Idempotency-Replayed"] == "true"
    assert Customer.objects.filter(name="Vandelay").count() == 1


def test_without_a_key_every_post_is_new(world: World) -> None:
    client = token_client(world.admin)
    for _ in range(2):
        assert client.post(CUSTOMERS, {"name": "V"}, format="json").status_code == 201
    assert Customer.objects.filter(name="V").count() == 2


def test_the_key_with_another_body_is_422(world: World) -> None:
    client = token_client(world.admin)
    post(client, {"name": "Vandelay"})
    answer = post(client, {"name": "Other"})
    assert answer.status_code == 422
    assert answer.json()["type"] == "/api/#problem-idempotency_key_reused"
    assert not Customer.objects.filter(name="Other").exists()


def test_a_refused_request_is_not_stored_so_that_it_can_be_corrected(world: World) -> None:
    client = token_client(world.admin)
    assert post(client, {"name": ""}).status_code == 400
    assert post(client, {"name": "Vandelay"}).status_code == 201


def test_a_conflict_is_not_stored_and_leaves_nothing(world: World) -> None:
    client = token_client(world.admin)
    path = f"/api/v1/deals/{world.deal.public_id}/"
    client.post(f"{path}lose/", {}, format="json")
    before = AuditEntry.objects.count()
    answer = post(client, {}, path=f"{path}win/")
    assert answer.status_code == 409
    assert not IdempotencyKey.objects.exists()
    assert AuditEntry.objects.count() == before


def test_two_people_never_share_a_key(world: World) -> None:
    assert post(token_client(world.admin), {"name": "A"}).status_code == 201
    assert post(token_client(world.ana), {"name": "B"}).status_code == 201
    assert Customer.objects.filter(name__in="AB").count() == 2


def test_after_72_hours_the_key_is_free_and_the_row_can_go(world: World) -> None:
    client = token_client(world.admin)
    post(client, {"name": "Vandelay"})
    old = timezone.now() - timedelta(hours=72, seconds=1)
    IdempotencyKey.objects.update(created_at=old)
    assert post(client, {"name": "Other"}).status_code == 201
    IdempotencyKey.objects.update(created_at=old)
    assert idempotency.forget_old(timezone.now()) == 1


def test_who_lost_the_object_gets_no_stored_answer(world: World) -> None:
    client = token_client(world.ana)
    path = f"/api/v1/deals/{world.deal.public_id}/win/"
    assert post(client, {}, path=path).status_code == 200
    profile = world.acme.profiles.get()
    profile.manager = None
    profile.save()
    assert post(client, {}, path=path).status_code == 404


@pytest.mark.parametrize("key", ["x" * 256, "caf\u00e9"])
def test_a_key_that_cannot_be_kept_is_refused(world: World, key: str) -> None:
    assert post(token_client(world.admin), {"name": "A"}, key).status_code == 400


def test_a_request_in_flight_answers_409(world: World) -> None:
    client = token_client(world.admin)
    from prm.common.models import ApiToken

    token = ApiToken.objects.get()
    owner = f"user:{world.admin.pk}:token:{token.pk}:partner:0"
    settings = connection.settings_dict
    other = psycopg2.connect(
        dbname=settings["NAME"],
        user=settings["USER"],
        password=settings["PASSWORD"],
        host=settings["HOST"],
        port=settings["PORT"] or None,
    )
    with other, other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [idempotency.lock_number(owner, "k1")])
        answer = post(client, {"name": "Vandelay"})
    other.close()
    assert answer.status_code == 409
    assert answer.json()["type"] == "/api/#problem-idempotency_in_flight"
    assert not Customer.objects.filter(name="Vandelay").exists()


def test_every_post_of_the_api_goes_through_the_mixin() -> None:
    routes = [route for route in walk.routes() if route.path.startswith("/api/v1/")]
    assert routes
    assert all(issubclass(route.view.cls, idempotency.AnsweredOnce) for route in routes)
