"""Values in the API: money as text such as "1234.50", days and instants of our age."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from prm.common import config, money

AMOUNT = re.compile(r"[0-9]{1,14}(\.[0-9]{1,4})?", re.ASCII)


@extend_schema_field({"type": "string", "format": "decimal", "example": "1234.50"})
class AmountInput(serializers.Field[Any, Any, Any, Any]):
    """An amount of 0 or more as text. Numbers are refused: they lose cents on their way."""

    default_error_messages = {"invalid": _('Send the amount as text like "1234.50".')}

    def to_internal_value(self, data: Any) -> Decimal:
        """The amount. Raises ValidationError for anything else."""
        if not isinstance(data, str) or not AMOUNT.fullmatch(data):
            self.fail("invalid")
        return Decimal(data)

    def to_representation(self, value: Decimal) -> str:
        """As it was read."""
        return str(value)


@extend_schema_field({"type": "string", "format": "decimal", "nullable": True})
class MoneyText(serializers.Field[Any, Any, Any, Any]):
    """A stored amount as text; ``currency`` names the field of its currency.

    Without ``currency`` the amount is in the reporting currency.
    """

    def __init__(self, amount: str, currency: str = "", **more: Any) -> None:
        self.amount, self.currency = amount, currency
        super().__init__(read_only=True, source="*", **more)

    def to_representation(self, value: Any) -> str | None:
        """The amount in whole minor units."""
        amount = getattr(value, self.amount)
        if amount is None:
            return None
        code = getattr(value, self.currency) if self.currency else self._reporting_currency()
        return str(money.rounded(amount, code))

    def _reporting_currency(self) -> str:
        """Read once for all rows of an answer."""
        context: dict[str, Any] = self.context  # type: ignore[assignment]
        if "reporting_currency" not in context:
            context["reporting_currency"] = config.program().currency
        return str(context["reporting_currency"])


FIRST_YEAR, LAST_YEAR = 1900, 2199


def _of_our_age(value: Any) -> Any:
    """Refuse years that no business has; some of them could not be read back."""
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise serializers.ValidationError(
            _("Use a year from %(first)s to %(last)s.") % {"first": FIRST_YEAR, "last": LAST_YEAR}
        )
    return value


class Instant(serializers.DateTimeField):
    """A moment such as 2026-07-01T10:00:00Z; without an offset it is UTC."""

    def to_internal_value(self, value: Any) -> Any:
        """The moment. Raises ValidationError for years before 1900 or after 2199."""
        return _of_our_age(super().to_internal_value(value))


class Day(serializers.DateField):
    """A day such as 2026-07-01."""

    def to_internal_value(self, value: Any) -> date:
        """The day. Raises ValidationError for years before 1900 or after 2199."""
        found: date = _of_our_age(super().to_internal_value(value))
        return found
