"""Business calendars: made, changed and asked for by country; days off by hand and by year."""

from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from prm.common.calendars import selectors, services
from prm.common.calendars.models import BusinessCalendar
from prm.common.calendars.rules import add_business_days
from prm.common.errors import Conflict, InvalidInput
from prm.common.models import AuditEntry, User
from tests.factories import make_user

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
OFFICE: dict[str, Any] = {
    "name": "Berlin",
    "weekdays": [0, 1, 2, 3, 4],
    "opens": time(9),
    "closes": time(17),
}


@pytest.fixture
def olga() -> User:
    return make_user("olga@vendor.example", staff_role="operations")


def make(**more: Any) -> BusinessCalendar:
    return services.create_calendar(by=None, now=NOW, **{**OFFICE, **more})


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_without_a_calendar_people_work_monday_to_friday_without_holidays() -> None:
    working = selectors.working_time(selectors.usual())
    assert add_business_days(date(2026, 12, 24), 1, working) == date(2026, 12, 25)
    assert add_business_days(date(2026, 12, 25), 1, working) == date(2026, 12, 28)


def test_a_country_without_a_calendar_has_the_usual_one() -> None:
    berlin, paris = make(country="DE"), make(name="Paris", country="FR")
    assert selectors.of_country("fr") == selectors.of_country("France") == paris
    assert selectors.of_country("FRA") == selectors.of_country(" france ") == paris
    assert selectors.of_country("") == selectors.of_country("US") == berlin


def test_public_holidays_of_a_year_are_added_once_and_keep_known_names() -> None:
    berlin = make(country="DE")
    services.add_holiday(berlin, on=date(2026, 12, 25), name="Our party", by=None, now=NOW)
    # nationwide in Germany 2026: 9 days, among them 1 January, 1 May, 3 October, 25 December
    assert services.add_public_holidays(berlin, year=2026, by=None, now=NOW) == 8
    assert services.add_public_holidays(berlin, year=2026, by=None, now=NOW) == 0
    days = dict(berlin.holidays.values_list("on", "name"))
    assert {date(2026, 1, 1), date(2026, 5, 1), date(2026, 10, 3)} < set(days)
    assert days[date(2026, 12, 25)] == "Our party"
    working = selectors.working_time(berlin)
    assert add_business_days(date(2026, 12, 24), 1, working) == date(2026, 12, 28)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "), ("weekdays", []), ("weekdays", [7]), ("closes", time(9)),
        ("time_zone", "Mars/Base"), ("country", "ZZ"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_with_its_field(field: str, value: Any) -> None:
    with pytest.raises(InvalidInput) as refusal:
        make(**{field: value})
    assert refusal.value.field == field


def test_there_is_one_usual_calendar_and_the_database_keeps_a_second_one_out() -> None:
    berlin, paris = make(), make(name="Paris")
    assert (berlin.is_default, paris.is_default) == (True, False)
    with pytest.raises(IntegrityError), transaction.atomic():
        BusinessCalendar.objects.filter(pk=paris.pk).update(is_default=True)
    services.make_usual(paris, by=None, now=NOW)
    assert selectors.usual() == paris
    with pytest.raises(Conflict, match="Choose another calendar"):
        services.delete_calendar(paris, by=None, now=NOW)
    services.delete_calendar(berlin, by=None, now=NOW)


def test_operations_makes_a_calendar_and_its_days_on_the_pages(olga: User) -> None:
    window = browser(olga)
    empty = window.get("/settings/calendars/").content.decode()
    assert "Monday to Friday" in empty
    form = {"name": "Wien", "weekdays": ["0", "2"], "opens": "08:00", "closes": "16:30",
            "time_zone": "Europe/Vienna", "country": "AT"}  # fmt: skip
    page = window.post("/settings/calendars/new/", form, follow=True)
    calendar = BusinessCalendar.objects.get()
    assert (calendar.weekdays, calendar.opens) == ([0, 2], time(8))
    own = calendar.get_absolute_url()
    window.post(f"{own}year/", {"year": "2026"})
    window.post(f"{own}days/", {"on": "2026-12-24", "name": "Christmas Eve"})
    page = window.get(own).content.decode()
    assert "Christmas Eve" in page
    assert "Mondays" not in page
    day = calendar.holidays.get(name="Christmas Eve")
    window.post(f"/settings/calendars/days/{day.public_id}/remove/")
    assert not calendar.holidays.filter(name="Christmas Eve").exists()
    said = set(AuditEntry.objects.values_list("action", flat=True))
    assert {
        "calendar.create",
        "calendar.add_days",
        "calendar.add_day",
        "calendar.remove_day",
    } <= said


def test_a_wrong_form_comes_back_with_what_was_typed(olga: User) -> None:
    calendar = make()
    form = {"name": "Berlin", "weekdays": ["0"], "opens": "10:00", "closes": "09:00"}
    answer = browser(olga).post(calendar.get_absolute_url(), form)
    assert answer.status_code == 422
    assert "the day ends before it begins" in answer.content.decode()
    refused = browser(olga).post(f"{calendar.get_absolute_url()}year/", {"year": "2026"})
    assert (refused.status_code, "Choose the country" in refused.content.decode()) == (422, True)
