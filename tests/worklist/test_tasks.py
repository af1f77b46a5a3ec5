"""Tasks: asked for once, done by whom they are for, told when given and when late."""

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from prm.common import access
from prm.common.errors import Conflict, InvalidInput, InvalidTransition
from prm.common.models import AuditEntry, Notice, Task, User
from prm.common.worklist import services
from prm.common.worklist.selectors import awake, lines_of, overdue
from prm.common.worklist.services import add_task, ask_for, finish, remind, withdraw
from tests.factories import make_member, make_partner, make_user
from tests.worklist.conftest import NOW, PLAN
from tests.world import World

pytestmark = pytest.mark.django_db
TODAY = date(2026, 8, 5)
DAY = timedelta(days=1)


def ask(world: World, key: str = "k", **more: Any) -> Task:
    fields: dict[str, Any] = {"side": "company", "company": world.acme.public_id, "now": NOW}
    return ask_for(PLAN, key, **(fields | {"args": {"n": 1}} | more))


def given(kind: str = "task_assigned") -> list[User]:
    return [row.to for row in Notice.objects.filter(kind=kind).order_by("pk")]


def test_asking_again_changes_the_task_instead_of_adding_one(world: World) -> None:
    first = ask(world)
    again = ask(world, args={"n": 2}, due_on=TODAY)
    assert (again.pk, again.args, again.due_on) == (first.pk, {"n": 2}, TODAY)
    assert ask(world, args={"n": 2}, due_on=TODAY).updated_at == again.updated_at
    assert Task.objects.count() == 1
    actions = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["task.create", "task.change"]


@pytest.mark.django_db(transaction=True)
def test_asked_16_times_at_one_moment_there_is_one_task() -> None:
    company, barrier, failed = make_partner("Acme").public_id, threading.Barrier(16), []

    def run() -> None:
        try:
            with transaction.atomic():
                barrier.wait()
                ask_for(PLAN, "k", side="company", company=company, args={"n": 1}, now=NOW)
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert Task.objects.count() == 1
    assert AuditEntry.objects.filter(action="task.create").count() == 1


def test_a_closed_task_stays_closed_unless_it_is_needed_again(world: World) -> None:
    ask(world)
    done = finish(PLAN, "k", by=world.ana, now=NOW)
    assert done is not None
    assert (done.state, done.closed_by, done.closed_at) == ("done", world.ana, NOW)
    assert ask(world).state == "done"
    assert ask(world, again=True).state == "open"


def test_finishing_and_withdrawing_may_be_said_twice(world: World) -> None:
    ask(world)
    for _time in range(2):
        assert finish(PLAN, "k", by=None, now=NOW).state == "done"  # type: ignore[union-attr]
        assert withdraw(PLAN, "k", now=NOW).state == "done"  # type: ignore[union-attr]
    assert withdraw(PLAN, "never asked", now=NOW) is None
    ask(world, "other")
    gone = withdraw(PLAN, "other", now=NOW, reason="The plan ended.")
    assert gone is not None
    assert (gone.state, gone.reason) == ("dismissed", "The plan ended.")


# state × action → state; what is not named is refused
MOVES = {
    ("open", "finish"): "done",
    ("open", "dismiss"): "dismissed",
    ("done", "reopen"): "open",
    ("dismissed", "reopen"): "open",
}
ACTIONS: dict[str, Any] = {
    "finish": lambda task, by: services.finish_task(task, by=by, now=NOW),
    "dismiss": lambda task, by: services.dismiss_task(task, reason="No", by=by, now=NOW),
    "reopen": lambda task, by: services.reopen(task, by=by, now=NOW),
    "snooze": lambda task, by: services.snooze(task, TODAY + DAY, by=by, now=NOW),
    "reassign": lambda task, by: services.reassign(task, None, by=by, now=NOW),
}


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("state", Task.State.values)
def test_each_state_allows_its_steps_only(world: World, state: str, action: str) -> None:
    task = ask(world)
    if state != "open":
        task = ACTIONS["finish" if state == "done" else "dismiss"](task, world.ana)
    stays = state == "open" and action in {"snooze", "reassign"}
    if stays or (state, action) in MOVES:
        moved = ACTIONS[action](task, world.ana)
        assert moved.state == MOVES.get((state, action), "open")
        assert (moved.closed_at is None) == (moved.state == "open")
        return
    with pytest.raises((InvalidTransition, Conflict)):
        ACTIONS[action](task, world.ana)
    task.refresh_from_db()
    assert task.state == state


def test_the_database_keeps_the_rules_too(world: World) -> None:
    for broken in (
        {"side": "company", "company": None},
        {"side": "ours", "state": "done"},
        {"side": "ours", "closed_at": NOW},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Task.objects.create(
                source="own", key=str(broken), created_at=NOW, updated_at=NOW, **broken
            )


def test_whoever_gets_a_task_is_told_unless_it_was_their_own_doing(world: World) -> None:
    task = add_task(title="Call", by=world.admin, now=NOW, owner=world.ana)
    assert given() == [world.ana]
    services.reassign(task, world.admin, by=world.ana, now=NOW + DAY)
    services.reassign(task, world.ana, by=world.ana, now=NOW + 2 * DAY)
    assert given() == [world.ana, world.admin]
    services.reassign(task, world.admin, by=world.ana, now=NOW + 3 * DAY)  # anew
    assert given() == [world.ana, world.admin, world.admin]


def test_a_task_that_nobody_owns_is_told_to_who_answers_for_it(world: World) -> None:
    make_member(world.acme, "seller@example.com", "sales")
    ask(world)  # Acme's: its administrator
    ask(world, "ours", side="ours")  # ours about Acme: its manager
    assert given() == [world.pat.user, world.ana]


def test_a_late_task_is_told_once_for_each_due_date(world: World) -> None:
    task = ask(world, owner=world.pat.user, due_on=TODAY - DAY)
    assert (remind(NOW), remind(NOW)) == (1, 0)
    assert given("task_overdue") == [world.pat.user]
    services.reassign(task, world.pat.user, due_on=TODAY, by=world.ana, now=NOW)
    assert remind(NOW) == 0
    assert remind(NOW + DAY) == 1
    assert len(given("task_overdue")) == 2


def test_what_rests_or_is_closed_is_not_late(world: World) -> None:
    task = ask(world, due_on=TODAY - DAY)
    services.snooze(task, TODAY + DAY, by=world.ana, now=NOW)
    done = ask(world, "done", due_on=TODAY - DAY)
    services.finish_task(done, by=world.ana, now=NOW)
    assert remind(NOW) == 0
    assert not awake(Task.objects.all(), TODAY).exists()
    assert remind(NOW + DAY) == 1  # it has rested
    assert overdue(Task.objects.all(), TODAY + DAY).get() == task


def test_a_task_rests_until_a_day_that_is_ahead(world: World) -> None:
    for until in (TODAY, TODAY - DAY):
        with pytest.raises(InvalidInput):
            services.snooze(ask(world), until, by=world.ana, now=NOW)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"side": "company"}, "company"),
        ({"side": "everybody"}, "side"),
    ],
)
def test_a_task_needs_words_and_somebody_who_can_do_it(
    world: World, more: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        add_task(**({"title": "Call", "by": world.ana, "now": NOW} | more))
    assert refused.value.field == field


def test_an_owner_is_of_the_side_that_does_it(world: World) -> None:
    acme = world.acme.public_id
    looks_on = make_member(world.acme, "eyes@example.com", "read_only").user
    executive = make_user("boss@example.com", staff_role="executive")
    for side, owner in (
        ("ours", world.pat.user),
        ("ours", executive),
        ("company", world.ana),
        ("company", world.gil.user),
        ("company", looks_on),
    ):
        with pytest.raises(InvalidInput) as refused:
            add_task(title="Call", side=side, company=acme, owner=owner, by=None, now=NOW)
        assert refused.value.field == "owner"


def test_who_may_know_of_which_tasks(world: World) -> None:
    acme, globex = world.acme.public_id, world.globex.public_id
    everything = {
        "acme": ask(world, "acme"),
        "about acme": ask(world, "about acme", side="ours"),
        "globex": ask(world, "globex", company=globex),
        "about globex": ask(world, "about globex", side="ours", company=globex),
        "inside": ask(world, "inside", side="ours", company=None, owner=world.admin),
        "ana's": ask(world, "ana's", side="ours", company=None, owner=world.ana),
    }
    assert acme != globex
    known = {
        world.admin: set(everything),
        make_user("boss@example.com", staff_role="executive"): set(everything),
        world.ana: {"acme", "about acme", "ana's"},
        world.pat.user: {"acme"},
        world.gil.user: {"globex"},
    }
    for user, keys in known.items():
        rows = access.scope(access.actor_for(user), Task)
        assert set(rows.values_list("key", flat=True)) == keys, user


def test_the_words_of_a_task_come_from_its_source(world: World) -> None:
    task = ask(world, args={"n": 5})
    (line,) = lines_of([task], access.actor_for(world.ana), TODAY)
    assert (line.title, line.detail, line.icon, line.company) == (
        "Step 5", "Details", "target", "Acme",
    )  # fmt: skip
    assert line.company_url == world.acme.get_absolute_url()
    (seen,) = lines_of([task], access.actor_for(world.pat.user), TODAY)
    assert (seen.company, seen.company_url) == ("Acme", "")


def test_a_source_that_nobody_declared_is_a_mistake(world: World, monkeypatch: Any) -> None:
    from prm.common.worklist import sources

    monkeypatch.delitem(sources.SOURCES, PLAN.key)
    with pytest.raises(ValueError, match="not declared"):
        ask(world)
