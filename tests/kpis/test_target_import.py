"""Targets and baselines come in by a file, as versions that stay."""

from decimal import Decimal
from pathlib import Path

import pytest

from kpis import values
from kpis.models import Baseline, Target
from partners.models import Partner
from prm.common.imports import services
from prm.common.models import AuditEntry
from tests.factories import make_partner, make_user
from tests.imports.helpers import NOW, file_of, load, outcome, problems
from tests.imports.sets import GOLDEN

pytestmark = pytest.mark.django_db
HEAD = "kind,key,variant,scope,period,value,reason\n"


def targets(folder: Path, *rows: str) -> Path:
    return file_of(folder, HEAD + "".join(f"{row}\n" for row in rows))


@pytest.fixture
def acme() -> Partner:
    return make_partner("Acme", source="crm", external_id="P1")


def test_a_file_sets_targets_and_baselines_and_again_changes_nothing(
    tmp_path: Path, acme: Partner
) -> None:
    make_user("ana@example.com", staff_role="channel_manager")
    path = targets(
        tmp_path,
        "target,partner_sourced_revenue,,partner:P1,2027-Q1,150000,",
        ",win_rate,direct,program,2027,0.55,",
        "baseline,win_rate,,manager:ANA@example.com,t12m:2026-09,0.4875,",
        "baseline,average_deal_size,median,region:DACH,2026-07,20000.50,",
    )
    assert outcome(load("program_target", path)) == (4, 0, 0, 0)
    fields = ("kpi", "variant", "scope", "period", "value", "version")
    assert set(Target.objects.values_list(*fields)) == {
        ("partner_sourced_revenue", "net", f"partner:{acme.public_id}", "2027-Q1", 150000, 1),
        ("win_rate", "direct", "program", "2027", Decimal("0.55"), 1),
    }
    assert set(Baseline.objects.values_list(*fields)) == {
        ("win_rate", "partner", "manager:ana@example.com", "t12m:2026-09", Decimal("0.4875"), 1),
        ("average_deal_size", "median", "region:DACH", "2026-07", Decimal("20000.5"), 1),
    }
    assert outcome(load("program_target", path)) == (0, 0, 4, 0)
    assert (Target.objects.count(), Baseline.objects.count()) == (2, 2)
    assert AuditEntry.objects.filter(action="kpi.set_target").count() == 2


def test_a_changed_target_is_a_new_version_and_the_old_one_stays(tmp_path: Path) -> None:
    load("program_target", targets(tmp_path, "target,win_rate,,,2027-Q1,0.5,"))
    changed = targets(tmp_path, "target,win_rate,,,2027-Q1,0.6,")
    assert outcome(load("program_target", changed)) == (0, 1, 0, 0)
    assert outcome(load("program_target", changed)) == (0, 0, 1, 0)
    versions = Target.objects.order_by("version").values_list("version", "value", "set_at")
    assert list(versions) == [(1, Decimal("0.5"), NOW), (2, Decimal("0.6"), NOW)]


@pytest.mark.parametrize(("kind", "period"), [("target", "2026-Q4"), ("baseline", "2027-Q1")])
def test_a_running_target_and_any_baseline_change_only_with_a_reason(
    tmp_path: Path, kind: str, period: str
) -> None:
    load("program_target", targets(tmp_path, f"{kind},win_rate,,,{period},0.5,"))
    run = load("program_target", targets(tmp_path, f"{kind},win_rate,,,{period},0.6,"))
    assert (outcome(run), problems(run)) == ((0, 0, 0, 1), [(2, "reason")])
    again = targets(tmp_path, f"{kind},win_rate,,,{period},0.6,new price list")
    assert outcome(load("program_target", again)) == (0, 1, 0, 0)
    model = Target if kind == "target" else Baseline
    assert model.objects.get(version=2).reason == "new price list"


def test_each_bad_row_says_what_to_do_and_the_others_are_stored(tmp_path: Path) -> None:
    path = targets(
        tmp_path,
        "goal,win_rate,,,2027,0.5,",
        "target,wins,,,2027,0.5,",
        "target,win_rate,median,,2027,0.5,",
        "target,win_rate,,galaxy,2027,0.5,",
        "target,win_rate,,partner:P9,2027,0.5,",
        "target,win_rate,,manager:nobody@example.com,2027,0.5,",
        "target,win_rate,,,2027-Q5,0.5,",
        "target,win_rate,,,2027,half,",
        "target,win_rate,,,2027,,",
        "target,win_rate,,,2027,100000000000000,",
        "target,win_rate,,,2027,0.5,",
        "target,win_rate,partner,program,2027,0.6,",
    )
    run = load("program_target", path)
    assert outcome(run) == (1, 0, 0, 11)
    assert problems(run) == [
        (2, "kind"), (3, "key"), (4, "variant"), (5, "scope"), (6, "scope"), (7, "scope"),
        (8, "period"), (9, "value"), (10, "value"), (11, "value"), (13, "key"),
    ]  # fmt: skip
    reasons = dict(run.problems.values_list("line", "reason"))
    assert reasons[3] == "There is no KPI wins. Use a key of the KPI list."
    assert reasons[4].startswith("win_rate has no variant median. Use one of: partner, direct")
    assert reasons[6] == (
        "Nobody is found for partner:P9. Correct it, or import the partner first."
    )
    assert reasons[13] == "Line 12 states this already. Keep one of them."
    assert Target.objects.get().value == Decimal("0.5")


def test_a_dry_run_stores_nothing_and_an_undo_takes_the_versions_back(tmp_path: Path) -> None:
    path = targets(tmp_path, "target,win_rate,,,2027,0.5,", "baseline,win_rate,,,2027,0.4,")
    assert outcome(load("program_target", path, dry_run=True)) == (2, 0, 0, 0)
    assert not Target.objects.exists()
    assert not Baseline.objects.exists()
    run = load("program_target", path)
    services.undo_import(run, by=None, now=NOW)
    assert not Target.objects.exists()
    assert not Baseline.objects.exists()


def test_of_two_sources_with_the_same_id_the_file_s_own_is_meant(
    tmp_path: Path, acme: Partner
) -> None:
    make_partner("Other", source="erp", external_id="P1")
    load("program_target", targets(tmp_path, "target,win_rate,,partner:P1,2027,0.5,"))
    assert Target.objects.get().scope == f"partner:{acme.public_id}"


def test_the_golden_target_is_read_and_shown_with_the_figure() -> None:
    run = load("program_target", GOLDEN / "csv" / "program_target.csv")
    assert outcome(run) == (1, 0, 0, 0)
    result = values.value("partner_sourced_revenue", period="2026-Q4", now=NOW)
    assert result.target == Decimal(150000)
