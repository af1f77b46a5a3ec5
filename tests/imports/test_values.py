"""Values of a file are matched with the values here, guessed, remembered, and matched again."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from partners.models import Contract, Deal, Partner, PartnerProfile
from prm.common import jobs
from prm.common.imports import resources, valuematch
from prm.common.imports.models import Import, ImportMapping
from prm.common.models import Job
from tests.factories import make_partner, make_stage, make_user

pytestmark = pytest.mark.django_db
PARTNERS = (
    "partner_id,name,tier,country\n"
    "p1,Initech,GOLD,Germany\np2,Hooli,Glod,Germany\np3,Umbrella,Silver Plus,Atlantis\n"
)
CONTRACTS = "partner_id,start_date,status\np1,2026-01-01,Suspnded\np1,2026-02-01,Wobbly\n"


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.PRM_FILES = tmp_path


@pytest.fixture
def desk() -> Client:
    client = Client()
    client.force_login(make_user(staff_role="operations"))
    return client


def draft(desk: Client, text: str, resource: str = "partner") -> Import:
    file = SimpleUploadedFile(f"{resource}.csv", text.encode())
    data = {"file": file, "resource": resource, "source": "crm"}
    assert desk.post(reverse("imports:import_new"), data).status_code == 302
    return Import.objects.latest("id")


def match_url(run: Import) -> str:
    return reverse("imports:import_match", args=[run.public_id])


def sent(desk: Client, run: Import, **changes: str) -> dict[str, str]:
    """What the form on the page would send; controls of values by the text of the file."""
    form = desk.get(match_url(run)).context["form"]
    values = {name: form[name].value() for name in form.fields}
    names = {row.text: row.name for one in form.value_sets for row in one.rows}
    known = {names.get(text, text): value for text, value in changes.items()}
    return {name: value for name, value in values.items() if value} | known


def go(desk: Client, run: Import, do: str, **changes: str) -> Import:
    response = desk.post(match_url(run), sent(desk, run, **changes) | {"do": do})
    assert response.status_code == 302, response.content.decode()
    return work()


def work() -> Import:
    for job in Job.objects.filter(kind="import.run", state="waiting"):
        jobs.run(job.pk, timezone.now())
    return Import.objects.latest("id")


def imported(desk: Client, run: Import, **changes: str) -> Import:
    go(desk, run, "check", **changes)
    desk.post(reverse("imports:import_begin", args=[run.public_id]))
    return work()


def proposals(desk: Client, run: Import) -> dict[str, str]:
    form = desk.get(match_url(run)).context["form"]
    return {row.text: form[row.name].value() for one in form.value_sets for row in one.rows}


def test_values_that_are_written_otherwise_are_shown_with_a_guess(desk: Client) -> None:
    make_partner("Known", tier="gold", country="Germany")
    run = draft(desk, PARTNERS)
    # capitals and a slip of the pen are guessed; what nobody knows stays as it is
    assert proposals(desk, run) == {
        "GOLD": "gold", "Glod": "gold", "Silver Plus": "Silver Plus", "Atlantis": "Atlantis",
    }  # fmt: skip
    html = desk.get(match_url(run)).content.decode()
    assert "Values of the file" in html
    assert "1 other value is known" in html  # Germany


def test_an_empty_installation_has_nothing_to_match_values_with(desk: Client) -> None:
    assert proposals(desk, draft(desk, PARTNERS)) == {}


def test_matched_values_are_stored_and_the_others_as_they_stand(desk: Client) -> None:
    make_partner("Known", tier="gold", country="Germany")
    imported(desk, draft(desk, PARTNERS), Atlantis="Germany")
    tiers = dict(PartnerProfile.objects.values_list("partner__name", "tier"))
    assert (tiers["Initech"], tiers["Hooli"], tiers["Umbrella"]) == ("gold", "gold", "Silver Plus")
    assert Partner.objects.get(name="Umbrella").country == "Germany"


def test_a_saved_mapping_remembers_values_for_the_next_file(desk: Client) -> None:
    make_partner("Known", tier="gold", country="Germany")
    run = draft(desk, PARTNERS)
    go(desk, run, "save", mapping_name="CRM", Atlantis="Germany")
    saved = ImportMapping.objects.get()
    assert saved.data["values"] == {
        "tier": {"GOLD": "gold", "Glod": "gold"}, "country": {"Atlantis": "Germany"},
    }  # fmt: skip
    again = draft(desk, "partner_id,name,tier,country\np9,Wayne,GOLD,Atlantis\n")
    url = f"{match_url(again)}?mapping={saved.public_id}"
    form = desk.get(url).context["form"]
    rows = {row.text: form[row.name].value() for one in form.value_sets for row in one.rows}
    assert rows == {"GOLD": "gold", "Atlantis": "Germany"}
    # what this file does not hold is not forgotten
    values = {name: form[name].value() for name in form.fields if form[name].value()}
    values |= {"base": str(saved.public_id), "do": "save", "mapping_name": "CRM"}
    assert desk.post(match_url(again), values).status_code == 302
    assert ImportMapping.objects.get().data["values"]["tier"]["Glod"] == "gold"


def test_an_unknown_choice_is_a_problem_that_is_mapped_and_run_again(desk: Client) -> None:
    make_partner("Initech", external_id="p1", source="crm", contract=False)
    run = draft(desk, CONTRACTS, "contract")
    assert proposals(desk, run) == {"Suspnded": "suspended", "Wobbly": ""}
    checked = go(desk, run, "check")
    assert (checked.importable, checked.rejected) == (1, 1)
    detail = desk.get(reverse("imports:import_detail", args=[run.public_id])).content.decode()
    assert "Wobbly is not possible" in detail
    assert f'href="{match_url(run)}#values"' in detail
    done = imported(desk, run, Wobbly="active")
    assert (done.created, done.rejected) == (2, 0)
    states = Contract.objects.order_by("starts_on").values_list("status", flat=True)
    assert list(states) == ["suspended", "active"]


def test_a_forged_choice_is_refused(desk: Client) -> None:
    make_partner("Initech", external_id="p1", source="crm")
    run = draft(desk, CONTRACTS, "contract")
    data = sent(desk, run, Wobbly="nonsense") | {"do": "check"}
    assert desk.post(match_url(run), data).status_code == 422


def test_stages_are_matched_with_the_steps_of_open_deals(desk: Client) -> None:
    make_stage("negotiation")
    text = (
        "deal_id,stage,amount,currency,closed_at\n"
        "d1,Negotation,100,EUR,\nd2,Closed Won,100,EUR,2026-07-01\nd3,Pilot,1,Euro,\n"
    )
    run = draft(desk, text, "deal")
    found = proposals(desk, run)
    assert (found["Negotation"], found["Closed Won"], found["Pilot"]) == (
        "negotiation", "won", "Pilot",
    )  # fmt: skip
    assert found["Euro"] == "EUR"
    imported(desk, run)
    deals = {deal.external_id: deal for deal in Deal.objects.select_related("stage")}
    assert deals["d1"].stage.key == "negotiation"
    assert deals["d2"].state == "won"
    assert deals["d3"].currency == "EUR"


@pytest.mark.parametrize(
    ("text", "word", "same"),
    [
        ("glod", "gold", True),
        ("platnum", "platinum", True),
        ("silverr", "silver", True),
        ("bronce", "bronze", True),
        ("emea north", "emea south", False),
        ("tier 1", "tier 2", False),
        ("msp", "mssp", False),
        ("gold", "golden", False),
    ],
)
def test_only_one_slip_of_the_pen_is_taken_for_a_known_word(
    text: str, word: str, same: bool
) -> None:
    assert valuematch.is_slip(text, word) is same
    assert valuematch.is_slip(word, text) is same


def test_the_page_costs_the_same_for_few_and_many_values(desk: Client) -> None:
    make_partner("Known", tier="gold", country="Germany")

    def cost(rows: int) -> int:
        lines = [f"p{n},Name {n},tier {n % 30},Land {n % 30}" for n in range(rows)]
        run = draft(desk, "partner_id,name,tier,country\n" + "\n".join(lines) + "\n")
        with CaptureQueriesContext(connection) as asked:
            assert desk.get(match_url(run)).status_code == 200
        return len(asked)

    assert cost(1) == cost(100)


def test_a_column_of_many_different_values_is_none_of_a_few_words(desk: Client) -> None:
    make_partner("Known", tier="gold")
    lines = [f"p{n},Name {n},tier {n}" for n in range(250)]
    assert proposals(desk, draft(desk, "partner_id,name,tier\n" + "\n".join(lines))) == {}


def test_every_known_select_can_be_asked() -> None:
    asked = [column for one in resources.ordered() for column in one.columns if column.known]
    assert len(asked) >= 9
    for column in asked:
        assert isinstance(valuematch.known_values(column), list)


def test_a_declined_guess_does_not_come_back(desk: Client) -> None:
    make_partner("Known", tier="gold", country="Germany")
    run = go(desk, draft(desk, PARTNERS), "check", Glod="Glod")
    assert proposals(desk, run)["Glod"] == "Glod"
    assert proposals(desk, run)["GOLD"] == "gold"
    imported(desk, run)
    tiers = dict(PartnerProfile.objects.values_list("partner__name", "tier"))
    assert (tiers["Initech"], tiers["Hooli"]) == ("gold", "Glod")


def test_a_guess_that_was_declined_in_a_choice_stays_unknown(desk: Client) -> None:
    for name in ("p1",):
        make_partner(name, source="crm", external_id=name)
    run = draft(desk, CONTRACTS, "contract")
    assert proposals(desk, run)["Suspnded"] == "suspended"
    run = go(desk, run, "check", Suspnded="")
    assert proposals(desk, run)["Suspnded"] == ""


def test_a_column_that_is_matched_later_still_brings_guesses(desk: Client) -> None:
    make_partner("Known", tier="gold", country="Germany")
    run = draft(desk, PARTNERS)
    form = desk.get(match_url(run)).context["form"]
    (tier,) = [name for name in form.fields if form[name].value() == "tier"]
    run = go(desk, run, "check", **{tier: ""})
    data = sent(desk, run) | {tier: "tier"}
    shown = desk.post(match_url(run), data).context["form"]
    rows = {row.text: row.proposed for one in shown.value_sets for row in one.rows}
    assert rows["Glod"] == "gold"
