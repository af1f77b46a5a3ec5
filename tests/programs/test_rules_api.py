"""Rules by the API as on the page: draft, edit, dry run, publish; each refusal says where."""

from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from kpis.tierruns import dry_run
from partners.models import Benefit, PartnerProgram, RuleVersion, TierRun
from partners.programs.forms import criterion_forms, requirements_of
from tests import factories
from tests.programs.ladder import at, ladder, program_with, reseller, tier_of, won

pytestmark = pytest.mark.django_db
REVENUE = {"metric": "partner_sourced_revenue/net", "window": "rolling", "months": 12,
           "operator": "ge", "threshold": "50000", "currency": "EUR"}  # fmt: skip


@pytest.fixture
def program() -> PartnerProgram:
    return program_with(ladder())


def staff(role: str = "operations") -> Client:
    client = Client()
    client.force_login(factories.make_user(staff_role=role))
    return client


def draft_of(client: Client, program: PartnerProgram) -> dict[str, Any]:
    answer = client.post(reverse("api:program-draft", args=[program.public_id]))
    assert answer.status_code == 200, answer.json()
    return dict(answer.json())


def edit(client: Client, draft: dict[str, Any], rules: Any, **more: Any) -> Any:
    url = reverse("api:rule-version-detail", args=[draft["id"]])
    body = {"edit": draft["edit"], "rules": rules, **more}
    return client.patch(url, body, content_type="application/json")


def tiers(*requirements: Any) -> dict[str, Any]:
    asked = {"requirements": {"all": list(requirements)}}
    return {"tiers": [{"key": "registered"}, {"key": "silver", **asked}], "grace_days": 30}


def test_rules_are_edited_tried_read_and_published(program: PartnerProgram) -> None:
    client, riser = staff(), reseller("Riser")
    won(riser, "2026-05-01", 60_000)
    draft = draft_of(client, program)
    logins = {"metric": "partner_login_rate/logins", "window": "rolling", "months": 3,
              "operator": "ge", "threshold": "500"}  # fmt: skip
    answer = edit(client, draft, tiers({"any": [REVENUE, logins]}))
    assert answer.status_code == 200, answer.json()
    assert answer.json()["problems"] == []
    begun = client.post(reverse("api:rule-version-dry-run", args=[draft["id"]]))
    assert (begun.status_code, begun.json()["is_working"]) == (202, True)
    run = TierRun.objects.get(public_id=begun.json()["id"])
    dry_run(run.job, at("2026-05-20"))  # type: ignore[arg-type]
    read = client.get(reverse("api:tier-run-detail", args=[run.public_id])).json()
    assert (read["is_working"], read["counts"]) == (False, {"promote": 1})
    assert read["changes"][0]["name"] == "Riser"
    assert read["changes"][0]["from"] == "registered"
    assert tier_of(riser) == "registered"
    published = client.post(reverse("api:rule-version-publish", args=[draft["id"]]))
    assert published.json()["state"] == "published"
    assert RuleVersion.objects.get(public_id=draft["id"]).parsed.grace_days == 30
    assert edit(client, published.json(), tiers(REVENUE)).status_code == 409


def test_the_page_keeps_what_the_api_stored(program: PartnerProgram) -> None:
    client = staff()
    either = {"any": [REVENUE, {**REVENUE, "threshold": "70000"}]}
    draft = draft_of(client, program)
    rules = {"tiers": [{"key": "registered"}, {"key": "silver", "requirements": either}]}
    assert edit(client, draft, rules).status_code == 200
    version = RuleVersion.objects.get(public_id=draft["id"])
    stored = version.parsed.tiers[1].requirements
    data = QueryDict(mutable=True)
    forms = criterion_forms(version.parsed.tiers[1])
    data["rows"] = str(len(forms))
    for form in forms:
        sent = {f"{form.prefix}-{name}": value for name, value in form.initial.items()}
        data.update(
            {name: "on" if value is True else value for name, value in sent.items() if value}
        )
    rows = criterion_forms(version.parsed.tiers[1], data)
    assert all(row.is_valid() for row in rows)
    assert requirements_of(rows) == stored


def test_an_edit_over_an_older_one_is_refused(program: PartnerProgram) -> None:
    client = staff()
    draft = draft_of(client, program)
    assert edit(client, draft, tiers(REVENUE)).status_code == 200
    assert edit(client, draft, tiers(REVENUE)).status_code == 409


@pytest.mark.parametrize(
    "wrong",
    [
        {**REVENUE, "metric": "no/such"},
        {**REVENUE, "window": "sometimes"},
        {**REVENUE, "months": 0},
        {**REVENUE, "operator": "eq"},
        {**REVENUE, "threshold": 50000},
        {**REVENUE, "threshold": "-1"},
        {**REVENUE, "currency": "XXQ"},
        {**REVENUE, "more": 1},
        {"both": [REVENUE]},
        {"all": REVENUE},
        {"all": [REVENUE]},
        {"any": [{"all": [REVENUE]}, REVENUE]},
        [],
        7,
    ],
)
def test_what_no_evaluation_could_read_is_refused(wrong: Any, program: PartnerProgram) -> None:
    client = staff()
    draft = draft_of(client, program)
    assert edit(client, draft, tiers(wrong)).status_code == 400
    assert RuleVersion.objects.get(public_id=draft["id"]).edit == draft["edit"]


def test_benefits_are_those_of_the_library(program: PartnerProgram) -> None:
    client, benefit = staff(), Benefit.objects.create(name="Discount")
    draft, rules = draft_of(client, program), tiers(REVENUE)
    rules["tiers"][1]["benefits"] = {"0192f000-0000-7000-8000-00000000dead": "20 %"}
    assert edit(client, draft, rules).status_code == 400
    rules["tiers"][1]["benefits"] = {str(benefit.public_id): "20 %"}
    assert edit(client, draft, rules).status_code == 200


def test_a_draft_is_discarded_and_others_only_read(program: PartnerProgram) -> None:
    client = staff()
    draft = draft_of(client, program)
    url = reverse("api:rule-version-detail", args=[draft["id"]])
    assert staff("executive").get(url).status_code == 200
    assert staff("executive").delete(url).status_code == 403
    own = Client()
    own.force_login(factories.make_member(reseller()).user)
    assert own.get(url).status_code == 403
    assert client.delete(url).status_code == 204
    assert client.get(url).status_code == 404
