"""Telling people: each once, nobody who may not know, in the reader's own language."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from prm.common import access
from prm.common.models import Notice, User
from prm.common.notices import kinds
from prm.common.notices.kinds import GONE
from prm.common.notices.reading import lines_of
from prm.common.notices.services import forget_old, notify
from tests.conftest import owner_connection
from tests.factories import make_deal, make_member, make_partner, make_user
from tests.notices.conftest import NOW, PLAIN, kind
from tests.world import World


def tell(*people: User, **more: Any) -> int:
    return notify(PLAIN, people, **({"key": "k", "url": "/tasks/", "now": NOW} | more))


def told(user: User) -> list[str]:
    notices = Notice.objects.filter(to=user).order_by("pk")
    return [line.sentence for line in lines_of(notices, access.actors_for(user))]


def test_the_same_is_told_once(world: World) -> None:
    assert tell(world.ana, world.admin, world.ana) == 2
    tell(world.ana)
    assert Notice.objects.filter(to=world.ana).count() == 1
    tell(world.ana, key="other")
    assert Notice.objects.filter(to=world.ana).count() == 2


def race(n: int) -> int:
    """Tell the same 16 times at one moment; returns how many notices there are."""
    ana = make_user("race@example.com", staff_role="operations")
    barrier, failed = threading.Barrier(n), []

    def run() -> None:
        try:
            with transaction.atomic():
                barrier.wait()
                tell(ana)
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    return Notice.objects.filter(to=ana).count()


@pytest.mark.django_db(transaction=True)
def test_the_same_told_16_times_at_one_moment_is_told_once() -> None:
    assert race(16) == 1


DROP = "ALTER TABLE common_notice DROP CONSTRAINT common_notice_once"
ADD = "ALTER TABLE common_notice ADD CONSTRAINT common_notice_once UNIQUE (to_id, kind, key)"


@pytest.mark.django_db(transaction=True)
def test_control_without_the_constraint_it_would_be_told_16_times() -> None:
    with owner_connection() as owner, owner.cursor() as cursor:
        cursor.execute(DROP)
    try:
        assert race(16) == 16
    finally:
        Notice.objects.all().delete()
        with owner_connection() as owner, owner.cursor() as cursor:
            cursor.execute(ADD)


def test_a_change_that_is_taken_back_tells_nobody(world: World) -> None:
    with transaction.atomic():
        tell(world.ana)
        transaction.set_rollback(True)
    assert not Notice.objects.exists()


def test_a_leaver_is_told_nothing(world: World) -> None:
    User.objects.filter(pk=world.ana.pk).update(is_active=False)
    world.pat.is_active = False
    world.pat.save()
    assert tell(User.objects.get(pk=world.ana.pk), world.pat.user) == 0
    assert not Notice.objects.exists()


def test_who_may_not_know_of_the_thing_is_told_nothing(world: World) -> None:
    people = (world.admin, world.ana, world.pat.user, world.gil.user)
    assert tell(*people, about=world.deal) == 3
    assert not Notice.objects.filter(to=world.gil.user).exists()
    assert tell(*people, about=world.foreign_deal, key="f") == 2
    assert {row.to for row in Notice.objects.filter(key="f")} == {world.admin, world.gil.user}


def test_who_did_it_and_who_has_none_of_the_roles_is_told_nothing(
    world: World, monkeypatch: Any
) -> None:
    assert tell(world.ana, world.admin, by=world.ana) == 1
    ours = kind("ours", roles=access.RUNS_PROGRAM)
    monkeypatch.setitem(kinds.KINDS, "ours", ours)
    people = [world.admin, world.ana, world.pat.user]
    assert notify(ours, people, key="k", url="", now=NOW) == 1


def test_a_kind_nobody_declared_and_an_address_elsewhere_are_mistakes(world: World) -> None:
    with pytest.raises(ValueError, match="not declared"):
        notify(kind("unknown"), [world.ana], key="k", url="", now=NOW)
    with pytest.raises(ValueError, match="no path of ours"):
        tell(world.ana, url="https://evil.example/")


def test_a_company_that_lost_the_thing_reads_no_word_of_it(world: World) -> None:
    tell(world.pat.user, about=world.deal)
    assert told(world.pat.user) == ["About Open one: 0"]
    world.deal.partner = world.globex
    world.deal.save()
    assert told(world.pat.user) == [str(GONE)]


def test_who_moved_to_another_company_reads_no_word_of_the_old_ones_things(world: World) -> None:
    tell(world.pat.user, about=world.deal)
    world.pat.is_active = False
    world.pat.save()
    make_member(world.globex, user=world.pat.user)
    assert told(world.pat.user) == [str(GONE)]


def test_who_lost_the_role_reads_no_word(world: World, monkeypatch: Any) -> None:
    admins = kind("admins", roles=frozenset({"admin"}))
    monkeypatch.setitem(kinds.KINDS, "admins", admins)
    notify(admins, [world.admin], key="k", url="", args={"n": 7}, now=NOW)
    assert told(world.admin) == ["Nothing: 7"]
    world.admin.staff_role = "executive"
    world.admin.save()
    assert told(world.admin) == [str(GONE)]


def test_a_person_of_two_companies_is_told_of_both(world: World) -> None:
    second = make_partner("Second")
    make_member(second, user=world.pat.user)
    tell(world.pat.user, about=make_deal(second, name="Theirs"))
    assert told(world.pat.user) == ["About Theirs: 0"]


def test_a_sentence_that_cannot_be_made_stops_no_other(world: World, monkeypatch: Any) -> None:
    broken = kind("broken", says=lambda about, args: args["missing"])
    monkeypatch.setitem(kinds.KINDS, "broken", broken)
    notify(broken, [world.ana], key="k", url="", now=NOW)
    tell(world.ana)
    assert told(world.ana) == [str(GONE), "Nothing: 0"]


@pytest.mark.parametrize("count", [1, 100])
def test_any_number_of_notices_about_things_costs_the_same(
    world: World, count: int, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        tell(world.ana, about=make_deal(world.acme), key=str(number))
    actors = access.actors_for(world.ana)
    notices = list(Notice.objects.filter(to=world.ana))
    with django_assert_num_queries(1):
        assert len(lines_of(notices, actors)) == count


def test_what_was_told_long_ago_is_forgotten_unless_it_is_still_to_be_mailed(world: World) -> None:
    tell(world.ana, key="waits")
    tell(world.ana, key="old")
    Notice.objects.filter(key="old").update(mail_due_at=None)
    assert forget_old(NOW + timedelta(days=399)) == 0
    assert forget_old(NOW + timedelta(days=401)) == 1
    assert Notice.objects.get().key == "waits"
