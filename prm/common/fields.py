"""Form fields that read what people type: amounts as "82,000", "82k" or "1.2m"."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils import formats
from django.utils.translation import gettext_lazy as _

FACTORS = {"": Decimal(1), "k": Decimal(1_000), "m": Decimal(1_000_000)}
SPACES = re.compile(r"[\s'’]")


class MoneyField(forms.CharField):
    """An amount in the person's own notation; cleans to a Decimal, or None when left empty."""

    default_error_messages = {"invalid": _("Enter an amount like 82,000 or 82k.")}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal"}))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Any:
        """Return the amount. Raises ValidationError for anything that is not a plain number."""
        text = SPACES.sub("", super().to_python(value) or "").lower()
        if not text:
            return None
        match = re.fullmatch(r"([0-9.,]+)([km]?)", text)
        if not match:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        digits, suffix = match.groups()
        thousands = formats.get_format("THOUSAND_SEPARATOR", use_l10n=True)
        decimal_sign = formats.get_format("DECIMAL_SEPARATOR", use_l10n=True)
        try:
            plain = digits.replace(str(thousands), "").replace(str(decimal_sign), ".")
            return Decimal(plain) * FACTORS[suffix]
        except InvalidOperation:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None

    def prepare_value(self, value: Any) -> Any:
        """Show a stored amount without the zeros that the column adds."""
        if isinstance(value, Decimal):
            whole = value == value.to_integral_value()
            return formats.number_format(value.quantize(1) if whole else value.normalize())
        return value


class DayField(forms.DateField):
    """A local day, chosen from the browser's own calendar."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
        super().__init__(**kwargs)
        self.error_messages["invalid"] = _("Enter a day like 2026-11-30.")
