"""From registered to won: how far the registrations of a period have come by its end."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

from django.utils.translation import gettext as _

from kpis.compare import Comparison
from kpis.store import Store, query
from partners.models import Stage
from prm.common import display
from prm.common.periods import Period

MOVED = 0.05  # a rate that differs by more from the other period is pointed out (guide 8)

# One row: how many registrations, worth how much, have come as far as step n (0: registered,
# 1: approved, then the stages in their order, the last one: won), by the end of the period.
# Active in a period: submitted before its end, and neither decided against nor closed before it.
# Amounts at the rate of the month; of closed deals the frozen one. What is asked of deals is what
# kpis_deal_registered holds, so that none is read which began later. num_nonnulls keeps the planner
# from reading all of them through the index of registrations.
REACHED = """
WITH active AS (
    SELECT
        deal.id AS deal_id,
        deal.stage_id,
        deal.state = 'won' AND deal.closed_on < %(end)s AS is_won,
        CASE WHEN deal.closed_on < %(end)s THEN deal.amount_rc
            ELSE deal.amount * rate.rate END AS amount
    FROM partners_deal AS deal
    LEFT JOIN kpis_monthrate AS rate
        ON rate.currency = deal.currency AND rate.month = %(month)s
    WHERE coalesce(deal.closed_on, 'infinity'::date) >= %(start)s
        AND coalesce(deal.approved_on, deal.opened_on) < %(end)s
        AND num_nonnulls(deal.registration_id) = 1
        AND deal.state <> 'void'
        AND deal.partner_id NOT IN (SELECT id FROM partners_partner WHERE is_test)
    UNION ALL
    SELECT NULL, NULL, false, registration.amount * rate.rate
    FROM (
        SELECT * FROM partners_registration WHERE state = 'submitted' AND decided_on IS NULL
        UNION ALL
        SELECT * FROM partners_registration
        WHERE decided_on >= %(start)s AND (decided_on >= %(end)s OR state = 'rejected')
    ) AS registration
    LEFT JOIN kpis_monthrate AS rate
        ON rate.currency = registration.currency AND rate.month = %(month)s
    WHERE registration.submitted_on < %(end)s
        AND registration.partner_id NOT IN (SELECT id FROM partners_partner WHERE is_test)
), reached AS (
    SELECT
        CASE
            WHEN active.is_won THEN %(won)s
            WHEN active.deal_id IS NULL THEN 0
            ELSE 1 + coalesce(greatest(history.place, CASE WHEN history.moved_later IS NOT TRUE
                THEN array_position(%(stages)s::bigint[], active.stage_id) END), 0)
        END AS step,
        active.amount
    FROM active
    LEFT JOIN LATERAL (
        SELECT
            max(array_position(%(stages)s::bigint[], event.stage_id))
                FILTER (WHERE event."on" < %(end)s) AS place,
            bool_or(event."on" >= %(end)s) AS moved_later
        FROM partners_dealstageevent AS event
        WHERE event.deal_id = active.deal_id AND NOT active.is_won
    ) AS history ON true
)
SELECT step, count(*), coalesce(sum(amount), 0) FROM reached GROUP BY step"""


@dataclass(frozen=True)
class FunnelStep:
    """A step of the funnel: how many came this far, and how many of the step before that is."""

    label: str
    number: int
    amount: Decimal
    share: float  # of all registrations, for the bar
    rate: str = ""  # of the step before, as shown
    change: str = ""  # what the rate was in the other period, if it moved
    tone: str = ""


@dataclass(frozen=True)
class Funnel:
    """The steps from registered to won, and the share that arrived."""

    steps: Sequence[FunnelStep]
    won_share: str


def stages() -> list[Stage]:
    """The stages between approved and won, in order.

    Stages that share a place (imported ones do, until somebody orders them) say nothing about how
    far a deal has come, and are left out.
    """
    known = list(Stage.objects.order_by("order"))
    places = [stage.order for stage in known]
    return [stage for stage in known if places.count(stage.order) == 1]


def funnel(store: Store, period: Period, against: Comparison | None) -> Funnel | None:
    """The funnel of a period; None without registrations.

    The rates of a closed one are compared with those of ``against``; a part of a period with a
    whole one never is.
    """
    between = stages()
    begun = store.begun(period) or period.months
    reached = _cumulated(period, between, begun[-1])
    if not reached[0][0]:
        return None
    rates: list[float | None] = [None, *_rates(reached)]
    earlier = rates
    if against and period.is_closed(store.now):
        other = against.period
        earlier = [None, *_rates(_cumulated(other, between, other.months[-1]))]
    labels = [_("Registered"), _("Approved"), *(stage.name for stage in between), _("Won")]
    steps = [
        _step(label, place, reached[0][0], rate, old)
        for label, place, rate, old in zip(labels, reached, rates, earlier, strict=True)
    ]
    return Funnel(steps, display.percent(reached[-1][0] / reached[0][0], 0))


def _step(
    label: str, place: tuple[int, Decimal], all_of_them: int, rate: float | None, old: float | None
) -> FunnelStep:
    number, amount = place
    step = FunnelStep(label, number, amount, number / all_of_them)
    if rate is None:
        return step
    step = replace(step, rate=display.percent(rate, 0))
    if old is None or abs(rate - old) <= MOVED:
        return step
    return replace(step, change=display.percent(old, 0), tone="warn" if rate < old else "good")


def _cumulated(period: Period, between: Sequence[Stage], month: date) -> list[tuple[int, Decimal]]:
    """(number, amount) of each step; who came further is counted in the earlier ones too."""
    won = len(between) + 2
    rows = query(
        REACHED,
        {
            "start": period.starts_on,
            "end": period.ends_on,
            "month": month,
            "stages": [stage.pk for stage in between],
            "won": won,
        },
    )
    at = {step: (number, amount) for step, number, amount in rows}
    return [
        (
            sum(number for step, (number, _amount) in at.items() if step >= least),
            sum((amount for step, (_n, amount) in at.items() if step >= least), Decimal(0)),
        )
        for least in range(won + 1)
    ]


def _rates(reached: Sequence[tuple[int, Decimal]]) -> list[float | None]:
    """Which share of each step went on to the next."""
    return [after[0] / step[0] if step[0] else None for step, after in pairwise(reached)]
