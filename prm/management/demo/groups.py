"""Dynamic segments of the demo world, worked out at the days of the story; one has a history.

All by the ordinary services. It needs figures and tiers.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max

from kpis import scopes
from kpis.segments import CellEvaluator
from kpis.services import set_target
from partners.models import DynamicSegment, LoginEvent, PartnerMerge
from partners.segments.ruledoc import from_json
from partners.segments.services import (
    archive_segment,
    change_segment,
    create_segment,
    record_members,
)
from prm.common import config, periods
from prm.common.models import User
from prm.management.demo import cast, words
from prm.management.demo.people import email_of

NET = "partner_sourced_revenue/net"
MONTHS_BACK = 6
SELLING = "Sellers of the quarter"


def are_there() -> bool:
    """Whether the segments were made already."""
    return DynamicSegment.objects.exists()


@transaction.atomic
def make_segments(now: datetime) -> int:
    """Segments as colleagues of three roles would make them; returns how many."""
    settings = config.program()
    last = LoginEvent.objects.aggregate(last=Max("on"))["last"]
    now = min(now, _noon(last or settings.local_date(now)))
    admin, elena, noor = (_person(place) for place in range(3))
    currency = settings.currency
    begun = _noon(settings.local_date(now) - timedelta(days=31 * MONTHS_BACK))
    selling = _made(
        SELLING, "Asked for references, invited to the customer day", noor, begun,
        {"all": [_kpi(NET, "last_3_months", "ge", "60000", currency),
                 {"field": "under_contract", "operator": "yes"}]},
        tells_manager=True,
    )  # fmt: skip
    months = [month.starts_on for month in settings.months]
    days = [day for day in months if settings.local_date(begun) < day < settings.local_date(now)]
    for at in (begun, *map(_noon, days)):
        CellEvaluator().refresh(selling, at)
    _merged_since(selling, now - timedelta(hours=3))
    CellEvaluator().refresh(selling, now)
    _others(elena, noor, now)
    old = _made(
        "Spring campaign", "Who got the campaign kit", admin, begun,
        {"all": [{"field": "type", "operator": "in", "values": ["Reseller"]},
                 _kpi(NET, "last_12_months", "ge", "100000", currency)]},
    )  # fmt: skip
    CellEvaluator().refresh(old, begun)
    archive_segment(old, by=admin, now=begun + timedelta(days=75))
    return DynamicSegment.objects.count()


def _merged_since(segment: DynamicSegment, now: datetime) -> None:
    """A record that was merged since was in it, as long as it stood for itself."""
    merged = PartnerMerge.objects.filter(undone_at=None).first()
    if merged is not None:
        inside = segment.stays.filter(valid_to=None).values_list("partner_id", flat=True)
        record_members(segment, {pk: [] for pk in (*inside, merged.stub_id)}, now=now)


def _others(elena: User, noor: User, now: datetime) -> None:
    """Segments without a history, and one whose rule was made stricter."""
    top = {"field": "tier", "operator": "in", "values": ["Gold", "Platinum"]}
    quiet = {"field": "last_sign_in", "operator": "not_last_days", "values": [14]}
    weak = _kpi("win_rate/partner", "last_12_months", "lt", "0.3")
    others: list[tuple[str, str, User, dict[str, Any]]] = [
        ("High tier, little going on", "A call before the tier is lost", elena,
         {"all": [top, {"any": [quiet, weak]}]}),
        ("Small and winning", "Candidates for the next tier", elena,
         {"all": [{"field": "tier", "operator": "in", "values": ["Registered", "Silver"]},
                  _kpi("win_rate/partner", "last_12_months", "ge", "0.1")]}),
        ("New or in onboarding", "Invited to the monthly welcome call", noor,
         {"any": [{"field": "onboarding", "operator": "in", "values": ["running"]},
                  {"field": "partner_since", "operator": "last_days", "values": [180]}]}),
    ]  # fmt: skip
    for name, purpose, by, rule in others:
        made = now - timedelta(hours=2)
        CellEvaluator().refresh(_made(name, purpose, by, made, rule), made)
    stricter = _kpi("win_rate/partner", "last_12_months", "ge", "0.4")
    rule = {"all": [others[1][3]["all"][0], stricter]}
    winning = DynamicSegment.objects.get(name=others[1][0])
    change_segment(winning, rule=from_json(rule), by=elena, now=now)
    CellEvaluator().refresh(winning, now)


def set_goal(now: datetime) -> None:
    """A target for the segment with a history: what its members shall bring this quarter."""
    segment = DynamicSegment.objects.get(name=SELLING)
    quarter = periods.current("quarter", now, config.program())
    scope = scopes.of_segment(segment).text
    set_target("partner_sourced_revenue", scope, quarter.key, Decimal(900_000),
               by=segment.owner, now=now)  # fmt: skip


def _made(
    name: str, purpose: str, by: User, now: datetime, rule: dict[str, Any], **more: bool
) -> DynamicSegment:
    return create_segment(
        name=name, purpose=purpose, rule=from_json(rule), by=by, now=now, **more
    )  # fmt: skip


def _kpi(key: str, period: str, operator: str, value: str, currency: str = "") -> dict[str, Any]:
    found = {"kpi": key, "period": period, "operator": operator, "value": value}
    return found | ({"currency": currency} if currency else {})


def _noon(day: date) -> datetime:
    return config.program().midnight(day) + timedelta(hours=12)


def _person(place: int) -> User:
    return User.objects.get(email=email_of(cast.STAFF[place][0], words.VENDOR_DOMAIN))
