"""A channel manager finds a partner, reads why a KPI is red, and takes home what the list shows."""

import csv
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.utils import timezone

from kpis.engine.rebuild import rebuild
from kpis.services import set_target
from partners.models import Deal
from tests.browser.conftest import look
from tests.browser.test_pages import story
from tests.factories import at, make_deal, make_partner
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
__all__ = ["story"]


def amount(text: str) -> Decimal:
    """The number of "€1,234.50", "€1k" or "−€20"."""
    times = (-1 if "−" in text else 1) * (1000 if text.strip().endswith("k") else 1)
    return times * Decimal("".join(one for one in text if one.isdigit() or one == "."))


def test_a_partner_is_found_by_a_part_of_its_name_from_the_keyboard(
    visitor: Any, story: World, pictures: Path
) -> None:
    nordlys = make_partner("Nordlys Data", manager=story.ana)
    visit = visitor(story.ana).open("/")
    page = visit.page
    page.keyboard.press("Control+k")
    page.wait_for_selector("#palette[open] #jump-to a")
    page.keyboard.type("rdlys")
    hit = page.locator("#jump-to a", has_text="Nordlys Data")
    hit.wait_for()
    look(visit, pictures, "palette")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.textContent").strip().startswith("Nordlys Data")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{nordlys.get_absolute_url()}")
    assert page.locator("h1").inner_text() == "Nordlys Data"
    visit.settle()
    look(visit, pictures, "palette-partner")


@pytest.fixture
def bad_quarter(story: World) -> World:
    """Acme and Beta won less than the target of the third quarter of 2026 asks."""
    beta = make_partner("Beta Systems", manager=story.ana, type="referral", region="Nordics")
    make_deal(beta, customer=story.customer, won="2026-08-03", name="Small one", amount=420)
    make_deal(story.acme, customer=story.customer, won="2026-09-30", name="Late one", amount=2500)
    Deal.objects.filter(pk=story.direct_deal.pk).update(amount=7)
    story.globex.deals.filter(state="won").update(amount=1111)
    target = Decimal(90_000)
    set_target(
        "partner_sourced_revenue",
        "program",
        "2026-Q3",
        target,
        by=story.admin,
        now=at("2026-07-01"),
    )
    rebuild(timezone.now())
    return story


def test_why_a_kpi_is_red_is_read_down_to_the_rows(
    visitor: Any, bad_quarter: World, pictures: Path
) -> None:
    visit = visitor(bad_quarter.admin).open("/?period=2026-Q3")
    page = visit.page
    tile = page.locator(".kpi", has_text="Partner-sourced revenue")
    assert tile.locator(".status.bad").count() == 1
    look(visit, pictures, "red-1-overview")
    shown = tile.locator(".val").inner_text()
    shown = shown.removesuffix(" net of refunds")
    tile.get_by_role("link").click()
    page.wait_for_url("**/kpis/partner_sourced_revenue/**period=2026-Q3**")
    visit.settle()
    assert page.locator(".big").inner_text() == shown
    page.get_by_role("navigation", name="Break down by").get_by_role(
        "link", name="Region", exact=True
    ).click()
    page.wait_for_url("**by=region**")
    page.wait_for_selector("#parts h2")
    visit.settle()
    look(visit, pictures, "red-2-kpi")
    parts = page.locator("#parts details table tbody tr")
    page.evaluate("document.querySelectorAll('details.data').forEach(one => { one.open = true })")
    names = [text.split("\t")[0] for text in parts.all_inner_texts()]
    assert names == ["DACH", "Nordics"]
    page.get_by_role("link", name="Rows behind this figure").click()
    page.wait_for_url("**/rows/**")
    rows = page.locator("main table tbody tr")
    counted = sum(amount(text) for text in rows.locator("td:last-child").all_inner_texts())
    won = Deal.objects.filter(
        state="won", closed_at__gte=at("2026-07-01"), closed_at__lt=at("2026-10-01")
    )
    assert counted == sum(deal.amount for deal in won.exclude(partner=None))
    lead = page.locator(".lead").inner_text()
    assert lead.count(f"€{counted:,.2f}") == 2  # the figure, and what the rows add up to
    assert amount(shown) == round(counted, -3)
    look(visit, pictures, "red-3-rows")
    rows.get_by_role("link", name="Small one").click()
    page.wait_for_selector("h1 >> text=Small one")


FORMULA = '=HYPERLINK("http://example.com","x")'


def seen_list(visit: Any) -> tuple[list[str], list[str], list[Decimal]]:
    """Heads, names and amounts of the list, as they stand on the page."""
    visit.settle()
    rows = visit.page.locator("#list")
    shown = rows.locator("thead th").all_inner_texts()
    names = [text.split("\n")[0] for text in rows.locator("tbody th").all_inner_texts()]
    amounts = [amount(text) for text in rows.locator("td[data-l=Amount]").all_inner_texts()]
    return [text.split("\n")[0] for text in shown if text.strip()], names, amounts


def narrow(visit: Any) -> None:
    """Won deals by amount, without the column of stages."""
    page = visit.page
    page.get_by_text("Add filter").click()
    page.select_option("#filter-state", "won")
    page.wait_for_url("**state=won**")
    visit.settle()
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Amount", exact=True).click()
    page.wait_for_url("**sort=**")
    visit.settle()
    page.locator("#list-columns summary").click()
    page.uncheck("#column-stage")
    page.wait_for_url("**cols=**")
    page.locator("#list th", has_text="Stage").wait_for(state="detached")
    visit.settle()
    page.keyboard.press("Escape")


def test_what_a_list_shows_is_what_its_files_hold(
    visitor: Any, story: World, pictures: Path
) -> None:
    for number, name in enumerate(["Rack refresh", FORMULA, "Backup, with comma", "Licence"]):
        make_deal(
            story.acme, customer=story.customer, won="2026-08-03", name=name, amount=50 + number
        )
    visit = visitor(story.ana).open("/deals/")
    narrow(visit)
    look(visit, pictures, "export")
    heads, names, amounts = seen_list(visit)
    assert len(names) == 5
    assert amounts == sorted(amounts, reverse=True)

    with visit.page.expect_download() as download:
        visit.page.get_by_role("link", name="CSV").click()
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    first, *rows = csv.reader(io.StringIO(text))
    assert [head for head in first if head in heads] == heads
    assert "Stage" not in first
    assert [row[0] for row in rows] == [safe(name) for name in names]
    assert [Decimal(row[first.index("Amount")]) for row in rows] == amounts

    with visit.page.expect_download() as download:
        visit.page.get_by_role("link", name="XLSX").click()
    content = io.BytesIO(Path(download.value.path()).read_bytes())
    top, *cells = openpyxl.load_workbook(content).active.iter_rows()
    assert [cell.value for cell in top] == first
    assert [row[0].value for row in cells] == names
    assert {row[0].data_type for row in cells} == {"s"}  # text, never a formula


def safe(name: str) -> str:
    """How a spreadsheet is kept from taking a name for a formula."""
    return f"'{name}" if name.startswith("=") else name
