"""Every list: columns, page sizes, both files with what is seen, views, no formula in a cell."""

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

import prm.urls  # noqa: F401 (registers the lists)
from kpis.definitions import KPIS
from kpis.engine.drain import drain
from partners.models import (
    AccessRequest,
    ApplicationInvitation,
    Cost,
    OnboardingPlan,
    Partner,
    PartnerLink,
    PartnerMerge,
    PartnerProgram,
    TierStanding,
)
from prm.common import audit, lists
from prm.common.models import (
    ApiToken,
    Import,
    ImportMapping,
    ImportProblem,
    Notice,
    OutboxMail,
    Task,
    User,
)
from prm.common.savedviews.places import PLACES
from tests.factories import (
    make_application,
    make_deal,
    make_form,
    make_member,
    make_partner,
    make_rate,
    make_user,
)

pytestmark = pytest.mark.django_db
EVIL, SOURCED = "=1+1 evil", "partner_sourced_revenue"
TEMPLATES = Path(__file__).parents[2] / "templates"


@dataclass
class Ground:
    """Two rows of everything; one of each has a cell that a spreadsheet would run."""

    staff: Client
    member: Client
    run: Import


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def tiers(name: str, now: Any) -> None:
    """A partner that rose and is at risk, and one that is to rise."""
    program, _made = PartnerProgram.objects.get_or_create(name="Resellers")
    for state in ("at_risk", "promotion_pending"):
        partner = make_partner(f"{name} {state}", type="reseller", tier="silver")
        partner.profiles.update(valid_to="2026-05-01")
        partner.profiles.create(type="reseller", tier="gold", valid_from="2026-05-01")
        TierStanding.objects.create(
            partner=partner, program=program, state=state, pending_tier="gold",
            since=now.date(), grace_until=now.date(),
        )  # fmt: skip


def doubles(name: str, now: Any) -> None:
    """Two records that may be one company, and two that were merged."""
    one, other = make_partner(f"{name} double"), make_partner(f"{name} double")
    PartnerMerge.objects.create(stub=one, survivor=other, at=now, undone_at=now)


def deal_below(partner: Partner, name: str) -> None:
    """A deal of a company below this one."""
    below = make_partner(f"{name} below")
    PartnerLink.objects.create(child=below, parent=partner, valid_from="2020-01-01")
    make_deal(below, name=name)


def companies(partner: Partner, name: str, now: Any) -> None:
    """A colleague, a deal of a company below, and records that are alike."""
    make_member(partner, user=make_user(name=name))
    deal_below(partner, name)
    doubles(name, now)


def changed_partner(name: str, now: Any) -> Partner:
    """A partner in onboarding that one of the vendor's people changed."""
    person = make_user(staff_role="executive", name=name)
    own = make_partner(f"{name} company")
    OnboardingPlan.objects.create(partner=own, started_on=now.date())
    audit.record("partner.change", own, by=person, now=now, reason=name)
    return own


@pytest.fixture
def ground(monkeypatch: pytest.MonkeyPatch) -> Ground:
    monkeypatch.setattr(lists, "PAGE_SIZES", (1, 50))
    monkeypatch.setitem(KPIS, "win_rate", replace(KPIS["win_rate"], name=EVIL))
    admin, now = make_user(staff_role="admin", name="Ada"), timezone.now()
    run = Import.objects.create(
        resource="deal", source="crm", file_name="plain.csv", state="done", started_at=now, by=admin
    )
    partner = make_partner("Plain")
    member = make_member(partner, "", "admin", "sales")
    form = make_form()
    for name in ("Plain one", EVIL):
        own = changed_partner(name, now)
        make_deal(partner, name=name)
        make_deal(partner, name=name, won="2026-07-15")
        companies(partner, name, now)
        tiers(name, now)
        make_rate("USD", "2026-01-01" if name == EVIL else "2026-01-02", "1.1", source=name)
        Import.objects.create(
            resource="deal", source="crm", file_name=name, state="done", started_at=now
        )
        ImportMapping.objects.create(resource="deal", name=name, by=admin, updated_at=now)
        ImportProblem.objects.create(run=run, line=2, column="amount", reason=name, row=[name])
        OutboxMail.objects.create(
            key=name, to="a@example.com", subject=name, text="t", created_at=now, due_at=now
        )
        _tell_and_ask(admin, own, name)
        ApiToken.objects.create(
            user=admin, name=name, prefix="p", digest=name, expires_at=now + timedelta(9)
        )
        make_application(form, company=name)
        Cost.objects.create(kind="other", amount=5, currency="EUR", at=now, note=name)
        ApplicationInvitation.objects.create(
            form=form, email="a@example.com", company=name, digest=name, by=admin, sent_at=now,
            expires_at=now + timedelta(9),
        )  # fmt: skip
        AccessRequest.objects.create(
            name=name, email=f"{name[1:4]}@example.com", partner=partner, state="pending",
            asked_at=now,
        )  # fmt: skip
    drain(now)
    return Ground(browser(admin), browser(User.objects.get(pk=member.user_id)), run)


def _tell_and_ask(admin: User, partner: Partner, name: str) -> None:
    """A notice about the import of this name, and a task."""
    run = Import.objects.get(file_name=name)
    kind = "import_failed" if name == EVIL else "import_done"
    Notice.objects.create(
        to=admin, kind=kind, key=name, at=run.started_at,
        about_type="common.import", about_id=str(run.public_id), args={"rows": 1, "checked": False},
    )  # fmt: skip
    Task.objects.create(
        source="own", key=name, title=name, side="company", company=partner.public_id,
        created_at=run.started_at, updated_at=run.started_at,
    )  # fmt: skip


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
    Case("onboarding:plan_list"),
]  # fmt: skip
BOUNDED = {
    "partners:portal_people", "kpis:kpi_rows", "imports:import_problems", "developer:token_list",
    "notices:notice_list", "recruiting:portal_access_list",
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
