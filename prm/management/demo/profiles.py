"""What each partner was when: tier, type, region, segment and manager, without gaps."""

from dataclasses import dataclass

import numpy as np

from prm.management.demo import cast, words
from prm.management.demo.network import Network
from prm.management.demo.plan import DAY, NULL, Array, Plan

RISES, FALLS = 0.16, 0.05  # at each half-yearly review
BECOMES_MANAGED = 0.05  # of the resellers, at one of the reviews
HANDOVER_DAYS = 410  # ago: the DACH partners went from their first manager to another
SEGMENT_SHARES = (0.4, 0.38, 0.22)


@dataclass
class Profiles:
    """One place in each array for each profile row; ``valid_to`` NaT: still."""

    partner: Array
    tier: Array
    type: Array
    region: Array
    segment: Array
    manager: Array
    valid_from: Array
    valid_to: Array


def make_profiles(plan: Plan, network: Network) -> Profiles:
    """Walk back from today's tier over the reviews; store a row where something changed."""
    dice, n = plan.random("profiles"), len(network)
    handover = np.datetime64(plan.last_day) - HANDOVER_DAYS
    edges = np.unique(np.concatenate([_reviews(plan), [handover]]))
    tier = _tiers(network, dice, len(edges) + 1)
    kind = _types(network, dice, len(edges) + 1)
    manager = np.repeat(network.manager[:, None], len(edges) + 1, axis=1)
    moved = network.region == words.REGIONS.index("DACH")
    before = np.flatnonzero(edges <= handover)[-1] + 1
    manager[np.ix_(moved & (network.manager > 0), np.arange(before))] = 1
    segment = dice.choice(len(words.SEGMENTS), n, p=SEGMENT_SHARES)
    joined = plan.work[network.joined].astype(DAY)
    ends = np.concatenate([edges, [np.datetime64("9999-01-01")]])
    alive = joined[:, None] < ends
    first = alive & ~np.concatenate([np.zeros((n, 1), bool), alive[:, :-1]], axis=1)
    changed = np.zeros_like(alive)
    for values in (tier, kind, manager):
        changed[:, 1:] |= values[:, 1:] != values[:, :-1]
    partner, part = np.nonzero(alive & (first | changed))
    begins = np.concatenate([[np.datetime64("0001-01-01")], edges])
    valid_from = np.maximum(begins[part], joined[partner])
    valid_to = np.full(len(partner), np.datetime64("NaT"), DAY)
    same = partner[1:] == partner[:-1]
    valid_to[:-1][same] = valid_from[1:][same]
    return Profiles(
        partner=partner,
        tier=tier[partner, part],
        type=kind[partner, part],
        region=network.region[partner],
        segment=segment[partner],
        manager=manager[partner, part],
        valid_from=valid_from,
        valid_to=valid_to,
    )


def _reviews(plan: Plan) -> Array:
    """Each 1 January and 1 July in the years told."""
    years = range(plan.first_day.year, plan.last_day.year + 1)
    days = np.array([f"{year}-{month:02}-01" for year in years for month in (1, 7)], DAY)
    inside: Array = days[(days > np.datetime64(plan.first_day)) & (days <= plan.last_day)]
    return inside


def _tiers(network: Network, dice: np.random.Generator, parts: int) -> Array:
    """Tiers by part of time: the last one is today's."""
    tier = np.empty((len(network), parts), int)
    tier[:, -1] = network.tier
    told = len(cast.PARTNERS)
    for part in range(parts - 2, -1, -1):
        luck = dice.random(len(network))
        step = np.where(luck < RISES, -1, np.where(luck > 1 - FALLS, 1, 0))
        step[:told] = 0
        tier[:, part] = np.clip(tier[:, part + 1] + step, 0, len(words.TIERS) - 1)
    risen = np.flatnonzero(network.tier_before != NULL)
    tier[risen, : max(1, parts - 2)] = network.tier_before[risen, None]
    return tier


def _types(network: Network, dice: np.random.Generator, parts: int) -> Array:
    """Types by part of time: some managed service providers of today were resellers before."""
    kind = np.repeat(network.type[:, None], parts, axis=1)
    managed, reseller = words.TYPES.index("Managed services"), words.TYPES.index("Reseller")
    luck = dice.random(len(network))
    luck[: len(cast.PARTNERS)] = 1.0
    since = dice.integers(1, max(2, parts), len(network))
    changed = (network.type == managed) & (luck < BECOMES_MANAGED * 5)
    before = np.arange(parts) < since[:, None]
    kind[changed[:, None] & before] = reseller
    return kind
