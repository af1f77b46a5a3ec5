"""Old dry runs go, evaluations stay."""

from datetime import timedelta
from typing import Any

import pytest

from partners.models import TierRun
from partners.tasks import forget_dry_runs
from tests.programs.ladder import at, dry, ladder, program_with, reseller, run

pytestmark = pytest.mark.django_db


def test_dry_runs_of_more_than_a_month_ago_are_forgotten_and_evaluations_are_not(
    time_machine: Any,
) -> None:
    program = program_with(ladder())
    reseller()
    old, young, daily = "2026-06-01", "2026-07-05", "2026-06-01"
    version = program.versions.filter(state="published").get()
    dry(version, old)
    dry(version, young)
    run(program, daily)
    time_machine.move_to(at("2026-07-10") + timedelta(hours=1))
    forget_dry_runs()
    left = sorted((one.kind, str(one.day)) for one in TierRun.objects.all())
    assert left == [("daily", daily), ("dry", young)]
