"""Every list: columns, page sizes, both files with what is seen, views, no formula in a cell."""

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

import prm.urls  # noqa: F401 (registers the lists)
from partners.models import DynamicSegment
from prm.common.savedviews.places import PLACES
from tests.common.listground import EVIL, SOURCED, Ground

pytestmark = pytest.mark.django_db
TEMPLATES = Path(__file__).parents[2] / "templates"


@dataclass(frozen=True)
class Case:
    """A list: its route, what narrows it to the one bad row, and what else its address says."""

    route: str
    narrow: tuple[str, str] = ("q", EVIL)
    more: tuple[tuple[str, str], ...] = ()
    args: Callable[[Ground], list[Any]] = lambda ground: []

    @property
    def is_portal(self) -> bool:
        return "portal" in self.route


CASES = [
    Case("partners:partner_list"),
    Case("partners:people_list"),
    Case("partners:portal_people"),
    Case("contracts:contract_list"),
    Case("deals:deal_list"),
    Case("deals:portal_deal_list"),
    Case("deals:portal_below", more=(("state", "all"),)),
    Case("kpis:kpi_list", more=(("sort", "name"),)),
    Case("kpis:kpi_rows", more=(("period", "2026-Q3"),), args=lambda _: [SOURCED]),
    Case("imports:import_list"),
    Case("imports:mapping_list"),
    Case("imports:import_problems", args=lambda ground: [ground.run.public_id]),
    Case("logs:mail_list"),
    Case("logs:audit_list"),
    Case("people:person_list"),
    Case("merging:duplicate_list"),
    Case("merging:merge_list"),
    Case("programs:move_list"),
    Case("programs:risk_list"),
    Case("programs:decision_list"),
    Case("settings:rate_list", narrow=("source", EVIL)),
    Case("developer:token_list"),
    Case("worklist:task_list"),
    Case("notices:notice_list", narrow=("kind", "import_failed")),
    Case("recruiting:application_list"),
    Case("recruiting:invitation_list"),
    Case("recruiting:access_list"),
    Case("recruiting:portal_access_list"),
    Case("costs:cost_list"),
    Case("segments:segment_list"),
    Case("segments:segment", args=lambda _: [DynamicSegment.objects.get(name=EVIL).public_id]),
    Case("onboarding:plan_list"),
]  # fmt: skip
BOUNDED = {
    "partners:portal_people", "kpis:kpi_rows", "imports:import_problems", "developer:token_list",
    "notices:notice_list", "recruiting:portal_access_list", "segments:segment",
}  # fmt: skip


def test_no_list_is_forgotten_here() -> None:
    assert {case.route for case in CASES} == {one.route for one in PLACES.values()} | BOUNDED
    pages = {
        path for path in TEMPLATES.rglob("*.html") if "components/list.html" in path.read_text()
    }
    assert len({path for path in pages if "styleguide" not in path.parts}) == len(CASES)
    for part in ("pager", "thead", "filterbar"):
        users = [
            path.name for path in TEMPLATES.rglob("*.html") if f"/{part}.html" in path.read_text()
        ]
        assert set(users) <= {"list.html", "board.html"}, part


@pytest.fixture(params=CASES, ids=lambda case: case.route)
def case(request: pytest.FixtureRequest) -> Case:
    return request.param


@dataclass
class Visit:
    """A list as somebody opens it."""

    client: Client
    path: str
    page: Any
    html: str

    def file(self, kind: str) -> list[list[Any]]:
        """The lines of the file that the page links to."""
        response = self.client.get(self.path + getattr(self.page, f"{kind}_url"))
        content = b"".join(response.streaming_content)
        if kind == "csv":
            return list(csv.reader(StringIO(content.decode("utf-8-sig"))))
        return [list(row) for row in load_workbook(BytesIO(content)).worksheets[0].iter_rows()]


def visit(case: Case, ground: Ground, **query: str) -> Visit:
    client = ground.member if case.is_portal else ground.staff
    path = reverse(case.route, args=case.args(ground))
    response = client.get(f"{path}?{urlencode(dict(case.more) | query)}")
    assert response.status_code == 200
    return Visit(client, path, response.context["page"], response.content.decode())


def every_column(page: Any) -> str:
    return ",".join(option.value for option in page.columns)


def test_every_list_offers_columns_sizes_both_files_and_where_it_fits_views(
    case: Case, ground: Ground
) -> None:
    seen = visit(case, ground)
    keys = {place.route: key for key, place in PLACES.items()}
    assert seen.page.total > 1
    assert 'id="list-columns"' in seen.html
    assert seen.page.sizes[0].value == "1"
    assert 'id="size-50"' in seen.html
    assert all(
        f'href="?{kind}' in seen.html or f"export={kind}" in seen.html for kind in ("csv", "xlsx")
    )
    assert seen.page.list_key == keys.get(case.route, "")
    assert ("Save this view" in seen.html) == (case.route in keys)
    assert len(visit(case, ground, size="1").page.rows) == 1


DRAWN = {"trend"}  # columns of drawings, which a file cannot hold


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_every_file_has_the_columns_and_rows_that_are_seen(
    case: Case, ground: Ground, kind: str
) -> None:
    key, value = case.narrow
    usual = visit(case, ground, **{key: value}).page
    chosen = f"{usual.columns[0].value},{usual.columns[-1].value}"
    for cols in ("", chosen, every_column(usual)):
        seen = visit(case, ground, **{key: value}, **({"cols": cols} if cols else {}))
        head, *rows = seen.file(kind)
        names = [getattr(cell, "value", cell) for cell in head]
        shown = [str(one.label) for one in seen.page.heads if one.key not in DRAWN]
        assert [name for name in names if name in shown] == shown
        assert len(rows) == seen.page.total == len(seen.page.rows) >= 1
        assert len(names) - len(shown) <= 2  # what stands in the cell of a seen column


def test_a_file_leaves_out_what_the_address_leaves_out(case: Case, ground: Ground) -> None:
    key, value = case.narrow
    everything, some = visit(case, ground).file("csv"), visit(case, ground, **{key: value})
    assert len(some.file("csv")) < len(everything)
    assert "1+1 evil" in some.html


def test_no_cell_of_any_file_is_a_formula(case: Case, ground: Ground) -> None:
    key, value = case.narrow
    seen = visit(case, ground, **{key: value})
    texts = [cell for line in seen.file("csv") for cell in line]
    assert any(text.startswith(f"'{EVIL}") for text in texts)
    assert not [text for text in texts if text[:1] in set("=+@")]
    cells = [cell for line in seen.file("xlsx") for cell in line]
    assert any(str(cell.value).startswith(EVIL) for cell in cells)
    assert "f" not in {cell.data_type for cell in cells}


def test_every_column_of_every_list_has_its_cell_and_sorts(case: Case, ground: Ground) -> None:
    columns = every_column(visit(case, ground).page)
    seen = visit(case, ground, cols=columns)
    table = seen.html[seen.html.index("<table") :]
    heads = re.findall(r"<th\s+scope=\"col\"", table[: table.index("</thead>")])
    row = table[table.index("<tbody>") : table.index("</tr>", table.index("<tbody>"))]
    assert len(re.findall(r"<td\b|<th\s+scope=\"row\"", row)) == len(heads)
    for head in seen.page.heads:
        if head.url:
            assert seen.client.get(seen.path + head.url).status_code == 200, head.key


def test_every_choice_of_every_filter_and_segment_answers(case: Case, ground: Ground) -> None:
    seen = visit(case, ground)
    asked = [segment.url for segment in seen.page.segments]
    for one in seen.page.filters:
        asked += [f"?{urlencode({one.key: value})}" for value, _label in one.choices]
    for query in asked:
        assert seen.client.get(seen.path + query).status_code == 200, query
    if seen.page.segments and seen.page.counts_url:
        counts = seen.client.get(seen.path + seen.page.counts_url)
        assert len(counts.context["counts"]) == len(seen.page.segments)
