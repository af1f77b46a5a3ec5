"""Redis is away: reads go on, and guessing passwords stays limited."""

import time
from collections.abc import Iterator

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client

from prm.common.cache import SurvivingRedisCache
from tests.api.conftest import token_client
from tests.world import World

LOGIN = "/accounts/login/"


@pytest.fixture
def away(settings: object) -> Iterator[None]:
    """A cache whose server does not answer."""
    settings.CACHES = {
        "default": {
            "BACKEND": "prm.common.cache.SurvivingRedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
            "KEY_PREFIX": "prm",
        }
    }
    SurvivingRedisCache.away_until = 0.0
    yield
    SurvivingRedisCache.away_until = 0.0


def guess(password: str, email: str = "ana@example.com") -> object:
    return Client().post(LOGIN, {"login": email, "password": password})


def is_limited(answer: object) -> bool:
    return answer.status_code == 429 or b"Too many" in answer.content


@pytest.mark.parametrize("redis", ["here", "away"])
def test_the_sixth_wrong_password_is_not_even_looked_at(
    world: World, request: pytest.FixtureRequest, redis: str
) -> None:
    if redis == "away":
        request.getfixturevalue("away")
    caches["default"].clear()
    assert not any(is_limited(guess(f"wrong-{n}")) for n in range(5))
    assert is_limited(guess("wrong-6"))
    answer = guess("secret-pass-1")
    assert is_limited(answer)
    assert "sessionid" not in answer.cookies
    assert "prm_session" not in answer.cookies
    caches["default"].clear()


def test_a_forged_address_does_not_raise_the_limit(world: World, away: None) -> None:
    answers = [
        Client().post(
            LOGIN,
            {"login": f"person{n}@example.com", "password": "wrong-one"},
            headers={"X-Forwarded-For": f"10.0.0.{n}"},
        )
        for n in range(12)
    ]
    assert is_limited(answers[-1])


def test_the_right_password_signs_in_while_redis_is_away(world: World, away: None) -> None:
    answer = guess("secret-pass-1")
    assert answer.status_code == 302


def test_reads_and_writes_go_on_while_redis_is_away(world: World, away: None) -> None:
    client = token_client(world.ana)
    began = time.monotonic()
    for _ in range(10):
        assert client.get("/api/v1/deals/").status_code == 200
    path = f"/api/v1/deals/{world.deal.public_id}/"
    assert client.patch(path, {"name": "New"}, format="json").status_code == 200
    assert time.monotonic() - began < 5


def test_only_the_guards_of_the_sign_in_are_kept_in_the_table(world: World, away: None) -> None:
    cache = caches["default"]
    cache.set("page", "x")
    assert cache.get("page", "gone") == "gone"
    cache.set("allauth:rl:x", [1], 60)
    assert cache.get("allauth:rl:x", []) == [1]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM common_limit")
        assert cursor.fetchone() == (1,)
