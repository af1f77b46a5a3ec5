"""Customers and exchange rates."""

from dataclasses import dataclass

import numpy as np

from prm.management.demo import names, words
from prm.management.demo.network import Network, place_in_country
from prm.management.demo.plan import DAY, NULL, Array, Plan

CUSTOMERS_PER_DEAL = 0.3
NEIGHBOURS = 14  # how many customers a small partner works with
SEGMENT_SHARES = (0.45, 0.36, 0.19)
MONEY_OF = {row[0]: row[2] for rows in words.COUNTRIES.values() for row in rows}


@dataclass
class Market:
    """One place in each array for each customer, region after region; rates by month."""

    name: Array
    region: Array
    country: Array
    city: Array
    segment: Array
    currency: Array
    first_of_region: Array  # and, last, the number of customers
    codes: tuple[str, ...]
    rate_months: Array
    rates: Array  # [currency, month], in dollars

    def rate(self, currency: Array, days: Array) -> Array:
        """One unit of each currency in dollars on each day."""
        month = np.searchsorted(self.rate_months, days, "right") - 1
        known = {code: row for row, code in enumerate(self.codes)}
        which = np.array([known.get(code, NULL) for code in currency.tolist()])
        rate = self.rates[np.maximum(which, 0), np.maximum(month, 0)]
        return np.where(which == NULL, 1.0, rate)

    def customers_of(self, partner: Array, network: Network, dice: np.random.Generator) -> Array:
        """A customer for each deal: near by for a partner's, anywhere for a direct one."""
        direct = partner == NULL
        who = np.where(direct, 0, partner)
        region = network.region[who]
        first = self.first_of_region[region]
        count = self.first_of_region[region + 1] - first
        deals_of = np.bincount(who[~direct], minlength=len(network))
        circle = np.maximum(NEIGHBOURS, deals_of // 2)[who]
        home = dice.random(len(network))[who] * count
        place = first + (home + dice.random(len(who)) ** 1.5 * circle).astype(int) % count
        anywhere = (dice.random(len(who)) * len(self.name)).astype(int)
        chosen: Array = np.where(direct, anywhere, place)
        return chosen

    def name_one(self, name: str, network: Network, partner: int, nth: int) -> int:
        """Give a customer near a partner a name of the story; returns its place."""
        region = int(network.region[partner])
        first, after = self.first_of_region[region : region + 2].tolist()
        place = int(min(first + nth, after - 1))
        country = network.country[partner]
        self.name[place], self.country[place] = name, country
        self.city[place] = network.city[partner]
        self.currency[place] = MONEY_OF[country]
        return place


def make_market(plan: Plan) -> Market:
    """Customers in the partners' regions, and a rate for the first of each month."""
    dice = plan.random("market")
    n = max(40, int(plan.deals * CUSTOMERS_PER_DEAL))
    shares = np.array(words.REGION_SHARES) / sum(words.REGION_SHARES)
    region = np.sort(dice.choice(len(words.REGIONS), n, p=shares))
    region[: len(words.REGIONS)] = np.arange(len(words.REGIONS))
    region.sort()
    country, city = place_in_country(dice, region)
    codes, months, rates = _rates(plan, dice)
    return Market(
        name=names.customer_names(dice, n, city),
        region=region,
        country=country,
        city=city,
        segment=dice.choice(len(words.SEGMENTS), n, p=SEGMENT_SHARES),
        currency=np.array([MONEY_OF[name] for name in country.tolist()], object),
        first_of_region=np.searchsorted(region, np.arange(len(words.REGIONS) + 1)),
        codes=codes,
        rate_months=months,
        rates=rates,
    )


def _rates(plan: Plan, dice: np.random.Generator) -> tuple[tuple[str, ...], Array, Array]:
    """Rates that wander by about 1.3 % a month and are pulled back to where they began."""
    months = np.arange(
        np.datetime64(plan.first_day, "M"), np.datetime64(plan.last_day, "M") + 1
    ).astype(DAY)
    codes = tuple(words.RATES)
    steps = dice.normal(0, 0.013, (len(codes), len(months)))
    drift = np.zeros(len(codes))
    walk = []
    for step in steps.T:
        drift = 0.93 * drift + step
        walk.append(drift)
    rates = np.array(list(words.RATES.values()))[:, None] * np.exp(np.array(walk).T)
    return codes, months, np.round(rates, 6)
