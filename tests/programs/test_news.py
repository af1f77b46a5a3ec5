"""The news of tiers, for whoever sends notices: each once, inside the transaction of the change."""

from typing import Any

import pytest
from django.db import transaction
from django.dispatch import Signal

from partners import signals
from partners.programs import deciding
from tests.programs.ladder import at, ladder, program_with, reseller, run, standing, won

pytestmark = pytest.mark.django_db
DAY = "2026-05-20"


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the news in their order."""
    found: list[str] = []
    kept = []
    for name, signal in vars(signals).items():
        if isinstance(signal, Signal):

            def hear(name: str = name, **_more: Any) -> None:
                assert transaction.get_connection().in_atomic_block
                found.append(name)

            signal.connect(hear, weak=False, dispatch_uid=f"heard {name}")
            kept.append((signal, f"heard {name}"))
    yield found  # type: ignore[misc]
    for signal, uid in kept:
        signal.disconnect(dispatch_uid=uid)


def test_each_step_is_told_once(heard: list[str]) -> None:
    program, partner = program_with(ladder(promotion="approval", grace_days=1)), reseller()
    risky = reseller(tier="gold")
    assert heard == ["rules_published"]
    won(partner, "2026-05-01", 150_000)
    run(program, DAY)
    run(program, DAY)
    assert heard[1:] == ["promotion_proposed"]
    deciding.approve(standing(partner), by=None, now=at(DAY))
    run(program, "2026-07-01")
    run(program, "2026-07-03")
    deciding.decline(standing(risky), by=None, now=at("2026-07-03"), reason="Wait")
    assert heard[2:] == ["tier_raised", "tier_at_risk", "demotion_proposed", "demotion_declined"]
    run(program, "2026-10-01")
    won(risky, "2026-10-01", 400_000)
    run(program, "2026-10-02")
    assert heard[6:] == ["tier_at_risk", "tier_recovered"]
