"""The kinds of notices: known to every process, and each with something that really happens."""

import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from prm.common.models import Notice
from prm.common.notices.deliveries import deliver_due
from prm.common.notices.kinds import KINDS, declare
from prm.common.notices.services import notify
from tests.notices.conftest import NOW, PLAIN
from tests.world import World

ROOT = Path(__file__).resolve().parents[2]
OURS = {key for key, kind in KINDS.items() if kind.says.__module__.split(".")[0] != "tests"}
ASK = """
import django; django.setup()
from prm.common.notices.kinds import KINDS; print(*KINDS)
"""


def test_a_worker_that_never_loads_an_address_knows_every_kind() -> None:
    asked = [sys.executable, "-c", ASK]
    told = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(told.stdout.split()) == OURS


def test_every_kind_is_told_somewhere() -> None:
    code = [
        path.read_text()
        for app in ("prm", "partners", "kpis")
        for path in (ROOT / app).rglob("*.py")
    ]
    told = "\n".join(code)
    for key in OURS:
        (name,) = re.findall(rf'(\w+) = declare\(\s*Kind\(\s*"{key}"', told)
        assert len(re.findall(rf"\b{name}\b", told)) > 1, key


@pytest.mark.django_db
def test_a_kind_of_newer_code_waits_for_a_worker_that_knows_it(world: World) -> None:
    notify(PLAIN, [world.ana], key="k", url="", now=NOW)
    Notice.objects.update(kind="newer")
    assert deliver_due(NOW) == 0
    Notice.objects.update(kind="plain")
    assert deliver_due(NOW + timedelta(days=1)) == 1


def test_two_kinds_cannot_have_one_name() -> None:
    with pytest.raises(ValueError, match="Two kinds"):
        declare(PLAIN)
