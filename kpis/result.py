"""What every KPI call returns (kpis.md section 2)."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from prm.common.money import rounded

Number = Decimal | int | float


@dataclass
class Answer:
    """A value with its parts, or a reason why there is none. Money parts are Decimal."""

    value: Number | None = None
    numerator: Number | None = None
    denominator: Number | None = None
    n: int | None = None
    ci: tuple[Number, Number] | None = None
    ci_method: str | None = None
    reason: str | None = None
    items: list[dict[str, Any]] | None = None


def no(reason: str, **parts: Any) -> Answer:
    """No value, for this reason."""
    return Answer(reason=reason, **parts)


def ratio(numerator: Number, denominator: Number, **parts: Any) -> Answer:
    """numerator / denominator, or ``no_data`` without a denominator (E1)."""
    if not denominator:
        return no("no_data", numerator=numerator, denominator=denominator, n=0)
    value = float(numerator) / float(denominator)
    return Answer(value, numerator, denominator, **parts)


@dataclass
class Result:
    """The result contract. Shares are fractions, money is Decimal, times are instants.

    ``currency`` is None where the value is no money; its parts can still be money, in the
    reporting currency.
    """

    key: str
    scope: str
    label: str
    period: str
    mode: str
    as_of: datetime
    variant: str
    unit: str
    currency: str | None
    direction: str
    definition_version: int
    report_currency: str
    value: Number | None = None
    reason: str | None = None
    numerator: Number | None = None
    denominator: Number | None = None
    n: int | None = None
    ci_low: Number | None = None
    ci_high: Number | None = None
    ci_method: str | None = None
    target: Number | None = None
    target_version: int | None = None
    attainment: float | None = None
    status: str = "grey"
    pace: float | None = None
    baseline: Number | None = None
    previous: Number | None = None
    delta: Number | None = None
    delta_reliable: bool = False
    freshness: str = "current"
    published_value: Number | None = None
    variants: dict[str, Number | None] = field(default_factory=dict)
    items: list[dict[str, Any]] | None = None

    def as_json(self) -> dict[str, Any]:
        """The contract as JSON: money as strings, other numbers as numbers."""
        body = {name: plain(value, self.report_currency) for name, value in vars(self).items()}
        del body["report_currency"]
        if self.items is None:
            del body["items"]
        return body


def plain(value: Any, currency: str) -> Any:
    """A value as JSON can hold it; a Decimal is money with the decimals of its currency."""
    if isinstance(value, Decimal):
        return format(rounded(value, currency), "f")
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, dict):
        return {key: plain(part, currency) for key, part in value.items()}
    if isinstance(value, list):
        return [plain(part, currency) for part in value]
    return value
