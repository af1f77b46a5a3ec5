"""Mails of what people are told: at once or together, each once, killed anywhere."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import translation

from prm.common.models import Notice, OutboxMail, User
from prm.common.notices import deliveries
from prm.common.notices.deliveries import deliver_due
from prm.common.notices.kinds import Kind
from prm.common.notices.models import When
from prm.common.notices.services import choose, keep_quiet, notify
from tests.factories import at, make_deal, make_user
from tests.notices.conftest import DAILY, MUST, NOW, PLAIN, URGENT, WEEKLY
from tests.world import World

pytestmark = pytest.mark.django_db
SEVEN = at("2026-08-06T05:00")  # the next 7:00 in Berlin
NIGHT = (time(22), time(6))
MIDNIGHT = at("2026-08-05T22:00")


@pytest.fixture
def ana(world: World) -> User:
    world.ana.time_zone = "Europe/Berlin"
    world.ana.save()
    return world.ana


def tell(kind: Kind, user: User, now: datetime = NOW, **more: Any) -> None:
    notify(kind, [user], **({"key": f"{now}", "url": "/tasks/", "now": now} | more))


def mails() -> list[OutboxMail]:
    return list(OutboxMail.objects.order_by("pk"))


def test_a_mail_tells_at_once_and_is_put_into_the_outbox_once(ana: User) -> None:
    tell(PLAIN, ana, args={"n": 3})
    assert deliver_due(NOW) == 1
    assert deliver_due(NOW) == 0
    (mail,) = mails()
    assert (mail.to, mail.subject) == ("ana@example.com", "Nothing: 3")
    for part in (mail.text, mail.html):
        assert "Nothing: 3" in part
        assert "/tasks/" in part
        assert "/profile/#notifications" in part


def test_what_happens_to_several_things_in_one_moment_is_one_mail(world: World, ana: User) -> None:
    for number in range(3):
        deal = make_deal(world.acme, name=f"Deal {number}")
        tell(PLAIN, ana, about=deal, key=str(number))
    assert deliver_due(NOW) == 1
    (mail,) = mails()
    assert mail.subject == "About Deal 0: 0, and 2 more"
    assert all(f"Deal {number}" in mail.text for number in range(3))


def test_a_digest_is_one_mail_with_all_its_lines(ana: User) -> None:
    for number in range(3):
        tell(DAILY, ana, NOW + timedelta(minutes=number), args={"n": number})
    assert deliver_due(NOW + timedelta(hours=2)) == 0
    assert deliver_due(SEVEN) == 1
    assert deliver_due(SEVEN) == 0
    (mail,) = mails()
    assert [f"Nothing: {number}" in mail.text for number in range(3)] == [True] * 3
    assert deliver_due(SEVEN + timedelta(days=1)) == 0  # nothing, when there is nothing


def test_the_weekly_digest_comes_on_monday_with_the_daily_one(ana: User) -> None:
    tell(WEEKLY, ana, args={"n": 1})
    monday = at("2026-08-10T05:00")
    assert deliver_due(monday - timedelta(minutes=1)) == 0
    tell(DAILY, ana, monday - timedelta(hours=3), args={"n": 2})
    assert deliver_due(monday) == 1
    assert all(text in mails()[0].text for text in ("Nothing: 1", "Nothing: 2"))


def test_what_is_stored_just_too_late_for_a_digest_comes_with_the_next(ana: User) -> None:
    tell(DAILY, ana, args={"n": 1})
    deliver_due(SEVEN)
    tell(DAILY, ana, NOW + timedelta(hours=1), args={"n": 2})  # its transaction took that long
    assert deliver_due(SEVEN) == 0
    assert len(mails()) == 1
    assert deliver_due(SEVEN + timedelta(days=1)) == 1
    assert "Nothing: 2" in mails()[1].text


class Killed(BaseException):
    """kill -9, as far as the database sees it: the transaction ends."""


def kill_before(statement: int) -> Any:
    """Break off before the n-th statement; tells in `seen` how many there were."""
    seen = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            seen.append(sql)
            if len(seen) == statement:
                raise Killed
        return execute(sql, params, many, context)

    return note, seen


@pytest.mark.parametrize("kind", [PLAIN, DAILY], ids=["at once", "digest"])
def test_killed_before_any_statement_nothing_is_lost_and_nothing_comes_twice(
    ana: User, kind: Kind, django_db_blocker: Any
) -> None:
    for number in range(3):
        tell(kind, ana, NOW + timedelta(minutes=number), args={"n": number})
    statement, killed = 1, True
    while killed:
        note, _seen = kill_before(statement)
        killed = False
        try:
            with connection.execute_wrapper(note):
                deliver_due(SEVEN)
        except Killed:
            killed = True
            assert not mails(), f"half a mail before statement {statement}"
            assert Notice.objects.filter(mail_due_at=None).count() == 0
        statement += 1
    assert statement > 8
    assert len(mails()) == 1
    assert [f"Nothing: {number}" in mails()[0].text for number in range(3)] == [True] * 3


@pytest.mark.django_db(transaction=True)
def test_control_without_the_transaction_a_kill_loses_or_doubles(
    ana: User, monkeypatch: Any
) -> None:
    monkeypatch.setattr(deliveries, "deliver_to", deliveries.deliver_to.__wrapped__)
    tell(DAILY, ana, args={"n": 1})
    wrong = 0
    for statement in range(1, 40):
        note, seen = kill_before(statement)
        try:
            with connection.execute_wrapper(note):
                deliver_due(SEVEN)
        except Killed:
            is_half = bool(mails()) and Notice.objects.exclude(mail_due_at=None).exists()
            wrong += is_half
        if len(seen) < statement:
            break
    assert wrong


def test_while_somebody_else_mails_a_person_nobody_else_does(ana: User, monkeypatch: Any) -> None:
    from tests.kpis.sessions import run, session

    tell(PLAIN, ana)
    other = session()
    try:
        run(other, "SELECT pg_advisory_xact_lock(%s, %s)", 74, ana.pk)
        assert deliver_due(NOW) == 0
        other.rollback()
        assert deliver_due(NOW) == 1
    finally:
        other.close()


def test_quiet_hours_hold_mails_back_until_they_end(ana: User) -> None:
    keep_quiet(ana, NIGHT, by=ana, now=NOW)
    tell(PLAIN, ana, MIDNIGHT)
    tell(MUST, ana, MIDNIGHT)
    assert deliver_due(MIDNIGHT + timedelta(hours=3, minutes=59)) == 0
    assert deliver_due(at("2026-08-06T04:00")) == 2  # 6:00 in Berlin


def test_only_what_is_declared_so_comes_in_the_quiet_hours(ana: User) -> None:
    keep_quiet(ana, NIGHT, by=ana, now=NOW)
    tell(URGENT, ana, MIDNIGHT)
    assert deliver_due(MIDNIGHT) == 1


def test_a_worker_that_wakes_at_night_waits_for_the_morning(ana: User) -> None:
    keep_quiet(ana, NIGHT, by=ana, now=NOW)
    tell(PLAIN, ana, NOW)  # at noon, while no worker ran
    assert deliver_due(MIDNIGHT) == 0
    assert deliver_due(at("2026-08-06T04:00")) == 1


def test_another_choice_holds_for_what_waits_already(ana: User) -> None:
    tell(DAILY, ana, args={"n": 1})
    choose(ana, {"daily": (True, When.AT_ONCE.value)}, by=ana, now=NOW)
    assert deliver_due(NOW) == 1
    tell(DAILY, ana, NOW + timedelta(hours=1))
    choose(ana, {"daily": (True, When.NEVER.value)}, by=ana, now=NOW)
    assert deliver_due(SEVEN) == 0
    assert not Notice.objects.exclude(mail_due_at=None).exists()


def test_a_leaver_and_who_lost_the_thing_get_no_mail(world: World, ana: User) -> None:
    pat = world.pat.user
    for user in (ana, pat):
        tell(DAILY, user, about=world.deal)
    world.deal.partner = world.globex
    world.deal.save()
    assert deliver_due(SEVEN) == 0
    tell(DAILY, ana, NOW + timedelta(hours=1))
    User.objects.filter(pk=ana.pk).update(is_active=False)
    assert deliver_due(SEVEN + timedelta(days=2)) == 0
    assert not mails()
    assert not Notice.objects.exclude(mail_due_at=None).exists()


def test_each_person_reads_its_own_language(world: World, monkeypatch: Any, ana: User) -> None:
    from prm.common.notices import kinds

    def greeting(_about: Any, _args: dict[str, Any]) -> str:
        return translation.gettext("Notifications")

    spoken = Kind("spoken", "Spoken", "Tests", "info", PLAIN.roles, greeting)
    monkeypatch.setitem(kinds.KINDS, "spoken", spoken)
    User.objects.filter(pk=world.admin.pk).update(language="de")
    notify(spoken, [ana, User.objects.get(pk=world.admin.pk)], key="k", url="/tasks/", now=NOW)
    with translation.override("de"):  # whoever does it speaks something else
        deliver_due(NOW)
    subjects = {mail.to: mail.subject for mail in mails()}
    assert subjects == {
        "ana@example.com": "Notifications",
        "admin@example.com": "Benachrichtigungen",
    }
    german = OutboxMail.objects.get(to="admin@example.com")
    assert "Guten Tag" in german.text
    assert 'lang="de"' in german.html


def test_one_person_whose_mail_cannot_be_made_holds_up_nobody(
    ana: User, world: World, monkeypatch: Any
) -> None:
    tell(PLAIN, ana)
    tell(PLAIN, world.admin)
    post = deliveries.mails.post

    def poor(to: str, *args: Any, **more: Any) -> None:
        if to == ana.email:
            raise RuntimeError(to)
        post(to, *args, **more)

    monkeypatch.setattr(deliveries.mails, "post", poor)
    deliver_due(NOW)
    assert [mail.to for mail in mails()] == ["admin@example.com"]
    monkeypatch.setattr(deliveries.mails, "post", post)
    deliver_due(NOW)
    assert len(mails()) == 2


def test_the_link_of_a_mail_lands_on_its_page_after_sign_in(world: World) -> None:
    deal = make_deal(world.acme, name="Big one", amount=5)
    from partners.deals.services import win_deal

    win_deal(deal, by=world.ana, now=NOW)
    deliver_due(NOW)
    (mail,) = mails()
    url = f"/portal/deals/{deal.public_id}/"
    assert url in mail.text
    client = Client()
    wall = client.get(url)
    assert wall.status_code == 302
    data = {"login": "pat@example.com", "password": "secret-pass-1"}
    answer = client.post(wall["Location"], data)
    assert answer["Location"] == url
    assert "Big one" in client.get(url).content.decode()


def test_nobody_without_an_address_waits_for_a_mail(world: World) -> None:
    silent = make_user(None, staff_role="operations")
    tell(PLAIN, silent)
    assert Notice.objects.get(to=silent).mail_due_at is None
