"""Stated date formats: ``%d.%m.%Y`` and the like, turned into 2026-11-30 as text."""

import re
from collections.abc import Callable
from functools import lru_cache

from django.utils.translation import gettext as _

from prm.common.errors import InvalidInput

MONTHS = {
    name: number
    for number, names in enumerate(
        [
            "january",
            "february",
            "march",
            "april",
            "may",
            "june",
            "july",
            "august",
            "september",
            "october",
            "november",
            "december",
        ],
        start=1,
    )
    for name in (names, names[:3])
}
PARTS = {
    "%Y": r"(?P<Y>[0-9]{4})",
    "%y": r"(?P<y>[0-9]{2})",
    "%m": r"(?P<m>[0-9]{1,2})",
    "%d": r"(?P<d>[0-9]{1,2})",
    "%b": r"(?P<b>[A-Za-z]{3})",
    "%B": r"(?P<b>[A-Za-z]{3,9})",
    "%H": r"(?P<H>[0-9]{1,2})",
    "%I": r"(?P<I>[0-9]{1,2})",
    "%M": r"(?P<M>[0-9]{2})",
    "%S": r"(?P<S>[0-9]{2})",
    "%p": r"(?P<p>[AaPp][Mm])",
    "%%": "%",
}


@lru_cache(maxsize=100)
def iso_reader(text: str) -> Callable[[str], str | None]:
    """A function from a date in this format to ISO text, or None when it does not match.

    It only rewrites; whether there is such a day is checked later. Raises InvalidInput for a
    format without day, month and year.
    """
    parts = re.split(r"(%.)", text)
    try:
        pattern = re.compile(
            "".join(PARTS[part] if part[:1] == "%" else re.escape(part) for part in parts)
        )
        names = set(pattern.groupindex)
        complete = "d" in names and names & {"m", "b"} and names & {"Y", "y"}
    except (KeyError, re.error):
        complete = False
    if not complete:
        raise InvalidInput(
            _("%(text)s is no date format. Write for example %%d.%%m.%%Y or %%m/%%d/%%Y %%H:%%M.")
            % {"text": text},
            "mapping",
        )

    def read(value: str) -> str | None:
        match = pattern.fullmatch(value)
        return _iso(match.groupdict()) if match else None

    return read


def _iso(found: dict[str, str]) -> str:
    """ISO text from the named parts; two-digit years are 1970 to 2069."""
    year = found.get("Y") or ("20" if found["y"] < "70" else "19") + found["y"]
    month = found.get("m") or str(MONTHS.get(found["b"].lower(), 0))
    day = f"{year}-{month:0>2}-{found['d']:0>2}"
    hour = found.get("H") or found.get("I")
    if hour is None:
        return day
    if "I" in found:
        hour = str(int(hour) % 12 + (12 if found.get("p", "am").lower() == "pm" else 0))
    return f"{day} {hour:0>2}:{found.get('M', '00')}:{found.get('S', '00')}"
