"""The link of a sign-in mail: once, for ten minutes, on any device, to the page it was for."""

import re
import time
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.core import signing
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from prm.common.signinlink import is_own_path
from tests.factories import make_user
from tests.world import World

pytestmark = pytest.mark.django_db
PAT = "pat@example.com"
HOSTILE = (
    "https://evil.example/",
    "//evil.example/",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "javascript:alert(1)",
    "http://testserver/portal/deals/",
    "evil.example",
    "/\n/evil.example",
    "",
)


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    cache.clear()


def asked(mailoutbox: list[Any], client: Client, email: str = PAT, page: str = "") -> str:
    """Ask for a mail from this browser; the secret of its link."""
    data = {"email": email} | ({"next": page} if page else {})
    answer = client.post(reverse("account_request_login_code"), data)
    assert answer.status_code == 302
    (link,) = re.findall(r"^(http\S+/accounts/login/link/#\S+)$", mailoutbox[-1].body, re.M)
    return link.partition("#")[2]


def test_an_unknown_address_is_told_of_no_mail() -> None:
    """The page says "if it belongs to an account": no note beside it may say otherwise."""
    url = reverse("account_request_login_code")
    make_user(PAT)
    for email in ("nobody@example.com", PAT):
        page = Client().post(url, {"email": email}, follow=True).content.decode()
        assert f"If {email} belongs to an account" in page
        assert "has been sent" not in page
        assert "data-dismissable" not in page


def pressed(client: Client, secret: str, **more: str) -> Any:
    return client.post(reverse("common:sign_in_link"), {"secret": secret} | more)


def is_signed_in(client: Client) -> bool:
    return SESSION_KEY in client.session


@pytest.mark.parametrize(
    ("email", "page"),
    [(PAT, "/portal/deals/?state=won"), ("ana@example.com", "/partners/?q=acme")],
)
def test_the_link_lands_on_the_page_it_was_for(
    email: str, page: str, world: World, mailoutbox: list[Any]
) -> None:
    client = Client()
    wall = client.get(page)
    assert wall.status_code == 302
    sign_in = client.get(wall["Location"])
    ask = client.get(sign_in.context["request_login_code_url"])
    assert ask.context["redirect_field_value"] == page
    answer = pressed(client, asked(mailoutbox, client, email, page))
    assert (answer.status_code, answer["Location"]) == (302, page)
    assert is_signed_in(client)


@pytest.mark.parametrize(("email", "home"), [(PAT, "/portal/"), ("ana@example.com", "/")])
def test_without_a_page_it_lands_at_home(
    email: str, home: str, world: World, mailoutbox: list[Any]
) -> None:
    client = Client()
    assert pressed(client, asked(mailoutbox, client, email))["Location"] == home


@pytest.mark.parametrize("page", HOSTILE)
def test_the_link_never_leads_to_another_host(
    page: str, world: World, mailoutbox: list[Any]
) -> None:
    client = Client()
    assert pressed(client, asked(mailoutbox, client, PAT, page))["Location"] == "/portal/"
    code = Client()
    asked(mailoutbox, code, PAT, page)
    data = {"code": code_in(mailoutbox[-1]), "next": page}
    assert code.post(reverse("account_confirm_login_code"), data)["Location"] == "/portal/"
    assert not is_own_path(page)


def test_another_device_reads_as_whom_it_signs_in_and_then_may(
    world: World, mailoutbox: list[Any]
) -> None:
    secret = asked(mailoutbox, Client(), PAT, "/portal/deals/")
    phone = Client()
    answer = pressed(phone, secret)
    assert answer.status_code == 200
    assert PAT in answer.content.decode()
    assert not is_signed_in(phone)
    answer = pressed(phone, secret, confirmed="1")
    assert (answer["Location"], is_signed_in(phone)) == ("/portal/deals/", True)


def test_the_link_works_once_and_opening_it_uses_nothing(
    world: World, mailoutbox: list[Any]
) -> None:
    client = Client()
    secret = asked(mailoutbox, client)
    assert client.get(reverse("common:sign_in_link")).status_code == 200
    assert Client().get(reverse("common:sign_in_link")).status_code == 200
    assert pressed(client, secret).status_code == 302
    again = pressed(Client(), secret, confirmed="1")
    assert again.status_code == 422
    assert "no longer valid" in again.content.decode()


def test_an_old_forged_or_foreign_secret_signs_nobody_in(
    world: World, mailoutbox: list[Any], monkeypatch: Any
) -> None:
    secret, now = asked(mailoutbox, Client()), time.time()
    for seconds, status in ((599, 200), (602, 422)):
        later = SimpleNamespace(time=lambda then=now + seconds: then)
        monkeypatch.setattr(signing, "time", later)
        assert pressed(Client(), secret).status_code == status
    monkeypatch.undo()
    for wrong in ("", "x", secret[:-1] + ("a" if secret[-1] != "a" else "b"), f"{secret}\0"):
        client = Client()
        assert pressed(client, wrong, confirmed="1").status_code == 422
        assert not is_signed_in(client)


def test_a_new_password_or_the_end_of_the_account_ends_the_link(
    world: World, mailoutbox: list[Any]
) -> None:
    for change in ({"password": "another"}, {"is_active": False}):
        person = make_user()
        secret = asked(mailoutbox, Client(), person.email or "")
        type(person).objects.filter(pk=person.pk).update(**change)
        assert pressed(Client(), secret, confirmed="1").status_code == 422


def code_in(letter: Any) -> str:
    (typed,) = re.findall(r"^([A-Z0-9-]{6,})$", letter.body, re.M)
    return str(typed)


def test_the_code_of_a_mail_ends_with_its_link_a_new_password_or_another_address(
    world: World, mailoutbox: list[Any]
) -> None:
    """One mail signs in once, and only who has it now."""
    confirm = reverse("account_confirm_login_code")
    person, here = world.pat.user, Client()
    secret = asked(mailoutbox, here)
    typed = code_in(mailoutbox[-1])
    assert pressed(Client(), secret, confirmed="1").status_code == 302
    answer = here.post(confirm, {"code": typed})
    assert "This code is over" in answer.content.decode()
    assert not is_signed_in(here)
    for change in ({"password": "another"}, {"email": "pat.new@example.com"}):
        here = Client()
        asked(mailoutbox, here)
        type(person).objects.filter(pk=person.pk).update(**change)
        here.post(confirm, {"code": code_in(mailoutbox[-1])})
        assert not is_signed_in(here), change
    here = Client()
    asked(mailoutbox, here, "pat.new@example.com")
    here.post(confirm, {"code": code_in(mailoutbox[-1])})
    assert is_signed_in(here)


def test_somebody_unknown_gets_no_link_and_the_same_answer(
    world: World, mailoutbox: list[Any]
) -> None:
    known, unknown = (
        Client().post(reverse("account_request_login_code"), {"email": email})
        for email in (PAT, "nobody.here@example.com")
    )
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert "/accounts/login/link/" not in mailoutbox[-1].body


def test_the_links_of_mails_take_their_host_from_the_settings_not_from_the_request(
    world: World, mailoutbox: list[Any], settings: Any
) -> None:
    settings.PRM_BASE_URL = "https://prm.example.com"
    for page in ("account_request_login_code", "account_reset_password"):
        asked = Client().post(reverse(page), {"email": PAT}, headers={"host": "evil.example"})
        assert asked.status_code == 302
        letter = mailoutbox[-1]
        texts = letter.body + letter.alternatives[0].content
        assert "https://prm.example.com/accounts/" in letter.body
        assert "evil.example" not in texts
        assert "http://" not in letter.body


def test_the_link_for_a_new_password_opens_the_form(world: World, mailoutbox: list[Any]) -> None:
    Client().post(reverse("account_reset_password"), {"email": PAT})
    (path,) = re.findall(r"^http://localhost:8000(/accounts/\S+)$", mailoutbox[-1].body, re.M)
    assert Client().get(path, follow=True).status_code == 200


def test_asking_and_pressing_stay_throttled(world: World, mailoutbox: list[Any]) -> None:
    ask = reverse("account_request_login_code")
    answers = [Client().post(ask, {"email": PAT}).status_code for _ in range(5)]
    assert len(mailoutbox) == 3
    assert answers.count(302) == 3
    statuses = [pressed(Client(), "guess").status_code for _ in range(31)]
    assert statuses[0] == 422
    assert statuses[-1] == 429


def test_the_second_factor_is_still_asked_for(world: World, mailoutbox: list[Any]) -> None:
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    TOTP.activate(world.pat.user, generate_totp_secret())
    client = Client()
    answer = pressed(client, asked(mailoutbox, client, PAT, "/portal/deals/"))
    assert answer["Location"].startswith("/accounts/2fa/authenticate/")
    assert not is_signed_in(client)


def test_whoever_is_signed_in_already_just_arrives(world: World, mailoutbox: list[Any]) -> None:
    client = Client()
    client.force_login(world.pat.user)
    secret = asked(mailoutbox, Client(), PAT, "/portal/deals/")
    assert pressed(client, secret)["Location"] == "/portal/deals/"


def test_without_scripts_the_page_leads_to_the_code_of_the_same_mail(
    world: World, mailoutbox: list[Any]
) -> None:
    link, code_page = reverse("common:sign_in_link"), reverse("account_confirm_login_code")
    here, elsewhere = Client(), Client()
    here.post(reverse("account_request_login_code"), {"email": PAT})
    page = here.get(link).content.decode()
    assert f'href="{code_page}"' in page
    assert 'class="form js-only"' in page  # a button that could do nothing is not shown
    other = elsewhere.get(link).content.decode()
    assert code_page not in other
    assert reverse("account_request_login_code") in other


def test_who_mistyped_the_address_can_ask_again_or_use_a_password(
    world: World, mailoutbox: list[Any]
) -> None:
    """While a code is awaited, the pages of sign-in lead back to it; its page has a way out."""
    client, ask = Client(), reverse("account_request_login_code")
    client.post(ask, {"email": "mistyped@example.com"})
    assert client.get(ask).status_code == 302
    waiting = client.get(reverse("account_confirm_login_code")).content.decode()
    for page in (ask, reverse("account_login")):
        assert f'value="{page}"' in waiting
        client.post(ask, {"email": "mistyped@example.com"})
        answer = client.post(reverse("account_logout"), {"next": page}, follow=True)
        assert (answer.redirect_chain, answer.status_code) == ([(page, 302)], 200)
    client.post(ask, {"email": PAT})
    assert mailoutbox[-1].to == [PAT]
