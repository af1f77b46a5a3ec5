"""Making the demo world: the same every time, all or nothing, never among real facts."""

import hashlib
import io
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Count, Max

from partners.models import Deal, DealStageEvent, Partner
from prm.common.models import Setting, User
from prm.management.demo import build as building
from prm.management.demo.plan import Plan

TODAY = date(2025, 11, 19)

SMALL = Plan(
    seed=3, partners=40, deals=300, years=2, today=TODAY, zone=ZoneInfo("America/Los_Angeles")
)
SAME = {
    "partners_partner": "name, country, domain, external_id, public_id, merged_at",
    "partners_partnerprofile": "type, tier, region, segment, valid_from, valid_to, public_id",
    "partners_deal": "external_id, public_id, state, amount, currency, opened_at, closed_at",
    "partners_dealstageevent": "at, state, amount",
    "partners_dealtouch": "at, kind, anchor",
    "partners_dealadjustment": "at, kind, amount",
    "partners_loginevent": "at, impersonated",
    "partners_registration": "submitted_at, decided_at, state, amount, reason",
    "common_fxrate": "currency, valid_from, rate",
    "common_user": "email, name",
}


def digest(plan: Plan) -> str:
    """Make a world, look at it, take it back."""
    text = hashlib.sha256()
    with transaction.atomic(), connection.cursor() as cursor:
        building.build(plan, lambda _line: None)
        for table, columns in SAME.items():
            quoted = ", ".join(f'"{name.strip()}"' for name in columns.split(","))
            story = "WHERE source = 'demo'" if "dealstage" in table or "partner" in table else ""
            cursor.execute(f"SELECT {quoted} FROM {table} {story} ORDER BY id")
            text.update(repr(cursor.fetchall()).encode())
        transaction.set_rollback(True)
    return text.hexdigest()


def test_the_same_seed_sizes_and_day_make_the_same_world(db: None) -> None:
    first = digest(SMALL)
    assert digest(SMALL) == first
    other = Plan(**{**vars_of(SMALL), "seed": 4})
    assert digest(other) != first


def vars_of(plan: Plan) -> dict[str, Any]:
    return {name: getattr(plan, name) for name in Plan.__dataclass_fields__}


@pytest.mark.parametrize("day", [date(2024, 2, 29), date(2025, 1, 1), date(2025, 12, 28)])
def test_any_day_of_the_year_will_do(db: None, day: date) -> None:
    plan = Plan(**{**vars_of(SMALL), "today": day, "years": 1})
    building.build(plan, lambda _line: None)
    assert Deal.objects.count() == 300
    last = Deal.objects.aggregate(day=Max("opened_on"))["day"]
    assert day - timedelta(days=8) < last < day


def test_big_worlds_tell_beginning_and_end_only(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Plan, "is_rich", False)
    building.build(SMALL, lambda _line: None)
    closed = Deal.objects.exclude(state="open").filter(source="demo")
    events = DealStageEvent.objects.filter(source="demo")
    assert events.filter(deal__in=closed).count() == 2 * closed.count()
    assert Deal.objects.open().annotate(n=Count("stage_events")).filter(n=1).exists()


def test_it_stays_out_of_a_database_with_facts(world: Any) -> None:
    with pytest.raises(CommandError, match=r"already holds facts .*2 partners"):
        call_command("demo_world", stdout=io.StringIO())
    assert Partner.objects.count() == 2


def test_all_or_nothing(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_plan: Plan) -> None:
        raise RuntimeError("the last scene fails")

    monkeypatch.setattr(building.story, "play", fails)
    with pytest.raises(RuntimeError):
        building.build(SMALL, lambda _line: None)
    assert (Partner.objects.count(), User.objects.count()) == (0, 0)
    assert Setting.objects.get(key="program_name").value == "PRM"


@pytest.mark.parametrize(
    ("options", "advice"),
    [
        ({"partners": 10}, "at least 40 partners"),
        ({"deals": 50}, "200 deals"),
        ({"years": 0}, "from 1 to 15 years"),
        ({"today": date(2999, 1, 1)}, "no future facts"),
    ],
)
def test_impossible_sizes_are_refused_with_advice(
    db: None, options: dict[str, Any], advice: str
) -> None:
    with pytest.raises(CommandError, match=advice):
        call_command("demo_world", stdout=io.StringIO(), **options)
    assert Partner.objects.count() == 0
