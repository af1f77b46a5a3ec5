"""What a KPI declaration is made of."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from django_stubs_ext import StrOrPromise

from kpis.result import Answer
from kpis.store import Store
from prm.common.periods import Period

Compute = Callable[["Ask"], Answer]


@dataclass(frozen=True)
class Ask:
    """The question to a KPI: for which scope (its store), period and instant."""

    store: Store
    period: Period
    as_of: datetime | None = None  # an instant other than the period's end, for stocks

    def previous(self, period: Period) -> "Ask":
        """The same question for another period."""
        return Ask(self.store, period)


@dataclass(frozen=True)
class Facts:
    """The base rows behind a numerator or denominator (see ``kpis.drill``).

    ``kind`` names a row source, ``amount`` the column that adds up to the number ("" counts
    rows, "partner" counts distinct partners), ``where`` a condition of that source.
    """

    kind: str
    amount: str = ""
    where: str = ""
    sides: tuple[str, ...] = ("partner",)


@dataclass(frozen=True)
class Variant:
    """One reading of a KPI."""

    compute: Compute
    label: StrOrPromise
    unit: str = ""  # if other than the KPI's
    numerator: tuple[Facts, ...] = ()
    denominator: tuple[Facts, ...] = ()


@dataclass(frozen=True)
class Kpi:
    """A KPI is one declaration: value, series, breakdown, rows, help, API follow from it.

    ``unit``: money, share (a fraction), count, days, index or ranking. ``direction``: higher,
    lower or context. ``aggregation``: the class of kpis.md 0.4. The first variant is the default.
    """

    key: str
    name: StrOrPromise
    pillar: StrOrPromise
    question: StrOrPromise
    formula: StrOrPromise
    date: StrOrPromise
    unit: str
    direction: str
    aggregation: str
    variants: dict[str, Variant]
    breakdowns: tuple[str, ...] = ("type", "tier", "region", "segment", "manager", "partner")
    help: StrOrPromise = ""
    needs_n: int = 0  # below this n there is no colour (E12)
    for_partners: bool = True  # a partner's person may read it for the own company
    version: int = 1
    tags: tuple[str, ...] = field(default=())

    @property
    def default(self) -> str:
        """The name of the default variant."""
        return next(iter(self.variants))
