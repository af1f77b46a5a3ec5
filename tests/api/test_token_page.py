"""The token page, for staff and for partners' people."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from prm.common.models import ApiToken, User
from tests.api.conftest import token_client
from tests.world import World

PAGE = "/settings/tokens/"
FORM = {"name": "CRM sync", "scopes": ["deals:read"], "days": "30"}


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("who", ["ana", "admin", "pat"])
def test_a_token_is_shown_once_and_works(world: World, who: str) -> None:
    user = world.pat.user if who == "pat" else getattr(world, who)
    client = browser(user)
    made = client.post(PAGE, FORM)
    secret = re.search(r"prm_[\w-]{40,}", made.content.decode())
    assert secret is not None
    assert made["Cache-Control"] == "no-store"
    api = Client(headers={"Authorization": f"Bearer {secret[0]}"})
    assert api.get("/api/v1/deals/").status_code == 200
    assert api.get("/api/v1/partners/").status_code == 403
    again = client.get(PAGE).content.decode()
    assert secret[0] not in again
    assert "CRM sync" in again


def test_the_form_offers_only_what_the_role_has(world: World) -> None:
    page = browser(world.pat.user).get(PAGE).content.decode()
    assert "deals:read" in page
    assert "customers:write" not in page
    refused = browser(world.pat.user).post(PAGE, FORM | {"scopes": ["customers:write"]})
    assert refused.status_code == 422
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("change", [{"name": ""}, {"scopes": []}, {"days": "9999"}])
def test_a_form_with_errors_is_shown_again_with_422(world: World, change: dict) -> None:
    answer = browser(world.ana).post(PAGE, FORM | change)
    assert answer.status_code == 422
    assert "errsum" in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_one_revokes_only_one_s_own(world: World) -> None:
    token_client(world.ana, ["deals:read"])
    token = ApiToken.objects.get()
    url = reverse("developer:token_revoke", args=[token.public_id])
    assert browser(world.admin).post(url).status_code == 404
    assert browser(world.gil.user).post(url).status_code == 404
    token.refresh_from_db()
    assert token.revoked_at is None
    assert browser(world.ana).post(url).status_code == 302
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_a_token_cannot_make_tokens(world: World) -> None:
    answer = token_client(world.ana).post(PAGE, FORM)
    assert answer.status_code == 302
    assert "/login/" in answer["Location"]


def test_ended_tokens_leave_the_list_and_can_be_looked_up(world: World) -> None:
    token_client(world.ana, ["deals:read"])
    token = ApiToken.objects.get()
    client = browser(world.ana)
    assert "Revoke token" in client.get(PAGE).content.decode()
    client.post(reverse("developer:token_revoke", args=[token.public_id]))
    assert token.prefix not in client.get(PAGE).content.decode()
    ended = client.get(PAGE, {"state": "ended"}).content.decode()
    assert token.prefix in ended
    assert "Revoke token" not in ended
