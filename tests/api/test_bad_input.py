"""Whatever strangers send: 400 (or 413) that says what to do, never 500, nothing stored."""

import json

import pytest
from rest_framework.test import APIClient

from partners.models import Customer
from tests.api.conftest import token_client
from tests.world import World

DEEP = "[" * 10_000 + "]" * 10_000
BODIES = {
    "no json": "{",
    "empty": "",
    "nan": '{"name": NaN}',
    "infinity": '{"name": -Infinity}',
    "huge float": '{"name": 1e400}',
    "huge int": '{"name": ' + "9" * 5_000 + "}",
    "deep": DEEP,
    "deep value": '{"name": ' + DEEP + "}",
    "too deep": '{"name": ' + "[" * 30 + '"x"' + "]" * 30 + "}",
    "nul": '{"name": "a\\u0000b"}',
    "nul in a key": '{"na\\u0000me": "a"}',
    "lone surrogate": '{"name": "\\ud800"}',
    "lone surrogate in a key": '{"\\udfff": "a"}',
    "doubled name": '{"name": "a", "name": "b"}',
    "list": '[{"name": "a"}]',
    "text": '"name"',
    "null": "null",
    "number": "1",
    "no utf-8": b'{"name": "\xff"}',
    "utf-16": '{"name": "a"}'.encode("utf-16"),
    "object for text": '{"name": {"a": 1}}',
    "list for text": '{"name": ["a"]}',
    "bool for text": '{"name": true}',
    "null for text": '{"name": null}',
    "too long": '{"name": "' + "x" * 301 + '"}',
    "unknown field": '{"name": "a", "is_test": true}',
    "read-only field": '{"name": "a", "id": "00000000-0000-7000-8000-000000000000"}',
    "internal field": '{"name": "a", "pk": 1}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_bad_body_is_400_and_stores_nothing(world: World, body: str | bytes) -> None:
    before = Customer.objects.count()
    answer = token_client(world.admin).post(
        "/api/v1/customers/", body, content_type="application/json"
    )
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"]
    assert Customer.objects.count() == before


def test_a_body_of_6_mb_is_413(world: World) -> None:
    body = json.dumps({"name": "x" * 6_000_000})
    answer = token_client(world.admin).post(
        "/api/v1/customers/", body, content_type="application/json"
    )
    assert answer.status_code == 413


def test_another_media_type_is_415(world: World) -> None:
    answer = token_client(world.admin).post("/api/v1/customers/", {"name": "a"})
    assert answer.status_code == 415
    assert "Send the body as application/json" in answer.json()["detail"]


AMOUNTS = ["-1", "1.234,56", "1,5", "NaN", "1e3", "Infinity", "\u0661\u0662\u0663", "", " 1"]


@pytest.mark.parametrize("amount", [*AMOUNTS, 1, 1.5, True, [], {}, "1.00001", "9" * 15])
def test_an_amount_is_plain_text_only(world: World, amount: object) -> None:
    path = f"/api/v1/deals/{world.deal.public_id}/"
    answer = token_client(world.admin).patch(path, {"amount": amount}, format="json")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "amount"


@pytest.mark.parametrize(
    ("amount", "currency", "status"),
    [("10.50", "EUR", 200), ("10.505", "EUR", 400), ("10.5", "JPY", 400), ("10.505", "KWD", 200)],
)
def test_an_amount_has_no_more_decimals_than_its_currency(
    world: World, amount: str, currency: str, status: int
) -> None:
    path = f"/api/v1/deals/{world.deal.public_id}/"
    body = {"amount": amount, "currency": currency}
    answer = token_client(world.admin).patch(path, body, format="json")
    assert answer.status_code == status
    if status == 200:
        assert answer.json()["amount"] == amount


QUERIES = [
    "?unknown=1",
    "?limit=0",
    "?limit=201",
    "?limit=1000000000",
    "?limit=-1",
    "?limit=x",
    "?limit=\u0661",
    "?cursor=x",
    "?cursor=bnVsbA",
    "?cursor=WyJcdTAwMDAiLCJcdTAwMDAiXQ",
    "?ordering=amount",
    "?ordering=partner__name",
    "?ordering=customer__deals__partner__name",
    "?ordering=?",
    "?partner__name__regex=.*",
    "?partner__memberships__user__password__startswith=a",
    "?state=nothing",
    "?stage=nothing",
    "?partner=1",
    "?partner=00000000-0000-7000-8000-000000000000",
    "?closed_from=2026-02-31",
    "?closed_from=9" + "9" * 30,
    "?updated_since=yesterday",
    "?is_direct=maybe",
    "?source=a%00b",
    "?a%00b=1",
    "?state=open&state=won",
    "?" + "x" * 10_000 + "=1",
]


@pytest.mark.parametrize("query", QUERIES)
def test_a_bad_query_is_400(world: World, query: str) -> None:
    answer = token_client(world.admin).get(f"/api/v1/deals/{query}")
    assert answer.status_code == 400, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"]


EDGES = ["0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00", "2026-07-01"]


@pytest.mark.parametrize("moment", EDGES)
def test_moments_at_the_edge_of_time_are_no_error_of_ours(world: World, moment: str) -> None:
    answer = token_client(world.admin).get(f"/api/v1/deals/?updated_since={moment}")
    assert answer.status_code in {200, 400}


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_moments_that_could_not_be_read_back_are_refused(world: World, moment: str) -> None:
    body = {"currency": "EUR", "opened_at": moment}
    answer = token_client(world.admin).post("/api/v1/deals/", body, format="json")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "opened_at"


LOOKUPS = ["exact", "contains", "regex", "in", "isnull", "gt", "startswith", "range"]


@pytest.mark.parametrize("name", ["partner__manager__password", "customer", "amount", "id", "pk"])
def test_only_declared_filters_exist(world: World, name: str) -> None:
    client = token_client(world.admin)
    for lookup in LOOKUPS:
        answer = client.get(f"/api/v1/deals/?{name}__{lookup}=1")
        assert answer.status_code == 400, lookup


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/deals/1/",
        "/api/v1/deals/%00/",
        "/api/v1/deals/00000000-0000-7000-8000-00000000000g/",
        "/api/v1/nothing/",
        "/api/v1/deals/../partners",
    ],
)
def test_an_address_that_cannot_be_is_404_as_problem(world: World, path: str) -> None:
    answer = token_client(world.admin).get(path)
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("body", ["null", "[]", '{"closed_at": "x"}', '{"closed_at": 5}'])
def test_actions_check_their_body_too(world: World, body: str) -> None:
    answer = token_client(world.admin).post(
        f"/api/v1/deals/{world.deal.public_id}/win/", body, content_type="application/json"
    )
    assert answer.status_code == 400


def test_a_method_that_is_not_there_is_405(world: World) -> None:
    client: APIClient = token_client(world.admin)
    path = f"/api/v1/deals/{world.deal.public_id}/"
    for method in ("put", "delete", "options"):
        answer = getattr(client, method)(path)
        assert answer.status_code == 405
        assert "Use one of: GET" in answer.json()["detail"]
