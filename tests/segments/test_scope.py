"""A dynamic segment as the scope of KPIs: whose months count, and the rows behind them."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.http import Http404

from kpis import scopes, values
from kpis.definitions import KPIS
from kpis.readers import SHELL
from kpis.services import set_target
from partners.models import DynamicSegment, Partner, SegmentStay
from prm.common import access, config
from prm.common.errors import NotAllowed
from tests.factories import at, make_member, make_user
from tests.imports.sets import GOLDEN, empty_installation, run
from tests.kpis.test_drill import READINGS
from tests.kpis.test_golden import NOW

RULE = {"all": [{"field": "type", "operator": "filled"}]}
# external id → first day in the segment, first day no longer (None: still)
STAYS = {"P1": ("2025-11-10", None), "P2": ("2026-02-10", "2026-08-31"), "P3": ("2026-08-31", None)}


@pytest.fixture(scope="module")
def segment(django_db_setup: None, django_db_blocker: Any) -> Iterator[DynamicSegment]:
    """The golden facts with a segment, once for this module."""
    with django_db_blocker.unblock(), empty_installation(), time_machine.travel(NOW, tick=False):
        run("import_folder", str(GOLDEN / "csv"))
        run("kpis", "drain")
        made = DynamicSegment.objects.create(name="Some", rule=RULE, created_at=NOW)
        for external, (first, last) in STAYS.items():
            SegmentStay.objects.create(
                segment=made, partner=Partner.objects.get(external_id=external),
                valid_from=first, came_at=at(first), came_because="values", valid_to=last,
                left_at=last and at(last), left_because="values" if last else "",
            )  # fmt: skip
        yield made


def ask(segment: DynamicSegment, key: str, period: str, **more: Any) -> Any:
    scope = scopes.of_segment(segment)
    return values.value(key, period=period, scope=scope, now=NOW, **more)


def was_inside(external: str, month: date, ends_on: date) -> bool:
    """Whether it was in the segment at the end of a month, worked out anew."""
    first, last = STAYS[external]
    day = date.fromordinal(ends_on.toordinal() - 1)
    return date.fromisoformat(first) <= day and (last is None or date.fromisoformat(last) > day)


def by_hand(key: str, variant: str, *, current: bool = False) -> dict[str, Decimal]:
    """Month → sum over the partners that were in it at its end (or are in it now)."""
    found = {}
    for month in config.program().months:
        if not date(2025, 10, 1) <= month.starts_on < date(2026, 10, 1):
            continue
        name = f"{month.starts_on:%Y-%m}"
        total = Decimal(0)
        for external, (_first, last) in STAYS.items():
            inside = last is None if current else was_inside(
                external, month.starts_on, month.ends_on
            )  # fmt: skip
            if inside:
                own = values.value(key, period=name, scope=f"partner:{external}",
                                   variant=variant, now=NOW)  # fmt: skip
                total += Decimal(str(own.value or 0))
        found[name] = total
    return found


SUMS = [("partner_sourced_revenue", "net"), ("partner_sourced_revenue", "gross"),
        ("partner_login_rate", "logins")]  # fmt: skip


@pytest.mark.parametrize(("key", "variant"), SUMS)
def test_a_month_counts_for_who_was_in_it_at_its_end_and_months_add_up(
    segment: DynamicSegment, key: str, variant: str
) -> None:
    expected = by_hand(key, variant)
    assert any(expected.values())
    for month, total in expected.items():
        found = ask(segment, key, month, variant=variant)
        assert Decimal(str(found.value or 0)) == pytest.approx(total), month
    quarter = sum(expected[name] for name in ("2026-07", "2026-08", "2026-09"))
    assert Decimal(str(ask(segment, key, "2026-Q3", variant=variant).value)) == pytest.approx(
        quarter
    )


@pytest.mark.parametrize(("key", "variant"), SUMS)
def test_as_it_is_now_all_months_count_for_who_is_in_it_now(
    segment: DynamicSegment, key: str, variant: str
) -> None:
    expected = by_hand(key, variant, current=True)
    for month, total in expected.items():
        found = ask(segment, key, month, variant=variant, mode="current")
        assert Decimal(str(found.value or 0)) == pytest.approx(total), month


@pytest.mark.parametrize(
    ("period", "mode"), [("2026-Q3", "pit"), ("2026-Q3", "current"), ("2026", "pit")]
)
@pytest.mark.parametrize(("key", "variant"), READINGS)
def test_every_kpi_answers_for_a_segment_and_its_rows_add_up(
    segment: DynamicSegment, key: str, variant: str, period: str, mode: str
) -> None:
    result = ask(segment, key, period, variant=variant, mode=mode)
    reading = KPIS[key].variants[variant]
    for part in ("numerator", "denominator"):
        shown = getattr(result, part)
        if result.value is None or shown is None or not getattr(reading, part):
            continue
        behind = values.rows(
            key, period=period, scope=scopes.of_segment(segment), variant=variant, mode=mode,
            now=NOW, actor=SHELL, part=part, limit=1000,
        )  # fmt: skip
        assert float(behind.total) == pytest.approx(float(shown)), part


def test_a_target_may_be_set_for_a_segment(segment: DynamicSegment) -> None:
    scope = scopes.of_segment(segment)
    set_target("partner_sourced_revenue", scope.text, "2026-Q3", Decimal(100), by=None, now=NOW)
    found = ask(segment, "partner_sourced_revenue", "2026-Q3")
    assert found.target == Decimal(100)
    assert found.attainment == pytest.approx(float(found.value) / 100)
    assert scopes.parse(scope.text) == scope


def test_an_unknown_segment_is_not_there_and_partners_see_none(segment: DynamicSegment) -> None:
    for name in ("01a204a4-5031-7f2b-b7bd-e9e8b573e30a", "Some", ""):
        with pytest.raises(Http404):
            scopes.parse(f"dynamic_segment:{name}")
    member = make_member(Partner.objects.get(external_id="P1"), "in@example.com", "admin")
    partner = access.actor_for(member.user)
    with pytest.raises(Http404):
        scopes.parse(scopes.of_segment(segment).text, partner)
    with pytest.raises(NotAllowed):
        scopes.check(partner, scopes.of_segment(segment))
    manager = access.actor_for(make_user(staff_role="channel_manager"))
    assert scopes.check(manager, scopes.parse(scopes.of_segment(segment).text, manager))
