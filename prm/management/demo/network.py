"""The partners over time: who they are, since when, their tiers, contracts and months at work."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from prm.management.demo import cast, names, words
from prm.management.demo.plan import DAY, NULL, Array, Plan, even_luck

TYPE_SHARES = (0.42, 0.21, 0.13, 0.14, 0.10)
# how each type's business stood at the beginning and stands today: managed services rises
TYPE_THEN, TYPE_NOW = (1.18, 1.12, 0.5, 1.0, 0.7), (0.9, 0.95, 1.75, 1.0, 1.25)
TIER_CUTS = (0.46, 0.78, 0.94)  # Registered, Silver, Gold, Platinum by rank of weight
CAST_SHARE = 0.5  # of partner revenue, at the default size
DEFAULT_PARTNERS = 148
RAMP_MONTHS = 6
SEASON = np.array([0.92, 1.0, 1.08, 1.0, 1.0, 1.04, 0.9, 0.82, 1.08, 1.14, 1.1, 0.82])
PARTNER_GROWTH, VENDOR_GROWTH = 1.06, 1.06  # a year


@dataclass
class Network:
    """One place in each array for each partner; ``stints`` has one row for each contract."""

    name: list[str]
    type: Array
    tier: Array
    region: Array
    country: Array
    city: Array
    weight: Array
    joined: Array  # places in plan.work
    ended: Array  # NULL while the contract runs
    trend: Array
    turn: Array
    tier_before: Array  # NULL: let the dice decide
    manager: Array

    def __len__(self) -> int:
        return len(self.name)


@dataclass
class Stints:
    """One row for each contract: its partner, and where its months lie in ``plan.work``."""

    partner: Array
    starts: Array
    ends: Array
    low: Array  # [stint, month]: first working day of business
    high: Array  # … and the first one after it
    weight: Array  # [stint, month]: share of the business


def managers(partners: int) -> int:
    """How many channel managers look after so many partners."""
    return max(len(cast.MANAGERS), partners // 250)


def make_network(plan: Plan) -> Network:
    """The cast first, then as many invented partners as are wanted."""
    dice, n, known = plan.random("network"), plan.partners, len(cast.PARTNERS)
    rest = n - known
    kind = dice.choice(len(words.TYPES), rest, p=TYPE_SHARES)
    region = dice.choice(len(words.REGIONS), rest, p=np.array(words.REGION_SHARES) / 148)
    country, city = place_in_country(dice, region)
    weight = np.exp(dice.normal(0, 1.15, rest))
    rank = weight.argsort().argsort() / max(1, rest)
    joined, ended = _contract_days(plan, dice, rest)
    types = np.array(words.TYPES, object)[kind]
    share = CAST_SHARE * (DEFAULT_PARTNERS / n) ** 0.35
    told = np.array([role.weight for role in cast.PARTNERS])
    network = Network(
        name=names.partner_names(dice, types, {role.name for role in cast.PARTNERS}),
        type=kind,
        tier=np.searchsorted(TIER_CUTS, rank, "right"),
        region=region,
        country=country,
        city=city,
        weight=weight,
        joined=joined,
        ended=ended,
        trend=np.exp(dice.normal(0, 0.35, rest)),
        turn=dice.integers(6, 18, rest),
        tier_before=np.full(rest, NULL),
        manager=_managers_of(plan, dice, region),
    )
    _put_cast_first(plan, network, told / told.sum() * weight.sum() * share / (1 - share))
    return network


def place_in_country(dice: np.random.Generator, region: Array) -> tuple[Array, Array]:
    """A country and a city of each region, as text."""
    country = np.empty(len(region), object)
    city = np.empty(len(region), object)
    for number, name in enumerate(words.REGIONS):
        mine = np.flatnonzero(region == number)
        choices = words.COUNTRIES[name]
        shares = np.array([choice[1] for choice in choices], float)
        which = dice.choice(len(choices), len(mine), p=shares / shares.sum())
        for place, choice in enumerate(choices):
            here = mine[which == place]
            country[here] = choice[0]
            city[here] = np.array(choice[3], object)[dice.integers(0, len(choice[3]), len(here))]
    return country, city


def _contract_days(plan: Plan, dice: np.random.Generator, n: int) -> tuple[Array, Array]:
    """When each joined (before or during the years told), and when a few of them left."""
    today, start = np.datetime64(plan.last_day), np.datetime64(plan.first_day)
    span = int((today - start).astype(int))
    before = dice.random(n) < 0.62
    ago = span + dice.integers(30, 1500, n)
    ago[~before] = 6 + even_luck(dice, int((~before).sum())) * (span - 6)
    joined = plan.at_or_before(today - ago)
    leaves = (dice.random(n) < 0.03 * plan.years) & (ago > 420)
    stay = (dice.beta(1.6, 1.2, n) * (np.minimum(ago, span) - 200)).astype(int)
    left = today - stay
    ended = np.where(leaves, plan.at_or_before(left), NULL)
    return joined, ended


def _managers_of(plan: Plan, dice: np.random.Generator, region: Array) -> Array:
    """Each region has its managers; Elena Ward has partners everywhere."""
    count = managers(plan.partners)
    manager = (region + dice.integers(0, max(1, count // 4), len(region)) * 4) % (count - 1) + 1
    manager[dice.random(len(region)) < min(0.11, 16 / plan.partners)] = 0
    return manager


def _put_cast_first(plan: Plan, network: Network, weight: Array) -> None:
    today = np.datetime64(plan.last_day)
    oldest = np.datetime64(plan.work[0]) + 5
    roles = cast.PARTNERS
    first: dict[str, Array] = {
        "type": np.array([words.TYPES.index(role.type) for role in roles]),
        "tier": np.array([words.TIERS.index(role.tier) for role in roles]),
        "region": np.array([words.REGIONS.index(role.region) for role in roles]),
        "country": np.array([role.country for role in roles], object),
        "city": np.array([role.city for role in roles], object),
        "weight": weight,
        "joined": np.array(
            [plan.at_or_after(max(oldest, today - role.joined)) for role in roles]
        ).ravel(),
        "ended": np.array(
            [plan.at_or_before(today - role.ended) if role.ended else NULL for role in roles]
        ).ravel(),
        "trend": np.array([role.trend for role in roles]),
        "turn": np.array([role.turn for role in roles]),
        "tier_before": np.array(
            [words.TIERS.index(role.tier_before) if role.tier_before else NULL for role in roles]
        ),
        "manager": np.zeros(len(roles), int),
    }
    merged = np.datetime64(plan.last_day - timedelta(days=cast.MERGED_DAYS))
    first["ended"][cast.STUB] = plan.at_or_before(merged)
    for key, values in first.items():
        setattr(network, key, np.concatenate([values, getattr(network, key)]))
    network.name = [role.name for role in roles] + network.name


def make_stints(plan: Plan, network: Network) -> Stints:
    """All contracts, and how much business falls into each month of each."""
    dice, n = plan.random("stints"), len(network)
    partner, starts = np.arange(n), network.joined
    ends = np.where(network.ended == NULL, plan.last + 1, network.ended)
    again = ends + 290  # back after more than a year: a contract of its own
    back = np.flatnonzero((again < plan.last - 20) & (dice.random(n) < 0.25))
    back = back[back >= len(cast.PARTNERS)]
    partner = np.concatenate([partner, back])
    starts = np.concatenate([starts, again[back]])
    ends = np.concatenate([ends, np.full(len(back), plan.last + 1)])
    edges = plan.at_or_after(plan.months)
    low = np.maximum(edges[:-1], starts[:, None] + 3)
    high = np.minimum(edges[1:], np.minimum(ends[:, None], plan.last + 1))
    weight = _weights(plan, network, partner, starts, dice)
    weight *= np.maximum(0, high - low) / np.diff(edges)
    return Stints(partner, starts, ends, low, high, weight)


def _weights(
    plan: Plan, network: Network, partner: Array, starts: Array, dice: np.random.Generator
) -> Array:
    """Weight by month: own weight, ramp, type, own trend, season, growth, and some luck."""
    months = plan.months[:-1]
    count = len(months)
    then, now = np.array(TYPE_THEN)[network.type], np.array(TYPE_NOW)[network.type]
    age = np.linspace(0, 1, count)
    kind = then[:, None] + (now - then)[:, None] * age
    to_go = np.arange(count)[::-1]
    turned = np.clip(1 - to_go / network.turn[:, None], 0, 1)
    own = network.weight[:, None] * kind * network.trend[:, None] ** turned
    ramp = np.clip((np.arange(count) - _month_of(plan, starts)[:, None]) / RAMP_MONTHS, 0.05, 1)
    luck = dice.gamma(6, 1 / 6, (len(partner), count))
    weight: Array = own[partner] * ramp * luck * season(plan, PARTNER_GROWTH)
    return weight


def season(plan: Plan, growth: float) -> Array:
    """How much is begun in each month: the time of the year, and yearly growth."""
    months = plan.months[:-1].astype("datetime64[M]").astype(int)
    part_of_last = plan.at_or_after(plan.months[-1:])[0] - plan.at_or_after(plan.months[-2:-1])[0]
    whole = np.full(len(months), 1.0)
    whole[-1] = min(1.0, part_of_last / 21)
    weight: Array = SEASON[months % 12] * growth ** ((months - months[0]) / 12) * whole
    return weight


def _month_of(plan: Plan, places: Array) -> Array:
    days = plan.work[np.minimum(places, plan.last)]
    month: Array = np.searchsorted(plan.months, days.astype(DAY), "right") - 1
    return np.where(days < plan.months[0], -RAMP_MONTHS, month)
