"""Countries by their code, as ISO 3166-1 has them; and Kosovo, which uses XK without being in it.

Names of countries are free text here: systems spell them in many ways and languages. Where it
matters which country is meant, codes and English names are understood.
"""

import re
from functools import cache

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

_CODES = """AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO
    BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO
    DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW
    GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ
    LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX
    MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO
    RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL
    TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW"""
COUNTRIES = frozenset(_CODES.split())
CODE = "^[A-Za-z]{2}$"  # what is written like a code; also as PostgreSQL reads it
NO_COUNTRY = _(
    "%(value)s is no country. Write its two letters of ISO 3166-1, like DE or GB, or its name."
)


def check_country(text: str) -> None:
    """Raise ValidationError for what is written like a code and is none."""
    if re.match(CODE, text) and text.upper() not in COUNTRIES:
        raise ValidationError(NO_COUNTRY % {"value": text}, "country")


def code_of(text: str) -> str:
    """The two letters of a country that is written as a code or by its English name; "" else."""
    return _codes().get(_letters(text), "")


def _letters(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalpha())


@cache
def _codes() -> dict[str, str]:
    """What countries are called, in small letters alone, and their two letters."""
    from holidays.registry import COUNTRIES as CALENDARS

    named = {_letters(name): known[1] for name, known in CALENDARS.items()}
    long = {known[2].lower(): known[1] for known in CALENDARS.values()}
    return {"uk": "GB", **long, **named, **{code.lower(): code for code in COUNTRIES}}
