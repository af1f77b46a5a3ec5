"""Pages of programmes and tiers: what people see, type and decide; queries do not grow."""

import re
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kpis.tierruns import dry_run
from partners.models import (
    Benefit,
    Partner,
    PartnerProgram,
    RuleVersion,
    TierRun,
)
from partners.programs import services
from partners.programs.rules import Group, Rules, Tier
from tests import factories
from tests.programs.ladder import (
    REVENUE,
    all_of,
    at_least,
    ladder,
    program_with,
    publish,
    reseller,
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


def test_the_first_programme_can_be_made_before_there_is_any_partner() -> None:
    page, new = client(), reverse("programs:program_new")
    empty = page.post(new, {"name": "First"})
    assert (empty.status_code, "Choose or type at least one" in text(empty)) == (422, True)
    assert page.post(new, {"name": "First", "further": "x" * 61}).status_code == 422
    assert page.post(new, {"name": "First", "further": " Reseller \n\nMSP\nMSP"}).status_code == 302
    program = PartnerProgram.objects.get()
    assert sorted(program.types.values_list("type", flat=True)) == ["MSP", "Reseller"]


def test_types_of_other_programmes_are_named_and_not_offered() -> None:
    program = program_with(ladder())
    factories.make_partner(type="referral")
    new = client().get(reverse("programs:program_new")).content.decode()
    assert 'value="referral"' in new
    assert 'value="reseller"' not in new
    assert "In others already: Reseller (“Resellers”)" in unescape(new)
    own = client().get(reverse("programs:program_edit", args=[program.public_id]))
    assert 'value="reseller"' in own.content.decode()
    assert "In others already" not in own.content.decode()


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
        assert "€777k" not in shown


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
