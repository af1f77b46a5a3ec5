"""The rows behind a figure add up to it: every KPI, every reading that names its rows."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from kpis import values
from kpis.definitions import KPIS
from kpis.readers import SHELL
from prm.common.access import actor_for
from prm.common.models import User
from tests.factories import make_user
from tests.imports.sets import GOLDEN, empty_installation, run
from tests.kpis.test_golden import NOW

SCOPES = ["program", "partner:P1", "tier:gold", "region:DACH", "direct", "customer_region:DACH"]
# in October the last months of the quarter and of the year have not begun
RUNNING = [("2026-Q4", "program"), ("2026", "program"), ("2026", "partner:P1")]
READINGS = [(key, name) for key, kpi in KPIS.items() for name in kpi.variants]
# questions without rows of their own: differences of two figures, ranks, trends, cohorts, rules
ROWLESS = {"net", "difference", "comparison", "open_age", "trend", "median", "direct_median",
           "ramped", "reactivated", "overall", "within_90", "within_180", "estimate",
           "stickiness", "features"}  # fmt: skip


@pytest.fixture(scope="module")
def golden(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The golden facts, once for this module."""
    with django_db_blocker.unblock(), empty_installation(), time_machine.travel(NOW, tick=False):
        run("import_folder", str(GOLDEN / "csv"))
        run("kpis", "drain")
        yield


@pytest.mark.parametrize(("period", "scope"), [*[("2026-Q3", scope) for scope in SCOPES], *RUNNING])
@pytest.mark.parametrize(("key", "variant"), READINGS)
def test_the_rows_add_up_to_the_figure(
    golden: None, key: str, variant: str, period: str, scope: str
) -> None:
    asked: dict[str, Any] = {"period": period, "scope": scope, "variant": variant, "now": NOW}
    result = values.value(key, **asked)
    if result.value is None:
        return
    reading = KPIS[key].variants[variant]
    for part in ("numerator", "denominator"):
        shown = getattr(result, part)
        if shown is None or not getattr(reading, part):
            continue
        behind = values.rows(key, **asked, actor=SHELL, part=part, limit=1000)
        assert float(behind.total) == pytest.approx(float(shown)), part
        assert float(sum(row["amount"] for row in behind.rows)) == pytest.approx(float(shown))


@pytest.mark.parametrize(
    "scope", [*SCOPES, "manager:ana@example.com", "type:reseller", "segment:x"]
)
@pytest.mark.parametrize(("key", "variant"), READINGS)
def test_rows_can_be_asked_in_every_scope(golden: None, key: str, variant: str, scope: str) -> None:
    make = {"staff_role": "channel_manager"}
    if scope.startswith("manager:") and not User.objects.filter(email="ana@example.com").exists():
        make_user("ana@example.com", **make)
    for part in ("numerator", "denominator"):
        if not getattr(KPIS[key].variants[variant], part):
            continue
        asked: dict[str, Any] = {"period": "2026-Q3", "scope": scope, "variant": variant}
        behind = values.rows(key, **asked, now=NOW, actor=SHELL, part=part)
        assert behind.total_rows >= len(behind.rows)


@pytest.mark.parametrize("key", sorted(KPIS))
def test_every_kpi_names_the_rows_behind_its_readings(key: str) -> None:
    without = {name for name, one in KPIS[key].variants.items() if not one.numerator}
    assert without <= ROWLESS


def test_rows_outside_the_portfolio_are_summed_not_listed(golden: None) -> None:
    manager = make_user(staff_role="channel_manager")
    found = values.rows(
        "partner_sourced_revenue", period="2026-Q3", now=NOW, actor=actor_for(manager)
    )
    assert (found.rows, found.hidden_rows, found.hidden_total) == ([], 7, 137000)
