"""New partners and how they come: kpis.md 18-22."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from kpis import stats
from kpis.basefacts import RECRUITING_KINDS, read
from kpis.definitions.base import Ask, Kpi, Variant
from kpis.definitions.parts import (
    APPLICATIONS_DECIDED,
    APPLICATIONS_WAITING,
    APPROVED,
    DAYS_TO_SIGN,
    FIRST_WINS,
    FIT,
    FITTED,
    RECRUIT,
    RECRUITING_COSTS,
    RECRUITS,
    SIGNED,
)
from kpis.result import Answer, no, ratio
from kpis.store import query
from partners.models import Application, Cost
from prm.common.money import rounded


def recruited(ask: Ask) -> Answer:
    """First contracts that began in the period."""
    if not ask.store.has_partners:
        return no("no_data")
    n = ask.store.count("membership", "recruits", ask.period)
    return Answer(n, numerator=n, n=n)


def reactivated(ask: Ask) -> Answer:
    """Partners that came back after twelve months or more without a contract."""
    if ask.store.scope.kind != "program":
        return no("no_data")
    rows = query(
        """
        SELECT count(DISTINCT coalesce(partner.merged_into_id, partner.id))
        FROM partners_contract AS contract
        JOIN partners_partner AS partner ON partner.id = contract.partner_id
        CROSS JOIN LATERAL (
            SELECT max(coalesce(earlier.ends_on, 'infinity')) AS ended
            FROM partners_contract AS earlier
            JOIN partners_partner AS sibling ON sibling.id = earlier.partner_id
            WHERE coalesce(sibling.merged_into_id, sibling.id)
                    = coalesce(partner.merged_into_id, partner.id)
                AND earlier.starts_on < contract.starts_on
        ) AS before
        WHERE contract.starts_on >= %s AND contract.starts_on < %s
            AND before.ended + interval '12 months' <= contract.starts_on
            AND NOT partner.is_test""",
        (ask.period.starts_on, ask.period.ends_on),
    )
    n = int(rows[0][0])
    return Answer(n, numerator=n, n=n)


SIGNING = "fact.days, fact.fit_score"  # read together: two KPIs need them


def conversion(ask: Ask) -> Answer:
    """Applications approved, of those decided or withdrawn in the period."""
    if not ask.store.has_partners:
        return no("no_data")
    rows = read("application", "fact.approved_n", ask.store, ask.period)
    approved, decided = sum(one * n for one, n in rows), sum(n for _one, n in rows)
    if not decided:
        return no("no_data", numerator=0, denominator=0, n=0)
    interval = stats.wilson(approved, decided)
    return ratio(approved, decided, n=decided, ci=interval, ci_method="wilson")


def waiting(ask: Ask) -> Answer:
    """Applications that wait for a decision at the period's end."""
    if not ask.store.has_partners:
        return no("no_data")
    n = sum(row[-1] for row in read("waiting", "fact.manager_id", ask.store, ask.period))
    return Answer(n, numerator=n, n=n)


def waiting_age(ask: Ask) -> Answer:
    """Median age in days of the applications that wait at the period's end."""
    if not ask.store.has_partners:
        return no("no_data")
    end = min(ask.period.ends_on, ask.store.settings.local_date(ask.store.now))
    rows = read("waiting", "fact.day", ask.store, ask.period)
    ages = stats.histogram(((end - since).days, n) for since, n in rows)
    value = stats.median(ages)
    return Answer(value, n=stats.size(ages)) if value is not None else no("no_data", n=0)


def time_to_sign(ask: Ask) -> Answer:
    """Median days from the application to the first day of the contract that followed."""
    if not ask.store.has_partners:
        return no("no_data")
    rows = read("signed", SIGNING, ask.store, ask.period)
    days = stats.histogram((int(one), n) for one, _score, n in rows)
    value, n = stats.median(days), stats.size(days)
    if value is None:
        return no("no_data", n=0)
    total = int(sum(one * count for one, count in days))
    return Answer(value, numerator=total, denominator=n, n=n)


def _scores(ask: Ask) -> stats.Histogram:
    rows = read("signed", SIGNING, ask.store, ask.period)
    return stats.histogram((float(score), n) for _days, score, n in rows if score is not None)


def _no_scores(ask: Ask) -> Answer:
    """Why there are none: nobody was ever scored, or no recruit of this period."""
    scored = Application.objects.filter(fit_score__isnull=False)
    connected = ask.store.once_for_all("scored", scored.exists)
    return no("no_data" if connected else "not_connected", n=0)


def fit(ask: Ask) -> Answer:
    """Mean of the scores, frozen when they applied, of partners whose contract began."""
    if not ask.store.has_partners:
        return no("no_data")
    scores = _scores(ask)
    n = stats.size(scores)
    total = sum(score * count for score, count in scores)
    return ratio(total, n, n=n) if n else _no_scores(ask)


def median_fit(ask: Ask) -> Answer:
    """Median of the same scores."""
    if not ask.store.has_partners:
        return no("no_data")
    scores = _scores(ask)
    value = stats.median(scores)
    return Answer(value, n=stats.size(scores)) if value is not None else _no_scores(ask)


def _cost_per(ask: Ask, partners: int) -> Answer:
    if not ask.store.once_for_all("costs", Cost.objects.exists):
        return no("not_connected")
    rows = read("cost", "fact.amount_rc", ask.store, ask.period, RECRUITING_KINDS)
    cost = sum((amount * n for amount, n in rows), Decimal(0))
    if not partners:
        return no("no_data", numerator=cost, denominator=0, n=0)
    value = rounded(cost / partners, ask.store.settings.currency)
    return Answer(value, numerator=cost, denominator=partners, n=partners)


def acquisition_cost(ask: Ask) -> Answer:
    """Costs of recruiting and onboarding in the period for each partner recruited in it."""
    if not ask.store.has_partners:
        return no("no_data")
    return _cost_per(ask, ask.store.count("membership", "recruits", ask.period))


def activation_cost(ask: Ask) -> Answer:
    """The same costs for each partner that won its first deal in the period."""
    if not ask.store.has_partners:
        return no("no_data")
    return _cost_per(
        ask, sum(row[-1] for row in read("first_win", "fact.manager_id", ask.store, ask.period))
    )


KPIS = [
    Kpi(
        "new_partners_recruited",
        _("New partners"),
        RECRUIT,
        _("How many partners signed?"),
        _("First contracts that begin in the period; a merged partner is not recruited twice."),
        _("first day of the contract"),
        "count",
        "higher",
        "SUM",
        {
            "new": Variant(recruited, _("new"), numerator=(RECRUITS,)),
            "reactivated": Variant(reactivated, _("back after 12 months or more"), whole_only=True),
        },
        breakdowns=("type", "tier", "region", "segment", "manager"),
    ),
    Kpi(
        "application_conversion",
        _("Applications approved"),
        RECRUIT,
        _("Do we attract the right partners?"),
        _("Applications approved, divided by those approved, rejected or withdrawn."),
        _("day of the decision"),
        "share",
        "higher",
        "RATIO",
        {
            "rate": Variant(
                conversion, _("rate"), numerator=(APPROVED,), denominator=(APPLICATIONS_DECIDED,)
            ),
            "waiting": Variant(
                waiting,
                _("waiting at the end"),
                "count",
                (APPLICATIONS_WAITING,),
                aggregation="SEMI",
            ),
        },
        breakdowns=("type", "region"),
        help=_("Type and region as the applicant gave them; unconfirmed ones never count."),
        needs_n=10,
    ),
    Kpi(
        "time_to_sign",
        _("Time from application to contract"),
        RECRUIT,
        _("How slow are we before day one?"),
        _("Median days from the application to the first day of the contract that followed it."),
        _("first day of the contract"),
        "days",
        "lower",
        "MEDIAN",
        {
            "median": Variant(
                time_to_sign, _("median"), numerator=(DAYS_TO_SIGN,), denominator=(SIGNED,)
            ),
            "open_age": Variant(waiting_age, _("age of what waits"), aggregation="SEMI"),
        },
        breakdowns=("type", "tier", "region", "segment", "manager"),
        needs_n=5,
    ),
    Kpi(
        "partner_fit_score",
        _("Fit of new partners"),
        RECRUIT,
        _("Do recruits look like our top performers?"),
        _("Mean of the fit scores of partners whose contract began, frozen when they applied."),
        _("first day of the contract"),
        "index",
        "higher",
        "RATIO",
        {
            "mean": Variant(fit, _("mean"), numerator=(FIT,), denominator=(FITTED,)),
            "median": Variant(median_fit, _("median"), aggregation="MEDIAN"),
        },
        breakdowns=("type", "tier", "region", "segment", "manager"),
        help=_("Weights met, divided by weights known, times 100; none when under 60 % is known."),
        needs_n=5,
    ),
    Kpi(
        "partner_acquisition_cost",
        _("Cost of a new partner"),
        RECRUIT,
        _("What does a new partner cost?"),
        _("Costs of recruiting and onboarding, divided by new partners of the same period."),
        _("day of the cost; first day of the contract"),
        "money",
        "lower",
        "RATIO",
        {
            "recruited": Variant(
                acquisition_cost,
                _("a recruited partner"),
                numerator=(RECRUITING_COSTS,),
                denominator=(RECRUITS,),
            ),
            "activated": Variant(
                activation_cost,
                _("a partner with a first win"),
                numerator=(RECRUITING_COSTS,),
                denominator=(FIRST_WINS,),
            ),
        },
        breakdowns=("type", "tier", "region", "segment", "manager"),
        help=_(
            "Costs come before recruits: read it over twelve months. First wins count by month."
        ),
        needs_n=5,
    ),
]
