"""Targets and baselines: the year before is the baseline, a step better than that the target."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.db import transaction

from kpis import scopes, values
from kpis.definitions import KPIS
from kpis.models import Target
from kpis.result import Result
from kpis.services import set_baseline, set_target
from partners.models import Partner
from prm.common import config, periods
from prm.common.models import User
from prm.common.periods import Period
from prm.management.demo import cast, words
from prm.management.demo.people import email_of

STATED_BEFORE = timedelta(days=20)  # targets are stated before their period begins
PERIODS = (("quarter", 9), ("year", 2), ("t12m", 2))
MONTHS = 13
BY_PART_QUARTERS = 5
REVENUE = "partner_sourced_revenue"


@dataclass(frozen=True)
class Aim:
    """How much better a KPI shall be than a year before, in steps that people would choose."""

    key: str
    factor: str
    step: str
    most: str = ""


AIMS = (
    Aim(REVENUE, "1.14", "5000"),
    Aim("joint_revenue", "1.12", "5000"),
    Aim("partner_pipeline_open", "1.15", "5000"),
    Aim("average_deal_size", "1.04", "500"),
    Aim("partner_sourced_share", "1.07", "0.005", "0.6"),
    Aim("win_rate", "1.03", "0.01", "0.6"),
    Aim("revenue_generating_partner_rate", "1.08", "0.01", "0.9"),
    Aim("partner_login_rate", "1.06", "0.01", "0.9"),
    Aim("time_to_close", "0.96", "1"),
    Aim("active_partners", "1.06", "1"),
    Aim("new_partners_recruited", "1.1", "1"),
    Aim("revenue_concentration_hhi", "0.95", "50"),
)


def are_set() -> bool:
    """Whether somebody stated targets already."""
    return Target.objects.exists()


@transaction.atomic
def set_goals(now: datetime) -> int:
    """State targets and baselines of the programme, its parts and the story's partners.

    Returns how many. All figures must be up to date: rebuild first.
    """
    noor = User.objects.get(email=email_of(cast.STAFF[2][0], words.VENDOR_DOMAIN))
    count = 0
    for aim in AIMS:
        for kind, back in PERIODS:
            count += _state(aim, "program", kind, back, noor, now)
        count += _months(aim, noor, now)
    parts = [f"type:{name}" for name in words.TYPES]
    parts += [f"region:{name}" for name in words.REGIONS]
    partners = Partner.objects.surviving().filter(name__in=[role.name for role in cast.PARTNERS])
    parts += [scopes.of_partner(partner).text for partner in partners.order_by("pk")]
    for scope in parts:
        count += _state(AIMS[0], scope, "quarter", BY_PART_QUARTERS, noor, now)
    return count


def _state(aim: Aim, scope: str, kind: str, back: int, by: User, now: datetime) -> int:
    settings = config.program()
    current = periods.current(kind, now, settings)
    wanted = periods.ending_with(current, back, settings)
    before = values.series(
        aim.key, end=periods.year_before(current, settings), count=back, scope=scope, now=now
    )
    count = 0
    for period, base in _with_history(wanted, before):
        baseline = Decimal(str(base.value))
        at = period.starts_at - STATED_BEFORE
        target = _target(aim, baseline)
        text = scopes.parse(scope).text
        set_baseline(aim.key, text, period.key, baseline, by=by, now=at)
        set_target(aim.key, text, period.key, target, by=by, now=at)
        count += 2
    return count


def _months(aim: Aim, by: User, now: datetime) -> int:
    """A month has its quarter's target, or a third of it where months add up."""
    settings = config.program()
    month = periods.current("month", now, settings)
    base = values.series(
        aim.key, end=periods.year_before(month, settings), count=MONTHS, scope="program", now=now
    )
    parts = 3 if KPIS[aim.key].aggregation == "SUM" else 1
    known = Target.objects.filter(kpi=aim.key, scope="program")
    quarters = dict(known.values_list("period", "value"))
    count = 0
    for period, before in zip(periods.ending_with(month, MONTHS, settings), base, strict=True):
        quarter = quarters.get(periods.containing("quarter", period.starts_on, settings).key)
        if quarter is None:
            continue
        at = period.starts_at - STATED_BEFORE
        set_target(aim.key, "program", period.key, _stepped(quarter / parts, aim), by=by, now=at)
        if before.value is not None:
            baseline = Decimal(str(before.value))
            set_baseline(aim.key, "program", period.key, baseline, by=by, now=at)
        count += 2
    return count


def _with_history(wanted: list[Period], before: list[Result]) -> Iterable[tuple[Period, Result]]:
    """The periods whose year before had business."""
    pairs = zip(wanted, before, strict=True)
    return ((period, base) for period, base in pairs if base.value is not None and base.value > 0)


def _target(aim: Aim, baseline: Decimal) -> Decimal:
    target = _stepped(baseline * Decimal(aim.factor), aim)
    return min(target, Decimal(aim.most)) if aim.most else target


def _stepped(value: Decimal, aim: Aim) -> Decimal:
    step = Decimal(aim.step)
    return max((value / step).quantize(Decimal(1), rounding=ROUND_HALF_UP), Decimal(1)) * step
