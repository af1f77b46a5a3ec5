"""How new partners become productive: kpis.md 23-27."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from kpis import stats
from kpis.basefacts import all_of, end_of
from kpis.definitions.base import Ask, Facts, Kpi, Variant
from kpis.definitions.parts import (
    ACTIVATED,
    COHORT,
    DUE,
    IN_TIME,
    ONBOARD,
    STARTED,
    STEPS,
    STEPS_DONE,
)
from kpis.onboarding import SURE, nameable, step_times
from kpis.result import Answer, no, ratio
from kpis.stats import Lives
from partners.models import OnboardingTask

EARLY = 90  # days in which a partner that will be active usually is
TWO_YEARS = timedelta(days=730)
DIMENSIONS = ("type", "tier", "region", "segment", "manager")
STEP_COLUMNS = "fact.day, fact.until, fact.ended, fact.done_on, fact.skipped_on"
DUE_COLUMNS = "fact.day, fact.finished_on, fact.skipped_on, fact.side"


def _is_connected(ask: Ask) -> bool:
    return bool(ask.store.once_for_all("onboarding", OnboardingTask.objects.exists))


def completion(ask: Ask) -> Answer:
    """Required steps done, of those of partners in onboarding at the end."""
    if not _is_connected(ask):
        return no("not_connected")
    end, is_one = end_of(ask.store, ask.period), ask.store.scope.kind == "partner"
    done = steps = 0
    for day, until, ended, done_on, skipped_on in all_of("onboarding", STEP_COLUMNS, ask.store):
        runs = until is None or until >= end or (is_one and not ended)
        if day < end and runs and (skipped_on is None or skipped_on >= end):
            steps += 1
            done += done_on is not None and done_on < end
    return ratio(done, steps, n=steps)


def _in_time(side: str = "", *, recent: bool = False) -> Callable[[Ask], Answer]:
    """Steps finished by their due day, of those due by the end (``recent``: in the period)."""

    def compute(ask: Ask) -> Answer:
        if not _is_connected(ask):
            return no("not_connected")
        end, today = end_of(ask.store, ask.period), ask.store.settings.local_date(ask.store.now)
        hits = due = 0
        for day, finished, skipped, whose in all_of("onboarding_due", DUE_COLUMNS, ask.store):
            in_time = finished is not None and finished <= day
            if not (day < end and (day < today or in_time)) or (side and whose != side):
                continue
            if (skipped is not None and skipped < end) or (recent and day < ask.period.starts_on):
                continue
            due, hits = due + 1, hits + in_time
        interval = stats.wilson(hits, due) if due else None
        return ratio(hits, due, n=due, ci=interval, ci_method="wilson" if due else None)

    return compute


def bottleneck(ask: Ask) -> Answer:
    """The longest of the steps' median times; items tell each step."""
    if not _is_connected(ask):
        return no("not_connected")
    steps = step_times(ask.store, ask.period)
    items: list[dict[str, Any]] = [
        {
            "step": one.key,
            "title": one.title,
            "reached": one.reached,
            "finished": one.finished,
            "median": one.median,
            "share": one.share,
            "stopped": one.stopped,
        }
        for one in nameable(steps)
    ]
    if not steps:
        return no("no_data", n=0)
    slowest = steps[0]
    if slowest.median is None:
        few = max(one.finished for one in steps) < SURE
        return no("insufficient_n" if few else "not_reached", n=slowest.reached, items=items)
    return Answer(slowest.median, n=slowest.reached, items=items)


def _lives(ask: Ask, column: str, *, recent: bool = False) -> Lives:
    """Days from the start to a milestone, or how long each partner without it was followed."""
    end = end_of(ask.store, ask.period)
    lives = []
    rows = all_of("started", f"fact.day, fact.{column}, fact.out_on", ask.store)
    for day, reached, out in rows:
        if day >= end or (recent and day < end - TWO_YEARS):
            continue
        if reached is not None and reached < end:
            lives.append((max(0, (reached - day).days), True))
        else:
            lives.append((max(0, (min(end, out or end) - day).days), False))
    return lives


def _time_to(column: str, *, recent: bool = False) -> Callable[[Ask], Answer]:
    def compute(ask: Ask) -> Answer:
        lives = _lives(ask, column, recent=recent)
        if not lives:
            return no("no_data", n=0)
        events = sum(is_event for _days, is_event in lives)
        value = stats.median_life(stats.kaplan_meier(lives))
        parts: dict[str, Any] = {"numerator": events, "denominator": len(lives), "n": len(lives)}
        return no("not_reached", **parts) if value is None else Answer(value, **parts)

    return compute


def _within(days: int) -> Callable[[Ask], Answer]:
    def compute(ask: Ask) -> Answer:
        lives = _lives(ask, "win_on")
        if not lives:
            return no("no_data", n=0)
        return Answer(stats.reached_by(stats.kaplan_meier(lives), days), n=len(lives))

    return compute


def activation(ask: Ask) -> Answer:
    """Partners with an approved registration within 90 days, of a cohort that all had them."""
    rows = all_of("cohort", "fact.day, fact.approval_on", ask.store)
    own = [row for row in rows if ask.period.starts_on <= row[0] < ask.period.ends_on]
    if not own:
        return no("no_data", n=0)
    today = ask.store.settings.local_date(ask.store.now)
    if any((today - day).days < EARLY for day, _approved in own):
        return no("insufficient_history", n=len(own))
    hits = sum(one is not None and (one - day).days <= EARLY for day, one in own)
    interval = stats.wilson(hits, len(own))
    return ratio(hits, len(own), n=len(own), ci=interval, ci_method="wilson")


def estimated_activation(ask: Ask) -> Answer:
    """The same while the cohort is young: what those who were followed let expect."""
    rows = all_of("cohort", "fact.day, fact.approval_on, fact.out_on", ask.store)
    today = ask.store.settings.local_date(ask.store.now)
    lives = []
    for day, approved, out in rows:
        if not ask.period.starts_on <= day < ask.period.ends_on or day > today:
            continue
        until = approved or min(today, out or today)
        lives.append((max(0, (until - day).days), approved is not None))
    if not lives:
        return no("no_data", n=0)
    return Answer(stats.reached_by(stats.kaplan_meier(lives), EARLY), n=len(lives))


def _of_side(side: str) -> tuple[tuple[Facts, ...], tuple[Facts, ...]]:
    where = f"fact.side = '{side}'"
    return (
        (Facts("onboarding_due", "", f"fact.finished_on <= fact.day AND {where}"),),
        (Facts("onboarding_due", "", where),),
    )


def _reached(column: str, more: str = "") -> tuple[Facts, ...]:
    return (Facts("started", "", f"fact.{column} < {{ends}}{more}"),)


THEIRS, OURS = _of_side("company"), _of_side("ours")
IN_PERIOD = "fact.day >= {starts}"
LATELY = "fact.day >= {ends} - 730"

KPIS = [
    Kpi(
        "onboarding_completion",
        _("Onboarding progress"),
        ONBOARD,
        _("How far is each new partner?"),
        _("Required steps done, divided by required steps of partners in onboarding."),
        _("the end of the period"),
        "share",
        "higher",
        "RATIO",
        {
            "rate": Variant(
                completion,
                _("rate"),
                numerator=(STEPS_DONE,),
                denominator=(STEPS,),
                for_partners=True,
            ),
        },
        help=_(
            "Steps are those of the start: a later version of the template changes nothing."
            " Skipped steps leave both sums; completed partners leave the figure."
        ),
        needs_n=5,
    ),
    Kpi(
        "onboarding_on_time",
        _("Onboarding steps in time"),
        ONBOARD,
        _("Are we slipping?"),
        _("Required steps done by their due day, divided by required steps due by the end."),
        _("due day of the step"),
        "share",
        "higher",
        "RATIO",
        {
            "rate": Variant(
                _in_time(), _("rate"), numerator=(IN_TIME,), denominator=(DUE,), for_partners=True
            ),
            "period": Variant(
                _in_time(recent=True),
                _("due in the period"),
                numerator=(
                    Facts("onboarding_due", "", f"fact.finished_on <= fact.day AND {IN_PERIOD}"),
                ),
                denominator=(Facts("onboarding_due", "", IN_PERIOD),),
                for_partners=True,
            ),
            "partner": Variant(
                _in_time("company"), _("steps of partners"), numerator=THEIRS[0],
                denominator=THEIRS[1], for_partners=True,
            ),
            "ours": Variant(
                _in_time("ours"), _("our own steps"), numerator=OURS[0], denominator=OURS[1],
                for_partners=True,
            ),
        },
        help=_("What a partner handed in by the day is in time, however long we look at it."),
        needs_n=5,
    ),
    Kpi(
        "onboarding_bottleneck",
        _("Slowest onboarding step"),
        ONBOARD,
        _("Which step can be improved?"),
        _("The longest median time of a step, from its turn until it is done; open ones count."),
        _("day on which the step’s turn came, in the year up to the end"),
        "days",
        "lower",
        "MEDIAN",
        {"median": Variant(bottleneck, _("median"))},
        breakdowns=("type",),
        help=_("Kaplan-Meier: open steps count as long as they wait. Five finished are needed."),
        needs_n=5,
    ),
    Kpi(
        "time_to_productive",
        _("Time to first revenue"),
        ONBOARD,
        _("How long until a new partner earns?"),
        _("Median days from the first contract to the first deal won; those without one count."),
        _("first day of the contract, reported at the end of the period"),
        "days",
        "lower",
        "MEDIAN",
        {
            "median": Variant(
                _time_to("win_on"), _("first win"), numerator=_reached("win_on"),
                denominator=(STARTED,),
            ),
            "recent": Variant(
                _time_to("win_on", recent=True), _("first win, begun in the last 24 months"),
                numerator=_reached("win_on", f" AND {LATELY}"),
                denominator=(Facts("started", "", LATELY),),
            ),
            "registration": Variant(
                _time_to("registration_on"), _("first registration"),
                numerator=_reached("registration_on"), denominator=(STARTED,),
            ),
            "sign_in": Variant(
                _time_to("sign_in_on"), _("first sign-in"), numerator=_reached("sign_in_on"),
                denominator=(STARTED,),
            ),
            "within_90": Variant(_within(90), _("earning within 90 days"), "share"),
            "within_180": Variant(_within(180), _("earning within 180 days"), "share"),
        },
        breakdowns=DIMENSIONS,
        help=_(
            "Kaplan-Meier: a partner without a win counts for as long as it was followed, one that"
            " left until it left. There is no median until half have won."
        ),
        needs_n=5,
    ),
    Kpi(
        "activation_rate_90d",
        _("Active within 90 days"),
        ONBOARD,
        _("Do signatures become business?"),
        _("Partners with an approved registration within 90 days of the contract’s first day."),
        _("first day of the contract"),
        "share",
        "higher",
        "RATIO",
        {
            "rate": Variant(
                activation, _("rate"), numerator=(ACTIVATED,), denominator=(COHORT,)
            ),
            "estimate": Variant(estimated_activation, _("estimate while the cohort is young")),
        },
        breakdowns=DIMENSIONS,
        help=_("Shown once all partners of the period had their 90 days."),
        needs_n=5,
    ),
]  # fmt: skip
