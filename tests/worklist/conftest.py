"""What the tests of tasks share."""

from typing import Any

import pytest

from prm.common.notices import services as notices
from prm.common.worklist import sources
from prm.common.worklist.sources import Source
from tests.factories import at

NOW = at("2026-08-05T10:00")
PLAN = Source("plan", "Plan", "target", lambda args: f"Step {args['n']}", lambda args: "Details")


@pytest.fixture(autouse=True)
def own_source(monkeypatch: Any) -> None:
    """A feature that asks for tasks; no worker is told."""
    monkeypatch.setitem(sources.SOURCES, PLAN.key, PLAN)
    monkeypatch.setattr(notices, "ring", lambda: None)
