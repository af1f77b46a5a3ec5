"""The lists of imports and of what one refused."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from prm.common.imports.models import Import, ImportMapping, ImportProblem
from prm.common.models import SavedView, User
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.PRM_FILES = tmp_path


@pytest.fixture
def me() -> User:
    return make_user(staff_role="operations", name="Olga Ops")


@pytest.fixture
def desk(me: User) -> Client:
    client = Client()
    client.force_login(me)
    return client


def make_run(name: str, **more: Any) -> Import:
    values = {"resource": "partner", "source": "crm", "state": "done"} | more
    values.setdefault("started_at", timezone.now())
    return Import.objects.create(file_name=name, **values)


def problem(run: Import, line: int, column: str = "country", **more: Any) -> ImportProblem:
    values = more.pop("values", {"name": "Initech", column: "Atlantis"})
    reason = f"{values.get(column)} is not known."
    return ImportProblem.objects.create(
        run=run, line=line, column=column, reason=reason, values=values, **more
    )


def get(desk: Client, query: str = "", run: Import | None = None) -> str:
    name, args = ("import_problems", [run.public_id]) if run else ("import_list", [])
    response = desk.get(reverse(f"imports:{name}", args=args) + query)
    assert response.status_code == 200
    return response.content.decode()


def csv(desk: Client, query: str = "?", run: Import | None = None) -> list[str]:
    name, args = ("import_problems", [run.public_id]) if run else ("import_list", [])
    response = desk.get(reverse(f"imports:{name}", args=args) + query + "&export=csv")
    return b"".join(response.streaming_content).decode("utf-8-sig").splitlines()


def files(desk: Client, query: str) -> list[str]:
    return [line.split(",")[0] for line in csv(desk, query)[1:]]


def test_imports_are_found_by_what_they_hold_who_began_them_and_when(
    desk: Client, me: User
) -> None:
    old = timezone.now() - timedelta(days=20)
    make_run("deals.csv", resource="deal", by=me)
    make_run("old.csv", started_at=old)
    make_run("new.csv", source="erp")
    assert files(desk, "?resource=deal") == ["deals.csv"]
    assert files(desk, f"?by={me.public_id}") == ["deals.csv"]
    assert files(desk, "?by=nobody&sort=file") == ["new.csv", "old.csv"]
    assert files(desk, "?since=7&sort=file") == ["deals.csv", "new.csv"]
    assert files(desk, "?q=erp") == ["new.csv"]


def test_rows_to_fix_are_those_that_no_later_import_brought(desk: Client) -> None:
    open_run, fixed, checked = make_run("a", rejected=1), make_run("b", rejected=1), make_run("c")
    problem(open_run, 3)
    problem(fixed, 3, fixed_in=make_run("again", fixes=fixed))
    Import.objects.filter(pk=checked.pk).update(dry_run=True, rejected=1)
    problem(checked, 2)
    assert files(desk, "?problems=open") == ["a"]
    counts = desk.get(reverse("imports:import_list") + "?part=counts")
    assert counts.context["counts"] == ["4", "1", "0"]


def test_columns_of_imports_are_chosen_and_kept_as_a_view(desk: Client) -> None:
    make_run("a.csv", created=12)
    assert csv(desk, "?cols=created")[:2] == ["File,New", "a.csv,12"]
    desk.post(
        reverse("views:view_save"),
        {"list_key": "imports", "name": "New rows", "query": "cols=file,created&x=1"},
    )
    assert SavedView.objects.get().query == "cols=file,created"
    assert "New rows" in get(desk)


def test_problems_are_filtered_by_column_and_taken_along(desk: Client) -> None:
    run = make_run("a.csv", rejected=3)
    problem(run, 3)
    problem(run, 5, "tier", values={"name": "Hooli", "tier": "=SUM(1)"})
    problem(run, 7, "", values={})
    html = get(desk, run=run)
    assert "3 problems" in html
    assert html.index("Atlantis is not known") < html.index("=SUM(1) is not known")
    assert csv(desk, "?column=tier", run) == [
        "Row,Column,Value,Problem,Perhaps meant",
        "5,Tier,'=SUM(1),'=SUM(1) is not known.,",
    ]
    assert [line[0] for line in csv(desk, "?fix=file", run)[1:]] == ["7"]
    assert "No problems match" in get(desk, "?q=nothing+like+it", run)


def test_corrected_problems_leave_the_list(desk: Client) -> None:
    run = make_run("a.csv", rejected=1)
    problem(run, 3, fixed_in=make_run("again", fixes=run))
    assert "No problems are left" in get(desk, run=run)


def test_the_problems_cost_the_same_for_one_and_for_many(desk: Client) -> None:
    run = make_run("a.csv", rejected=1)

    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            get(desk, "?size=100", run)
        return len(asked)

    problem(run, 1)
    first = cost()
    for line in range(2, 101):
        problem(run, line)
    assert cost() == first <= 9


def test_a_file_that_was_never_checked_does_not_say_that_all_is_imported(desk: Client) -> None:
    assert "Not checked yet" in get(desk, run=make_run("a.csv", state="draft"))
    assert "No problems are left" in get(desk, run=make_run("b.csv"))


def test_saved_mappings_tell_which_imports_used_them_and_are_found(desk: Client, me: User) -> None:
    for name, by in (("HubSpot", me), ("Salesforce", None)):
        ImportMapping.objects.create(resource="deal", name=name, by=by, updated_at=timezone.now())
    hubspot = ImportMapping.objects.get(name="HubSpot")
    for _ in range(2):
        make_run("a.csv", resource="deal", saved_mapping=hubspot)
    url = reverse("imports:mapping_list")

    def found(query: str) -> list[tuple[str, int]]:
        return [(row.name, row.used) for row in desk.get(url + query).context["page"].rows]

    assert found("?cols=used&sort=-used") == [("HubSpot", 2), ("Salesforce", 0)]
    assert found(f"?by={me.public_id}") == [("HubSpot", 2)]
    assert found("?q=sales") == [("Salesforce", 0)]
    assert found("?resource=partner") == []
