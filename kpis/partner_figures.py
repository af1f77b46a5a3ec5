"""The figures beside each partner of the partner list: this quarter, a year ago, eight quarters."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from kpis import scopes, values
from kpis.engine.families import BY_NAME
from kpis.store import cells_of, query
from partners.accounts.figures import SOURCES, PartnerFigures
from prm.common import periods
from prm.common.config import Program
from prm.common.periods import Period

QUARTERS = 8
Known = dict[int, dict[date, tuple[Decimal, int]]]  # partner → month → net revenue, won deals


class CellFigures:
    """Reads the cells; only the same days of the year before come from the facts."""

    def of(
        self, partner_ids: Sequence[int], program: Program, now: datetime
    ) -> Mapping[int, PartnerFigures]:
        """Net partner-sourced revenue of these partners and the stubs merged into them."""
        ids = list(partner_ids)
        quarter = periods.current("quarter", now, program)
        closed = periods.ending_with(quarter, QUARTERS + 1, program)[:-1]
        siblings = _siblings(ids)
        months = _months(ids, [month for one in (*closed, quarter) for month in one.months])
        before = _year_before(list(siblings), quarter, program, now)
        found = {}
        for pk in set(siblings.values()):
            revenue, won = _sum(months[pk], quarter)
            past = [before[sibling] for sibling, owner in siblings.items() if owner == pk]
            found[pk] = PartnerFigures(
                revenue=revenue,
                before=sum((amount for amount, _n in past), Decimal(0)),
                quarters=tuple(_sum(months[pk], one)[0] for one in closed),
                is_sure=min(won, sum(n for _amount, n in past)) >= values.SURE,
            )
        return found

    def revenue(self, program: Program, now: datetime) -> Mapping[int, Decimal]:
        """Net revenue of the quarter by partner."""
        sales = cells_of(BY_NAME["sales"], scopes.PROGRAM, "pit")
        quarter = periods.current("quarter", now, program)
        rows = query(
            f"SELECT span.canonical_id, sum(cell.won_rc + cell.adjusted_rc) {sales.text}"
            " AND cell.month = ANY(%s) GROUP BY 1",
            (*sales.params, list(quarter.months)),
        )
        return dict(rows)


def _siblings(ids: list[int]) -> dict[int, int]:
    """Partner → the survivor that it counts for; test partners have no span and drop out."""
    text = (
        "SELECT DISTINCT partner_id, canonical_id FROM kpis_profilespan"
        " WHERE canonical_id = ANY(%s)"
    )
    return dict(query(text, (ids,)))


def _months(ids: list[int], months: list[date]) -> Known:
    found: Known = defaultdict(dict)
    rows = query(
        "SELECT span.canonical_id, cell.month, sum(cell.won_rc + cell.adjusted_rc),"
        " sum(cell.won_n)::bigint FROM kpis_salescell AS cell"
        " JOIN kpis_profilespan AS span ON span.profile_id = cell.profile_id"
        " AND span.partner_id = cell.partner_id"
        " WHERE span.canonical_id = ANY(%s) AND cell.month = ANY(%s) GROUP BY 1, 2",
        (ids, months),
    )
    for pk, month, amount, won in rows:
        found[pk][month] = (amount, won)
    return found


def _sum(months: dict[date, tuple[Decimal, int]], period: Period) -> tuple[Decimal, int]:
    rows = [months[month] for month in period.months if month in months]
    return sum((amount for amount, _n in rows), Decimal(0)), sum(n for _amount, n in rows)


def _year_before(
    ids: list[int], quarter: Period, settings: Program, now: datetime
) -> dict[int, tuple[Decimal, int]]:
    """Net revenue and won deals of as many days of the same quarter a year before."""
    past = periods.year_before(quarter, settings)
    elapsed = settings.local_date(now) - quarter.starts_on + timedelta(days=1)
    until = min(past.starts_on + elapsed, past.ends_on)
    rows = query(
        "SELECT fact.partner_id, sum(fact.won_rc + fact.adjusted_rc), sum(fact.won_n)::bigint"
        " FROM kpis_sales_fact AS fact WHERE fact.partner_id = ANY(%s)"
        " AND fact.key_day >= %s AND fact.key_day < %s GROUP BY 1",
        (ids, past.starts_on, until),
    )
    found: dict[int, tuple[Decimal, int]] = defaultdict(lambda: (Decimal(0), 0))
    found.update({pk: (amount, won) for pk, amount, won in rows})
    return found


SOURCES.append(CellFigures())
