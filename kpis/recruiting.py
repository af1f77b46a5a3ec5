"""The recruiting funnel: from a visit of a form to first revenue, by source, with time and cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from kpis import stats
from kpis.store import query
from prm.common import display
from prm.common.config import Program
from prm.common.periods import Period, ending_with

COHORTS = 8  # quarters
SOON = 180  # days to first revenue that count as soon

# Of the applications sent in the period: how far they have come by now, and how long that took.
REACHED = """
    SELECT count(*),
        count(*) FILTER (WHERE confirmed_at IS NOT NULL),
        count(*) FILTER (WHERE state IN ('approved', 'rejected', 'withdrawn')),
        count(*) FILTER (WHERE state = 'approved'),
        percentile_cont(0.5) WITHIN GROUP (
            ORDER BY prm_local_day(confirmed_at) - applied_on)
            FILTER (WHERE confirmed_at IS NOT NULL),
        percentile_cont(0.5) WITHIN GROUP (
            ORDER BY decided_on - prm_local_day(confirmed_at))
            FILTER (WHERE state IN ('approved', 'rejected'))
    FROM partners_application WHERE applied_on >= %s AND applied_on < %s
"""
VISITS = """
    SELECT step, coalesce(sum(n), 0) FROM partners_visitcount
    WHERE day >= %s AND day < %s GROUP BY step
"""
# By source: visits, starts, applications and what became of them, and the costs of recruiting.
BY_SOURCE = """
    WITH visit AS (
        SELECT channel, sum(n) FILTER (WHERE step = 'visited') AS visited,
            sum(n) FILTER (WHERE step = 'started') AS started
        FROM partners_visitcount WHERE day >= %(start)s AND day < %(end)s GROUP BY channel
    ), sent AS (
        SELECT channel, count(*) AS submitted,
            count(*) FILTER (WHERE confirmed_at IS NOT NULL) AS confirmed,
            count(*) FILTER (WHERE state = 'approved') AS approved,
            count(*) FILTER (WHERE state = 'rejected') AS rejected,
            count(*) FILTER (WHERE state IN ('pending', 'returned')) AS waiting,
            avg(fit_score) AS fit,
            percentile_cont(0.5) WITHIN GROUP (
                ORDER BY decided_on - prm_local_day(confirmed_at))
                FILTER (WHERE state IN ('approved', 'rejected')) AS days
        FROM partners_application WHERE applied_on >= %(start)s AND applied_on < %(end)s
        GROUP BY channel
    ), spent AS (
        SELECT coalesce(nullif(channel, ''), '-') AS channel, sum(amount_rc) AS cost
        FROM partners_cost WHERE kind = 'recruiting' AND "on" >= %(start)s AND "on" < %(end)s
        GROUP BY 1
    )
    SELECT channel, coalesce(visited, 0), coalesce(started, 0), coalesce(submitted, 0),
        coalesce(confirmed, 0), coalesce(approved, 0), coalesce(rejected, 0),
        coalesce(waiting, 0), fit, days, cost
    FROM visit FULL JOIN sent USING (channel) FULL JOIN spent USING (channel)
    ORDER BY coalesce(submitted, 0) DESC, channel
"""
# Partners that came by an application, by the quarter of its approval: days to their first win.
# A record that is merged wins with its survivor.
FIRST_REVENUE = """
    SELECT application.decided_on, first.day - application.decided_on
    FROM partners_application AS application
    JOIN partners_partner AS partner ON partner.id = application.partner_id AND NOT partner.is_test
    LEFT JOIN LATERAL (
        SELECT min(deal.closed_on) AS day FROM partners_deal AS deal
        WHERE deal.partner_id IN (
                SELECT record.id FROM partners_partner AS record
                WHERE record.id = coalesce(partner.merged_into_id, partner.id)
                    OR record.merged_into_id = coalesce(partner.merged_into_id, partner.id)
            ) AND deal.state = 'won'
            AND deal.closed_on >= application.decided_on
    ) AS first ON true
    WHERE application.state = 'approved' AND application.decided_on >= %s
"""


@dataclass(frozen=True)
class Step:
    """A step: how many came this far, the share of the largest, of the step before, the time."""

    label: str
    number: int
    share: float
    rate: str = ""
    time: str = ""


@dataclass(frozen=True)
class SourceRow:
    """One source with all its numbers; cost and cost per approved in the reporting currency."""

    channel: str
    visited: int
    started: int
    submitted: int
    confirmed: int
    approved: int
    rejected: int
    waiting: int
    fit: Decimal | None
    days: float | None
    cost: Decimal | None

    @property
    def cost_each(self) -> Decimal | None:
        """What an approved application of this source cost."""
        return self.cost / self.approved if self.cost and self.approved else None


@dataclass(frozen=True)
class Cohort:
    """Partners approved in a quarter: how many have won, how soon; one still young says so."""

    label: str
    partners: int
    won: int
    soon: int
    median: float | None
    is_young: bool


def funnel_steps(period: Period) -> list[Step]:
    """From visited to approved; empty when nothing happened in the period."""
    days = (period.starts_on, period.ends_on)
    visits = {step: int(n) for step, n in query(VISITS, days)}
    sent, confirmed, decided, approved, to_confirm, to_decide = query(REACHED, days)[0]
    numbers = [
        (_("Visited"), visits.get("visited", 0), ""),
        (_("Started"), visits.get("started", 0), ""),
        (_("Sent"), sent, ""),
        (_("Confirmed"), confirmed, _days(to_confirm)),
        (_("Decided"), decided, _days(to_decide)),
        (_("Approved"), approved, ""),
    ]
    # visits are not counted for what another system took
    known = numbers if numbers[0][1] else numbers[2:]
    most = max(n for _label, n, _time in known)
    if not most:
        return []
    steps, before = [], 0
    for label, n, time in known:
        rate = display.percent(n / before, 0) if before else ""
        steps.append(Step(label, n, n / most, rate, time))
        before = n
    return steps


def _days(median: float | None) -> str:
    return "" if median is None else display.days(Decimal(str(round(median, 1))))


def by_source(period: Period) -> list[SourceRow]:
    """Each source with what came from it and what it cost; the one with most applications first."""
    rows = query(BY_SOURCE, {"start": period.starts_on, "end": period.ends_on})
    return [SourceRow(*row) for row in rows]


def cohorts(program: Program, last: Period, now: datetime) -> Sequence[Cohort]:
    """The last quarters of approvals with the time to first revenue, newest first."""
    quarters = ending_with(last, COHORTS, program)
    rows = query(FIRST_REVENUE, (quarters[0].starts_on,))
    today = program.local_date(now)
    found = []
    for quarter in reversed(quarters):
        own = [days for day, days in rows if quarter.starts_on <= day < quarter.ends_on]
        if not own:
            continue
        won = [days for days in own if days is not None]
        half = len(won) * 2 >= len(own)
        found.append(
            Cohort(
                quarter.key,
                len(own),
                len(won),
                sum(days <= SOON for days in won),
                _median(own) if half else None,
                (today - quarter.last_day).days < SOON,
            )
        )
    return found


def _median(days: Sequence[int | None]) -> float | None:
    """The median of all, where those without revenue yet come last; None if it is one of them."""
    far = 10**6
    known = stats.histogram((far if one is None else one, 1) for one in days)
    value = stats.median(known)
    return value if value is not None and value < far / 2 else None
