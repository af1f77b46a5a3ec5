"""Language and time zone of pages, mails and jobs are those of the person who reads them."""

from datetime import UTC, date, datetime

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from prm.common import mail, viewer
from prm.common.models import AuditEntry, OutboxMail, User
from prm.common.people.services import invite
from tests.world import World

SIGN_IN = {"en": "Sign in", "de": "Anmelden"}


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    """Other tests ask for mails to the same people within the minute."""
    cache.clear()


def visit(user: User | None, path: str, asked: str = "") -> str:
    """The page as this person's browser gets it."""
    client = Client(headers={"Accept-Language": asked} if asked else {})
    if user is not None:
        client.force_login(user)
    return client.get(path).content.decode()


def choose(user: User, **chosen: str) -> User:
    """Store a choice of language or zone."""
    User.objects.filter(pk=user.pk).update(**chosen)
    user.refresh_from_db()
    return user


@pytest.mark.parametrize(
    ("asked", "language"),
    [("", "en"), ("de", "de"), ("de-AT,de;q=0.9,en;q=0.5", "de"), ("fr", "en"), ("fr,de", "de")],
)
def test_a_stranger_reads_the_language_of_the_browser(db: None, asked: str, language: str) -> None:
    response = Client().get(reverse("account_login"), headers={"Accept-Language": asked})
    assert f'<html lang="{language}"' in response.content.decode()
    assert SIGN_IN[language] in response.content.decode()
    assert response.headers["Content-Language"] == language
    assert "Accept-Language" in response.headers["Vary"]


def test_the_choice_of_a_person_beats_the_browser(world: World) -> None:
    choose(world.ana, language="de")
    assert '<html lang="de"' in visit(world.ana, "/deals/", "en")
    choose(world.ana, language="")
    assert '<html lang="de"' in visit(world.ana, "/deals/", "de")


def test_a_language_that_the_installation_gave_up_is_as_none(world: World) -> None:
    choose(world.ana, language="xx")
    assert '<html lang="en"' in visit(world.ana, "/deals/")


def test_the_language_of_one_request_is_not_that_of_the_next(world: World) -> None:
    choose(world.ana, language="de", time_zone="Asia/Tokyo")
    visit(world.ana, "/deals/")
    assert '<html lang="en"' in visit(world.admin, "/deals/")
    assert str(timezone.get_current_timezone()) == "Europe/Berlin"


def test_an_address_of_the_api_speaks_the_callers_language_in_titles_only(world: World) -> None:
    client = Client(headers={"Accept-Language": "de"})
    client.force_login(world.ana)
    deal = client.get(f"/api/v1/deals/{world.deal.public_id}/").json()
    assert deal == browser_of(world.ana).get(f"/api/v1/deals/{world.deal.public_id}/").json()


def browser_of(user: User) -> Client:
    """A signed-in browser without languages."""
    client = Client()
    client.force_login(user)
    return client


def test_moments_are_told_in_the_zone_of_the_viewer_and_name_it(world: World) -> None:
    moment = datetime(2026, 8, 1, 22, 30, tzinfo=UTC)
    OutboxMail.objects.create(
        key="1", to="a@example.com", subject="Hi", text="Hi", created_at=moment, due_at=moment
    )
    page = visit(world.admin, reverse("logs:mail_list"))
    assert '<time datetime="2026-08-02T00:30+02:00" title="Europe/Berlin">2 Aug 2026, 00:30' in page
    choose(world.admin, time_zone="America/New_York")
    page = visit(world.admin, reverse("logs:mail_list"))
    assert 'title="America/New York">1 Aug 2026, 18:30</time>' in page


def test_business_days_are_the_programmes_for_everybody(world: World) -> None:
    world.deal.expected_close_on = date(2026, 12, 1)
    world.deal.save()
    choose(world.ana, time_zone="Pacific/Honolulu")
    assert "1 Dec 2026" in visit(world.ana, world.deal.get_absolute_url())


def test_a_chosen_language_and_zone_cost_no_query(world: World) -> None:
    def queries() -> int:
        client = browser_of(world.ana)
        client.get("/deals/")
        with CaptureQueriesContext(connection) as asked:
            client.get("/deals/")
        return len(asked)

    before = queries()
    choose(world.ana, language="de", time_zone="Asia/Tokyo")
    assert queries() == before


def test_an_invitation_speaks_the_language_of_its_reader(world: World, mailoutbox: list) -> None:
    choose(world.pat.user, language="de")
    mail.post("pat@example.com", "invitation", {"person": world.pat.user, "role": "–"})
    with translation.override("de"):  # the one who invites
        invite("new@example.com", name="Nu", role="admin", by=None, now=timezone.now())
    subjects = {letter.to[0]: letter.subject for letter in mailoutbox}
    assert subjects["pat@example.com"].startswith("Einladung zu")
    assert subjects["new@example.com"].startswith("You are invited to")
    assert "Administrator" in mailoutbox[1].body


def test_a_mail_that_somebody_asked_for_speaks_as_the_page_did(
    world: World, mailoutbox: list
) -> None:
    for language in ("", "en"):
        choose(world.pat.user, language=language)
        browser = Client(headers={"Accept-Language": "de"})
        browser.post(reverse("account_request_login_code"), {"email": "pat@example.com"})
    assert "Anmeldecode" in mailoutbox[0].subject
    assert "sign-in code" in mailoutbox[1].subject


def test_a_job_answers_in_the_language_of_who_asked(world: World) -> None:
    choose(world.ana, language="de", time_zone="Asia/Tokyo")
    with viewer.speaking_to(world.ana):
        assert translation.gettext("Partners") == "Partner"
        assert str(timezone.get_current_timezone()) == "Asia/Tokyo"
    assert translation.get_language() == settings.LANGUAGE_CODE


@pytest.mark.parametrize("who", ["ana", "pat"])
def test_a_person_keeps_its_own_profile(world: World, who: str) -> None:
    user = world.pat.user if who == "pat" else world.ana
    client = browser_of(user)
    page = client.get(reverse("profile:edit")).content.decode()
    assert reverse("profile:edit") in page
    assert "That of the programme (Europe/Berlin)" in page
    chosen = {"name": " Ana Neu ", "language": "de", "time_zone": "Asia/Tokyo"}
    chosen["single_keys"] = "on"
    answer = client.post(reverse("profile:edit"), chosen, follow=True)
    user.refresh_from_db()
    assert (user.name, user.language, user.time_zone) == ("Ana Neu", "de", "Asia/Tokyo")
    assert "Ihr Profil ist gespeichert." in answer.content.decode()
    entry = AuditEntry.objects.get(action="user.describe")
    assert entry.actor == user
    told = {"name": "Ana Neu", "language": "de", "time_zone": "Asia/Tokyo", "single_keys": True}
    assert entry.after == told


def test_saving_the_profile_unchanged_leaves_no_trace(world: World) -> None:
    same = {"name": world.ana.name, "language": "", "time_zone": "", "single_keys": "on"}
    assert browser_of(world.ana).post(reverse("profile:edit"), same).status_code == 302
    assert not AuditEntry.objects.filter(action="user.describe").exists()


@pytest.mark.parametrize(
    ("wrong", "advice"),
    [
        ({"name": " "}, "Enter your name."),
        ({"language": "tlh"}, "Choose one of the languages."),
        ({"time_zone": "Mars/Crater"}, "Choose one of the time zones."),
    ],
)
def test_a_wrong_profile_is_refused_with_the_whole_form(
    world: World, wrong: dict[str, str], advice: str
) -> None:
    sent = {"name": "Ana", "language": "", "time_zone": ""} | wrong
    answer = browser_of(world.ana).post(reverse("profile:edit"), sent)
    assert answer.status_code == 422
    assert advice in answer.content.decode()
    assert not AuditEntry.objects.filter(action="user.describe").exists()


@pytest.mark.parametrize("gone", ["Mars/Crater", "../etc/passwd", "Europe"])
def test_a_zone_that_no_longer_exists_gives_way_to_the_programmes(world: World, gone: str) -> None:
    choose(world.ana, time_zone=gone)
    browser = Client()
    browser.force_login(world.ana)
    assert browser.get("/").status_code == 200
    assert browser.get("/profile/").status_code == 200
    with viewer.speaking_to(User.objects.get(pk=world.ana.pk)):
        assert str(timezone.get_current_timezone()) == "Europe/Berlin"
