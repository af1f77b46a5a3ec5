"""Pages about partners' tiers: explanation, lists, decisions; queries do not grow with rows."""

import re
from datetime import date
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from kpis.tierruns import evaluate_program
from partners.models import (
    Partner,
    PartnerProgram,
    TierException,
    TierStanding,
)
from partners.programs.runs import ask_evaluation
from tests import factories
from tests.programs.ladder import (
    ladder,
    program_with,
    reseller,
    standing,
    tier_of,
    won,
)

pytestmark = pytest.mark.django_db


def client(role: str = "operations") -> Client:
    found = Client()
    found.force_login(factories.make_user(staff_role=role))
    return found


def portal(partner: Partner) -> Client:
    found = Client()
    found.force_login(factories.make_member(partner).user)
    return found


def text(answer: Any) -> str:
    """What people read."""
    main = answer.content.decode().partition("<main")[2]
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main)))


def evaluated(program: PartnerProgram) -> None:
    now = timezone.now()
    evaluate_program(ask_evaluation(program, now=now), now)


def at_risk() -> Partner:
    """A gold partner at risk, evaluated now."""
    program, partner = program_with(ladder()), reseller("Faller", tier="gold")
    won(partner, str(timezone.now().date()), 240_000)
    evaluated(program)
    row = standing(partner)
    TierStanding.objects.filter(pk=row.pk).update(
        state="at_risk", pending_tier="silver", since=date(2026, 7, 1),
        grace_until=date(2099, 9, 29),
    )  # fmt: skip
    return partner


def test_the_explanation_says_where_a_partner_stands_what_is_missing_and_until_when() -> None:
    partner = at_risk()
    desk = client("executive").get(reverse("programs:partner_tier", args=[partner.public_id]))
    for shown in (text(desk), text(portal(partner).get(reverse("programs:portal_tier")))):
        assert "Without what is missing, Gold falls to Silver after 29 Sep 2099." in shown
        assert "€240k, asked: €300k or more" in shown
        assert "€60k missing" in shown


def test_the_lists_of_risks_moves_and_decisions_name_what_they_are_about() -> None:
    partner = at_risk()
    low = reseller("Waiter")
    program = PartnerProgram.objects.get()
    TierStanding.objects.create(
        partner=low, program=program, version=program.versions.get(), state="promotion_pending",
        pending_tier="silver", since=date(2026, 7, 1),
    )  # fmt: skip
    page = client()
    risks = text(page.get(reverse("programs:risk_list")))
    assert "Faller" in risks
    assert "Revenue won, net of refunds, last 12 months" in risks
    decisions = text(page.get(reverse("programs:decision_list")))
    assert "Waiter" in decisions
    assert "Faller" not in decisions
    page.post(reverse("programs:approve", args=[standing(low).public_id]))
    moves = text(page.get(reverse("programs:move_list")))
    assert "Waiter" in moves
    assert partner.name not in moves
    csv = page.get(reverse("programs:move_list") + "?export=csv")
    assert b"Waiter" in b"".join(csv.streaming_content)


def test_an_exception_is_given_shown_and_taken_back() -> None:
    partner, page = at_risk(), client()
    url = reverse("programs:partner_exception", args=[partner.public_id])
    refused = page.post(url, {"tier": "gold", "last_day": "2020-01-01", "reason": "Merger"})
    assert refused.status_code == 422
    assert "Choose a last day from today on" in text(refused)
    last_day = timezone.now().date().replace(year=timezone.now().year + 1)
    page.post(url, {"tier": "gold", "last_day": str(last_day), "reason": "Merger"})
    row = TierException.objects.get()
    shown = page.get(reverse("programs:partner_tier", args=[partner.public_id]))
    assert "Exception: Gold up to and with" in text(shown)
    assert standing(partner).state == "steady"
    page.post(reverse("programs:exception_end", args=[row.public_id]))
    row.refresh_from_db()
    assert row.ended_at is not None


def test_a_tier_is_locked_unlocked_and_changed_by_hand() -> None:
    partner, page = at_risk(), client()
    key = [partner.public_id]
    page.post(reverse("programs:partner_lock", args=key), {"reason": "Talks"})
    assert standing(partner).is_locked
    page.post(reverse("programs:unlock", args=[standing(partner).public_id]))
    assert not standing(partner).is_locked
    place = reverse("programs:partner_place", args=key)
    assert page.post(place, {"tier": "silver"}).status_code == 422
    page.post(place, {"tier": "silver", "reason": "Agreed"})
    assert (tier_of(partner), standing(partner).state) == ("silver", "steady")


@pytest.mark.parametrize(
    "route", ["program_list", "move_list", "risk_list", "decision_list", "benefit_list"]
)
def test_an_empty_room_says_what_will_be_there(route: str) -> None:
    assert 'class="empty"' in client().get(reverse(f"programs:{route}")).content.decode()


def test_a_partner_without_a_programme_reads_so() -> None:
    partner = factories.make_partner(type="msp", tier="gold")
    assert "No programme for you yet" in text(portal(partner).get(reverse("programs:portal_tier")))
    desk = client().get(reverse("programs:partner_tier", args=[partner.public_id]))
    assert "In no programme" in text(desk)


@pytest.mark.parametrize("route", ["move_list", "risk_list", "decision_list", "program_list"])
def test_a_list_asks_as_much_for_many_rows_as_for_few(route: str) -> None:
    program, page, counts = program_with(ladder()), client(), []
    version = program.versions.get()
    for _round in range(2):
        for state in ("at_risk", "promotion_pending"):
            for _place in range(3):
                partner = reseller(tier="silver")
                partner.profiles.update(valid_to="2026-05-01")
                partner.profiles.create(type="reseller", tier="gold", valid_from="2026-05-01")
                TierStanding.objects.create(
                    partner=partner, program=program, version=version, state=state,
                    pending_tier="silver", since=date(2026, 7, 1), grace_until=date(2026, 9, 1),
                )  # fmt: skip
        with CaptureQueriesContext(connection) as queries:
            assert page.get(reverse(f"programs:{route}")).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_lock_and_an_exception_are_the_vendors_matter() -> None:
    partner = at_risk()
    TierStanding.objects.update(because="locked", locked_at=timezone.now(), lock_reason="Talks")
    desk = client().get(reverse("programs:partner_tier", args=[partner.public_id]))
    assert "Talks" in text(desk)
    shown = text(portal(partner).get(reverse("programs:portal_tier")))
    assert "Talks" not in shown
    assert "locked" not in shown
