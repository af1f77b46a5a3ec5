"""Draws the deals and registrations: who, when, how much, and how they end."""

from dataclasses import dataclass

import numpy as np

from prm.management.demo import cast, words
from prm.management.demo.market import Market
from prm.management.demo.network import VENDOR_GROWTH, Network, Stints, season
from prm.management.demo.plan import DAY, NULL, Array, Plan, even_luck, office_hours, shared_out

PARTNER_PART = 0.35  # of all deals; the vendor's own ones are larger
OPEN, WON, LOST, VOID = range(4)
STATES = np.array(("open", "won", "lost", "void"), object)
# medians in US dollars by type, and what the tier does to them
AMOUNTS, TIER_AMOUNT = (16_500, 24_000, 17_500, 11_000, 19_000), (0.85, 1.0, 1.12, 1.25)
DIRECT_AMOUNT, SPREAD, DIRECT_SPREAD = 25_500, 0.42, 0.5
PRICE_GROWTH = 1.06
CYCLE_THEN, CYCLE_NOW = 43, 33  # median days of partner deals
DIRECT_CYCLE_THEN, DIRECT_CYCLE_NOW = 54, 50
CYCLE_SPREAD, LOST_LATER, LONGEST = 0.52, 1.2, 300
SOONEST_CLOSE = 14  # days after opening
QUARTER_PULL, YEAR_PULL, PULL_DAYS = 0.38, 0.5, 48
NEVER = np.iinfo(np.int64).max


@dataclass
class Deals:
    """One place in each array for each deal, sorted by the day of opening."""

    partner: Array  # place in the network, NULL: direct
    customer: Array
    opened: Array  # places in plan.work
    decided: Array  # approval of the registration
    closed: Array  # NULL: open
    heading: Array  # where an open deal would close, past the last day
    expected: Array  # days
    opened_at: Array
    approved_at: Array
    closed_at: Array
    state: Array
    stage: Array  # the furthest one reached
    amount: Array  # NULL: unknown
    currency: Array
    product: Array
    is_co_sell: Array

    def __len__(self) -> int:
        return len(self.opened)

    @property
    def is_direct(self) -> Array:
        """Which ones the vendor found itself."""
        direct: Array = self.partner == NULL
        return direct


def draw_openings(stints: Stints, n: int, dice: np.random.Generator) -> tuple[Array, Array]:
    """``n`` times: which contract begins something, on which working day."""
    whiches, places = [], []
    for month, count in enumerate(shared_out(n, stints.weight.sum(axis=0)).tolist()):
        weight = stints.weight[:, month]
        which = np.repeat(np.arange(len(weight)), dice.multinomial(count, weight / weight.sum()))
        low, high = stints.low[which, month], stints.high[which, month]
        whiches.append(which)
        places.append(low + (dice.random(count) * (high - low)).astype(int))
    return np.concatenate(whiches), np.concatenate(places)


def draw_direct(plan: Plan, n: int, dice: np.random.Generator) -> Array:
    """The working days on which the vendor's own people begin ``n`` deals."""
    counts = shared_out(n, season(plan, VENDOR_GROWTH))
    month = np.repeat(np.arange(len(counts)), counts)
    edges = np.minimum(plan.at_or_after(plan.months), plan.last + 1)
    places: Array = edges[month] + (dice.random(n) * np.diff(edges)[month]).astype(int)
    return places


def make_deals(plan: Plan, network: Network, stints: Stints, market: Market) -> Deals:
    """All deals, exactly as many as the plan wants."""
    dice = plan.random("deals")
    sourced = int(plan.deals * PARTNER_PART)
    which, opened = draw_openings(stints, sourced, dice)
    partner = np.concatenate([stints.partner[which], np.full(plan.deals - sourced, NULL)])
    never = np.full(plan.deals - sourced, NEVER)
    ends = np.where(stints.ends > plan.last, NEVER, stints.ends)
    leaves = np.concatenate([ends[which], never])
    opened = np.concatenate([opened, draw_direct(plan, plan.deals - sourced, dice)])
    order = np.argsort(opened, kind="stable")
    partner, leaves, opened = partner[order], leaves[order], opened[order]
    customer = market.customers_of(partner, network, dice)
    currency = market.currency[customer]
    amount = amounts(plan, network, market, partner, currency, opened, dice)
    decided = decisions(plan, partner, opened, dice)
    closed, state = _ends(plan, network, partner, opened, decided, leaves, dice)
    deals = Deals(
        partner=partner,
        customer=customer,
        opened=opened,
        decided=decided,
        closed=np.where(state == OPEN, NULL, closed),
        heading=closed,
        expected=_expected(plan, opened, closed, state, dice),
        opened_at=np.empty(0),
        approved_at=np.empty(0),
        closed_at=np.empty(0),
        state=state,
        stage=_stages(plan, decided, closed, state, dice),
        amount=amount,
        currency=currency,
        product=dice.choice(len(words.PRODUCTS), plan.deals, p=(0.3, 0.27, 0.18, 0.15, 0.1)),
        is_co_sell=(partner != NULL) & (dice.random(plan.deals) < 0.14),
    )
    unknown = (state == OPEN) & (deals.stage < 2) & (dice.random(plan.deals) < 0.1)
    deals.amount[unknown] = NULL
    _set_clocks(plan, deals, dice)
    _forget_things(network, deals, dice)
    return deals


def decisions(plan: Plan, partner: Array, opened: Array, dice: np.random.Generator) -> Array:
    """The working day of the approval; direct deals need none."""
    wait = np.exp(dice.normal(0.15, 0.75, len(opened))).astype(int)
    decided: Array = np.minimum(opened + np.where(partner == NULL, 0, wait), plan.last)
    return decided


def _ends(
    plan: Plan,
    network: Network,
    partner: Array,
    opened: Array,
    decided: Array,
    leaves: Array,
    dice: np.random.Generator,
) -> tuple[Array, Array]:
    """The working day of the close (past the last one while open), and the state."""
    n, direct = len(opened), partner == NULL
    age = plan.age(plan.work[opened])
    median = np.where(
        direct,
        DIRECT_CYCLE_THEN + (DIRECT_CYCLE_NOW - DIRECT_CYCLE_THEN) * age,
        CYCLE_THEN + (CYCLE_NOW - CYCLE_THEN) * age,
    )
    days = median * np.exp(dice.normal(0, CYCLE_SPREAD, n))
    tier = np.where(direct, 0, network.tier[np.where(direct, 0, partner)])
    chance = np.where(direct, 0.315 + 0.01 * age, 0.40 + 0.04 * age + 0.022 * tier)
    in_time = np.argsort(plan.work[opened].astype(DAY) + days.astype(int), kind="stable")
    won = np.empty(n, bool)
    for side in (in_time[direct[in_time]], in_time[~direct[in_time]]):
        won[side] = even_luck(dice, len(side)) < chance[side]
    days = np.clip(days * np.where(won, 1.0, LOST_LATER), 3, LONGEST).astype(int)
    wanted = _pulled(plan.work[opened].astype(DAY) + days, won, dice)
    closed = np.maximum(plan.at_or_before(wanted), np.maximum(decided, opened) + 1)
    beyond = (wanted - np.datetime64(plan.last_day)).astype(int)
    closed = np.where(beyond > 0, plan.last + 1 + beyond * 5 // 7, closed)
    state = np.where(won, WON, LOST)
    state[dice.random(n) < 0.004] = VOID
    # the contract ended first; what a merged partner left goes on
    gone = (closed > leaves) & (partner != cast.STUB)
    closed = np.where(gone, np.maximum(leaves, decided + 1), closed)
    state[gone] = LOST
    state[closed > plan.last] = OPEN
    return closed, state


def _pulled(days: Array, won: Array, dice: np.random.Generator) -> Array:
    """Some closings move to the end of the quarter, more of them in December."""
    month = days.astype("datetime64[M]")
    number = month.astype(int) % 12
    ends = ((month + (3 - number % 3)).astype(DAY)) - 1
    near = (ends - days).astype(int) <= PULL_DAYS
    pull = np.where(number >= 9, YEAR_PULL, QUARTER_PULL) * np.where(won, 1.0, 0.6)
    moved = near & (dice.random(len(days)) < pull)
    final = ends - dice.integers(0, 8, len(days))
    pulled: Array = np.where(moved, np.maximum(days, final), days)
    return pulled


def _expected(
    plan: Plan, opened: Array, closed: Array, state: Array, dice: np.random.Generator
) -> Array:
    """The day on which the close was or is expected; a few open deals are overdue."""
    last = np.datetime64(plan.last_day)
    known = plan.work[np.minimum(closed, plan.last)] + dice.integers(-9, 14, len(closed))
    ahead = last + np.maximum(1, (closed - plan.last) * 7 // 5 + dice.integers(-4, 12, len(closed)))
    late = last - dice.integers(1, 40, len(closed))
    is_late = (dice.random(len(closed)) < 0.15) & (late > plan.work[opened] + SOONEST_CLOSE)
    guess = np.where(is_late, late, ahead)
    expected: Array = np.where(state == OPEN, guess, known)
    return expected


def _stages(
    plan: Plan, decided: Array, closed: Array, state: Array, dice: np.random.Generator
) -> Array:
    """The furthest stage: by time for open deals, anywhere for lost ones."""
    share = (plan.last - decided) / np.maximum(1, closed - decided)
    by_time = np.searchsorted((0.2, 0.5, 0.8), share, "right")
    lost = dice.choice(4, len(closed), p=(0.22, 0.33, 0.28, 0.17))
    stage: Array = np.where(state == OPEN, by_time, np.where(state == WON, 3, lost))
    return stage


def amounts(
    plan: Plan,
    network: Network,
    market: Market,
    partner: Array,
    currency: Array,
    opened: Array,
    dice: np.random.Generator,
) -> Array:
    """Amounts in the customer's currency, rounded as people round them."""
    n, direct = len(partner), partner == NULL
    who = np.where(direct, 0, partner)
    median = np.array(AMOUNTS)[network.type[who]] * np.array(TIER_AMOUNT)[network.tier[who]]
    median = np.where(direct, DIRECT_AMOUNT, median)
    spread = np.where(direct, DIRECT_SPREAD, SPREAD) * dice.normal(0, 1, n)
    years = (plan.work[opened] - np.datetime64(plan.first_day)).astype(int) / 365
    dollars = median * np.exp(spread) * PRICE_GROWTH**years
    return nice(dollars / market.rate(currency, plan.work[opened]))


def nice(amounts: Array) -> Array:
    """Whole amounts with two to three significant digits."""
    step = 10.0 ** np.floor(np.log10(np.maximum(amounts, 100)) - 1) / 2
    rounded: Array = np.maximum(np.round(amounts / step) * step, 50).astype(np.int64)
    return rounded


def _set_clocks(plan: Plan, deals: Deals, dice: np.random.Generator) -> None:
    """Opened in the morning, approved later, closed in the afternoon; always in that order."""
    n = len(deals)
    morning = office_hours(dice, n, 8, 12)
    deals.opened_at = plan.instants(deals.opened, morning)
    same_day = deals.decided == deals.opened
    later = np.where(same_day, morning + dice.integers(1200, 7200, n), office_hours(dice, n, 8, 14))
    approved = plan.instants(deals.decided, later)
    deals.approved_at = np.where(deals.is_direct, deals.opened_at, approved)
    places = np.where(deals.closed == NULL, plan.last, deals.closed)
    closed = plan.instants(places, office_hours(dice, n, 14, 18))
    deals.closed_at = np.where(deals.closed == NULL, np.datetime64("NaT"), closed)


def _forget_things(network: Network, deals: Deals, dice: np.random.Generator) -> None:
    """What people leave out: the day of opening, and the rate of a currency (the data problems)."""
    direct = np.flatnonzero(deals.is_direct & (deals.state != OPEN))
    forgotten = direct[dice.random(len(direct)) < 0.002]
    deals.opened_at[forgotten] = np.datetime64("NaT")
    pacific = network.region == words.REGIONS.index("Japan & Pacific")
    there = ~deals.is_direct & pacific[np.where(deals.is_direct, 0, deals.partner)]
    for state in (OPEN, WON):
        if len(known := np.flatnonzero(there & (deals.state == state) & (deals.amount != NULL))):
            deals.currency[known[-1]], deals.amount[known[-1]] = words.NO_RATE, 34_500
