"""News from the facts: who rings for the drain, and when."""

import pytest
from django.core.cache import cache

from kpis import receivers


def test_changes_within_a_second_ring_once_at_once_and_once_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rung: list[dict[str, int]] = []
    monkeypatch.setattr(receivers, "send", lambda _task, **when: rung.append(when))
    cache.delete_many(["kpis.drain.rung", "kpis.drain.rings_again"])
    for _ in range(4):
        receivers._ring()
    assert rung == [{}, {"countdown": 1}]
