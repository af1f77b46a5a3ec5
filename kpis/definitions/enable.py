"""Engagement: kpis.md 28-30."""

from django.utils.translation import gettext_lazy as _

from kpis import stats
from kpis.basefacts import end_of, of_period, read
from kpis.definitions.base import Ask, Kpi, Variant
from kpis.definitions.parts import (
    ACTIVE,
    ENABLE,
    LOGGED_IN,
    LOGINS,
    MINUTES,
    PEOPLE,
    PEOPLE_SEEN,
    VISITS,
)
from kpis.result import Answer, no, ratio
from partners.models import PortalSession


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


def user_rate(ask: Ask) -> Answer:
    """People of partners who signed in, among those who may."""
    if not ask.store.has_partners:
        return no("no_data")
    people = "count(DISTINCT fact.user_id)"
    columns = f"{people} FILTER (WHERE fact.has_come), {people}"
    came, n = of_period("people", columns, ask.store, ask.period)[0]
    interval = stats.wilson(came, n) if n else None
    return ratio(came, n, n=n, ci=interval, ci_method="wilson" if n else None)


def stickiness(ask: Ask) -> Answer:
    """People who come on a usual day, among those who come in a usual month of the period."""
    if not ask.store.has_partners:
        return no("no_data")
    columns = "fact.month, count(DISTINCT fact.user_id), count(DISTINCT (fact.user_id, fact.day))"
    rows = of_period("sign_in", columns, ask.store, ask.period, "true GROUP BY fact.month")
    months = [month for month in ask.period.months if month < end_of(ask.store, ask.period)]
    people, days = sum(row[1] for row in rows), sum(row[2] for row in rows)
    if not people:
        return no("no_data", n=0)
    length = (end_of(ask.store, ask.period) - ask.period.starts_on).days
    return Answer((days / length) / (people / len(months)), n=people)


def _no_visits(ask: Ask) -> Answer:
    """Why there are none: nothing was ever noted, or nobody came in this period."""
    known = ask.store.once_for_all("visits", PortalSession.objects.exists)
    return no("no_data" if known else "not_connected", n=0)


def visit_length(ask: Ask) -> Answer:
    """The median minutes of a visit to the portal."""
    if not ask.store.has_partners:
        return _no_visits(ask)
    rows = read("visit", "fact.minutes", ask.store, ask.period)
    minutes = stats.histogram((float(one), n) for one, n in rows)
    value, n = stats.median(minutes), stats.size(minutes)
    if value is None:
        return _no_visits(ask)
    total = round(sum(one * count for one, count in minutes), 1)
    return Answer(value, numerator=total, denominator=n, n=n)


def visits(ask: Ask) -> Answer:
    """How often people came."""
    if not ask.store.has_partners:
        return _no_visits(ask)
    n = sum(row[-1] for row in read("visit", "fact.minutes", ask.store, ask.period))
    return Answer(n, numerator=n, n=n) if n else _no_visits(ask)


def features(ask: Ask) -> Answer:
    """Parts of the portal that the visitors used, of those that their roles have."""
    if not ask.store.has_partners:
        return _no_visits(ask)
    rows = of_period(
        "visit", "fact.membership_id, fact.features, fact.available", ask.store, ask.period
    )
    used: dict[int, set[str]] = {}
    there: dict[int, int] = {}
    for member, parts, available in rows:
        used.setdefault(member, set()).update(parts)
        there[member] = max(there.get(member, 0), available)
    if not used:
        return _no_visits(ask)
    opened = sum(len(parts) for parts in used.values())
    return ratio(opened, sum(there.values()), n=len(used))


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
    Kpi(
        "user_login_rate",
        _("People who signed in"),
        ENABLE,
        _("Is it one person or the whole team?"),
        _("People of partners who signed in, divided by all who could at the end of the period."),
        _("day of the sign-in, in the programme’s time zone"),
        "share",
        "higher",
        "DISTINCT",
        {
            "rate": Variant(
                user_rate,
                _("rate"),
                numerator=(PEOPLE_SEEN,),
                denominator=(PEOPLE,),
                for_partners=True,
                aggregation="RATIO",
            ),
            "stickiness": Variant(
                stickiness,
                _("of a month’s people, those of a usual day"),
                aggregation="INDEX",
            ),
        },
        breakdowns=("type", "tier", "region", "segment", "manager", "partner"),
        help=_(
            "All people count whose company was under contract in the period: invited ones who"
            " never came too, and those who left during it. A person at two companies counts"
            " once. Impersonated sessions never count."
        ),
        needs_n=5,
        is_costly=True,
    ),
    Kpi(
        "portal_session_time",
        _("Length of a visit to the portal"),
        ENABLE,
        _("Do partners find what they need?"),
        _("Median minutes from the first to the last thing that a person did; half an hour"
          " without anything ends a visit."),
        _("day on which the visit began"),
        "minutes",
        "context",
        "MEDIAN",
        {
            "median": Variant(
                visit_length, _("median"), numerator=(MINUTES,), denominator=(VISITS,)
            ),
            "visits": Variant(visits, _("visits"), "count", (VISITS,), aggregation="SUM"),
            "features": Variant(
                features, _("parts of the portal used"), "share", aggregation="INDEX"
            ),
        },
        breakdowns=("type", "tier", "region", "segment", "manager", "partner"),
        help=_(
            "Longer is not better: people may look for something. Visits with one page last no"
            " minute. Pages that load by themselves do not count, and neither do we: nobody’s"
            " addresses are kept, and visits are forgotten after 25 months."
        ),
        needs_n=5,
    ),
]  # fmt: skip
