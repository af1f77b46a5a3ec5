"""Calendars by the API: what operations does on the page, under the same rules."""

from typing import Any

import pytest

from prm.common.models import AuditEntry, BusinessCalendar
from tests.api.conftest import token_client
from tests.factories import make_member, make_partner, make_user

pytestmark = pytest.mark.django_db
ALL = "/api/v1/calendars/"


@pytest.fixture
def olga() -> Any:
    return token_client(make_user("olga@vendor.example", staff_role="operations"))


def made(client: Any, **more: Any) -> dict[str, Any]:
    answer = client.post(ALL, {"name": "Germany", "country": "DE"} | more, format="json")
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def test_a_calendar_is_made_changed_and_removed(olga: Any) -> None:
    first = made(olga)
    assert (first["weekdays"], first["opens"], first["is_default"]) == (
        [0, 1, 2, 3, 4], "09:00:00", True,
    )  # fmt: skip
    second, one = made(olga, name="Short week", weekdays=[0, 1]), f"{ALL}{first['id']}/"
    changed = olga.patch(f"{ALL}{second['id']}/", {"closes": "12:00"}, format="json")
    assert changed.json()["closes"] == "12:00:00"
    assert (
        olga.patch(f"{ALL}{second['id']}/", {"closes": "08:00"}, format="json").status_code == 400
    )
    assert olga.delete(one).status_code == 409  # the usual one, while there are others
    assert olga.post(f"{ALL}{second['id']}/usual/").json()["is_default"] is True
    assert olga.delete(one).status_code == 204
    assert [row.name for row in BusinessCalendar.objects.all()] == ["Short week"]
    assert AuditEntry.objects.filter(object_type="common.businesscalendar").count() == 5


def test_days_off_come_one_by_one_or_by_the_year_and_go(olga: Any) -> None:
    one = f"{ALL}{made(olga)['id']}/"
    body = {"on": "2026-12-24", "name": "Christmas Eve"}
    days = olga.post(f"{one}days/", body, format="json").json()["holidays"]
    assert [(day["on"], day["name"]) for day in days] == [("2026-12-24", "Christmas Eve")]
    year = olga.post(f"{one}year/", {"year": 2026}, format="json").json()["holidays"]
    assert {"2026-01-01", "2026-10-03", "2026-12-24"} <= {day["on"] for day in year}
    day = f"/api/v1/calendar-days/{days[0]['id']}/"
    ana = token_client(make_user("ana@vendor.example", staff_role="channel_manager"))
    assert ana.delete(day).status_code == 403
    assert olga.delete(day).status_code == 204
    assert olga.delete(day).status_code == 404


def test_only_who_runs_the_programme_reads_and_changes_calendars(olga: Any) -> None:
    one = f"{ALL}{made(olga)['id']}/"
    ana = token_client(make_user("ana@vendor.example", staff_role="channel_manager"))
    assert ana.get(one).status_code == 403
    assert ana.patch(one, {"name": "Mine"}, format="json").status_code == 403
    assert ana.post(f"{one}days/", {}, format="json").status_code == 403
    partner = make_member(make_partner(), "pat@example.com", "admin").user
    assert token_client(partner).get(one).status_code in {403, 404}
