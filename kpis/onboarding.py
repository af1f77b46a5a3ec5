"""How long each step of onboarding takes: Kaplan-Meier medians, where partners stop."""

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta

from kpis import stats
from kpis.basefacts import all_of, end_of
from kpis.store import Store
from partners.models import OnboardingVersion
from prm.common.periods import Period

SURE = 5  # finished steps from which on a median is shown
STOPPED = timedelta(days=30)
YEAR = timedelta(days=365)
COLUMNS = "fact.key, fact.title, fact.plan_id, fact.begun_on, fact.day, fact.out_on, fact.last_on"


@dataclass(frozen=True)
class StepTime:
    """One step: partners that reached it, how many finished it, its median days (None: too few
    or fewer than half are through), its part of the whole time, who stopped at it.
    """

    key: str
    title: str
    reached: int
    finished: int
    median: float | None
    stopped: int
    share: float | None = None

    @property
    def drop_off(self) -> float:
        """The part of those who reached it that stopped there."""
        return self.stopped / self.reached if self.reached else 0.0


def step_times(store: Store, period: Period) -> list[StepTime]:
    """The steps that partners reached in the year up to the period's end, the slowest first."""
    end = end_of(store, period)
    since = end - YEAR
    lives: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    stopped: dict[str, int] = defaultdict(int)
    titles: dict[str, Counter[str]] = defaultdict(Counter)
    for key, title, _plan, begun, done, out, last in all_of("step_time", COLUMNS, store):
        if begun is None or not since <= begun < end:
            continue
        titles[key][title] += 1
        is_done = done is not None and done < end
        until = done if is_done else min(end, out or end)
        lives[key].append((max(0, (until - begun).days), is_done))
        stopped[key] += not is_done and _has_stopped(begun, out, last, end)
    found = [_step(key, _title(titles[key], key), lives[key], stopped[key]) for key in lives]
    return _with_shares(found)


def _has_stopped(begun: date, out: date | None, last: date | None, end: date) -> bool:
    """Whether it is open and nothing in its plan has moved for thirty days, nor has it ended."""
    if out is not None and out < end:
        return True
    moved = max(begun, last) if last is not None and last < end else begun
    return end - moved > STOPPED


def _step(key: str, title: str, lives: list[tuple[float, bool]], stopped: int) -> StepTime:
    finished = sum(is_event for _days, is_event in lives)
    curve = stats.kaplan_meier(lives)
    median = stats.median_life(curve) if finished >= SURE else None
    return StepTime(key, title, len(lives), finished, median, stopped)


def nameable(steps: list[StepTime]) -> list[StepTime]:
    """The steps that everybody may read of: those of our templates, and those that several went
    through. What stands in one partner's plan alone could tell who it is.
    """
    templates = OnboardingVersion.objects.order_by("pk").values_list("steps", flat=True)
    ours = {step["key"]: step["title"] for steps in templates for step in steps}
    return [
        replace(one, title=ours.get(one.key, one.title))
        for one in steps
        if one.key in ours or one.reached >= SURE
    ]


def _title(titles: Counter[str], key: str) -> str:
    """What a step is called, if several call it so."""
    ((title, n),) = titles.most_common(1)
    return title if n >= SURE else key


def _with_shares(found: list[StepTime]) -> list[StepTime]:
    total = sum(one.median or 0 for one in found)
    shared = [
        StepTime(
            one.key, one.title, one.reached, one.finished, one.median, one.stopped,
            one.median / total if total and one.median is not None else None,
        )
        for one in found
    ]  # fmt: skip
    return sorted(shared, key=lambda one: (one.median is None, -(one.median or 0), one.key))
