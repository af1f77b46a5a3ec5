"""Registrations: approved ones behind the deals, refused ones, and the queue that is stuck."""

from dataclasses import dataclass

import numpy as np

from prm.management.demo import cast, words
from prm.management.demo.market import Market
from prm.management.demo.network import Network, Stints
from prm.management.demo.plan import NULL, Array, Plan, office_hours
from prm.management.demo.sales import Deals, amounts, decisions, draw_openings, nice

REJECTED_PART = 0.3  # refused registrations for one approved
QUEUE_PART = 1 / 30  # waiting ones for one partner
SUBMITTED, APPROVED, REJECTED = range(3)
STATES = np.array(("submitted", "approved", "rejected"), object)


@dataclass
class Registrations:
    """One place in each array for each registration; ``deal`` is NULL unless approved."""

    deal: Array
    partner: Array
    customer: Array
    state: Array
    submitted_at: Array
    decided_at: Array
    reason: Array
    amount: Array
    currency: Array
    product: Array

    def __len__(self) -> int:
        return len(self.deal)


def make_registrations(
    plan: Plan, network: Network, stints: Stints, market: Market, deals: Deals
) -> Registrations:
    """All registrations, in the order in which they came in."""
    dice = plan.random("registrations")
    parts = [
        _approved(deals),
        _rejected(plan, network, stints, market, int((~deals.is_direct).sum()), dice),
        _waiting(plan, network, market, dice),
    ]
    joined = Registrations(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in Registrations.__dataclass_fields__
        )
    )
    order = np.argsort(joined.submitted_at, kind="stable")
    return Registrations(*(values[order] for values in vars(joined).values()))


def _approved(deals: Deals) -> Registrations:
    mine = np.flatnonzero(~deals.is_direct)
    return Registrations(
        deal=mine,
        partner=deals.partner[mine],
        customer=deals.customer[mine],
        state=np.full(len(mine), APPROVED),
        submitted_at=deals.opened_at[mine],
        decided_at=deals.approved_at[mine],
        reason=np.full(len(mine), "", object),
        amount=deals.amount[mine],
        currency=deals.currency[mine],
        product=deals.product[mine],
    )


def _rejected(
    plan: Plan,
    network: Network,
    stints: Stints,
    market: Market,
    approved: int,
    dice: np.random.Generator,
) -> Registrations:
    n = int(approved * REJECTED_PART)
    which, place = draw_openings(stints, n, dice)
    partner = stints.partner[which]
    customer = market.customers_of(partner, network, dice)
    currency = market.currency[customer]
    decided = decisions(plan, partner, place, dice)
    # the evening of the day: always after the morning of submission
    return Registrations(
        deal=np.full(n, NULL),
        partner=partner,
        customer=customer,
        state=np.full(n, REJECTED),
        submitted_at=plan.instants(place, office_hours(dice, n, 8, 13)),
        decided_at=plan.instants(decided, office_hours(dice, n, 14, 18)),
        reason=np.array(words.REJECTIONS, object)[dice.integers(0, len(words.REJECTIONS), n)],
        amount=amounts(plan, network, market, partner, currency, place, dice),
        currency=currency,
        product=dice.integers(0, len(words.PRODUCTS), n),
    )


def _waiting(
    plan: Plan, network: Network, market: Market, dice: np.random.Generator
) -> Registrations:
    """The queue of the story, with four that are far too old, and more of them in a big world."""
    told = cast.QUEUE
    more = max(0, int(plan.partners * QUEUE_PART) - len(told))
    others = np.flatnonzero((network.ended == NULL) & (network.joined < plan.last - 60))
    others = others[others >= len(cast.PARTNERS)]
    others = dice.choice(others, more) if len(others) and more else np.empty(0, int)
    partner = np.concatenate([np.array([line[1] for line in told]), others])
    customer = market.customers_of(partner, network, dice)
    for place, line in enumerate(told):
        customer[place] = market.name_one(line[0], network, line[1], place)
    age = np.concatenate(
        [
            np.array([line[2] for line in told]),
            np.minimum(dice.geometric(0.35, len(others)) - 1, 40),
        ]
    )
    submitted = plan.last - np.minimum(age, plan.last)
    currency = market.currency[customer]
    amount = amounts(plan, network, market, partner, currency, submitted, dice)
    dollars = np.array([line[3] for line in told])
    days = plan.work[submitted[: len(told)]]
    amount[: len(told)] = nice(dollars / market.rate(currency[: len(told)], days))
    n = len(partner)
    return Registrations(
        deal=np.full(n, NULL),
        partner=partner,
        customer=customer,
        state=np.full(n, SUBMITTED),
        submitted_at=plan.instants(submitted, office_hours(dice, n, 8, 17)),
        decided_at=np.full(n, np.datetime64("NaT", "s")),
        reason=np.full(n, "", object),
        amount=amount,
        currency=currency,
        product=dice.integers(0, len(words.PRODUCTS), n),
    )
