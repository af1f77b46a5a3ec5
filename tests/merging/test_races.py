"""Merges at one moment, beside each other and beside a change of the hierarchy."""

from collections.abc import Callable
from contextlib import suppress
from threading import Barrier, BrokenBarrierError, Thread
from typing import Any

import pytest
from django.db import connection

from partners.hierarchy import services as hierarchy
from partners.merging import services
from partners.merging.services import merge_partner
from partners.models import Partner, PartnerMerge
from prm.common.errors import DomainError
from tests.factories import at, make_partner
from tests.recruiting.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
NOW = at("2026-10-05")


def test_merging_many_times_at_once_is_one_merge() -> None:
    one, other = make_partner("One"), make_partner("Other")

    def merge(_n: int) -> None:
        merge_partner(other, into=one, by=None, now=NOW)

    assert sorted(at_once(merge)).count("done") == 1
    assert PartnerMerge.objects.count() == 1


def together(patch: pytest.MonkeyPatch, both: Barrier, module: object, name: str) -> None:
    """Let both have looked at who stands where before one of them writes."""
    own = getattr(module, name)

    def look(*args: object) -> object:
        found = own(*args)
        try:
            both.wait(timeout=1)
        except BrokenBarrierError:  # the other one waits for our lock, as it should
            both.reset()
        return found

    patch.setattr(module, name, look)


def test_a_merge_beside_a_placing_closes_no_circle(monkeypatch: pytest.MonkeyPatch) -> None:
    into, stub = make_partner("Into"), make_partner("Stub")
    top = make_partner("Top")
    Partner.objects.filter(pk=into.pk).update(parent=top)
    child = make_partner("Child", parent=stub)
    both = Barrier(2)
    together(monkeypatch, both, hierarchy, "above")
    together(monkeypatch, both, services, "stands_below")

    def quietly(step: Callable[[], Any]) -> None:
        with suppress(DomainError):  # one of them is refused
            step()
        connection.close()

    steps = (
        lambda: merge_partner(stub, into=into, by=None, now=NOW),
        lambda: hierarchy.place_below(top, child, valid_from=NOW.date(), by=None, now=NOW),
    )
    threads = [Thread(target=quietly, args=(step,)) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    above, passed = Partner.objects.get(pk=into.pk), set[int]()
    while above.parent is not None and above.pk not in passed:
        passed.add(above.pk)
        above = above.parent
    assert above.pk not in passed, "they stand above themselves"
