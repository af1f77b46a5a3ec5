"""Pages of imports: upload, match, check, import, progress, stop, undo; who may use them."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from partners.models import Customer
from prm.common import jobs
from prm.common.imports import drafts
from prm.common.imports.models import Import, ImportMapping
from prm.common.models import AuditEntry, Job
from tests.factories import make_user

pytestmark = pytest.mark.django_db
GOOD = b"Kundennummer;Firma;Land;Note\nC1;Initech;DE;a\nC2;Hooli;US;b\n"
BAD = b"external_id,name\nC1,Initech\nC1,Again\n"


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.PRM_FILES = tmp_path


@pytest.fixture
def desk() -> Client:
    client = Client()
    client.force_login(make_user(staff_role="operations"))
    return client


def upload(client: Client, content: bytes, **more: Any) -> Any:
    file = SimpleUploadedFile("customers.csv", content)
    data = {"file": file, "resource": "customer", "source": "crm"} | more
    return client.post(reverse("imports:import_new"), data)


def url(name: str, run: Import) -> str:
    return reverse(f"imports:{name}", args=[run.public_id])


def draft(client: Client, content: bytes = GOOD, **more: Any) -> Import:
    response = upload(client, content, **more)
    run = Import.objects.latest("id")
    assert response.url == url("import_match", run), response.content.decode()
    return run


def page(client: Client, name: str, run: Import) -> str:
    response = client.get(url(name, run))
    assert response.status_code == 200
    return response.content.decode()


def choices(client: Client, run: Import, **changes: str) -> dict[str, str]:
    """What the form on the page would send, with some changes."""
    form = client.get(url("import_match", run)).context["form"]
    values = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in values.items() if value} | changes


def check(client: Client, run: Import, **changes: str) -> Any:
    data = choices(client, run, **changes) | {"do": "check"}
    return client.post(url("import_match", run), data)


def work() -> Import:
    """Do what the worker would do, and return the newest run."""
    for job in Job.objects.filter(kind="import.run", state="waiting"):
        jobs.run(job.pk, timezone.now())
    return Import.objects.latest("id")


def imported(client: Client, content: bytes = GOOD, **more: Any) -> Import:
    run = draft(client, content, **more)
    check(client, run)
    work()
    client.post(url("import_begin", run))
    return work()


def test_an_upload_is_a_draft_whose_columns_are_guessed(desk: Client) -> None:
    run = draft(desk)
    assert (run.state, Job.objects.count()) == ("draft", 0)
    assert run.mapping["columns"] == {
        "customer_id": "Kundennummer",
        "name": "Firma",
        "country": "Land",
    }
    html = page(desk, "import_match", run)
    assert "Initech" in html
    assert "Match columns" in html


def test_a_check_counts_and_stores_nothing_and_then_the_file_is_imported(desk: Client) -> None:
    run = draft(desk)
    assert check(desk, run).url == url("import_detail", run)
    assert 'hx-trigger="every 2s"' in page(desk, "import_detail", run)
    assert work().is_checked
    html = page(desk, "import_detail", run)
    assert "Nothing was stored" in html
    assert "Import 2 rows" in html
    assert Customer.objects.count() == 0
    desk.post(url("import_begin", run))
    waiting = page(desk, "import_detail", run)
    assert "You can leave this page" in waiting
    assert work().state == "done"
    done = page(desk, "import_detail", run)
    assert "every 2s" not in done
    assert "2 rows read" in done
    assert Customer.objects.count() == 2
    said = AuditEntry.objects.filter(action__startswith="import.").values_list("action", flat=True)
    assert sorted(said) == [
        "import.begin",
        "import.check",
        "import.match",
        "import.run",
        "import.upload",
    ]


def test_two_clicks_on_import_start_it_once(desk: Client) -> None:
    run = draft(desk)
    desk.post(url("import_begin", run))
    assert desk.post(url("import_begin", run), follow=True).status_code == 200
    assert Job.objects.filter(kind="import.run").count() == 1


def test_the_preview_shows_rows_as_stored_and_marks_problems(desk: Client) -> None:
    deals = (
        "ID;Status;Abschlussdatum;Betrag;Währung\nD1;won;02.07.2026;1.200,50;EUR\nD2;won;;x;EUR\n"
    )
    run = draft(desk, deals.encode(), resource="deal")
    html = page(desk, "import_match", run)
    assert "2026-07-02 12:00" in html
    assert "1200.50" in html
    assert "1 of these rows would be refused" in html
    assert "x is no number" in html


def test_a_missing_field_is_said_in_words_and_a_fixed_value_feeds_it(desk: Client) -> None:
    run = draft(desk, b"ID,Amount\nD1,5\n", resource="deal")
    assert "1 field is missing" in page(desk, "import_match", run)
    refused = check(desk, run)
    assert refused.status_code == 422
    assert "Choose a column or a fixed value for: Stage" in refused.content.decode()
    assert check(desk, run, k_stage="lost").status_code == 302


def test_a_field_that_two_columns_feed_is_refused(desk: Client) -> None:
    run = draft(desk)
    answer = check(desk, run, c3="name")
    assert answer.status_code == 422
    assert "Firma and Note both feed Name" in answer.content.decode()


def test_a_changed_choice_answers_with_a_new_preview_and_stores_nothing(desk: Client) -> None:
    run = draft(desk)
    answer = desk.post(url("import_match", run), choices(desk, run, c3="segment"))
    assert '<th scope="col">Segment</th>' in answer.content.decode()
    run.refresh_from_db()
    assert "segment" not in run.mapping["columns"]


def test_a_saved_mapping_is_chosen_again_downloaded_and_deleted(desk: Client) -> None:
    run = draft(desk)
    data = choices(desk, run, c3="segment", mapping_name="  CRM   customers ") | {"do": "save"}
    assert desk.post(url("import_match", run), data).status_code == 302
    saved = ImportMapping.objects.get()
    assert (saved.name, saved.data["columns"]["segment"]) == ("CRM customers", "Note")
    other = draft(desk, GOOD.replace(b"C1", b"C7"), saved=str(saved.public_id))
    assert other.mapping == saved.data
    assert other.saved_mapping == saved
    toml = desk.get(reverse("imports:mapping_file", args=[saved.public_id])).content.decode()
    assert 'segment = "Note"' in toml
    assert desk.get(url("import_mapping", other)).content.decode() == toml
    assert "CRM customers" in desk.get(reverse("imports:mapping_list")).content.decode()
    desk.post(reverse("imports:mapping_delete", args=[saved.public_id]))
    assert not ImportMapping.objects.exists()
    assert Import.objects.get(pk=other.pk).mapping == other.mapping


def test_a_mapping_of_another_resource_is_not_taken(desk: Client) -> None:
    saved = ImportMapping.objects.create(
        resource="deal", name="Deals", data={}, updated_at=timezone.now()
    )
    answer = upload(desk, GOOD, saved=str(saved.public_id))
    assert answer.status_code == 422
    assert "This mapping is for deals" in answer.content.decode()


def test_a_waiting_import_is_stopped_at_once_and_can_begin_again(desk: Client) -> None:
    run = draft(desk)
    desk.post(url("import_begin", run))
    desk.post(url("import_stop", run))
    work()
    run.refresh_from_db()
    assert run.state == "stopped"
    assert "The import was stopped" in page(desk, "import_detail", run)
    assert not Customer.objects.exists()
    desk.post(url("import_begin", run))
    assert work().state == "done"
    assert desk.post(url("import_stop", run), follow=True).status_code == 200
    assert Customer.objects.count() == 2


def test_a_draft_is_discarded_with_its_file(desk: Client, tmp_path: Path) -> None:
    run = draft(desk)
    assert list(tmp_path.rglob("*.upload"))
    desk.post(url("import_discard", run))
    assert not Import.objects.exists()
    assert not list(tmp_path.rglob("*.upload"))


def test_what_is_stored_cannot_be_discarded_or_matched_again(desk: Client) -> None:
    run = imported(desk)
    desk.post(url("import_discard", run))
    assert desk.get(url("import_match", run)).url == url("import_detail", run)
    assert desk.post(url("import_match", run), {"do": "check"}).status_code == 302
    assert Import.objects.get().state == "done"


def test_refused_rows_are_shown_with_line_and_reason_and_as_a_file(desk: Client) -> None:
    run = imported(desk, BAD)
    html = page(desk, "import_detail", run)
    assert "1 row needs a look" in html
    problem = run.problems.get()
    assert str(problem.line) in html
    response = desk.get(url("import_errors", run))
    assert b"line" in b"".join(response.streaming_content)


def test_an_import_is_undone_from_its_page_which_then_says_so(desk: Client) -> None:
    run = imported(desk)
    assert "Undo import" in page(desk, "import_detail", run)
    response = desk.post(url("import_undo", run), follow=True)
    assert "The import is taken back" in response.content.decode()
    assert Customer.objects.count() == 0
    html = page(desk, "import_detail", run)
    assert "Undo import" not in html
    assert "This import is taken back" in html


def test_settings_offer_no_undo(desk: Client) -> None:
    run = imported(desk, b"key,value\nown,1\n", resource="setting")
    assert "Undo import" not in page(desk, "import_detail", run)


def test_after_seven_days_undo_is_not_offered(desk: Client) -> None:
    run = imported(desk)
    Import.objects.filter(pk=run.pk).update(finished_at=timezone.now() - timedelta(days=8))
    assert "Undo import" not in page(desk, "import_detail", run)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"resource": "spaceship"}, "Choose one of the values that “What it holds” offers."),
        ({"source": " "}, "Fill in “Where it comes from”."),
        ({"file": ""}, "Choose a file for “File”."),
        ({"file": SimpleUploadedFile("a.csv", b"\n\n")}, "empty"),
        ({"file": SimpleUploadedFile("a.xlsx", b"no workbook")}, "is no workbook"),
        ({"file": SimpleUploadedFile("a.csv", b"a\0b\n1\n")}, "This is no text"),
        ({"mapping": SimpleUploadedFile("m.toml", b"not = = toml")}, "This is no TOML file"),
        ({"mapping": SimpleUploadedFile("m.toml", b"x = 1")}, "no such part"),
        ({"mapping": SimpleUploadedFile("m.toml", b"# long\n" * 30_000)}, "more than 200 kB"),
    ],
)
def test_a_wrong_upload_comes_back_with_what_to_do(
    more: dict[str, Any], sentence: str, desk: Client, tmp_path: Path
) -> None:
    response = upload(desk, GOOD, **more)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not Import.objects.exists()
    assert not list(tmp_path.rglob("*.upload"))


def test_odd_cells_and_many_columns_do_not_break_the_page(desk: Client) -> None:
    odd = b"name,x\n" + b"A\0B,<script>\n" + b"\xff\xfeC," + b"y" * 100_000 + b"\n"
    html = page(desk, "import_match", draft(desk, odd))
    assert "<script>\n" not in html
    assert len(html) < 100_000
    wide = ",".join(f"c{n}" for n in range(900)).encode() + b",name\n" + b"," * 900 + b"A\n"
    assert "cannot be chosen here" in page(desk, "import_match", draft(desk, wide))


def test_the_same_file_again_is_told(desk: Client) -> None:
    imported(desk)
    assert "The very same file was imported" in page(desk, "import_match", draft(desk))


def test_templates_hold_the_columns_of_their_resource(desk: Client) -> None:
    answer = desk.get(reverse("imports:import_template", args=["fx_rate"]))
    assert (
        b"".join(answer.streaming_content).decode("utf-8-sig").strip() == "currency,valid_from,rate"
    )
    assert desk.get(reverse("imports:import_template", args=["spaceship"])).status_code == 404


def test_the_list_says_until_when_an_import_can_be_undone(desk: Client) -> None:
    empty = desk.get(reverse("imports:import_list")).content.decode()
    assert "No imports yet" in empty
    run = imported(desk)
    html = desk.get(reverse("imports:import_list")).content.decode()
    assert "Undo until" in html
    assert run.file_name in html


def test_the_list_costs_the_same_queries_for_few_and_many_imports(
    desk: Client,
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert desk.get(reverse("imports:import_list")).status_code == 200
        return len(asked)

    run = imported(desk)
    few = queries()
    for number in range(20):
        Import.objects.create(
            resource="deal", source="crm", file_name=f"{number}.csv", by=run.by,
            started_at=run.started_at, finished_at=run.started_at, state="done",
        )  # fmt: skip
    assert queries() == few


def test_nobody_else_sees_imports(desk: Client) -> None:
    run = draft(desk)
    drafts.begin_import(run, by=None, now=timezone.now())
    client = Client()
    client.force_login(make_user(staff_role="channel_manager"))
    for name in ("import_list", "import_new", "mapping_list"):
        assert client.get(reverse(f"imports:{name}")).status_code == 403
    for name in ("import_detail", "import_errors", "import_match", "import_fix"):
        assert client.get(url(name, run)).status_code == 403
    for name in ("import_undo", "import_begin", "import_stop", "import_discard"):
        assert client.post(url(name, run)).status_code == 403
