"""Pages of programmes and tiers: what people see, type and decide; queries do not grow."""

import re
from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from kpis.tierruns import dry_run, evaluate_program
from partners.models import (
    Benefit,
    Partner,
    PartnerProgram,
    RuleVersion,
    TierException,
    TierRun,
    TierStanding,
)
from partners.programs import services
from partners.programs.rules import Group, Rules, Tier
from partners.programs.runs import ask_evaluation
from tests import factories
from tests.programs.ladder import (
    REVENUE,
    all_of,
    at_least,
    ladder,
    program_with,
    publish,
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


def draft_of(program: PartnerProgram) -> RuleVersion:
    return services.start_draft(program, by=None, now=timezone.now())


def test_a_programme_is_begun_with_its_types_and_leads_to_its_rules() -> None:
    reseller()
    page = client()
    answer = page.post(reverse("programs:program_new"), {"name": "New", "types": ["reseller"]})
    program = PartnerProgram.objects.get()
    assert answer.url == reverse("programs:rules", args=[program.versions.get().public_id])
    again = page.post(reverse("programs:program_new"), {"name": "new", "types": ["reseller"]})
    assert again.status_code == 422
    assert "Something has this name already" in text(again)


def test_a_type_of_another_programme_is_refused_beside_its_field() -> None:
    program_with(ladder())
    reseller()
    answer = client().post(reverse("programs:program_new"), {"name": "B", "types": ["reseller"]})
    assert answer.status_code == 422
    assert "in “Resellers” already" in text(answer)


def rows(*criteria: dict[str, str]) -> dict[str, str]:
    """The fields of requirements as the page sends them."""
    usual = {"window": "rolling:12", "operator": "ge", "currency": "EUR"}
    found = {"rows": str(len(criteria))}
    for place, one in enumerate(criteria):
        found |= {f"c{place}-{key}": value for key, value in (usual | one).items()}
    return found


def test_a_tier_is_edited_with_alternatives_shares_and_benefits() -> None:
    program = program_with(ladder())
    benefit = Benefit.objects.create(name="Discount")
    draft = draft_of(program)
    url = reverse("programs:tier_edit", args=[draft.public_id])
    sent = {"edit": str(draft.edit), "place": "1", "key": "Silver", "is_mandatory": "on",
            f"benefit-{benefit.public_id}": "15 %"}  # fmt: skip
    asks = rows(
        {"metric": "win_rate/partner", "threshold": "25"},
        {"metric": "partner_sourced_revenue/net", "threshold": "120k", "currency": "USD"},
        {"metric": "partner_login_rate/logins", "window": "rolling:3", "threshold": "4",
         "is_choice": "on", "is_hard": "on"},
        {"metric": ""},
    )  # fmt: skip
    assert client().post(f"{url}?place=1", sent | asks).status_code == 302
    draft.refresh_from_db()
    tier = draft.parsed.tiers[1]
    share, either = tier.requirements.parts
    assert (tier.key, tier.benefits) == ("Silver", {str(benefit.public_id): "15 %"})
    assert share.threshold == Decimal("0.25")
    assert isinstance(either, Group)
    assert (either.join, [one.currency for one in either.criteria()]) == ("any", ["USD", ""])
    assert [one.is_hard for one in either.criteria()] == [False, True]
    shown = text(client().get(f"{url}?place=1"))
    assert "Requirement 5" in shown


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"metric": "win_rate/partner", "threshold": ""}, "Enter the value that is required"),
        ({"metric": "win_rate/partner", "threshold": "x"}, "Enter an amount"),
        ({"metric": "win_rate/partner", "threshold": "5", "window": "now"},
         "cannot be read over this time"),
        ({"metric": "certificates/valid", "threshold": "5"}, "Choose one of the values"),
    ],
)  # fmt: skip
def test_a_requirement_that_cannot_be_is_refused_with_what_to_do(
    row: dict[str, str], sentence: str
) -> None:
    draft = draft_of(program_with(ladder()))
    url = reverse("programs:tier_edit", args=[draft.public_id])
    sent = {"edit": str(draft.edit), "place": "1", "key": "silver"}
    answer = client().post(url, sent | rows(row))
    assert answer.status_code == 422
    assert sentence in text(answer)


def test_certificates_are_not_offered_before_they_exist() -> None:
    draft = draft_of(program_with(ladder()))
    shown = text(client().get(reverse("programs:tier_edit", args=[draft.public_id])))
    assert "Revenue won, net of refunds" in shown
    assert "ertific" not in shown


def test_two_people_who_edit_a_draft_do_not_overwrite_each_other() -> None:
    draft = draft_of(program_with(ladder()))
    url = reverse("programs:rules", args=[draft.public_id])
    sent = {"edit": str(draft.edit), "review": "quarter", "promotion": "approval",
            "demotion": "approval", "grace_days": "30"}  # fmt: skip
    assert client().post(url, sent).status_code == 302
    late = client().post(url, sent | {"grace_days": "60"})
    assert late.status_code == 422
    assert "Somebody else changed these rules" in text(late)
    draft.refresh_from_db()
    assert draft.parsed.grace_days == 30


def test_tiers_are_put_higher_and_lower_and_taken_out() -> None:
    draft = draft_of(program_with(ladder()))
    url = reverse("programs:tier_move", args=[draft.public_id])
    page = client()
    for way, place, keys in (
        ("up", "1", ["registered", "gold", "silver"]),
        ("down", "2", ["registered", "silver", "gold"]),
        ("remove", "0", ["silver", "gold"]),
    ):
        draft.refresh_from_db()
        page.post(url, {"way": way, "place": place, "edit": str(draft.edit)})
        draft.refresh_from_db()
        assert [tier.key for tier in draft.parsed.tiers] == keys


def test_a_draft_says_what_keeps_it_from_being_published() -> None:
    program = program_with(ladder())
    draft = draft_of(program)
    rules = Rules((Tier("low"), Tier("high")))
    draft = services.save_draft(draft, rules, edit=draft.edit, by=None, now=timezone.now())
    page = client()
    assert "high asks for nothing" in text(
        page.get(reverse("programs:rules", args=[draft.public_id]))
    )
    page.post(reverse("programs:publish", args=[draft.public_id]))
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_published_rules_stand_in_the_guide_on_both_sides_and_drafts_do_not() -> None:
    benefit = Benefit.objects.create(name="Discount", description="On the list price")
    gold = Tier(
        "gold", all_of(at_least(REVENUE, 300_000)), benefits={str(benefit.public_id): "20 %"}
    )
    program, partner = program_with(Rules((Tier("silver"), gold))), reseller(tier="silver")
    draft = draft_of(program)
    harder = Rules((Tier("silver"), Tier("gold", all_of(at_least(REVENUE, 777_000)))))
    services.save_draft(draft, harder, edit=draft.edit, by=None, now=timezone.now())
    desk = client("executive").get(reverse("programs:program_detail", args=[program.public_id]))
    for shown in (text(desk), text(portal(partner).get(reverse("programs:portal_tier")))):
        assert "€300k or more" in shown
        assert "Discount" in shown
        assert "20 %" in shown
        assert "777" not in shown


def test_a_dry_run_tells_its_progress_and_then_the_changes() -> None:
    program, partner = program_with(ladder()), reseller("Rising Star")
    won(partner, str(timezone.now().date()), 150_000)
    page = client()
    answer = page.post(reverse("programs:dry_run", args=[program.versions.get().public_id]))
    run = TierRun.objects.get(kind="dry")
    assert answer.url == reverse("programs:run_detail", args=[run.public_id])
    waiting = page.get(answer.url)
    assert "Waiting for a worker" in text(waiting)
    assert 'hx-trigger="every 2s"' in waiting.content.decode()
    dry_run(run.job, timezone.now())
    done = page.get(answer.url)
    assert "Rising Star" in text(done)
    assert "Would rise" in text(done)
    assert "every 2s" not in done.content.decode()
    assert tier_of(partner) == "registered"
    found = page.get(reverse("programs:program_detail", args=[program.public_id]))
    assert answer.url in found.content.decode()  # who left the page finds it again


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
        assert "Gold is at risk: it falls to Silver after 29 Sep 2099." in shown
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


def test_the_database_refuses_a_change_of_published_rules() -> None:
    version = program_with(ladder()).versions.get()
    with pytest.raises(Exception, match="cannot be changed"):
        RuleVersion.objects.filter(pk=version.pk).update(rules={})


def test_a_new_version_replaces_the_published_one() -> None:
    program = program_with(ladder())
    publish(program, Rules((Tier("one"), Tier("two", all_of(at_least(REVENUE, 5))))))
    assert list(program.versions.values_list("number", "state")) == [
        (1, "replaced"), (2, "published")
    ]  # fmt: skip


def test_a_lock_and_an_exception_are_the_vendors_matter() -> None:
    partner = at_risk()
    TierStanding.objects.update(because="locked", locked_at=timezone.now(), lock_reason="Talks")
    desk = client().get(reverse("programs:partner_tier", args=[partner.public_id]))
    assert "Talks" in text(desk)
    shown = text(portal(partner).get(reverse("programs:portal_tier")))
    assert "Talks" not in shown
    assert "locked" not in shown
