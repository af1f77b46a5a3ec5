"""Refused rows, corrected on the page and imported again; what was perhaps meant."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from partners.models import Deal
from prm.common import jobs
from prm.common.imports import services
from prm.common.imports.models import Import
from prm.common.models import Job
from tests.factories import make_partner, make_user

pytestmark = pytest.mark.django_db
HEAD = "Nr;Partner;Status;Zu;Betrag;Währung\n"
MAPPING = {
    "dates": ["%d.%m.%Y"],
    "decimal_comma": True,
    "columns": {
        "deal_id": "Nr", "partner_id": "Partner", "stage": "Status",
        "closed_at": "Zu", "amount": "Betrag", "currency": "Währung",
    },
    "values": {"stage": {"gewonnen": "won", "verloren": "lost"}},
}  # fmt: skip


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.PRM_FILES = tmp_path


@pytest.fixture
def desk() -> Client:
    client = Client()
    client.force_login(make_user(staff_role="operations"))
    return client


def load(rows: str, mapping: dict[str, Any] | None = None, head: str = HEAD) -> Import:
    file = SimpleUploadedFile("deals.csv", (head + rows).encode())
    services.start_import(
        file, resource="deal", source="crm", by=None, now=timezone.now(), mapping=mapping or MAPPING
    )
    return work()


def work() -> Import:
    for job in Job.objects.filter(kind="import.run", state="waiting"):
        jobs.run(job.pk, timezone.now())
    return Import.objects.latest("id")


def page(client: Client, run: Import, name: str = "import_detail") -> str:
    return client.get(reverse(f"imports:{name}", args=[run.public_id])).content.decode()


def fix(client: Client, run: Import, **typed: str) -> Any:
    data = {name.replace("__", "-"): text for name, text in typed.items()}
    return client.post(reverse("imports:import_fix", args=[run.public_id]), data)


def test_only_corrected_rows_are_imported_again_and_the_first_import_says_so(desk: Client) -> None:
    run = load("D1;;gewonnen;31.02.2026;1.000,50;EUR\nD2;;verloren;02.07.2026;x;EUR\n")
    assert (run.state, run.rejected) == ("done", 2)
    html = page(desk, run, "import_fix")
    assert 'value="2026-02-31"' in html
    answer = fix(desk, run, r2__closed_at="28.02.2026", r3__amount="x")
    again = work()
    assert answer.url == reverse("imports:import_detail", args=[again.public_id])
    assert (again.fixes, again.rows_read, again.created) == (run, 1, 1)
    deal = Deal.objects.get()
    assert (deal.external_id, deal.state, deal.amount) == ("D1", "won", Decimal("1000.50"))
    html = page(desk, run)
    assert "1 row needs a look" in html
    assert "1 refused row was corrected" in html


def test_a_row_that_is_refused_again_keeps_the_line_of_its_file(desk: Client) -> None:
    run = load("D1;;gewonnen;01.07.2026;5;EUR\nD2;;verloren;31.02.2026;x;EUR\n")
    fix(desk, run, r3__closed_at="2026-07-02")
    again = work()
    assert again.rejected == 1
    assert '<td class="num" data-l="Row">3</td>' in page(desk, again)
    assert "All refused rows were corrected" in page(desk, run)
    fix(desk, again, r2__amount="7,50")
    assert (work().created, Deal.objects.count()) == (1, 2)


def test_undoing_the_correction_opens_the_rows_again(desk: Client) -> None:
    run = load("D1;;gewonnen;31.02.2026;1;EUR\n")
    fix(desk, run, r2__closed_at="2026-02-28")
    services.undo_import(work(), by=None, now=timezone.now())
    assert "1 row needs a look" in page(desk, run)
    assert not Deal.objects.exists()


def test_without_a_change_nothing_is_imported_and_the_page_says_what_to_do(desk: Client) -> None:
    run = load("D1;;gewonnen;31.02.2026;1;EUR\n")
    for typed in ({"r2__closed_at": "2026-02-31"}, {"r99__amount": "1"}, {"r2__nonsense": "1"}):
        answer = fix(desk, run, **typed)
        assert answer.status_code == 422
        assert "Change at least one value" in answer.content.decode()
    assert Import.objects.count() == 1


def test_a_row_is_corrected_once(desk: Client) -> None:
    run = load("D1;;gewonnen;31.02.2026;1;EUR\n")
    fix(desk, run, r2__closed_at="2026-02-28")
    assert fix(desk, run, r2__closed_at="2026-02-27").status_code == 422
    assert Import.objects.count() == 2


def test_a_column_that_the_file_lacks_is_filled_in_for_all_rows_or_none(desk: Client) -> None:
    columns = {key: text for key, text in MAPPING["columns"].items() if key != "currency"}
    run = load("D1;;won;2026-07-01;1\nD2;;won;2026-07-02;x\n", {"columns": columns},
               "Nr;Partner;Status;Zu;Betrag\n")  # fmt: skip
    answer = fix(desk, run, r2__currency="EUR", r3__amount="4")
    assert answer.status_code == 422
    assert "Fill it in for all rows" in answer.content.decode()
    fix(desk, run, r2__currency="EUR", r3__amount="4", r3__currency="EUR")
    assert work().created == 2


def test_a_likely_partner_is_proposed_and_used_in_all_its_rows(desk: Client) -> None:
    make_partner(external_id="P1", name="Nordlys Data", source="crm")
    run = load(
        "D1;Nordlys Dta;gewonnen;01.07.2026;1;EUR\nD2;Nordlys Dta;gewonnen;02.07.2026;2;EUR\n"
    )
    html = page(desk, run)
    assert "Did you mean Nordlys Data (P1)?" in html
    assert "Use it in 2 rows" in html
    fix(desk, run, r2__partner_id="P1", r3__partner_id="P1")
    assert work().created == 2


def test_rows_that_cannot_be_read_are_corrected_in_the_file(desk: Client) -> None:
    run = load("D1;;gewonnen;01.07.2026;1;EUR;surplus\n")
    assert "Fix here" not in page(desk, run)
    assert "No rows to fix here" in page(desk, run, "import_fix")


def test_formulas_and_quotes_survive_the_correction(desk: Client) -> None:
    columns = MAPPING["columns"] | {"name": "Titel"}
    run = load('D1;;won;2026-02-31;1;EUR;"=1+1 ""a"", b"\n', {"columns": columns},
               HEAD.strip() + ";Titel\n")  # fmt: skip
    fix(desk, run, r2__closed_at="2026-02-28")
    assert work().created == 1
    assert Deal.objects.get().name == '=1+1 "a", b'


def test_a_check_offers_no_fixing(desk: Client) -> None:
    run = load("D1;;gewonnen;31.02.2026;1;EUR\n")
    Import.objects.filter(pk=run.pk).update(dry_run=True)
    assert "Fix here" not in page(desk, run)
    assert fix(desk, run, r2__closed_at="2026-02-28").status_code == 302
    assert Import.objects.count() == 1
