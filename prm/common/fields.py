"""Form fields that read what people type: amounts as "82,000", "82k" or "1.2m"."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import formats
from django.utils.translation import gettext_lazy as _

from prm.common.display import number

THOUSAND, MILLION = Decimal(1_000), Decimal(1_000_000)
FACTORS = {"": Decimal(1), "k": THOUSAND, "tsd": THOUSAND, "m": MILLION, "mio": MILLION}
SPACES = re.compile(r"[\s'’]")


class MoneyField(forms.CharField):
    """An amount in the person's own notation; cleans to a Decimal, or None when left empty."""

    default_error_messages = {
        "invalid": _("Enter an amount like 82,000 or 82k."),
        "doubtful": _("This can be read in two ways. Enter %(large)s or %(small)s."),
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal"}))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Any:
        """Return the amount. Raises ValidationError for anything that is not a plain number."""
        text = SPACES.sub("", super().to_python(value) or "").lower()
        if not text:
            return None
        match = re.fullmatch(r"([0-9.,]+)(k|m|tsd|mio)?\.?", text)
        if not match:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        digits, suffix = match.groups(default="")
        plain = self._plain(digits)
        if not suffix and re.fullmatch(r"[1-9]\d{0,2}\.\d{3}", plain):
            self._refuse_doubt(plain)
        return Decimal(plain) * FACTORS[suffix]

    def _plain(self, digits: str) -> str:
        """Return digits with a point, from the notation of the active language."""
        thousands = SPACES.sub("", str(formats.get_format("THOUSAND_SEPARATOR", use_l10n=True)))
        decimal_sign = str(formats.get_format("DECIMAL_SEPARATOR", use_l10n=True))
        whole, sign, rest = digits.partition(decimal_sign)
        groups = rf"\d{{1,3}}({re.escape(thousands)}\d{{3}})+"
        whole_fits = whole.isdigit() or bool(thousands and re.fullmatch(groups, whole))
        if not (whole_fits or (rest and not whole)) or (sign and not rest.isdigit()):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return f"{whole.replace(thousands, '') or '0'}.{rest or '0'}"

    def _refuse_doubt(self, plain: str) -> None:
        """Three decimals may be thousands in the notation of another language: ask, never guess.

        Raises ValidationError.
        """
        whole, _point, rest = plain.partition(".")
        shown = {"large": number(int(whole + rest)), "small": number(Decimal(plain), 2)}
        raise forms.ValidationError(self.error_messages["doubtful"] % shown, code="doubtful")

    def prepare_value(self, value: Any) -> Any:
        """Show a stored amount without the zeros that the column adds."""
        if isinstance(value, Decimal):
            whole = value == value.to_integral_value()
            short = value.quantize(Decimal(1)) if whole else value.normalize()
            places = -int(short.as_tuple().exponent)
            return formats.number_format(short, 4 if places == 3 else places)  # never doubtful
        return value


class DayField(forms.DateField):
    """A local day, chosen from the browser's own calendar."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
        super().__init__(**kwargs)
        self.error_messages["invalid"] = _("Enter a day like 2026-11-30.")
