"""A person of operations imports a file with errors, fixes the refused rows, and undoes."""

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from partners.models import Deal
from prm.common import jobs
from prm.common.imports.models import Import
from prm.common.models import Job
from tests.browser.conftest import Visit, look
from tests.factories import make_partner, make_rate, make_user
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DEALS = """Vorgangsnummer;Händler;Titel;Status;Angelegt am;Abschlussdatum;Nettowert;Währung
X1;NORD;Rack refresh;won;01.07.2026;20.07.2026;12.400,50;EUR
X2;Nordlys Dta;Backup;won;05.07.2026;21.07.2026;8.000,00;EUR
X3;;Direct one;won;15.07.2026;31.02.2026;9.900,00;EUR
X4;;Licence;lost;02.07.2026;21.07.2026;abc;EUR
"""


def work() -> None:
    """What the worker does."""
    for job in Job.objects.filter(kind="import.run", state="waiting"):
        jobs.run(job.pk, timezone.now())


@pytest.fixture
def desk(settings: Any, tmp_path: Path, world: World) -> Any:
    settings.PRM_FILES = tmp_path / "files"
    make_rate("EUR", "2020-01-01", "1")
    make_partner("Nordlys Data", external_id="NORD", source="crm")
    return make_user(staff_role="operations")


@pytest.mark.parametrize("width", [1440, 390])
def test_a_file_with_errors_is_imported_fixed_and_undone(
    width: int, visitor: Any, desk: Any, tmp_path: Path, pictures: Path
) -> None:
    before = Deal.objects.count()
    file = tmp_path / "Q3-deals.csv"
    file.write_text(DEALS, encoding="utf-8")
    visit = visitor(desk, width).open("/imports/")
    page = visit.page
    look(visit, pictures, f"import-{width}-1-list")
    page.get_by_role("link", name="New import").first.click()
    page.get_by_label("Deals").first.check()
    page.set_input_files("#id_file", str(file))
    page.fill("#id_source", "crm")
    look(visit, pictures, f"import-{width}-2-upload")
    page.get_by_role("button", name="Upload and match columns").click()
    page.wait_for_selector("text=2026-07-20 12:00")
    look(visit, pictures, f"import-{width}-3-match")
    page.get_by_role("combobox", name="Titel").select_option("product")
    page.wait_for_selector("#preview th:has-text('Product')")
    page.get_by_role("combobox", name="Titel").select_option("name")
    page.wait_for_selector("#preview th:has-text('Name')")
    page.get_by_role("button", name="Check the file").click()
    page.wait_for_selector("text=You can leave this page")
    look(visit, pictures, f"import-{width}-4-checking")
    work()
    page.wait_for_selector("text=Nothing was stored")
    assert Deal.objects.count() == before
    look(visit, pictures, f"import-{width}-5-checked")
    page.get_by_role("button", name="Import 1 row").click()
    page.wait_for_selector("text=Stop import")
    work()
    page.wait_for_selector("text=3 rows need a look")
    look(visit, pictures, f"import-{width}-6-review")
    _fix_and_undo(visit, pictures, width, before)


def _fix_and_undo(visit: Visit, pictures: Path, width: int, before: int) -> None:
    page, first = visit.page, visit.page.url
    page.get_by_role("button", name="Use it").click()
    page.wait_for_selector("text=You can leave this page")
    work()
    page.wait_for_selector("text=1 row read")
    page.goto(first)
    page.get_by_role("link", name="Fix here").click()
    page.wait_for_selector("text=is no number")
    page.get_by_label("Closed on").first.fill("28.07.2026")
    page.get_by_label("Amount").last.fill("1.250,00")
    look(visit, pictures, f"import-{width}-7-fix")
    page.get_by_role("button", name="Import corrected rows").click()
    page.wait_for_selector("text=You can leave this page")
    work()
    page.wait_for_selector("text=2 rows read")
    assert Deal.objects.count() == before + 4
    page.goto(first)
    page.wait_for_selector("text=All refused rows were corrected")
    look(visit, pictures, f"import-{width}-8-corrected")
    page.get_by_role("button", name="Undo import").click()
    dialog = page.locator("dialog[open]")
    assert "1 new rows of Q3-deals.csv go away" in dialog.inner_text()
    dialog.get_by_role("button", name="Undo import").click()
    page.wait_for_selector("text=This import is taken back")
    look(visit, pictures, f"import-{width}-9-undone")
    assert Deal.objects.count() == before + 3
    assert Import.objects.filter(state="undone").count() == 1


def test_the_way_of_an_import_works_without_script(visitor: Any, desk: Any, tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_text("Kunde,Land\nVandelay,DE\n")
    window = visitor(desk, java_script_enabled=False)
    page = window.context.new_page()
    page.goto(f"{window.base}/imports/new/?resource=customer")
    page.set_input_files("#id_file", str(file))
    page.fill("#id_source", "crm")
    page.get_by_role("button", name="Upload and match columns").click()
    page.get_by_role("button", name="Show preview").click()
    page.get_by_role("button", name="Check the file").click()
    work()
    page.get_by_role("link", name="Refresh").click()
    page.get_by_role("button", name="Import 1 row").click()
    work()
    page.get_by_role("link", name="Refresh").click()
    assert "It can be undone until" in page.inner_text("main")
