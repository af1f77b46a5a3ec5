"""From drawn arrays to table rows: which array feeds which column."""

import numpy as np

from prm.management.demo import cast, words
from prm.management.demo.history import Adjustments, Events, Touches
from prm.management.demo.market import Market
from prm.management.demo.network import Network, Stints
from prm.management.demo.people import Logins, People, domain_of
from prm.management.demo.plan import DAY, NULL, SECOND, Array, Plan, office_hours
from prm.management.demo.profiles import Profiles
from prm.management.demo.registering import STATES as REGISTRATION_STATES
from prm.management.demo.registering import Registrations
from prm.management.demo.sales import STATES, Deals
from prm.management.demo.store import Columns, Store, numbered

SOURCE = "demo"
PARENT_PART = 0.14  # of the resellers buy through a distributor


def named(words_: tuple[str, ...], numbers: Array) -> Array:
    """The words behind numbers."""
    texts: Array = np.array(words_, object)[numbers]
    return texts


def picked(ids: Array, places: Array) -> Array:
    """The ids at these places; an empty place stays empty."""
    chosen: Array = np.where(places == NULL, NULL, ids[np.where(places == NULL, 0, places)])
    return chosen


def days(plan: Plan, places: Array) -> Array:
    """Dates of places in the calendar; past its end: none."""
    inside = (places != NULL) & (places <= plan.last)
    dates = plan.work[np.where(inside, places, 0)].astype(DAY)
    written: Array = np.where(inside, dates, np.datetime64("NaT", "D"))
    return written


class Writer:
    """Writes the tables in the order of their foreign keys and keeps the ids."""

    def __init__(self, plan: Plan, store: Store, managers: list[int], stages: list[int]) -> None:
        self.plan, self.store = plan, store
        self.managers, self.stages = np.array(managers), np.array(stages)

    def _rows(self, table: str, prefix: str, label: str, at: Array, columns: Columns) -> None:
        source = {"source": SOURCE, "external_id": numbered(prefix, len(at))}
        self.store.rows(table, label, source | columns, at)

    def rates(self, market: Market) -> None:
        """The rates of each month."""
        count = len(market.rate_months)
        self.store.rows(
            "common_fxrate",
            "exchange rates",
            {
                "currency": np.repeat(np.array(market.codes, object), count),
                "valid_from": np.tile(market.rate_months, len(market.codes)),
                "rate": np.char.mod("%.6f", market.rates.ravel()),
                "source": SOURCE,
                "external_id": "",
            },
        )

    def partners(self, network: Network) -> None:
        """Partners; some resellers have a distributor."""
        plan, n = self.plan, len(network)
        self.partner_ids = self.store.ids("partners_partner", n)
        dice = plan.random("partners")
        joined_at = plan.instants(network.joined, office_hours(dice, n, 7, 8))
        sells = network.type == words.TYPES.index("Reseller")
        best = network.tier == len(words.TIERS) - 1
        parent = np.full(n, NULL)
        for region in range(len(words.REGIONS)):
            shops = np.flatnonzero(best & sells & (network.region == region))
            mine = (network.region == region) & sells & ~best
            if len(shops):
                mine &= dice.random(n) < PARENT_PART
                parent[mine] = shops[dice.integers(0, len(shops), int(mine.sum()))]
        self._rows(
            "partners_partner",
            "P",
            "partners",
            joined_at,
            {
                "id": self.partner_ids,
                "name": np.array(network.name, object),
                "domain": np.array([domain_of(name) for name in network.name], object),
                "country": network.country,
                "city": network.city,
                "parent_id": picked(self.partner_ids, parent),
                "created_at": joined_at,
            },
        )

    def profiles(self, profiles: Profiles) -> None:
        """What each partner was when."""
        self._rows(
            "partners_partnerprofile",
            "PP",
            "profile rows",
            profiles.valid_from.astype(SECOND),
            {
                "partner_id": self.partner_ids[profiles.partner],
                "type": named(words.TYPES, profiles.type),
                "tier": named(words.TIERS, profiles.tier),
                "region": named(words.REGIONS, profiles.region),
                "segment": named(words.SEGMENTS, profiles.segment),
                "manager_id": self.managers[profiles.manager],
                "valid_from": profiles.valid_from,
                "valid_to": profiles.valid_to,
            },
        )

    def contracts(self, stints: Stints) -> None:
        """Agreements; most are running."""
        dice = self.plan.random("contracts")
        starts, ends = days(self.plan, stints.starts), days(self.plan, stints.ends)
        why = named(words.END_REASONS, dice.choice(4, len(starts), p=(0.48, 0.24, 0.14, 0.14)))
        reason = np.where(np.isnat(ends), "", why)
        reason[stints.partner == cast.STUB] = "merged"
        self._rows(
            "partners_contract",
            "K",
            "contracts",
            starts.astype(SECOND),
            {
                "partner_id": self.partner_ids[stints.partner],
                "starts_on": starts,
                "ends_on": ends,
                "end_reason": reason,
            },
        )

    def people(self, people: People) -> None:
        """People of partners, and where they belong."""
        ids = self.store.ids("common_user", len(people))
        self.store.rows(
            "common_user",
            "people of partners",
            {
                "id": ids,
                "password": np.array(people.password, object),
                "is_superuser": np.zeros(len(people), bool),
                "email": np.array(people.email, object),
                "name": np.array(people.name, object),
                "staff_role": "",
                "is_staff": np.zeros(len(people), bool),
                "is_active": people.is_active,
                "joined_at": people.since_at,
            },
            people.since_at,
        )
        self.membership_ids = self.store.ids("partners_membership", len(people))
        self._rows(
            "partners_membership",
            "M",
            "memberships",
            people.since_at,
            {
                "id": self.membership_ids,
                "partner_id": self.partner_ids[people.partner],
                "user_id": ids,
                "roles": np.array(people.roles, object),
                "is_active": people.is_active,
                "created_at": people.since_at,
            },
        )

    def logins(self, logins: Logins, people: People) -> None:
        """Who signed in when."""
        self._rows(
            "partners_loginevent",
            "L",
            "sign-ins",
            logins.at,
            {
                "partner_id": self.partner_ids[people.partner[logins.person]],
                "membership_id": self.membership_ids[logins.person],
                "at": logins.at,
                "impersonated": logins.is_impersonated,
            },
        )

    def customers(self, market: Market) -> None:
        """End customers."""
        n = len(market.name)
        self.market = market
        self.customer_ids = self.store.ids("partners_customer", n)
        self._rows(
            "partners_customer",
            "C",
            "customers",
            np.full(n, np.datetime64(self.plan.first_day, "s")),
            {
                "id": self.customer_ids,
                "name": market.name,
                "region": named(words.REGIONS, market.region),
                "segment": named(words.SEGMENTS, market.segment),
                "country": market.country,
            },
        )

    def _titles(self, customer: Array, product: Array) -> Array:
        which = (customer * len(words.PRODUCTS) + product) % len(words.ENDEAVOURS)
        titles: Array = self.market.name[customer] + named(words.ENDEAVOURS, which)
        return titles

    def registrations(self, made: Registrations) -> None:
        """What partners asked for."""
        self.registration_ids = self.store.ids("partners_registration", len(made))
        self.registration_of_deal = made.deal
        self._rows(
            "partners_registration",
            "R",
            "registrations",
            made.submitted_at,
            {
                "id": self.registration_ids,
                "partner_id": self.partner_ids[made.partner],
                "customer_id": self.customer_ids[made.customer],
                "name": self._titles(made.customer, made.product),
                "state": REGISTRATION_STATES[made.state],
                "submitted_at": made.submitted_at,
                "decided_at": made.decided_at,
                "reason": made.reason,
                "amount": made.amount,
                "currency": made.currency,
                "created_at": made.submitted_at,
            },
        )

    def deals(self, deals: Deals) -> None:
        """Deals, each partner's with its registration."""
        registration = np.full(len(deals), NULL)
        approved = np.flatnonzero(self.registration_of_deal != NULL)
        registration[self.registration_of_deal[approved]] = self.registration_ids[approved]
        self.deal_ids = self.store.ids("partners_deal", len(deals))
        self._rows(
            "partners_deal",
            "D",
            "deals",
            deals.approved_at,
            {
                "id": self.deal_ids,
                "partner_id": picked(self.partner_ids, deals.partner),
                "customer_id": self.customer_ids[deals.customer],
                "registration_id": registration,
                "name": self._titles(deals.customer, deals.product),
                "product": named(words.PRODUCTS, deals.product),
                "state": STATES[deals.state],
                "stage_id": self.stages[deals.stage],
                "amount": deals.amount,
                "currency": deals.currency,
                "opened_at": deals.opened_at,
                "approved_at": deals.approved_at,
                "closed_at": deals.closed_at,
                "expected_close_on": deals.expected,
                "is_co_sell": deals.is_co_sell,
                "created_at": deals.approved_at,
            },
        )

    def events(self, events: Events, deals: Deals) -> None:
        """The steps of the deals."""
        self._rows(
            "partners_dealstageevent",
            "E",
            "steps of deals",
            events.at,
            {
                "deal_id": self.deal_ids[events.deal],
                "at": events.at,
                "state": STATES[events.state],
                "stage_id": self.stages[events.stage],
                "amount": events.amount,
                "currency": deals.currency[events.deal],
                "expected_close_on": deals.expected[events.deal],
            },
        )

    def touches(self, touches: Touches) -> None:
        """Who helped."""
        self._rows(
            "partners_dealtouch",
            "T",
            "touches",
            touches.at,
            {
                "deal_id": self.deal_ids[touches.deal],
                "partner_id": picked(self.partner_ids, touches.partner),
                "at": touches.at,
                "kind": named(words.TOUCHES, touches.kind),
                "anchor": touches.anchor,
            },
        )

    def adjustments(self, adjustments: Adjustments, deals: Deals) -> None:
        """Refunds and credits."""
        self._rows(
            "partners_dealadjustment",
            "A",
            "refunds and credits",
            adjustments.at,
            {
                "deal_id": self.deal_ids[adjustments.deal],
                "at": adjustments.at,
                "kind": adjustments.kind,
                "amount": adjustments.amount,
                "currency": deals.currency[adjustments.deal],
            },
        )
