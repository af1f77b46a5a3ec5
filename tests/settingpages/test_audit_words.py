"""Every action that the audit records has words, and every word an action."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kpis.models import Baseline, Target
from partners.models import Deal
from prm.common.logbooks.sentences import SAYS, USUAL

ROOT = Path(__file__).resolve().parents[2]
ACTION = re.compile(r"[a-z_]+(\.[a-z_]+)*\.[a-z_]+(?<!_)")
# Actions that are put together when they are recorded.
COMPOSED = {f"deal.{action}" for ways in Deal.NEXT.values() for action in ways} | {
    f"kpi.set_{model._meta.model_name}" for model in (Target, Baseline)
}


def actions_of(path: Path) -> Iterator[str]:
    """What the functions that record say: every text that is an action."""
    for function in ast.walk(ast.parse(path.read_text())):
        if not isinstance(function, ast.FunctionDef):
            continue
        calls = [ast.unparse(one.func) for one in ast.walk(function) if isinstance(one, ast.Call)]
        if "audit.record" not in calls:
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.Constant) and ACTION.fullmatch(str(node.value)):
                yield str(node.value)


def recorded() -> set[str]:
    files = [path for app in ("prm", "partners", "kpis") for path in (ROOT / app).rglob("*.py")]
    return {action for path in files for action in actions_of(path)} | COMPOSED


@pytest.mark.parametrize("action", sorted(recorded()))
def test_every_recorded_action_has_words(action: str) -> None:
    assert action in SAYS or action.rpartition(".")[2] in USUAL


@pytest.mark.parametrize("action", sorted(SAYS))
def test_words_are_of_an_action_that_is_recorded(action: str) -> None:
    assert action in recorded()
