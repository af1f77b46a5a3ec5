"""Pure rules of onboarding: steps of a plan, their order and due days, progress. No database."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from prm.common.calendars.rules import WorkingTime, add_business_days

OURS, COMPANY = "ours", "company"
SIDES = (OURS, COMPANY)
PENDING, WAITING, DONE = "pending", "waiting", "done"
ACTION_NEEDED, SKIPPED = "action_needed", "skipped"
SETTLED = frozenset({DONE, SKIPPED})
OPEN = frozenset({PENDING, ACTION_NEEDED})  # somebody has to do something, or will have to
SIGN_IN, REGISTRATION, APPROVAL, WIN = (
    "first_sign_in", "first_registration", "first_approval", "first_win",
)  # fmt: skip
MILESTONES = (SIGN_IN, REGISTRATION, APPROVAL, WIN)
MOST_STEPS, MOST_DAYS = 60, 400


@dataclass(frozen=True)
class Step:
    """One step of a plan: who does it, how many business days after the start it is due.

    ``after`` are the keys of the steps that come first. ``approval``: we look at it before it is
    done. ``milestone``: it is done by itself when this happens for the first time.
    """

    key: str
    title: str
    side: str = COMPANY
    days: int = 5
    text: str = ""
    link: str = ""
    required: bool = True
    approval: bool = False
    milestone: str = ""
    after: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The step as a version keeps it."""
        return asdict(self) | {"after": list(self.after)}


def from_json(rows: Iterable[Mapping[str, Any]]) -> tuple[Step, ...]:
    """The steps of a version."""
    return tuple(Step(**{**row, "after": tuple(row.get("after", ()))}) for row in rows)


@dataclass(frozen=True)
class Problem:
    """What is wrong with the steps: a word for programs, and the titles that it is about."""

    code: str
    step: str = ""
    other: str = ""


def problems(steps: Sequence[Step]) -> list[Problem]:
    """Everything that keeps these steps from being published, in their order."""
    if not steps:
        return [Problem("no_steps")]
    found = [Problem("too_many")] if len(steps) > MOST_STEPS else []
    by_key = {step.key: step for step in steps}
    if len(by_key) < len(steps):
        found.append(Problem("twice"))
    if not any(step.required for step in steps):
        found.append(Problem("none_required"))
    for step in steps:
        found += _of_step(step, by_key)
    circle = in_circle(steps)
    if circle:
        found.append(Problem("circle", by_key[circle].title))
    return found


def _of_step(step: Step, by_key: Mapping[str, Step]) -> list[Problem]:
    found = []
    if not step.title.strip():
        found.append(Problem("no_title", step.key))
    if step.side not in SIDES or step.milestone not in ("", *MILESTONES):
        found.append(Problem("unknown_word", step.title))
    if not 0 <= step.days <= MOST_DAYS:
        found.append(Problem("days", step.title))
    if step.milestone and step.approval:
        found.append(Problem("milestone_approval", step.title))
    for key in step.after:
        before = by_key.get(key)
        if before is None:
            found.append(Problem("unknown_step", step.title, key))
        elif before.days > step.days:
            found.append(Problem("due_before", step.title, before.title))
    return found


def in_circle(steps: Sequence[Step]) -> str:
    """The key of a step that waits for itself in the end; empty if none does."""
    left = {step.key: set(step.after) for step in steps}
    while True:
        free = {key for key, after in left.items() if not after & left.keys()}
        if not free:
            return next((step.key for step in steps if step.key in left), "")
        left = {key: after for key, after in left.items() if key not in free}


def due_days(steps: Iterable[Step], started_on: date, working: WorkingTime) -> dict[str, date]:
    """The day on which each step is due, counted in business days from the start."""
    return {step.key: add_business_days(started_on, step.days, working) for step in steps}


def without(steps: Sequence[Step], key: str) -> tuple[Step, ...]:
    """The steps without one; nobody waits for it any more."""
    return tuple(
        replace(step, after=tuple(one for one in step.after if one != key))
        for step in steps
        if step.key != key
    )


def new_key(title: str, taken: Collection[str]) -> str:
    """A short key for a new step, made of its title; never one that is taken."""
    letters = "".join(one if one.isalnum() and one.isascii() else " " for one in title.lower())
    base = "_".join(letters.split())[:40] or "step"
    key, number = base, 1
    while key in taken:
        number += 1
        key = f"{base}_{number}"
    return key


@dataclass(frozen=True)
class Progress:
    """How far a plan is: required steps done, of those that were not skipped."""

    done: int
    required: int

    @property
    def share(self) -> float | None:
        """From 0 to 1; None where no step is left that counts."""
        return self.done / self.required if self.required else None

    @property
    def is_through(self) -> bool:
        """Whether nothing required is left."""
        return self.done >= self.required


def progress(states: Iterable[tuple[str, bool]]) -> Progress:
    """Count (state, is_required) pairs; skipped ones leave both sums."""
    counted = [state for state, required in states if required and state != SKIPPED]
    return Progress(counted.count(DONE), len(counted))


def missing(after: Iterable[str], states: Mapping[str, str]) -> list[str]:
    """The keys of steps that have to be settled first; a step that is not there holds nobody."""
    return [key for key in after if states.get(key, DONE) not in SETTLED]
