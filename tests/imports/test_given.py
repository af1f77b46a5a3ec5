"""Managers who are given partners by an import learn it, once for all of them."""

from pathlib import Path

import pytest

from prm.common.imports import services
from prm.common.models import Notice, User
from tests.factories import make_user
from tests.notices.conftest import NOW
from tests.world import World

pytestmark = pytest.mark.django_db


def load(tmp_path: Path, resource: str, rows: str, by: User, **more: bool) -> None:
    path = tmp_path / f"{resource}.csv"
    path.write_text(rows)
    run = services.new_run(path.name, resource=resource, source="crm", by=by, now=NOW, **more)
    services.run_import(run, now=NOW, path=path)
    run.refresh_from_db()
    assert run.rejected == 0, run.error


FILE = "partner_id,name,manager\nA,Ada,{0}\nB,Bob,{0}\nC,Cyd,ana@example.com\n"


def given(user: User) -> list[tuple[str, dict[str, object]]]:
    rows = Notice.objects.filter(to=user, kind__in=["partner_given", "partners_given"])
    return list(rows.order_by("pk").values_list("kind", "args"))


def test_an_import_tells_each_manager_once_and_nobody_twice(world: World, tmp_path: Path) -> None:
    ben = make_user("ben@example.com", staff_role="channel_manager")
    User.objects.filter(pk=world.ana.pk).update(email="ana@example.com")
    load(tmp_path, "partner", FILE.format("ben@example.com"), world.admin, dry_run=True)
    assert given(ben) == []
    load(tmp_path, "partner", FILE.format("ben@example.com"), world.admin)
    load(tmp_path, "partner", FILE.format("ben@example.com"), world.admin)
    assert given(ben) == [("partners_given", {"n": 2})]
    assert given(world.ana) == [("partner_given", {})]
    load(tmp_path, "partner", FILE.format("ana@example.com"), world.admin)
    assert given(world.ana)[1:] == [("partners_given", {"n": 2})]
    assert len(given(ben)) == 1


def test_a_history_tells_who_looks_after_the_partners_now(world: World, tmp_path: Path) -> None:
    ben = make_user("ben@example.com", staff_role="channel_manager")
    User.objects.filter(pk=world.ana.pk).update(email="ana@example.com")
    load(tmp_path, "partner", "partner_id,name\nA,Ada\nB,Bob\n", world.admin)
    head = "partner_id,valid_from,manager\n"
    rows = "".join(
        f"{one},2025-01-01,ana@example.com\n{one},2026-01-01,ben@example.com\n" for one in "AB"
    )
    load(tmp_path, "partner_attr_history", head + rows, world.admin)
    assert given(ben) == [("partners_given", {"n": 2})]
    assert given(world.ana) == []
