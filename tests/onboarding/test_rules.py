"""The pure rules of onboarding."""

from dataclasses import replace

import pytest

from kpis.stats import kaplan_meier, median_life, reached_by
from partners.onboarding import rules
from partners.onboarding.rules import Step

A, B = Step("a", "A", days=2), Step("b", "B", days=5, after=("a",))


def codes(*steps: Step) -> set[str]:
    return {one.code for one in rules.problems(steps)}


def test_steps_without_a_fault_have_no_problem() -> None:
    assert codes(A, B) == set()


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        ((), "no_steps"),
        ((A, A), "twice"),
        ((replace(A, required=False),), "none_required"),
        ((replace(A, title=" "),), "no_title"),
        ((replace(A, side="theirs"),), "unknown_word"),
        ((replace(A, milestone="first_call"),), "unknown_word"),
        ((replace(A, days=401),), "days"),
        ((replace(A, milestone="first_win", approval=True),), "milestone_approval"),
        ((B,), "unknown_step"),
        ((A, replace(B, days=1)), "due_before"),
        ((replace(A, after=("b",), days=5), B), "circle"),
        (tuple(Step(str(n), "x") for n in range(61)), "too_many"),
    ],
)
def test_a_fault_of_the_steps_is_named(steps: tuple[Step, ...], code: str) -> None:
    assert code in codes(*steps)


def test_steps_survive_being_stored() -> None:
    assert rules.from_json([A.as_json(), B.as_json()]) == (A, B)


def test_a_new_key_is_made_of_the_title_and_never_taken() -> None:
    assert rules.new_key("Sign in, please!", ()) == "sign_in_please"
    assert rules.new_key("Ünïcode", {"n_code"}) != "n_code"
    assert rules.new_key("A", {"a", "a_2"}) == "a_3"
    assert rules.new_key("???", ()) == "step"


@pytest.mark.parametrize(
    ("states", "done", "required"),
    [
        ([], 0, 0),
        ([("done", True), ("pending", True), ("skipped", True), ("done", False)], 1, 2),
        ([("waiting", True), ("action_needed", True)], 0, 2),
    ],
)
def test_progress_counts_required_steps_that_were_not_skipped(
    states: list[tuple[str, bool]], done: int, required: int
) -> None:
    found = rules.progress(states)
    assert (found.done, found.required) == (done, required)
    assert found.is_through is (required == 0)


def test_what_comes_first_is_missing_until_it_is_settled() -> None:
    states = {"a": "done", "b": "skipped", "c": "waiting"}
    assert rules.missing(["a", "b", "c", "gone"], states) == ["c"]


def test_lives_that_are_not_followed_to_the_end_count_as_long_as_they_were() -> None:
    """Worked out by hand: at risk 4, 3 and (one is out at 2) 1."""
    curve = kaplan_meier([(1, True), (2, True), (2, False), (5, True)])
    assert curve == [(1, 0.75), (2, 0.5), (5, 0.0)]
    assert (median_life(curve), reached_by(curve, 4), reached_by(curve, 0.5)) == (2, 0.5, 0.0)
    assert median_life(kaplan_meier([(1, True), (9, False), (9, False)])) is None
    assert kaplan_meier([]) == []
