"""Visits to the portal: what begins one, what goes on with it, what is kept of it."""

import threading
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kpis import values
from partners.accounts import visits
from partners.models import Membership, PortalSession
from prm.common.access import PARTNER_ROLES, actor_for
from tests.conftest import empty_database
from tests.factories import at, make_deal, make_login, make_member, make_partner, make_user

pytestmark = pytest.mark.django_db
NOW = at("2026-07-15T10:00")


@pytest.fixture(autouse=True)
def no_memory() -> None:
    cache.clear()


@pytest.fixture
def boss() -> Membership:
    return make_member(make_partner("Acme"), "boss@acme.example", "admin")


def browser_of(member: Membership) -> Client:
    browser = Client()
    browser.force_login(member.user)
    return browser


def test_a_visit_lasts_from_the_first_page_to_the_last_and_half_an_hour_of_nothing_ends_it(
    boss: Membership,
) -> None:
    browser = browser_of(boss)
    with time_machine.travel(NOW, tick=False) as clock:
        for minutes, page in ((0, "kpis:portal_home"), (12, "deals:portal_deal_list"),
                              (30, "kpis:portal_home"), (31, "kpis:portal_home")):  # fmt: skip
            clock.shift(timedelta(minutes=minutes))
            assert browser.get(reverse(page)).status_code == 200
    first, second = PortalSession.objects.order_by("pk")
    assert (first.last_at - first.started_at, first.features) == (
        timedelta(minutes=42), ["deals", "home"],
    )  # fmt: skip
    assert (second.started_at, second.last_at) == (second.started_at, second.started_at)
    assert (first.partner_id, first.roles, str(first.on)) == (
        boss.partner_id, ["admin"], "2026-07-15",
    )  # fmt: skip


def test_within_a_minute_a_page_writes_nothing_unless_it_is_another_part(boss: Membership) -> None:
    actor = actor_for(boss.user)
    visits.note(actor, "home", NOW)
    with CaptureQueriesContext(connection) as queries:
        visits.note(actor, "home", NOW + timedelta(seconds=59))
    assert len(queries) == 0
    visits.note(actor, "deals", NOW + timedelta(seconds=59))
    assert PortalSession.objects.get().last_at == NOW + timedelta(seconds=59)


def test_a_lost_memory_goes_on_with_the_row(boss: Membership) -> None:
    actor = actor_for(boss.user)
    visits.note(actor, "home", NOW)
    cache.clear()  # Redis was killed, or another process has the request
    visits.note(actor, "home", NOW + timedelta(minutes=5))
    assert PortalSession.objects.get().last_at == NOW + timedelta(minutes=5)


def test_no_address_and_no_id_is_kept(boss: Membership) -> None:
    deal = make_deal(boss.partner)
    browser_of(boss).get(reverse("deals:portal_deal_detail", args=[deal.public_id]))
    row = PortalSession.objects.values().get()
    assert row["features"] == ["deals"]
    assert str(deal.public_id) not in str(row)


def test_what_a_page_does_by_itself_and_what_is_refused_is_no_visit(boss: Membership) -> None:
    browser = browser_of(boss)
    browser.get(reverse("kpis:portal_home"), headers={"HX-Request": "true"})
    browser.get("/portal/deals/00000000-0000-7000-8000-000000000000/")
    browser.get("/api/v1/kpis/")
    assert not PortalSession.objects.exists()
    browser.post(reverse("profile:edit"), {"name": "Bo"}, headers={"HX-Request": "true"})
    assert PortalSession.objects.count() <= 1


def test_our_own_people_make_no_visits() -> None:
    browser = Client()
    browser.force_login(make_user(staff_role="admin"))
    assert browser.get("/").status_code == 200
    assert not PortalSession.objects.exists()


def test_every_part_of_the_portal_has_a_name() -> None:
    assert visits.available_to(PARTNER_ROLES) <= set(visits.FEATURES)
    assert "deals" in visits.available_to(frozenset({"partner:sales"}))


def test_old_visits_are_forgotten(boss: Membership) -> None:
    actor = actor_for(boss.user)
    visits.record_visit(actor, "home", now=NOW - visits.KEPT - timedelta(hours=1))
    visits.record_visit(actor, "home", now=NOW)
    assert visits.forget_old(NOW) == 1
    assert PortalSession.objects.get().started_at == NOW


def test_figures_of_visits_tell_median_parts_and_number(boss: Membership) -> None:
    asked: dict[str, Any] = {"period": "2026-07", "now": at("2026-08-05")}
    assert values.value("portal_session_time", **asked).reason == "not_connected"
    other = make_member(make_partner(), None)
    for member, minutes, parts in (
        (boss, 4, ["home", "deals"]), (boss, 10, ["home", "tier"]), (other, 30, ["home"]),
    ):  # fmt: skip
        PortalSession.objects.create(
            partner=member.partner, membership=member, started_at=NOW, features=parts,
            last_at=NOW + timedelta(minutes=minutes), available=8, roles=["sales"],
        )  # fmt: skip
    assert values.value("portal_session_time", **asked).value == 10
    assert values.value("portal_session_time", variant="visits", **asked).value == 3
    used = values.value("portal_session_time", variant="features", **asked)
    assert (used.value, used.n) == (4 / 16, 2)
    assert values.value("portal_session_time", period="2026-06", now=NOW).reason == "no_data"


def test_a_page_does_not_wait_for_a_visit_that_cannot_be_written(
    boss: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import DatabaseError

    def fail(*_args: Any, **_more: Any) -> None:
        raise DatabaseError

    monkeypatch.setattr(visits, "record_visit", fail)
    assert browser_of(boss).get(reverse("kpis:portal_home")).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_two_requests_at_once_are_one_visit() -> None:
    boss = make_member(make_partner(), "boss@acme.example", "admin")
    actor, start = actor_for(boss.user), threading.Barrier(4)

    def visit(part: str) -> None:
        start.wait()
        visits.record_visit(actor, part, now=NOW)
        connection.close()

    threads = [threading.Thread(target=visit, args=(part,)) for part in ("a", "b", "c", "d")]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert [row.features for row in PortalSession.objects.all()] == [["a", "b", "c", "d"]]
    empty_database()


def test_a_day_of_leaving_is_kept_and_forgotten_on_return(boss: Membership) -> None:
    make_login(boss, "2026-07-01")
    Membership.objects.filter(pk=boss.pk).update(is_active=False, updated_at=at("2026-07-20"))
    boss.refresh_from_db()
    assert str(boss.left_on) == "2026-07-20"
    Membership.objects.filter(pk=boss.pk).update(is_active=True)
    boss.refresh_from_db()
    assert boss.left_on is None
