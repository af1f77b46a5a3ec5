"""Settings that live in the database: time zone, currency, calendar, names, policies."""

from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from prm.common import audit, money
from prm.common.branding import colours
from prm.common.branding.rules import DEFAULT as OWN_COLOUR
from prm.common.errors import InvalidInput
from prm.common.models import FiscalMonth, Setting, User

TIME_ZONE, CURRENCY, EXPONENT = "program_time_zone", "report_currency", "report_exponent"
NAME, FISCAL_START, TOUCH_KINDS = "program_name", "fiscal_start_month", "material_touch_kinds"
HORIZON = "kpi_horizon"
BRAND_COLOR, BRAND_LOGO = "brand_color", "brand_logo"
# Written by the site itself; a person's wrong word in them would stop every write of a deal.
INTERNAL = frozenset({EXPONENT, HORIZON, BRAND_LOGO})
# All figures rest on them: they stand once there are facts.
FIXED = frozenset({TIME_ZONE, CURRENCY, EXPONENT, FISCAL_START})
MATERIAL_KINDS = "intro,workshop,poc,demo,integration_demo,exec_call,joint_call,discovery"


@dataclass(frozen=True)
class Program:
    """The installation's own settings, read in one query, and its calendar in another."""

    name: str
    time_zone: ZoneInfo
    currency: str
    fiscal_start_month: int
    material_touch_kinds: tuple[str, ...]
    brand_color: str
    brand_logo: str

    @cached_property
    def months(self) -> list[FiscalMonth]:
        """All fiscal months, oldest first."""
        return list(FiscalMonth.objects.order_by("n"))

    def local_date(self, at: datetime) -> date:
        """The business date of an instant: its day in the programme’s time zone."""
        return at.astimezone(self.time_zone).date()

    def midnight(self, day: date) -> datetime:
        """The instant at which a local day begins (DST safe)."""
        return datetime.combine(day, time.min, self.time_zone).astimezone(ZoneInfo("UTC"))


def defaults() -> dict[str, str]:
    """The first values of a new installation."""
    return {
        NAME: "PRM",
        TIME_ZONE: settings.PRM_TIME_ZONE,
        CURRENCY: settings.PRM_CURRENCY,
        EXPONENT: str(money.exponent(settings.PRM_CURRENCY)),
        FISCAL_START: "1",
        TOUCH_KINDS: MATERIAL_KINDS,
        BRAND_COLOR: OWN_COLOUR,
        BRAND_LOGO: "",
    }


_LAST: list[Program] = []


def remembered() -> Program | None:
    """The settings as this process read them last, for pages that cannot ask the database."""
    return _LAST[0] if _LAST else None


def program() -> Program:
    """Today's settings."""
    values = defaults() | dict(Setting.objects.values_list("key", "value"))
    found = Program(
        name=values[NAME],
        time_zone=ZoneInfo(values[TIME_ZONE]),
        currency=values[CURRENCY],
        fiscal_start_month=int(values[FISCAL_START]),
        material_touch_kinds=tuple(values[TOUCH_KINDS].split(",")),
        brand_color=values[BRAND_COLOR],
        brand_logo=values[BRAND_LOGO],
    )
    _LAST[:] = [found]
    return found


def checked(key: str, value: str) -> str:
    """``value`` as the setting ``key`` stores it. Raises InvalidInput with what to do."""
    value = value.strip()
    if key in INTERNAL:
        raise InvalidInput(
            _("The site works out %(key)s by itself. Leave it out.") % {"key": key}, key
        )
    if not value:
        raise InvalidInput(_("A setting has a value. Give one."), key)
    if key == TIME_ZONE and value not in available_timezones():
        raise InvalidInput(
            _("%(value)s is no time zone. Use a name like Europe/Berlin.") % {"value": value}, key
        )
    if key == CURRENCY and value not in money.CURRENCIES:
        raise InvalidInput(
            _("%(value)s is no currency code. Use three letters like EUR.") % {"value": value}, key
        )
    if key == FISCAL_START and value not in {str(month) for month in range(1, 13)}:
        raise InvalidInput(_("The fiscal year starts in a month from 1 to 12."), key)
    if key == BRAND_COLOR and not colours.is_hex(value):
        raise InvalidInput(
            _("%(value)s is no colour. Use six digits like #0F5E4D.") % {"value": value}, key
        )
    if key == TOUCH_KINDS:
        value = _word_list(value, key)
    return value


def _word_list(value: str, key: str) -> str:
    """Words with commas between and no blanks, as the database compares them."""
    words = [word.strip() for word in value.split(",")]
    if not all(words):
        raise InvalidInput(_("Write the kinds with commas between, like workshop,demo."), key)
    return ",".join(words)


@transaction.atomic
def change_setting(key: str, value: str, *, by: User | None, now: datetime) -> bool:
    """Store a setting that differs, with its audit. Raises InvalidInput. False: nothing changed."""
    return change_own(key, checked(key, value), by=by, now=now)


@transaction.atomic
def change_own(key: str, value: str, *, by: User | None, now: datetime) -> bool:
    """The same for a value that the site itself worked out, such as where the logo stands."""
    row = Setting.objects.select_for_update().filter(key=key).first()
    before = row.value if row else defaults().get(key, "")
    if before == value:
        return False
    _store(key, value)
    was, will_be = {"value": before}, {"value": value}
    thing = row or Setting(key=key)
    audit.record("setting.change", thing, by=by, now=now, before=was, after=will_be)
    return True


def put(key: str, value: str) -> None:
    """Store a setting without an audit. Raises InvalidInput."""
    _store(key, checked(key, value))


def _store(key: str, value: str) -> None:
    """Store a checked setting; the currency brings its number of decimals along."""
    rows = {key: value}
    if key == CURRENCY:
        rows[EXPONENT] = str(money.exponent(value))
    for name, text in rows.items():
        Setting.objects.update_or_create(key=name, defaults={"value": text})
    if key == FISCAL_START:
        from prm.common.periods import write_calendar

        write_calendar(int(value))
