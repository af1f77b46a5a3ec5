"""Bearer tokens: shown once, kept as hash, narrowed, ended."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from prm.common import tokens
from prm.common.errors import InvalidInput
from prm.common.models import ApiToken, AuditEntry, User
from tests.api.conftest import token_client
from tests.world import World

DEALS = "/api/v1/deals/"


def make(user: User, *scopes: str, **more: object) -> tuple[ApiToken, str]:
    values = {"name": "ci", "days": 30, "by": user, "now": timezone.now()} | more
    return tokens.create_token(user, scopes=scopes or ["deals:read"], **values)


def test_only_a_hash_of_the_token_is_kept(world: World) -> None:
    token, secret = make(world.ana)
    assert secret.startswith("prm_")
    assert len(secret) >= 47  # 256 bits
    stored = str(list(ApiToken.objects.values()))
    assert secret not in stored
    assert secret[12:] not in stored
    assert secret not in str(list(AuditEntry.objects.values()))
    assert token.prefix == secret[:12]


def test_an_answer_never_repeats_the_token(world: World) -> None:
    _token, secret = make(world.ana)
    client = APIClient(HTTP_AUTHORIZATION=f"Bearer {secret}")
    for path in (DEALS, "/api/v1/partners/", "/api/v1/nothing/"):
        answer = client.get(path)
        assert secret not in answer.content.decode() + str(answer.headers)


def test_without_a_token_the_api_answers_401_and_says_how(world: World) -> None:
    answer = Client().get(DEALS)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="api"'
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == "/api/#problem-not_authenticated"


@pytest.mark.parametrize("secret", ["", "prm_", "prm_wrong", "x" * 5000, "prm_\u00e9"])
def test_a_wrong_token_is_401(world: World, secret: str) -> None:
    answer = APIClient(HTTP_AUTHORIZATION=f"Bearer {secret}").get(DEALS)
    assert answer.status_code == 401
    assert answer.json()["type"] == "/api/#problem-authentication_failed"


def test_a_wrong_token_is_refused_even_with_a_good_session(world: World) -> None:
    client = Client()
    client.force_login(world.admin)
    assert client.get(DEALS, headers={"Authorization": "Bearer prm_no"}).status_code == 401
    assert client.get(DEALS).status_code == 200


def test_a_token_needs_the_scope(world: World) -> None:
    client = token_client(world.admin, ["partners:read"])
    answer = client.get(DEALS)
    assert answer.status_code == 403
    assert answer.json()["type"] == "/api/#problem-scope_missing"
    assert "deals:read" in answer.json()["detail"]
    assert client.get("/api/v1/partners/").status_code == 200


def test_a_read_scope_does_not_write(world: World) -> None:
    client = token_client(world.admin, ["deals:read"])
    path = f"{DEALS}{world.deal.public_id}/"
    assert client.patch(path, {"name": "New"}, format="json").status_code == 403
    assert client.post(f"{path}win/", {}, format="json").status_code == 403


def test_scopes_never_exceed_the_person(world: World) -> None:
    with pytest.raises(InvalidInput):
        make(world.pat.user, "customers:write")
    with pytest.raises(InvalidInput):
        make(world.ana, "programs:write")
    with pytest.raises(InvalidInput):
        make(world.ana, "deals:read", "nonsense:read")


def test_a_demoted_person_s_token_loses_the_right_at_once(world: World) -> None:
    client = token_client(world.ana, ["deals:write", "deals:read"])
    path = f"{DEALS}{world.deal.public_id}/"
    assert client.patch(path, {"name": "One"}, format="json").status_code == 200
    User.objects.filter(pk=world.ana.pk).update(staff_role="executive")
    assert client.patch(path, {"name": "Two"}, format="json").status_code == 403
    assert client.get(path).status_code == 200


def test_a_revoked_token_is_refused_at_the_next_request(world: World) -> None:
    token, secret = make(world.ana)
    client = APIClient(HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert client.get(DEALS).status_code == 200
    tokens.revoke_token(token, by=world.ana, now=timezone.now())
    assert client.get(DEALS).status_code == 401


def test_revoking_twice_leaves_one_audit_row(world: World) -> None:
    token, _secret = make(world.ana)
    for _ in range(2):
        tokens.revoke_token(token, by=world.ana, now=timezone.now())
    assert AuditEntry.objects.filter(action="token.revoke").count() == 1


def test_an_expired_token_is_refused(world: World) -> None:
    token, secret = make(world.ana)
    ApiToken.objects.filter(pk=token.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert APIClient(HTTP_AUTHORIZATION=f"Bearer {secret}").get(DEALS).status_code == 401


@pytest.mark.parametrize("days", [0, -1, 366])
def test_a_token_lives_a_day_to_a_year(world: World, days: int) -> None:
    with pytest.raises(InvalidInput):
        make(world.ana, days=days)


def test_a_deactivated_person_s_token_and_session_end_at_once(world: World) -> None:
    client, browser = token_client(world.ana), Client()
    browser.force_login(world.ana)
    assert client.get(DEALS).status_code == 200
    assert browser.get(DEALS).status_code == 200
    User.objects.filter(pk=world.ana.pk).update(is_active=False)
    assert client.get(DEALS).status_code == 401
    assert browser.get(DEALS).status_code == 401


def test_a_deactivated_membership_is_refused_at_the_next_request(world: World) -> None:
    client, browser = token_client(world.pat.user), Client()
    browser.force_login(world.pat.user)
    assert client.get(DEALS).status_code == 200
    assert browser.get(DEALS).status_code == 200
    world.pat.is_active = False
    world.pat.save()
    assert client.get(DEALS).status_code == 403
    assert browser.get(DEALS).status_code == 403


def test_use_is_noted_once_a_minute(world: World) -> None:
    token, secret = make(world.ana)
    client = APIClient(HTTP_AUTHORIZATION=f"Bearer {secret}")
    client.get(DEALS)
    first = ApiToken.objects.get(pk=token.pk).last_used_at
    client.get(DEALS)
    assert first is not None
    assert ApiToken.objects.get(pk=token.pk).last_used_at == first


def test_a_session_write_needs_the_csrf_token_but_a_bearer_does_not(world: World) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(world.admin)
    path = f"{DEALS}{world.deal.public_id}/"
    answer = browser.patch(path, '{"name": "x"}', content_type="application/json")
    assert answer.status_code == 403
    assert answer["Content-Type"] == "application/problem+json"
    client = token_client(world.admin, enforce_csrf_checks=True)
    assert client.patch(path, {"name": "x"}, format="json").status_code == 200


def test_a_token_in_the_address_is_no_token(world: World) -> None:
    _token, secret = make(world.ana)
    assert Client().get(f"{DEALS}?token={secret}").status_code == 401


def test_a_monitoring_system_reads_the_metrics_by_token(world: World) -> None:
    answer = token_client(world.admin, ["metrics:read"]).get("/metrics")
    assert answer.status_code == 200
    assert b"prm_jobs_waiting 0" in answer.content
    assert token_client(world.admin, ["deals:read"]).get("/metrics").status_code == 403
    assert Client().get("/metrics").status_code == 401


def test_a_token_that_asks_too_often_waits(world: World, settings: object) -> None:
    from rest_framework.settings import api_settings

    client = token_client(world.pat.user)
    rates = api_settings.DEFAULT_THROTTLE_RATES
    cache.clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(rates, "token", "3/hour")
        answers = [client.get(DEALS) for _ in range(4)]
        colleague = token_client(world.pat.user).get(DEALS)
        stranger = token_client(world.gil.user).get(DEALS)
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 0 < int(answers[3]["Retry-After"]) <= 3600
    assert answers[3].json()["type"] == "/api/#problem-throttled"
    assert colleague.status_code == 429  # one limit for all tokens of a company
    assert stranger.status_code == 200
    cache.clear()
