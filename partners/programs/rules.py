"""What a tier asks, and whether a partner's values meet it. Pure: no database, no clock.

Three answers are possible: met, not met, and unknown (our own gap, such as a missing exchange
rate). What is unknown moves nobody, neither up nor down.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

CALENDAR_YEAR, FISCAL_YEAR, ROLLING, LIFETIME, NOW = (
    "calendar_year",
    "fiscal_year",
    "rolling",
    "lifetime",
    "now",
)
WINDOWS = (ROLLING, CALENDAR_YEAR, FISCAL_YEAR, LIFETIME, NOW)
QUARTER = "quarter"  # so far; dynamic segments ask for it, tiers do not
OPERATORS = ("ge", "gt", "le", "lt")
NO_TIER = ""
Met = bool | None


@dataclass(frozen=True)
class Measure:
    """A KPI's reading (``key/variant``) over a window; ``months``: how long a rolling one is."""

    metric: str
    window: str
    months: int = 0

    @property
    def text(self) -> str:
        """The spelling under which values are stored."""
        return f"{self.metric}@{self.window}{self.months or ''}"


@dataclass(frozen=True)
class Criterion:
    """One requirement: a measure held against a threshold.

    ``currency`` is that of a threshold in money. A ``is_hard`` one (such as a contract) cannot be
    missed for a day: no grace, and not one level at a time.
    """

    id: str
    measure: Measure
    operator: str
    threshold: Decimal
    currency: str = ""
    is_hard: bool = False


@dataclass(frozen=True)
class Group:
    """Criteria or groups of them, of which all must hold (``all``) or one is enough (``any``)."""

    join: str = "all"
    parts: "tuple[Criterion | Group, ...]" = ()

    def criteria(self) -> Iterator[Criterion]:
        """Every criterion below."""
        for part in self.parts:
            if isinstance(part, Criterion):
                yield part
            else:
                yield from part.criteria()


@dataclass(frozen=True)
class Tier:
    """A step of the ladder. ``key`` is the word that stands in partners' profiles.

    The requirements of a ``is_mandatory`` tier hold for the tiers above it too, where the ladder
    is cumulative. ``benefits`` are values by the benefit's id.
    """

    key: str
    requirements: Group = Group()
    is_mandatory: bool = True
    benefits: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Rules:
    """One version of a programme's rules; ``tiers`` from the lowest to the highest.

    ``review`` is the period at whose end tiers are reviewed: month, quarter, fiscal_year,
    calendar_year. ``promotion`` is at_once or approval, ``demotion`` automatic or approval.
    """

    tiers: tuple[Tier, ...] = ()
    promotion: str = "at_once"
    demotion: str = "approval"
    grace_days: int = 90
    review: str = "quarter"
    is_cumulative: bool = True

    def rank(self, key: str) -> int | None:
        """Place of a tier, 1 the lowest; 0 for no tier; None for a word that is none of ours."""
        if not key:
            return 0
        words = [tier.key.casefold() for tier in self.tiers]
        return words.index(key.casefold()) + 1 if key.casefold() in words else None

    def tier(self, key: str) -> Tier | None:
        """The tier of this word, if it is one of ours."""
        rank = self.rank(key)
        return self.tiers[rank - 1] if rank else None

    def below(self, key: str) -> str:
        """The next lower tier; no tier below the lowest."""
        rank = self.rank(key) or 0
        return self.tiers[rank - 2].key if rank > 1 else NO_TIER

    def above(self, key: str) -> str:
        """The next higher tier; the same one at the top."""
        rank = self.rank(key) or 0
        return self.tiers[min(rank, len(self.tiers) - 1)].key if self.tiers else NO_TIER

    def criteria(self) -> Iterator[Criterion]:
        """Every criterion of every tier."""
        for tier in self.tiers:
            yield from tier.requirements.criteria()

    def measures(self) -> list[Measure]:
        """What must be known of each partner, each once."""
        return list(dict.fromkeys(one.measure for one in self.criteria()))

    def currencies(self) -> list[str]:
        """The currencies in which thresholds are stated."""
        return sorted({one.currency for one in self.criteria() if one.currency})


@dataclass(frozen=True)
class Outcome:
    """How a value stands to a criterion; ``threshold`` is in the unit of the value.

    ``gap`` is what is missing (0 when met, None when unknown), ``share`` min(1, actual/required).
    """

    criterion: Criterion
    value: Decimal | None
    threshold: Decimal | None
    met: Met
    gap: Decimal | None
    share: float


@dataclass(frozen=True)
class GroupOutcome:
    """How a group stands."""

    join: str
    met: Met
    parts: "tuple[Outcome | GroupOutcome, ...]"

    def outcomes(self) -> Iterator[Outcome]:
        """Every criterion below."""
        for part in self.parts:
            if isinstance(part, Outcome):
                yield part
            else:
                yield from part.outcomes()


@dataclass(frozen=True)
class TierOutcome:
    """How a partner stands to one tier: ``own`` its own requirements, ``met`` with those below."""

    tier: Tier
    own: GroupOutcome
    met: Met

    @property
    def hard_failed(self) -> bool:
        """Whether a hard criterion is missed for sure."""
        return any(one.criterion.is_hard and one.met is False for one in self.own.outcomes())

    @property
    def attainment(self) -> float | None:
        """Mean over the rules of min(1, actual/required); None without rules."""
        shares = [one.share for one in self.own.outcomes()]
        return sum(shares) / len(shares) if shares else None


@dataclass(frozen=True)
class Evaluation:
    """How a partner stands to every tier, lowest first."""

    tiers: tuple[TierOutcome, ...]

    @property
    def target(self) -> str:
        """The highest tier that holds for sure; no tier if none does."""
        held = [one.tier.key for one in self.tiers if one.met]
        return held[-1] if held else NO_TIER

    def of(self, key: str) -> TierOutcome | None:
        """How it stands to the tier of this word."""
        return next((one for one in self.tiers if one.tier.key.casefold() == key.casefold()), None)


Values = Mapping[Measure, Decimal | None]
Rates = Mapping[str, Decimal | None]


def evaluate(rules: Rules, values: Values, rates: Rates | None = None) -> Evaluation:
    """Hold a partner's values against every tier.

    ``values`` are in the reporting currency where they are money; a measure that is not in it is
    unknown, one with None has no value (a rate of nothing) and meets nothing. ``rates`` turn a
    threshold's currency into the reporting currency; None: there is no rate.
    """
    found: list[TierOutcome] = []
    for tier in rules.tiers:
        own = _group(tier.requirements, values, rates or {})
        needed = [own.met]
        if rules.is_cumulative:
            needed += [one.own.met for one in found if one.tier.is_mandatory]
        found.append(TierOutcome(tier, own, _all(needed)))
    return Evaluation(tuple(found))


def _group(group: Group, values: Values, rates: Rates) -> GroupOutcome:
    parts: list[Outcome | GroupOutcome] = [
        _outcome(part, values, rates)
        if isinstance(part, Criterion)
        else _group(part, values, rates)
        for part in group.parts
    ]
    met = [part.met for part in parts]
    return GroupOutcome(group.join, _all(met) if group.join == "all" else _any(met), tuple(parts))


def _all(met: Iterable[Met]) -> Met:
    answers = list(met)
    if any(one is False for one in answers):
        return False
    return None if any(one is None for one in answers) else True


def _any(met: Iterable[Met]) -> Met:
    answers = list(met)
    if any(answers) or not answers:
        return True
    return None if any(one is None for one in answers) else False


def _outcome(criterion: Criterion, values: Values, rates: Rates) -> Outcome:
    threshold: Decimal | None = criterion.threshold
    if criterion.currency and criterion.currency in rates:
        rate = rates[criterion.currency]
        threshold = None if rate is None else criterion.threshold * rate
    if criterion.measure not in values or threshold is None:
        return Outcome(criterion, values.get(criterion.measure), threshold, None, None, 0.0)
    value = values[criterion.measure]
    met = value is not None and _holds(criterion.operator, value, threshold)
    return Outcome(
        criterion,
        value,
        threshold,
        met,
        Decimal(0) if met else _gap(criterion.operator, value, threshold),
        1.0 if met else _share(criterion.operator, value, threshold),
    )


def _holds(operator: str, value: Decimal, threshold: Decimal) -> bool:
    return {
        "ge": value >= threshold,
        "gt": value > threshold,
        "le": value <= threshold,
        "lt": value < threshold,
    }[operator]


def _gap(operator: str, value: Decimal | None, threshold: Decimal) -> Decimal | None:
    """What is missing; of a value that there is not yet, all of a minimum."""
    if operator in {"ge", "gt"}:
        return max(Decimal(0), threshold - (value or Decimal(0)))
    return None if value is None else max(Decimal(0), value - threshold)


def _share(operator: str, value: Decimal | None, threshold: Decimal) -> float:
    if value is None:
        return 0.0
    above, below = (value, threshold) if operator in {"ge", "gt"} else (threshold, value)
    return max(0.0, min(1.0, float(above / below))) if below > 0 else 0.0
