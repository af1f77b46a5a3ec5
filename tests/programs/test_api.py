"""The API of programmes and standings: what staff and partners read, and what is decided."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from partners.models import Benefit, Partner, PartnerProgram, RuleVersion, TierRun, TierStanding
from partners.programs import services
from prm.common import access
from prm.common.access import actor_for
from prm.common.models import Job
from tests import factories
from tests.programs.ladder import (
    REVENUE,
    ladder,
    program_with,
    publish,
    reseller,
    standing,
    tier_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def partner() -> Partner:
    """A gold partner at risk."""
    program, partner = program_with(ladder()), reseller(tier="gold")
    TierStanding.objects.create(
        partner=partner, program=program, version=program.versions.get(), state="at_risk",
        pending_tier="silver", since=date(2026, 7, 1), grace_until=date(2026, 9, 29),
        readings={"values": {REVENUE.text: "240000"}, "rates": {"EUR": "1"}},
        evaluated_on=date(2026, 7, 1), evaluated_at=timezone.now(), lock_reason="internal",
    )  # fmt: skip
    return partner


def staff(role: str = "operations") -> Client:
    client = Client()
    client.force_login(factories.make_user(staff_role=role))
    return client


def own(partner: Partner) -> Client:
    client = Client()
    client.force_login(factories.make_member(partner).user)
    return client


def decide(client: Client, partner: Partner, action: str, **body: Any) -> Any:
    url = reverse(f"api:tier-standing-{action}", args=[standing(partner).public_id])
    return client.post(url, body, content_type="application/json")


def test_a_partners_person_reads_its_own_standing_without_internal_words(partner: Partner) -> None:
    (row,) = own(partner).get(reverse("api:tier-standing-list")).json()["results"]
    assert (row["tier"], row["state"], row["next_tier"]) == ("gold", "at_risk", None)
    (missing,) = row["missing_to_keep"]
    assert (missing["value"], missing["threshold"], missing["gap"]) == ("240000", "300000", "60000")
    assert "lock_reason" not in row
    stranger = own(reseller())
    assert stranger.get(reverse("api:tier-standing-list")).json()["results"] == []
    url = reverse("api:tier-standing-detail", args=[standing(partner).public_id])
    assert stranger.get(url).status_code == 404


def test_the_guide_is_read_by_staff_and_by_partners_in_the_programme(partner: Partner) -> None:
    program = PartnerProgram.objects.get()
    for client in (staff("executive"), own(partner)):
        (row,) = client.get(reverse("api:program-list")).json()["results"]
        assert [tier["key"] for tier in row["rules"]["tiers"]] == ["registered", "silver", "gold"]
        assert row["types"] == ["reseller"]
    other = own(factories.make_partner(type="msp"))
    assert other.get(reverse("api:program-detail", args=[program.public_id])).status_code == 404


def test_operations_decide_by_the_api_under_the_same_rules(partner: Partner) -> None:
    client = staff()
    assert decide(client, partner, "approve").status_code == 409
    assert decide(client, partner, "place", tier="silver", reason="Agreed").status_code == 200
    assert tier_of(partner) == "silver"
    assert decide(client, partner, "lock", reason="Talks").json()["is_locked"] is True
    assert decide(client, partner, "unlock").json()["is_locked"] is False
    far = decide(client, partner, "exception", tier="gold", last_day="2020-01-01", reason="x")
    assert far.status_code == 400
    assert decide(client, partner, "decline", reason="").status_code == 400


@pytest.mark.parametrize("role", ["channel_manager", "executive", "finance_approve"])
def test_others_of_the_vendor_read_and_do_not_decide(partner: Partner, role: str) -> None:
    client = staff(role)
    assert decide(client, partner, "place", tier="silver", reason="x").status_code == 403
    assert tier_of(partner) == "gold"


def test_an_evaluation_is_asked_for_once_at_a_time(partner: Partner) -> None:

    client, program = staff(), PartnerProgram.objects.get()
    url = reverse("api:program-evaluate", args=[program.public_id])
    for _again in range(2):
        assert client.post(url).status_code == 200
    assert Job.objects.filter(kind="programs.evaluate").count() == 1


def test_a_partners_person_knows_of_no_draft_and_of_no_old_rules(partner: Partner) -> None:
    program = PartnerProgram.objects.get()
    now = timezone.now()
    publish(program, ladder(promotion="approval"))
    services.start_draft(program, by=None, now=now)
    person = actor_for(factories.make_member(partner).user)
    assert [row.state for row in access.scope(person, RuleVersion)] == ["published"]
    assert (
        access.scope(actor_for(factories.make_user(staff_role="executive")), RuleVersion).count()
        == 3
    )
    assert not access.scope(person, TierRun).exists()
    assert not access.scope(person, Benefit).exists()
