"""Changes what all figures rest on: time zone, currency, fiscal year, exchange rates.

What was stored under the old setting is computed anew by whoever hears of the change.
"""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from prm.common import audit, config, money
from prm.common.errors import Conflict, InvalidInput
from prm.common.imports.resources import facts_exist
from prm.common.models import FxRate, User
from prm.common.signals import calendar_changed, facts_changed, time_zone_changed

LARGEST = Decimal(10) ** 10


@transaction.atomic
def start_fiscal_year_in(month: int, *, by: User | None, now: datetime) -> bool:
    """Let the fiscal year begin in this month (1 to 12). Quarters and years are added up anew.

    Targets and baselines keep the name of their period, such as 2026-Q3. False: nothing changed.
    """
    changed = config.change_setting(config.FISCAL_START, str(month), by=by, now=now)
    if changed:
        calendar_changed.send(sender=None)
    return changed


@transaction.atomic
def move_to_time_zone(name: str, *, by: User | None, now: datetime) -> bool:
    """Let business days begin at midnight of another time zone. Days of facts are worked out anew.

    Raises InvalidInput for a zone that does not exist. False: nothing changed.
    """
    changed = config.change_setting(config.TIME_ZONE, name, by=by, now=now)
    if changed:
        time_zone_changed.send(sender=None, now=now)
    return changed


@transaction.atomic
def report_in(currency: str, *, by: User | None, now: datetime) -> bool:
    """Choose the reporting currency, while nothing is reckoned in another one yet.

    Raises Conflict once there are facts or rates: amounts of closed deals are frozen in it.
    """
    if currency == config.program().currency:
        return False
    if facts_exist():
        raise Conflict(
            _(
                "The amounts of closed deals are frozen in %(currency)s, so it stays. Another "
                "reporting currency needs an installation of its own."
            )
            % {"currency": config.program().currency}
        )
    if FxRate.objects.exists():
        raise Conflict(
            _("The exchange rates are stated in %(currency)s. Take back their import first.")
            % {"currency": config.program().currency}
        )
    return config.change_setting(config.CURRENCY, currency, by=by, now=now)


@transaction.atomic
def state_rate(
    currency: str, valid_from: date, rate: Decimal, *, by: User | None, now: datetime
) -> FxRate:
    """From this day on, one unit of ``currency`` is worth ``rate`` in the reporting currency.

    A rate of the same day is corrected. Closed deals keep the rate of their day; those that
    waited for one get it. Raises InvalidInput with the field.
    """
    own = config.program().currency
    if currency not in money.CURRENCIES:
        raise InvalidInput(_("Use three letters like USD."), "currency")
    if currency == own:
        raise InvalidInput(
            _("%(currency)s is the reporting currency: its rate is always 1.") % {"currency": own},
            "currency",
        )
    if not 0 < rate < LARGEST:
        raise InvalidInput(_("A rate is more than 0 and has at most 10 digits."), "rate")
    known = FxRate.objects.select_for_update().filter(currency=currency, valid_from=valid_from)
    row = known.first() or FxRate(currency=currency, valid_from=valid_from)
    before = {"rate": row.rate} if row.pk else {}
    row.rate = rate
    row.save()
    after = {"currency": currency, "valid_from": valid_from, "rate": rate}
    audit.record("fxrate.state", row, by=by, now=now, before=before, after=after)
    facts_changed.send(sender=None)
    return row
