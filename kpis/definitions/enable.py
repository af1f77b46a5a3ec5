"""Engagement: kpis.md 28."""

from django.utils.translation import gettext_lazy as _

from kpis.definitions.base import Ask, Kpi, Variant
from kpis.definitions.parts import ACTIVE, ENABLE, LOGGED_IN, LOGINS
from kpis.result import Answer, no, ratio


def login_rate(ask: Ask) -> Answer:
    """Partners of whom somebody signed in, among partners under contract."""
    if not ask.store.has_partners:
        return no("no_data")
    members = ask.store.distinct("membership", "active_any", ask.period)
    return ratio(ask.store.distinct("engagement", "partners", ask.period), members, n=members)


def logins(ask: Ask) -> Answer:
    """Sign-ins by partners' people."""
    if not ask.store.has_partners:
        return no("no_data")
    n = ask.store.count("engagement", "logins", ask.period)
    return Answer(n, numerator=n, n=n)


KPIS = [
    Kpi(
        "partner_login_rate",
        _("Partners who signed in"),
        ENABLE,
        _("How many partners use the portal?"),
        _("Partners with a sign-in of their own people, divided by partners under contract."),
        _("day of the sign-in, in the programme’s time zone"),
        "share",
        "higher",
        "RATIO",
        {
            "rate": Variant(
                login_rate,
                _("rate"),
                numerator=(LOGGED_IN,),
                denominator=(ACTIVE,),
                for_partners=True,
            ),
            "logins": Variant(
                logins,
                _("sign-ins"),
                "count",
                (LOGINS,),
                for_partners=True,
                aggregation="SUM",
            ),
        },
        help=_("Impersonated sessions never count; months do not add up to a quarter."),
        needs_n=5,
    ),
]
