"""How numbers, dates and words look on a page: pure functions from a value to text.

Templates reach them as filters (`prm/common/templatetags/ui.py`), Python code by import. Decimal
and thousands signs follow the active language; the minus is U+2212, an unknown value is a dash.
"""

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.utils import formats, timezone
from django.utils.translation import (
    get_language,
    get_language_bidi,
    ngettext,
    pgettext,
    pgettext_lazy,
)
from django.utils.translation import gettext as _

from prm.common.money import exponent

MINUS = "\u2212"
UNKNOWN = "\u2013"

# Signs that stand before the amount without a space, as in "$969k". Other currencies show their
# ISO code, as in "CHF 1,200", which is never wrong.
CURRENCY_SIGNS = {
    "USD": "$",
    "EUR": "€",
    "GBP": "£",
    "JPY": "¥",
    "INR": "₹",
    "KRW": "₩",
    "ILS": "₪",
    "NGN": "₦",
    "PHP": "₱",
    "VND": "₫",
    "TRY": "₺",
    "UAH": "₴",
    "AUD": "A$",
    "CAD": "CA$",
    "NZD": "NZ$",
    "HKD": "HK$",
    "TWD": "NT$",
    "MXN": "MX$",
    "BRL": "R$",
    "CNY": "CN¥",
}
# What a compact amount of each size is divided by, and its suffix.
SCALES = (
    (Decimal(10) ** 9, pgettext_lazy("billion, behind a number", "B")),
    (Decimal(10) ** 6, pgettext_lazy("million, behind a number", "M")),
    (Decimal(10) ** 3, pgettext_lazy("thousand, behind a number", "k")),
)
THOUSAND = SCALES[-1][0]
# Before a number in a right-to-left text: keeps sign and digits in their order.
LEFT_TO_RIGHT = "\u200e"

Numeric = Decimal | int | float | str


def exact(value: Numeric) -> Decimal:
    """Return the value as a Decimal without the noise of binary fractions."""
    return value if isinstance(value, Decimal) else Decimal(str(value))


def number(value: Numeric | None, places: int = 0) -> str:
    """Return a number with grouped thousands and exactly `places` decimals."""
    if value is None:
        return UNKNOWN
    rounded = exact(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    text = formats.number_format(abs(rounded), places, use_l10n=True, force_grouping=True)
    return signed(text, rounded)


def signed(text: str, value: Numeric, *, plus: bool = False) -> str:
    """Return the text of an absolute value with its sign: a minus, or a plus where asked for.

    What is rounded to nothing has no sign.
    """
    is_nothing = not any(letter.isdecimal() and int(letter) for letter in text)
    sign = "" if is_nothing else MINUS if value < 0 else "+" if plus else ""  # type: ignore[operator]
    return f"{LEFT_TO_RIGHT if sign and get_language_bidi() else ''}{sign}{text}"


def beside(*texts: str) -> str:
    """Return several values as one text; in a right-to-left one each keeps its own order."""
    return ", ".join(f"\u2068{text}\u2069" if get_language_bidi() else text for text in texts)


def rate(value: Decimal | None) -> str:
    """Return an exchange rate with all the decimals that it was given, at least two."""
    if value is None:
        return UNKNOWN
    places = -int(value.normalize().as_tuple().exponent)
    return number(value, max(2, places))


def money(amount: Numeric | None, currency: str) -> str:
    """Return an amount for lists and tiles: three significant digits, as in "$969k", "€1.80M"."""
    if amount is None:
        return UNKNOWN
    value = exact(amount)
    return signed(_with_sign(_compact(abs(value)), currency), value)


def money_full(amount: Numeric | None, currency: str) -> str:
    """Return an amount with all the decimals its currency has, as in "$1,234.50" or "¥1,200"."""
    if amount is None:
        return UNKNOWN
    value = exact(amount)
    text = number(abs(value), exponent(currency))
    return signed(_with_sign(text, currency), value)


def _with_sign(text: str, currency: str) -> str:
    """Put the currency where the active language has it: "€1.80M", "1,80 Mio. €"."""
    if sign := CURRENCY_SIGNS.get(currency):
        pattern = pgettext("money with a sign like $ or €", "%(sign)s%(amount)s")
        return pattern % {"sign": sign, "amount": text}
    if not currency:
        return text
    pattern = pgettext("money with a code like CHF", "%(code)s\u00a0%(amount)s")
    return pattern % {"code": currency, "amount": text}


def _compact(value: Decimal) -> str:
    """Return three significant digits with k, M or B; "84.0k" is written "84k"."""
    for scale, suffix in SCALES:
        # 999,500 rounds to 1.00M, not to 1,000k.
        if value >= scale * Decimal("0.9995"):
            share = value / scale
            places = _places(share)
            if scale == THOUSAND and share.quantize(Decimal("0.1"), ROUND_HALF_UP) % 1 == 0:
                places = 0
            return number(share, min(places, 1) if scale == THOUSAND else places) + str(suffix)
    return number(value, 0)


def _places(share: Decimal) -> int:
    """Return how many decimals give three significant digits."""
    if share >= Decimal("99.95"):
        return 0
    return 1 if share >= Decimal("9.995") else 2


def percent(share: Numeric | None, places: int | None = None) -> str:
    """Return a fraction as per cent: no decimals from 10 % on, else one, as in "38%", "4.6%"."""
    if share is None:
        return UNKNOWN
    value = exact(share) * 100
    if places is None:
        places = 1 if 0 < abs(value) < 10 else 0
    return pgettext("per cent", "%(number)s%%") % {"number": number(value, places)}


def direction(change: Numeric | None) -> str:
    """Return where the arrow of a change points: up, down, or nowhere."""
    if not change:
        return ""
    return "up" if exact(change) > 0 else "down"


def change_tone(change: Numeric | None, *, is_sure: bool, is_higher_better: bool = True) -> str:
    """Return good or bad for a change that is more than chance; every page colours by this."""
    if not is_sure or not change:
        return ""
    return "good" if (exact(change) > 0) == is_higher_better else "bad"


def growth(now: Numeric | None, before: Numeric | None) -> Decimal | None:
    """Return by which fraction an amount has changed; None where there was nothing before."""
    if now is None or before is None or exact(before) <= 0:
        return None
    return (exact(now) - exact(before)) / exact(before)


def from_value(before: str) -> str:
    """Return what stands in the place of a per cent that cannot be said: "from $0"."""
    return _("from %(value)s") % {"value": before}


def points(share: Numeric | None) -> str:
    """Return a difference of two fractions in percentage points, as in "5.3 pts"."""
    if share is None:
        return UNKNOWN
    return _("%(points)s pts") % {"points": number(exact(share) * 100, 1)}


def days(value: Numeric | timedelta | None) -> str:
    """Return a duration: whole days ("41 days"), or "4 d 2 h" for a timedelta under a week."""
    if value is None:
        return UNKNOWN
    if isinstance(value, timedelta):
        return _span(value)
    amount = exact(value)
    places = 0 if amount == amount.to_integral_value() else 1
    shown = number(amount, places)
    return ngettext("%(days)s day", "%(days)s days", _plural(amount)) % {"days": shown}


def minutes(value: Decimal) -> str:
    """Return a length of time in minutes: "12 minutes", "0.5 minutes"."""
    amount = exact(value)
    places = 0 if amount == amount.to_integral_value() else 1
    shown = number(amount, places)
    words = ngettext("%(minutes)s minute", "%(minutes)s minutes", _plural(amount))
    return words % {"minutes": shown}


def _plural(amount: Decimal) -> int:
    return 1 if abs(amount) == 1 else 2


def _span(value: timedelta) -> str:
    if value >= timedelta(days=7):
        return days(value.days)
    hours, minutes = divmod(int(value.total_seconds()) // 60, 60)
    if hours >= 24:
        return _("%(days)d d %(hours)d h") % {"days": hours // 24, "hours": hours % 24}
    if hours:
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}
    return _("%(minutes)d min") % {"minutes": minutes}


def day(value: date | datetime | None, style: str = "DATE") -> str:
    """Return a date as "30 Nov 2026"; an instant becomes the local date of the active zone.

    `style` is DATE, MONTH_DAY ("30 Nov"), YEAR_MONTH ("Nov 2026") or DATETIME, each written as
    the active language does (`prm/common/formats`).
    """
    if value is None:
        return UNKNOWN
    if isinstance(value, datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    return str(formats.date_format(value, f"{style}_FORMAT", use_l10n=True))


def month(value: date) -> str:
    """Return the short name of a month: "Nov"."""
    return str(formats.date_format(value, "M", use_l10n=False))


def ago(value: date | datetime | None, today: date) -> str:
    """Return how long ago a day was: "Today", "5 days ago"; after 90 days the day itself."""
    if value is None:
        return _("Never")
    then = timezone.localtime(value).date() if isinstance(value, datetime) else value
    passed = (today - then).days
    if not 0 <= passed <= 90:
        return day(value)
    if passed < 2:
        return _("Yesterday") if passed else _("Today")
    return ngettext("%(n)s day ago", "%(n)s days ago", passed) % {"n": number(passed)}


def instant(value: datetime | None) -> str:
    """Return a moment as "21 Nov 2026, 09:41" in the active time zone."""
    return UNKNOWN if value is None else day(value, "DATETIME")


def inside(noun: str) -> str:
    """Return a noun as it stands inside a sentence: English writes it small, German does not."""
    is_word = noun[1:2].islower() and (get_language() or "").startswith("en")
    return noun[:1].lower() + noun[1:] if is_word else noun


def initials(name: str) -> str:
    """Return up to two letters for an avatar: of the first and the last word."""
    words = [word for word in name.replace("@", " ").split() if word[0].isalnum()]
    if not words:
        return "?"
    return (words[0][0] + (words[-1][0] if len(words) > 1 else words[0][1:2])).upper()
