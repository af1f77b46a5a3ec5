"""The description of the API, and its page."""

import pytest
from django.test import Client
from django.urls import get_resolver

from prm.common import access, apidocs
from prm.common.models import User
from tests.access import walk
from tests.api.conftest import token_client
from tests.world import World

ROLES = ["ana", "pat"]


def user_of(world: World, who: str) -> User:
    return world.pat.user if who == "pat" else getattr(world, who)


def test_the_schema_is_openapi_3_for_every_token(world: World) -> None:
    answer = token_client(world.pat.user, ["customers:read"]).get("/api/v1/schema/")
    assert answer.status_code == 200
    assert answer.json()["openapi"].startswith("3.")
    assert Client().get("/api/v1/schema/").status_code == 401


def test_every_route_and_method_of_the_policy_is_described() -> None:
    _ = get_resolver().url_patterns
    described = {
        (path, verb.upper())
        for path, operations in apidocs.schema()["paths"].items()
        for verb in operations
        if verb in apidocs.VERBS
    }
    expected = {
        (walk.PARAM.sub(lambda found: "{" + found["name"] + "}", route.path), method)
        for route in walk.routes()
        if route.path.startswith("/api/v1/")
        for method in access.POLICY[route.name].methods
    }
    assert described == expected


def test_scope_and_roles_come_from_the_policy_table() -> None:
    operation = apidocs.schema()["paths"]["/api/v1/deals/{public_id}/win/"]["post"]
    assert operation["x-scope"] == "deals:write"
    assert operation["x-roles"] == sorted(access.MANAGES)
    assert {"bearer": []} in operation["security"]
    assert {"400", "401", "403", "404", "409", "422", "429"} <= set(operation["responses"])
    assert "Idempotency-Key" in {part["name"] for part in operation["parameters"]}


def test_every_operation_says_in_words_what_it_does() -> None:
    for path, operations in apidocs.schema()["paths"].items():
        for verb in apidocs.VERBS:
            if verb in operations:
                assert operations[verb].get("summary"), (verb, path)


@pytest.mark.parametrize("who", ROLES)
def test_the_page_shows_every_address(world: World, who: str) -> None:
    client = Client()
    client.force_login(user_of(world, who))
    page = client.get("/api/").content.decode()
    for path in apidocs.schema()["paths"]:
        assert path in page
    for code, _status, _advice in apidocs.problems():
        assert f'id="problem-{code}"' in page


def test_the_page_is_made_without_a_query_for_its_content(
    world: World, django_assert_max_num_queries: object
) -> None:
    client = Client()
    client.force_login(world.ana)
    client.get("/api/")
    with django_assert_max_num_queries(4):
        client.get("/api/")
