"""Which calendar counts, and who may read calendars."""

from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from prm.common import access, config
from prm.common.access import Actor
from prm.common.calendars.models import BusinessCalendar, Holiday
from prm.common.calendars.rules import WorkingTime
from prm.common.countries import code_of


@access.rows_of(BusinessCalendar)
def calendars_of(actor: Actor) -> QuerySet[BusinessCalendar]:
    """The vendor's people read all of them; partners see the deadlines, not the calendars."""
    known = BusinessCalendar.objects.all()
    return known if actor.is_staff else known.none()


@access.rows_of(Holiday)
def holidays_of(actor: Actor) -> QuerySet[Holiday]:
    """The days off of the calendars that one may read."""
    return Holiday.objects.filter(calendar__in=calendars_of(actor))


def usual() -> BusinessCalendar:
    """The calendar that counts where no other does.

    Until one is made: Monday to Friday from 9 to 17 in the programme's time zone, no holidays.
    """
    return BusinessCalendar.objects.filter(is_default=True).first() or BusinessCalendar()


def of_country(country: str) -> BusinessCalendar:
    """The calendar of a country (its two letters or its English name), else the usual one."""
    code = code_of(country)
    known = BusinessCalendar.objects.filter(country=code) if code else None
    return (known and known.order_by("name").first()) or usual()


def working_time(calendar: BusinessCalendar) -> WorkingTime:
    """The calendar for sums over business days and hours, with its holidays, in one query."""
    zone = ZoneInfo(calendar.time_zone) if calendar.time_zone else config.program().time_zone
    days = calendar.holidays.values_list("on", flat=True) if calendar.pk else ()
    return WorkingTime(
        frozenset(calendar.weekdays), calendar.opens, calendar.closes, zone, frozenset(days)
    )
