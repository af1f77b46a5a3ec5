"""The fact families: which view holds the facts, how they add up to cells and to totals."""

from dataclasses import dataclass, field
from datetime import date

SHARDS = 16
CHUNK = 500
FULL_ABOVE = 5_000  # marks; above, one full statement is cheaper than many keyed ones


@dataclass(frozen=True)
class Totals:
    """How the cells of a family add up to a part of the programme.

    ``sums``: columns that add up. ``distinct``: column → condition on ``cell``; the partners
    (survivors of merges) that meet it in any month of the period are counted once; ``{first}``
    and ``{last}`` stand for the period's first and last month.
    """

    table: str
    sums: tuple[str, ...]
    distinct: dict[str, str] = field(default_factory=dict)
    key: str = ""  # a further key column of table and cells (the histogram's days)
    grains: str = "MQY"

    @property
    def measures(self) -> tuple[str, ...]:
        """All measure columns in order."""
        return (*self.sums, *self.distinct)

    def condition(self, measure: str, first: date, last: date) -> str:
        """What a cell of a distinct measure meets, in a period between these months."""
        place = {"first": f"'{first}'::date", "last": f"'{last}'::date"}
        return self.distinct[measure].format(**place)


@dataclass(frozen=True, eq=False)
class Family:
    """One SELECT = one cell table = one recompute; the same text for all keys or given ones."""

    number: int
    name: str
    measures: dict[str, str]  # column → aggregate over ``fact``
    view: str = ""
    view_of_all: str = ""  # the same rows, faster when all are asked for
    cells: str = ""
    keys: tuple[str, ...] = ("partner_id", "profile_id", "month")
    # the facts of some days; ``key_day`` is the day as the index by partner has it
    where: str = "fact.{day} >= {starts} AND fact.{day} < {ends}"
    key_day: str = "day"
    totals: Totals | None = field(default=None)

    @property
    def of_key(self) -> str:
        """How a key (partner_id, starts_on, ends_on) finds its facts, beside the partner."""
        return self.where.format(day=self.key_day, starts="key.starts_on", ends="key.ends_on")

    def of_days(self, starts: date, ends: date) -> str:
        """The condition on the facts of [starts, ends), with bounds that an index can use."""
        return self.where.format(day="day", starts=f"'{starts}'::date", ends=f"'{ends}'::date")


def _sums(*columns: str, of: str) -> dict[str, str]:
    return {column: f"sum({of}.{column})" for column in columns}


_SALES = (
    "won_n", "won_rc", "lost_n", "lost_rc", "cosell_won_n", "cosell_lost_n", "adjusted_rc",
    "influenced_n", "influenced_rc", "unrated_n",
)  # fmt: skip
_STOCK = ("open_n", "open_rc", "pending_n", "pending_rc", "unrated_n")
_MONTH = "fact.month >= {starts} AND fact.month < {ends}"

SALES = Family(
    1,
    "sales",
    _sums(*_SALES, of="fact"),
    view="kpis_sales_fact",
    cells="kpis_salescell",
    key_day="key_day",
    totals=Totals(
        "kpis_salestotal",
        _SALES,
        {"winners": "cell.won_n > 0"},
    ),
)
STOCK = Family(
    2,
    "stock",
    _sums(*_STOCK, of="fact"),
    view="kpis_stock_fact",
    view_of_all="kpis_stock_fact_all",
    cells="kpis_stockcell",
    where=_MONTH + " AND fact.closes_on > {starts} AND fact.deal_from < {ends}",
    totals=Totals("kpis_stocktotal", _STOCK, grains="M"),
)
MEMBERSHIP = Family(
    3,
    "membership",
    {
        "days": "bit_or(fact.days)",
        "at_start": "max(fact.at_start)",
        "at_end": "max(fact.at_end)",
        "recruits": "sum(fact.recruits)",
    },
    view="kpis_membership_fact",
    cells="kpis_membershipcell",
    where=_MONTH,
    totals=Totals(
        "kpis_membershiptotal",
        ("recruits",),
        {
            "active_any": "cell.days <> 0",
            "active_start": "cell.at_start = 1 AND cell.month = {first}",
            "active_end": "cell.at_end = 1 AND cell.month = {last}",
        },
    ),
)
ENGAGEMENT = Family(
    4,
    "engagement",
    {"logins": "sum(fact.logins)", "days": "bit_or(fact.days)"},
    view="kpis_engagement_fact",
    cells="kpis_engagementcell",
    totals=Totals(
        "kpis_engagementtotal",
        ("logins",),
        {"partners": "true"},
    ),
)
CYCLE = Family(
    5,
    "cycle",
    {"n": "sum(fact.n)"},
    view="kpis_cycle_fact",
    cells="kpis_cyclecell",
    keys=("partner_id", "profile_id", "month", "days"),
    key_day="key_day",
    totals=Totals("kpis_cycletotal", ("n",), key="days", grains="M"),
)
PEOPLE = Family(
    6,
    "people",
    {"logins": "sum(fact.logins)", "days": "bit_or(fact.days)"},
    view="kpis_engagement_fact",
    cells="kpis_usermonth",
    keys=("partner_id", "user_id", "month"),
)
FAMILIES = {
    family.number: family for family in (SALES, STOCK, MEMBERSHIP, ENGAGEMENT, CYCLE, PEOPLE)
}
# Facts without cells: few rows, read when they are asked for.
TIER_MOVE = Family(
    0, "tier_move", _sums("net_n", "up_n", "down_n", of="fact"), view="kpis_tiermove_fact"
)
BY_NAME = {family.name: family for family in (*FAMILIES.values(), TIER_MOVE)}
