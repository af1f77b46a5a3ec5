"""What a KPI declaration is made of."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from kpis.result import Answer
from kpis.store import Store
from prm.common.access import Actor
from prm.common.periods import Period

Compute = Callable[["Ask"], Answer]


@dataclass(frozen=True)
class Ask:
    """The question to a KPI: for which scope (its store), period, instant and reader.

    Partners that the reader may not know of count, but are not named; without a reader none is.
    """

    store: Store
    period: Period
    as_of: datetime | None = None  # an instant other than the period's end, for stocks
    actor: Actor | None = None

    def previous(self, period: Period) -> "Ask":
        """The same question for another period."""
        return Ask(self.store, period, actor=self.actor)


@dataclass(frozen=True)
class Facts:
    """The base rows behind a numerator or denominator (see ``kpis.drill``).

    ``kind`` names a row source, ``amount`` the column that adds up to the number ("" counts
    rows, "partner" and "person" distinct ones), ``where`` a condition of that source.
    """

    kind: str
    amount: str = ""
    where: str = ""
    sides: tuple[str, ...] = ("partner",)

    @property
    def is_money(self) -> bool:
        """Whether the rows carry money in the reporting currency; else they count."""
        return self.amount.endswith("_rc")


@dataclass(frozen=True)
class Variant:
    """One reading of a KPI.

    ``for_partners``: a partner's person may read it for the own company; only readings that are
    made of the own company's facts alone, never of direct business or of the whole.
    ``takes_instant``: a stock, which can be asked for another instant than the period's end.
    """

    compute: Compute
    label: StrOrPromise
    unit: str = ""  # if other than the KPI's
    numerator: tuple[Facts, ...] = ()
    denominator: tuple[Facts, ...] = ()
    for_partners: bool = False
    takes_instant: bool = False
    aggregation: str = ""  # if other than the KPI's
    whole_only: bool = False  # reads whole periods: a part of one cannot be asked

    @property
    def basis(self) -> str:
        """Whether won amounts count ``net`` of refunds or ``gross``; empty where none counts."""
        amounts = {facts.amount for facts in (*self.numerator, *self.denominator)}
        if "adjusted_rc" in amounts:
            return "net"
        return "gross" if "won_rc" in amounts else ""


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
    # what the two parts of the value are called, where one is not divided by the other
    parts: tuple[StrOrPromise, StrOrPromise] = (_("Numerator"), _("Denominator"))
    is_costly: bool = False  # each period is read from the facts: its trend is on its own page
    version: int = 1

    @property
    def default(self) -> str:
        """The name of the default variant."""
        return next(iter(self.variants))

    @property
    def for_partners(self) -> bool:
        """Whether partners' people know of the KPI at all."""
        return any(reading.for_partners for reading in self.variants.values())

    @property
    def instants(self) -> list[str]:
        """The readings that can be asked for an instant."""
        return [name for name, reading in self.variants.items() if reading.takes_instant]

    def aggregation_of(self, variant: str) -> str:
        """The class of a reading: how it adds up."""
        return self.variants[variant].aggregation or self.aggregation

    def is_flow(self, variant: str) -> bool:
        """Whether a reading grows with the length of its period, as sums and counts do."""
        unit = self.variants[variant].unit or self.unit
        return self.aggregation_of(variant) in {"SUM", "DISTINCT"} and unit in {"money", "count"}
