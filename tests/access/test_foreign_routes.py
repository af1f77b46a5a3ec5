"""Sign-in and back office: who gets in, what it shows, what it changes."""

import pytest
from django.test import Client
from django.urls import reverse

from partners.models import Deal
from prm.common.models import AuditEntry, Setting, User
from tests.access import oracles
from tests.access.cast import Cast, cast  # noqa: F401  (a fixture)
from tests.access.foreign import BACK_OFFICE, EVERYBODYS, FOREIGN, example
from tests.factories import make_user
from tests.world import World

OFFICE = sorted(path for path in FOREIGN if path.startswith(BACK_OFFICE))
SIGN_IN = sorted(FOREIGN - set(OFFICE))


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_only_administrators_enter_the_back_office(cast: Cast) -> None:  # noqa: F811
    before = oracles.fingerprint()
    named = [
        "anonymous",
        "nobody",
        "pat",
        "channel_manager",
        "operations",
        "admin token deals:read",
    ]
    for caller in map(cast.caller, named):
        for path in OFFICE:
            for method in ("get", "post"):
                answer = getattr(caller.client, method)(example(path))
                assert answer.status_code in {302, 403, 404}, (caller.name, path)
                if answer.status_code == 302:
                    assert answer["Location"].startswith(("/accounts/", "/admin/")), path
                found = oracles.canaries_in(answer, cast, caller.sees)
                assert caller.sees in {"all", "globex"} or not found, (caller.name, path)
    assert oracles.fingerprint() == before


def test_the_role_alone_or_the_mark_alone_is_not_enough(world: World) -> None:
    for fields in (
        {"staff_role": "admin", "is_staff": False},
        {"staff_role": "operations", "is_staff": True},
        {"staff_role": "", "is_staff": True, "is_superuser": True},
    ):
        assert browser(make_user(**fields)).get("/admin/").status_code in {302, 403}


@pytest.fixture
def office(world: World) -> Client:
    return browser(User.objects.create_superuser("root@example.com", "secret-pass-1"))


def test_an_administrator_opens_every_page_of_the_back_office(
    office: Client,
    cast: Cast,  # noqa: F811
) -> None:
    for path in OFFICE:
        if "<path" not in path and path not in EVERYBODYS | {"/admin/logout/"}:
            answer = office.get(example(path))
            assert answer.status_code < 500, path
            body = answer.content.decode() if not answer.streaming else ""
            assert " style=" not in body, path
            assert "<script>" not in body, path
            assert " onclick=" not in body, path


def test_the_back_office_has_no_second_sign_in(world: World) -> None:
    answer = Client().get("/admin/login/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")
    guess = {"username": "admin@example.com", "password": "secret-pass-1"}
    assert Client().post("/admin/login/", guess).status_code == 302
    assert Client().get("/admin/").status_code == 302


def test_a_deal_changed_in_the_back_office_has_history_and_audit(
    office: Client, world: World
) -> None:
    url = reverse("admin:partners_deal_change", args=[world.deal.pk])
    form = {"name": "Renamed", "product": "", "stage": "", "amount": "2500", "currency": "EUR"}
    answer = office.post(url, form | {"expected_close_on": ""})
    assert answer.status_code == 302, answer.content.decode()[:3000]
    deal = Deal.objects.get(pk=world.deal.pk)
    assert (deal.name, deal.amount) == ("Renamed", 2500)
    assert deal.stage_events.filter(amount=2500).exists()
    assert AuditEntry.objects.filter(action="deal.change", object_id=deal.public_id).exists()


def test_a_setting_that_facts_depend_on_stays(office: Client) -> None:
    url = reverse("admin:common_setting_change", args=["report_currency"])
    office.post(url, {"value": "USD"})
    assert Setting.objects.get(key="report_currency").value == "EUR"


def test_secrets_are_not_shown_in_the_back_office(office: Client, cast: Cast) -> None:  # noqa: F811
    from prm.common.models import ApiToken, OutboxMail

    token = ApiToken.objects.first()
    mail = OutboxMail.objects.create(
        key="k", to="a@example.com", subject="s", text="code 123456", html="",
        created_at="2026-07-01T10:00Z", due_at="2026-07-01T10:00Z",
    )  # fmt: skip
    page = office.get(reverse("admin:common_apitoken_change", args=[token.pk])).content.decode()
    assert token.digest not in page
    page = office.get(reverse("admin:common_outboxmail_change", args=[mail.pk])).content.decode()
    assert "123456" not in page


@pytest.mark.parametrize("path", SIGN_IN)
def test_sign_in_pages_never_fail(world: World, path: str) -> None:
    for client in (Client(), browser(world.ana), browser(world.pat.user)):
        assert client.get(example(path)).status_code < 500


def test_nobody_signs_up_and_known_and_unknown_addresses_look_alike(world: World) -> None:
    form = {"email": "new@example.com", "password1": "long-enough-1", "password2": "long-enough-1"}
    Client().post("/accounts/signup/", form)
    assert not User.objects.filter(email="new@example.com").exists()
    answers = [
        oracles.likeness(
            Client().post("/accounts/login/", {"login": email, "password": "wrong-one"}), email
        )
        for email in ("ana@example.com", "nix@example.com")
    ]
    assert answers[0] == answers[1]
