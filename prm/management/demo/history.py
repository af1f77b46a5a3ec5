"""What happened along the deals: steps, second lives, touches, refunds and credits."""

from dataclasses import dataclass, fields

import numpy as np

from prm.management.demo import words
from prm.management.demo.market import Market
from prm.management.demo.network import Network
from prm.management.demo.plan import NULL, Array, Plan, office_hours
from prm.management.demo.sales import LOST, OPEN, WON, Deals, nice

STEP_SHARES = (0.0, 0.2, 0.5, 0.8)  # when a deal reaches a stage, as part of its way
TOUCHED_PART = 0.25
ADJUSTED_PART = 0.03
REOPENED_PART, REOPENED_DAYS = 0.02, 15
REFUND_AFTER = (25, 110)  # working days: later than the 30 days in which a refund voids a deal
RECENT_DEALS = 30  # another partner who helped is one who registered something lately


@dataclass
class Events:
    """One place in each array for each step."""

    deal: Array
    at: Array
    state: Array
    stage: Array
    amount: Array

    def take(self, places: Array) -> "Events":
        """The steps at these places."""
        return Events(*(getattr(self, field.name)[places] for field in fields(self)))


def make_events(plan: Plan, deals: Deals) -> Events:
    """The steps of each deal, in the order of time."""
    dice = plan.random("events")
    parts = _steps(plan, deals, dice) if plan.is_rich else _beginnings(deals)
    if plan.is_rich:
        parts += _second_lives(plan, deals, dice)
    ended = np.flatnonzero(deals.state != OPEN)
    parts.append(
        Events(
            ended,
            deals.closed_at[ended],
            deals.state[ended],
            deals.stage[ended],
            deals.amount[ended],
        )
    )
    all_events = Events(
        *(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Events))
    )
    return all_events.take(np.argsort(all_events.at, kind="stable"))


def _beginnings(deals: Deals) -> list[Events]:
    n = len(deals)
    stage = np.where(deals.state == OPEN, deals.stage, 1)
    return [Events(np.arange(n), deals.approved_at, np.full(n, OPEN), stage, deals.amount)]


def _steps(plan: Plan, deals: Deals, dice: np.random.Generator) -> list[Events]:
    """A step for each stage that a deal reached; early ones with an earlier guess of the amount."""
    parts, previous = [], deals.approved_at
    guess = np.where(deals.amount == NULL, 1, deals.amount) * np.exp(
        dice.normal(0, 0.12, len(deals))
    )
    for stage, share in enumerate(STEP_SHARES):
        at = previous
        if stage:
            place = deals.decided + ((deals.heading - deals.decided) * share).astype(int)
            hours = office_hours(dice, len(deals), 9, 14)
            at = np.maximum(plan.instants(np.minimum(place, plan.last), hours), previous + 60)
            at = np.where(np.isnat(deals.closed_at), at, np.minimum(at, deals.closed_at - 60))
        mine = np.flatnonzero(deals.stage >= stage)
        is_guess = (deals.amount != NULL) & (deals.stage > stage) & (stage < 2)
        amount = np.where(is_guess, nice(guess), deals.amount)[mine]
        parts.append(
            Events(mine, at[mine], np.full(len(mine), OPEN), np.full(len(mine), stage), amount)
        )
        previous = at
    return parts


def _second_lives(plan: Plan, deals: Deals, dice: np.random.Generator) -> list[Events]:
    """Some deals that got far had been given up in between: lost, then opened again."""
    way = deals.heading - deals.decided
    lucky = dice.random(len(deals)) < REOPENED_PART
    mine = np.flatnonzero(lucky & (deals.stage == len(words.STAGES) - 1) & (way > REOPENED_DAYS))
    mine = mine[deals.state[mine] != OPEN]
    parts = []
    for share, state in ((0.58, LOST), (0.74, OPEN)):
        place = deals.decided[mine] + (way[mine] * share).astype(int)
        at = plan.instants(place, office_hours(dice, len(mine), 9, 14))
        stage = np.full(len(mine), 2)
        parts.append(Events(mine, at, np.full(len(mine), state), stage, deals.amount[mine]))
    return parts


@dataclass
class Touches:
    """One place in each array for each touch; partner NULL: the vendor's own people."""

    deal: Array
    partner: Array
    at: Array
    kind: Array
    anchor: Array


def make_touches(plan: Plan, network: Network, market: Market, deals: Deals) -> Touches:
    """Who helped: one deal in four has one to four touches."""
    dice = plan.random("touches")
    touched = np.flatnonzero(dice.random(len(deals)) < TOUCHED_PART)
    deal = np.repeat(touched, np.minimum(1 + dice.poisson(0.7, len(touched)), 4))
    first = np.concatenate([[True], deal[1:] != deal[:-1]]) if len(deal) else np.zeros(0, bool)
    until = np.minimum(deals.heading[deal], plan.last)
    place = deals.opened[deal] + (dice.random(len(deal)) * (until - deals.opened[deal])).astype(int)
    at = plan.instants(place, office_hours(dice, len(deal), 9, 14))
    at = np.fmax(at, deals.opened_at[deal])
    other = _partner_near(network, market, deals, deal, place, dice)
    own = deals.partner[deal]
    luck = dice.random(len(deal))
    ours = np.where(luck < 0.68, own, np.where(luck < 0.88, NULL, other))
    partner = np.where(own == NULL, np.where(luck < 0.62, other, NULL), ours)
    # a joint deal has the vendor's people in it
    partner = np.where(deals.is_co_sell[deal] & first, NULL, partner)
    kind = dice.choice(
        len(words.TOUCHES), len(deal), p=(0.24, 0.1, 0.09, 0.2, 0.08, 0.1, 0.09, 0.1)
    )
    anchor = np.where(first & (dice.random(len(deal)) < 0.6), "opportunity_creation", "")
    order = np.argsort(at, kind="stable")
    return Touches(deal[order], partner[order], at[order], kind[order], anchor[order])


def _partner_near(
    network: Network,
    market: Market,
    deals: Deals,
    deal: Array,
    place: Array,
    dice: np.random.Generator,
) -> Array:
    """For each touch a partner of the customer's region that was at work then, or NULL."""
    sourced = np.flatnonzero(~deals.is_direct)
    home = network.region[deals.partner[sourced]]
    wanted = market.region[deals.customer[deal]]
    found = np.full(len(deal), NULL)
    for region in range(len(words.REGIONS)):
        known, mine = sourced[home == region], np.flatnonzero(wanted == region)
        if not len(known) or not len(mine):
            continue
        last = np.searchsorted(deals.opened[known], place[mine], "right") - 1
        last = last - dice.integers(0, RECENT_DEALS, len(mine))
        who = deals.partner[known[np.maximum(last, 0)]]
        left = np.where(network.ended[who] == NULL, np.iinfo(np.int64).max, network.ended[who])
        at_work = (last >= 0) & (left > place[mine])
        found[mine] = np.where(at_work, who, NULL)
    return found


@dataclass
class Adjustments:
    """One place in each array for each refund or credit."""

    deal: Array
    at: Array
    kind: Array
    amount: Array


def make_adjustments(plan: Plan, deals: Deals) -> Adjustments:
    """A few won deals are refunded or credited in part, months later."""
    dice = plan.random("adjustments")
    won = (deals.state == WON) & (dice.random(len(deals)) < ADJUSTED_PART)
    place = np.where(won, deals.heading, 0) + dice.integers(*REFUND_AFTER, len(deals))
    deal = np.flatnonzero(won & (place <= plan.last))
    is_credit = dice.random(len(deal)) < 0.4
    share = np.where(
        is_credit, dice.uniform(0.03, 0.1, len(deal)), dice.uniform(0.1, 0.4, len(deal))
    )
    amount = np.minimum(nice(deals.amount[deal] * share), deals.amount[deal] // 2)
    at = plan.instants(place[deal], office_hours(dice, len(deal), 9, 17))
    kind = np.where(is_credit, "credit", "refund")
    order = np.argsort(at, kind="stable")
    return Adjustments(deal[order], at[order], kind[order], -np.maximum(amount, 1)[order])
