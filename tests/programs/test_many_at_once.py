"""An evaluation takes the steps of hundreds of partners at once: the same as one by one, all or
nothing, with as many queries as for few."""

import random
from collections.abc import Iterable
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from kpis import tierruns
from kpis.engine.drain import drain
from kpis.tierruns import evaluate_program
from partners.models import (
    Contract,
    Partner,
    PartnerProfile,
    PartnerProgram,
    RuleVersion,
    TierMove,
    TierStanding,
)
from partners.programs import duties, evaluating, news, stepping
from partners.programs.rules import Rules, Tier
from partners.programs.runs import ask_evaluation
from prm.common.errors import InvalidTransition
from prm.common.models import AuditEntry, Job, Notice, Task, User
from prm.common.transition import transition_many
from tests.factories import make_member, make_user
from tests.programs.ladder import (
    CONTRACT,
    REVENUE,
    all_of,
    at,
    at_least,
    ladder,
    program_with,
    reseller,
    run,
    won,
)
from tests.programs.one_by_one import take_steps_one_by_one

STEPS = ("promote", "propose_promotion", "withdraw", "warn", "recover", "demote",
         "propose_demotion", "drop")  # fmt: skip
DAYS = (
    "2026-05-20",
    "2026-07-01",
    "2026-07-02",
    "2026-07-20",
    "2026-10-01",
    "2026-10-20",
    "2027-01-01",
)
TABLES = {
    TierStanding: ("partner__name", "state", "pending_tier", "since", "grace_until", "because",
                   "evaluated_on", "reviewed_until", "version__number", "readings", "attained",
                   "asked", "declined_tier", "updated_at"),
    PartnerProfile: ("partner__name", "type", "tier", "region", "segment", "manager__email",
                     "valid_from", "valid_to"),
    TierMove: ("partner__name", "from_tier", "to_tier", "is_up", "cause", "effective_from", "at",
               "reason", "readings", "version__number", "program__name"),
    Task: ("source", "key", "company", "title", "args", "url", "about_id", "side", "owner",
           "due_on", "priority", "state", "closed_at", "reason", "created_at", "updated_at"),
    Notice: ("to__email", "kind", "key", "about_id", "url", "args", "at", "in_app", "mail",
             "mail_due_at"),
    AuditEntry: ("action", "object_id", "at", "actor", "before", "after", "reason"),
}  # fmt: skip


def small_world(dice: random.Random, size: int = 24) -> tuple[PartnerProgram, PartnerProgram]:
    """Partners of all fates in two programmes: one decides by itself, the other one asks."""
    asks = program_with(ladder(grace_days=15, promotion="approval"))
    hard = Tier("silver", all_of(at_least(REVENUE, 100_000), at_least(CONTRACT, 1, is_hard=True)))
    tiers = ladder().tiers
    rules = Rules((tiers[0], hard, tiers[2]), grace_days=15, demotion="automatic")
    decides = program_with(rules, "Providers", "msp")
    managers = [make_user(f"m{n}@example.com", staff_role="channel_manager") for n in range(3)]
    make_user("ops@example.com", staff_role="operations")
    shared = make_user("both@example.com")
    for n in range(size):
        partner = reseller(
            f"P{n:02}",
            dice.choice(["registered", "silver", "gold"]),
            manager=dice.choice([*managers, None]),
        )
        partner.profiles.update(type=dice.choice(["reseller", "msp"]))
        if n % 5 == 0:
            Contract.objects.filter(partner=partner).update(ends_on="2026-06-30")
        for role in dice.sample(["admin", "sales", "technical", "read_only"], dice.randint(0, 3)):
            make_member(partner, f"{role}{n}@example.com", role)
        if n % 6 == 0:
            make_member(partner, "", "sales", user=shared)
        for _deal in range(dice.randint(0, 3)):
            won(
                partner,
                dice.choice(["2025-08-01", "2026-05-01", "2026-06-20"]),
                dice.choice([60_000, 150_000, 400_000]),
            )
    return asks, decides


def contents() -> dict[str, list[str]]:
    """What stands in the tables, with names instead of ids, which differ from life to life."""
    names = {str(pk): name for pk, name in Partner.objects.values_list("public_id", "name")}
    for row in TierStanding.objects.select_related("partner"):
        names[str(row.public_id)] = f"standing of {row.partner}"
    for version in RuleVersion.objects.select_related("program"):
        names[str(version.public_id)] = f"{version}"
        names[str(version.program.public_id)] = f"{version.program}"
    names |= {str(pk): email for pk, email in User.objects.values_list("public_id", "email")}
    for task in Task.objects.all():
        names[str(task.public_id)] = f"{task.source} of {names[task.key]}"
    found = {}
    for model, fields in TABLES.items():
        rows = [repr(row) for row in model._default_manager.order_by().values_list(*fields)]
        for old, new in names.items():
            rows = [row.replace(old, new) for row in rows]
        # of many proposals the first few are told by name: which, may differ
        rows = ["tier_decision" if "'tier_decision', '2" in row else row for row in rows]
        found[model.__name__] = sorted(rows)
    return found


def life(seed: int) -> dict[str, list[str]]:
    """Everything that evaluations of two years write, with what happens between them."""
    dice = random.Random(seed)
    programs = small_world(dice)
    for day in DAYS:
        for program in programs:
            run(program, day)
        standings = TierStanding.objects.select_related("partner").order_by("partner__name")
        for row in dice.sample(list(standings), 6):
            won(row.partner, day, 300_000)
    return contents()


def undone(work: Any) -> Any:
    """What the work returns; the database is as before."""
    with transaction.atomic():
        found = work()
        transaction.set_rollback(True)
    return found


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.django_db
def test_many_at_once_write_what_one_by_one_writes(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = undone(lambda: life(seed))
    monkeypatch.setattr(evaluating, "take_steps", take_steps_one_by_one)
    singly = undone(lambda: life(seed))
    for table, rows in many.items():
        assert set(rows) ^ set(singly[table]) == set(), table
        assert rows == singly[table], table
    causes = {cause for cause in ("promotion", "demotion", "hard")
              if any(f"'{cause}'" in row for row in many["TierMove"])}  # fmt: skip
    done = {row.split("'")[1] for row in many["AuditEntry"] if row.startswith("('tierstanding.")}
    assert causes == {"promotion", "demotion", "hard"}
    assert done | {"tierstanding.withdraw"} == {f"tierstanding.{one}" for one in STEPS}


@pytest.mark.django_db
def test_hundreds_of_steps_ask_as_often_as_a_few() -> None:
    program, ana = program_with(ladder()), make_user("ana@example.com", staff_role="operations")

    def asked(n: int, day: str) -> int:
        for _place in range(n):
            partner = reseller(manager=ana)
            make_member(partner, "", "admin")
            won(partner, "2026-05-01", 150_000)
        drain(at(day))
        job = ask_evaluation(program, now=at(day))
        with CaptureQueriesContext(connection) as queries:
            evaluate_program(job, at(day))
        assert TierMove.objects.filter(effective_from=day).count() == n
        return len(queries)

    few, many = asked(3, "2026-05-20"), asked(30, "2026-05-21")
    assert few == many


# At which call of what the connection is lost.
MOMENTS = {
    "profiles": (stepping, "change_tiers", 2),
    "states": (stepping, "transition_many", 2),
    "history": (stepping, "_record_moves", 2),
    "notices": (news, "notify_many", 1),
    "tasks": (duties, "ask_for_many", 1),
    "steps": (evaluating, "take_steps", 2),
}


def begun() -> tuple[PartnerProgram, PartnerProgram]:
    """Programmes whose partners were evaluated once."""
    programs = small_world(random.Random(4), 14)
    run_all(programs, DAYS[0])
    return programs


def run_all(programs: Iterable[PartnerProgram], day: str) -> None:
    for program in programs:
        run(program, day)


def never_killed() -> dict[str, list[str]]:
    """The control."""
    programs = begun()
    for _again in range(2):
        run_all(programs, DAYS[1])
    return contents()


def killing(real: Any, nth: int) -> Any:
    """The function, after whose nth call the database ends the connection."""
    calls: list[Any] = []

    def killed(*args: Any, **more: Any) -> Any:
        found = real(*args, **more)
        calls.append(args)
        if len(calls) == nth:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return found

    return killed


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.django_db(transaction=True)
def test_killed_at_any_moment_the_next_run_makes_it_good(
    moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = undone(never_killed)
    programs = begun()
    module, name, nth = MOMENTS[moment]
    monkeypatch.setattr(tierruns, "CHUNK", 5)
    with monkeypatch.context() as patch:
        patch.setattr(module, name, killing(getattr(module, name), nth))
        with pytest.raises(OperationalError):
            run_all(programs, DAYS[1])
    connection.close()
    assert contents() != expected
    Job.objects.filter(kind="programs.evaluate").delete()
    for _again in range(2):  # the second one says of all why they stay as they are
        run_all(programs, DAYS[1])
    for table, rows in contents().items():
        assert set(rows) ^ set(expected[table]) == set(), table
        assert rows == expected[table], table


@pytest.mark.django_db
def test_rows_that_cannot_all_move_do_not_move_at_all() -> None:
    program = program_with(ladder())
    rows = [TierStanding.objects.create(partner=reseller(), program=program) for _place in range(2)]
    rows[1].state = "promotion_pending"
    changes: dict[str, Any] = {"pending_tier": "", "since": None, "grace_until": None}
    with pytest.raises(InvalidTransition):
        transition_many([(row, "withdraw", changes) for row in rows], by=None, now=at("2026-05-20"))
    assert not AuditEntry.objects.filter(action="tierstanding.withdraw").exists()
    assert set(TierStanding.objects.values_list("state", flat=True)) == {"steady"}
