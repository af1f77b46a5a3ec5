"""What stands at the doors: whose site it is, and what to do when a try fails."""

import time
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.test import Client

from prm.common import config, maintenance
from tests.factories import make_user
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def named() -> None:
    config.put(config.NAME, "Aldermoor")


@pytest.fixture
def closed(tmp_path: Path, settings: Any) -> None:
    settings.PRM_MAINTENANCE_FILE = tmp_path / "maintenance.json"
    maintenance.begin("", None)


@pytest.fixture
def unlimited() -> Any:
    cache.clear()
    yield
    cache.clear()


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/login/code/", "/nowhere/"])
def test_a_page_without_frame_bears_the_name_of_the_programme(path: str, named: None) -> None:
    page = Client().get(path).content.decode()
    assert "· Aldermoor</title>" in " ".join(page.split())
    assert "<span>Aldermoor</span>" in page
    assert "PRM" not in page


def test_a_closed_site_speaks_the_browsers_language_under_its_own_name(
    named: None, closed: None
) -> None:
    config.program()  # what this process remembers
    page = Client().get("/", headers={"Accept-Language": "de"}).content.decode()
    assert 'lang="de"' in page
    assert "Alles, was Sie gespeichert haben, ist sicher." in page
    assert "Aldermoor" in page


def test_a_wrong_password_and_too_many_tries_say_what_to_do(unlimited: None) -> None:
    client, wrong = Client(), {"login": "pat@example.com", "password": "wrong"}
    said = [client.post("/accounts/login/", wrong).content.decode() for _ in range(6)]
    assert "Check both, or sign in by e-mail." in said[0]
    assert "Too many tries. Wait five minutes, then try again." in said[-1]


def test_too_many_codes_are_not_called_failed_tries(unlimited: None) -> None:
    client, asked = Client(), {"email": "pat@example.com"}
    for _ in range(3):
        client.post("/accounts/login/code/", asked)
        client.cookies.clear()
    page = client.post("/accounts/login/code/", asked).content.decode()
    assert "Too many tries. Wait five minutes, then try again." in page
    assert "failed" not in page


def test_a_link_for_a_password_that_is_used_up_leads_to_a_new_one() -> None:
    page = Client().get("/accounts/password/reset/key/1-set-password/").content.decode()
    assert "This link no longer works" in page
    assert 'href="/accounts/password/reset/"' in page
    assert "Bad Token" not in page


def test_a_summary_counts_the_sentences_that_it_lists() -> None:
    client = Client()
    client.force_login(make_user(staff_role="admin"))
    short = {"oldpassword": "x", "password1": "12345", "password2": "12345"}
    page = client.post("/accounts/password/change/", short).content.decode()
    summary = page.split("data-error-summary")[1].split("</ul>")[0]
    assert "This is not your present password." in summary
    assert f"There are {summary.count('<li>')} things to fix" in summary


def test_who_is_of_the_other_face_is_not_told_that_somebody_can_give_access(world: World) -> None:
    staff, partner = Client(), Client()
    staff.force_login(world.admin)
    partner.force_login(world.pat.user)
    portal = staff.get("/portal/deals/")
    assert portal.status_code == 403
    assert "This page is for your partners" in portal.content.decode()
    desk = partner.get("/deals/")
    assert desk.status_code == 403
    assert "It is no part of the portal." in desk.content.decode()
    for page in (portal, desk):
        assert "can give you access" not in page.content.decode()


def test_an_invitation_that_reaches_nobody_says_so(settings: Any) -> None:
    settings.EMAIL_HOST = ""
    client = Client()
    client.force_login(make_user(staff_role="admin"))
    invited = {"email": "new@example.com", "name": "New One", "role": "finance_approve"}
    page = client.post("/settings/people/", invited, follow=True).content.decode()
    assert "neither the invitation nor a code" in page
    assert "note warn" in page


def with_password() -> Client:
    """Somebody who signed in with a password, and showed it again."""
    client, user = Client(), make_user(staff_role="admin")
    user.set_password("secret-pass-1")
    user.save()
    client.post("/accounts/login/", {"login": user.email, "password": "secret-pass-1"})
    client.post("/accounts/reauthenticate/", {"password": "secret-pass-1"})
    return client


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/accounts/password/change/", "Change your password"),
        ("/accounts/2fa/", "Second factor"),
        ("/accounts/2fa/totp/activate/", "Set up an authenticator app"),
        ("/accounts/reauthenticate/", "Is it you?"),
    ],
)
def test_pages_of_sign_in_speak_as_the_others_do(path: str, title: str) -> None:
    client = with_password()
    page = client.get(path, follow=True).content.decode()
    assert f"<h1>{title}</h1>" in page
    for stock in ("Two-Factor Authentication", "Change Password", "reauthenticate to safeguard"):
        assert stock not in page


def test_the_app_and_its_recovery_codes_are_set_up_shown_and_removed() -> None:
    client = with_password()
    form = client.get("/accounts/2fa/totp/activate/").context["form"]
    code = f"{totp.hotp_value(form.secret, int(time.time()) // 30):06d}"
    codes = client.post("/accounts/2fa/totp/activate/", {"code": code}, follow=True)
    assert codes.content.decode().count("<li>") >= 10
    index = client.get("/accounts/2fa/").content.decode()
    assert "10 codes are left" in index
    assert "stop working" in client.get("/accounts/2fa/recovery-codes/generate/").content.decode()
    removed = client.post("/accounts/2fa/totp/deactivate/", follow=True).content.decode()
    assert "Set up an app" in removed


def test_fields_of_sign_in_are_named_like_all_others() -> None:
    page = Client().get("/accounts/login/").content.decode()
    assert ">E-mail</label>" in page
    assert "Stay signed in on this device" in page
    assert "Remember Me" not in page
