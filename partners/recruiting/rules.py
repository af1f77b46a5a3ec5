"""Pure rules of recruiting: conditions, questions, when to apply again, fit. No database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from partners.accounts.alike import host_of

CONFIRM_DAYS = 7  # how long a link that confirms an address holds
KNOWN_NEEDED = Decimal("0.6")  # part of the weights that must be known for a score
MET, UNMET, UNKNOWN = "met", "unmet", "unknown"
# What a fit can be judged by, with the usual weights.
WEIGHTS = {"type": 30, "region": 20, "people": 20, "customers": 20, "certificates": 10}


def meets_country(wanted: Sequence[str], country: str) -> bool:
    """Whether a country is one of those that may apply (none named: all)."""
    return not wanted or country.strip().casefold() in {one.casefold() for one in wanted}


def meets_mail(wanted: Sequence[str], email: str) -> bool:
    """Whether an address is of one of the domains (none named: all).

    ``acme.com`` is exactly that domain, ``*.edu`` any below it, ``@`` in front is allowed.
    """
    host = host_of(email)
    if not wanted:
        return True
    for text in wanted:
        rule = text.strip().lower().removeprefix("@")
        if rule.startswith("*."):
            if host.endswith(rule[1:]):
                return True
        elif host and host == rule:
            return True
    return False


def may_apply_again_on(rejected_on: date, days: int | None) -> date | None:
    """The first day on which a rejected company may apply again; None for never."""
    return None if days is None else rejected_on + timedelta(days=days)


@dataclass(frozen=True)
class Question:
    """A question of a form beyond what every form asks."""

    key: str
    label: str
    kind: str = "text"  # text, long, number, choice
    choices: tuple[str, ...] = ()
    required: bool = False

    def as_json(self) -> dict[str, Any]:
        """As the form keeps it."""
        return {
            "key": self.key,
            "label": self.label,
            "kind": self.kind,
            "choices": list(self.choices),
            "required": self.required,
        }


def question_of(stored: Mapping[str, Any]) -> Question:
    """A question as the form keeps it."""
    return Question(
        str(stored["key"]),
        str(stored["label"]),
        str(stored.get("kind", "text")),
        tuple(str(one) for one in stored.get("choices", ())),
        bool(stored.get("required")),
    )


@dataclass(frozen=True)
class Criterion:
    """One thing that partners we want more of have in common.

    Met when the value is one of ``wanted``, or a number of at least ``least``.
    """

    key: str
    weight: int
    wanted: tuple[str, ...] = ()
    least: int | None = None

    def as_json(self) -> dict[str, Any]:
        """As the profile keeps it."""
        return {
            "key": self.key,
            "weight": self.weight,
            "wanted": list(self.wanted),
            "least": self.least,
        }

    def judge(self, value: Any) -> str:
        """Met, unmet, or unknown where nothing was said."""
        if value is None or value == "" or value == []:
            return UNKNOWN
        if self.least is not None:
            return MET if value >= self.least else UNMET
        said = [value] if isinstance(value, str) else list(value)
        known = {one.casefold() for one in self.wanted}
        return MET if any(one.casefold() in known for one in said) else UNMET


def criterion_of(stored: Mapping[str, Any]) -> Criterion:
    """A criterion as the profile keeps it."""
    least = stored.get("least")
    return Criterion(
        str(stored["key"]),
        int(stored["weight"]),
        tuple(str(one) for one in stored.get("wanted", ())),
        None if least is None else int(least),
    )


@dataclass(frozen=True)
class Fit:
    """A score of 0 to 100, or None when less than 60 % is known; and what it is made of."""

    score: Decimal | None
    known: Decimal
    lines: list[dict[str, Any]] = field(default_factory=list)


def fit(criteria: Sequence[Criterion], facts: Mapping[str, Any]) -> Fit:
    """Sum of the weights met, divided by the sum of those known, times 100 (kpis.md 21).

    Unknown answers leave both sums.
    """
    lines = [
        {
            **criterion.as_json(),
            "value": facts.get(criterion.key),
            "result": criterion.judge(facts.get(criterion.key)),
        }
        for criterion in criteria
        if criterion.weight > 0
    ]
    total = sum(line["weight"] for line in lines)
    known = sum(line["weight"] for line in lines if line["result"] != UNKNOWN)
    met = sum(line["weight"] for line in lines if line["result"] == MET)
    share = Decimal(known) / total if total else Decimal(0)
    if not known or share < KNOWN_NEEDED:
        return Fit(None, share, lines)
    score = (Decimal(100) * met / known).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return Fit(score, share, lines)


def named(text: str) -> list[str]:
    """The entries of a text, one a line or with commas or semicolons between; each once."""
    parts = text.replace(";", "\n").replace(",", "\n").splitlines()
    return list(dict.fromkeys(part.strip() for part in parts if part.strip()))
