"""What operations does with calendars: make, change, choose the usual one, days off. Audited."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any
from zoneinfo import available_timezones

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from prm.common import audit
from prm.common.calendars.models import BusinessCalendar, Holiday
from prm.common.errors import Conflict, InvalidInput
from prm.common.models import User

FIELDS = ["name", "weekdays", "opens", "closes", "time_zone", "country"]
MOST_HOLIDAYS = 1_000


@transaction.atomic
def create_calendar(*, by: User | None, now: datetime, **values: Any) -> BusinessCalendar:
    """Make a calendar (see FIELDS); the first one becomes the usual one.

    Raises InvalidInput with the field.
    """
    calendar = BusinessCalendar(**_checked(None, **values))
    calendar.is_default = not BusinessCalendar.objects.select_for_update().exists()
    calendar.save()
    after = audit.snapshot(calendar, [*FIELDS, "is_default"])
    audit.record("calendar.create", calendar, by=by, now=now, after=_words(after))
    return calendar


@transaction.atomic
def change_calendar(
    calendar: BusinessCalendar, *, by: User | None, now: datetime, **values: Any
) -> BusinessCalendar:
    """Change some of its FIELDS. Deadlines that stand already stay as they were told.

    Raises InvalidInput with the field.
    """
    calendar = BusinessCalendar.objects.select_for_update().get(pk=calendar.pk)
    before = audit.snapshot(calendar, FIELDS)
    kept = {name: getattr(calendar, name) for name in FIELDS}
    for name, value in _checked(calendar, **(kept | values)).items():
        setattr(calendar, name, value)
    after = audit.snapshot(calendar, FIELDS)
    if before != after:
        calendar.save()
        audit.record(
            "calendar.change", calendar, by=by, now=now, before=_words(before), after=_words(after)
        )
    return calendar


@transaction.atomic
def make_usual(calendar: BusinessCalendar, *, by: User | None, now: datetime) -> BusinessCalendar:
    """Let this calendar count where no other does."""
    list(BusinessCalendar.objects.select_for_update().order_by("pk"))
    BusinessCalendar.objects.filter(is_default=True).exclude(pk=calendar.pk).update(
        is_default=False
    )
    if BusinessCalendar.objects.filter(pk=calendar.pk, is_default=False).update(is_default=True):
        audit.record("calendar.make_usual", calendar, by=by, now=now)
    calendar.refresh_from_db()
    return calendar


@transaction.atomic
def delete_calendar(calendar: BusinessCalendar, *, by: User | None, now: datetime) -> None:
    """Remove a calendar with its days off. Raises Conflict for the usual one among several."""
    calendar = BusinessCalendar.objects.select_for_update().get(pk=calendar.pk)
    if calendar.is_default and BusinessCalendar.objects.exclude(pk=calendar.pk).exists():
        raise Conflict(_("Choose another calendar as the usual one first."))
    audit.record(
        "calendar.delete", calendar, by=by, now=now,
        before=_words(audit.snapshot(calendar, FIELDS)),
    )  # fmt: skip
    calendar.delete()


@transaction.atomic
def add_holiday(
    calendar: BusinessCalendar, *, on: date, name: str, by: User | None, now: datetime
) -> Holiday:
    """Give everybody of a calendar a day off; a day that is known gets the name.

    Raises InvalidInput for an empty name, and where a calendar has too many days.
    """
    name = " ".join(name.split())
    if not name:
        raise InvalidInput(_("Give the day a name."), "name")
    calendar = BusinessCalendar.objects.select_for_update().get(pk=calendar.pk)
    _check_room(calendar, 1)
    holiday, _is_new = Holiday.objects.update_or_create(
        calendar=calendar, on=on, defaults={"name": name[:120]}
    )
    audit.record("calendar.add_day", calendar, by=by, now=now, after={"on": on, "name": name})
    return holiday


@transaction.atomic
def remove_holiday(holiday: Holiday, *, by: User | None, now: datetime) -> None:
    """Let a day off be a working day again."""
    before = {"on": holiday.on, "name": holiday.name}
    audit.record(
        "calendar.remove_day", holiday.calendar, by=by, now=now,
        before={name: audit.plain(value) for name, value in before.items()},
    )  # fmt: skip
    holiday.delete()


@transaction.atomic
def add_public_holidays(
    calendar: BusinessCalendar, *, year: int, by: User | None, now: datetime
) -> int:
    """Add the public holidays of the calendar's country in a year; returns how many were new.

    Days that are known keep their names. Raises InvalidInput without a country.
    """
    calendar = BusinessCalendar.objects.select_for_update().get(pk=calendar.pk)
    if not calendar.country:
        raise InvalidInput(_("Choose the country of this calendar first."), "country")
    known = set(calendar.holidays.values_list("on", flat=True))
    found = _public_holidays(calendar.country, year)
    rows = [Holiday(calendar=calendar, on=on, name=name) for on, name in found if on not in known]
    _check_room(calendar, len(rows))
    Holiday.objects.bulk_create(rows)
    if rows:
        after = {"year": year, "days": len(rows)}
        audit.record("calendar.add_days", calendar, by=by, now=now, after=after)
    return len(rows)


def countries() -> list[str]:
    """The two letters of the countries whose public holidays are known."""
    from holidays import list_supported_countries

    return sorted(list_supported_countries(include_aliases=False))


def _public_holidays(country: str, year: int) -> list[tuple[date, str]]:
    """Day and name, in the reader's language where the calendar of that country knows it."""
    from holidays import country_holidays

    language = (get_language() or "").replace("-", "_")
    found = country_holidays(country, years=year)
    known = {code.split("_")[0]: code for code in found.supported_languages}
    if chosen := known.get(language.split("_")[0]):
        found = country_holidays(country, years=year, language=chosen)
    return sorted((on, str(name)[:120]) for on, name in found.items() if on.year == year)


def _check_room(calendar: BusinessCalendar, more: int) -> None:
    if calendar.holidays.count() + more > MOST_HOLIDAYS:
        raise InvalidInput(_("This calendar is full. Remove days of past years first."))


def _checked(
    calendar: BusinessCalendar | None,
    *,
    name: str,
    weekdays: Sequence[int],
    opens: time,
    closes: time,
    time_zone: str = "",
    country: str = "",
) -> dict[str, Any]:
    name, country = " ".join(name.split()), country.upper()
    if not name:
        raise InvalidInput(_("Give the calendar a name."), "name")
    others = BusinessCalendar.objects.all()
    if calendar:
        others = others.exclude(pk=calendar.pk)
    if others.filter(name=name).exists():
        raise InvalidInput(_("There is a calendar of this name. Choose another one."), "name")
    days = sorted(set(weekdays))
    if not days or not set(days) <= set(range(7)):
        raise InvalidInput(_("Choose at least one working day."), "weekdays")
    if closes <= opens:
        raise InvalidInput(_("Choose a later end: the day ends before it begins."), "closes")
    if time_zone and time_zone not in available_timezones():
        raise InvalidInput(_("Choose one of the time zones."), "time_zone")
    if country and country not in countries():
        raise InvalidInput(_("Choose one of the countries."), "country")
    return {
        "name": name[:60], "weekdays": days, "opens": opens, "closes": closes,
        "time_zone": time_zone, "country": country,
    }  # fmt: skip


def _words(values: dict[str, Any]) -> dict[str, Any]:
    """Values as the audit holds them."""
    return {
        name: str(value) if isinstance(value, time) else value for name, value in values.items()
    }
