"""Who works out the members of segments: an upper app, which has the values of KPIs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from partners.accounts.models import Partner
from partners.segments.models import DynamicSegment
from partners.segments.rules import Rule
from prm.common.access import Actor

SHOWN = 8  # members that a preview names

Values = list[dict[str, Any]]  # what decided, as a stay stores it


@dataclass(frozen=True)
class Shown:
    """A partner of a preview, with the values for which it would be in the segment."""

    partner: Partner
    values: Values


@dataclass(frozen=True)
class Preview:
    """Whom a rule would hold for now: how many of the reader's partners, and the first by name."""

    members: int = 0
    of: int = 0
    first: Sequence[Shown] = ()
    problem: str = ""


@dataclass(frozen=True)
class Changes:
    """What an evaluation changed."""

    came: Sequence[int] = ()
    left: Sequence[int] = ()
    members: int = 0
    values: Mapping[int, Values] = field(default_factory=dict)


class Evaluator(Protocol):
    """Who has the values."""

    def preview(self, rule: Rule, actor: Actor, now: datetime) -> Preview:
        """Whom the rule would hold for, of the partners that this person may know of."""

    def refresh(self, segment: DynamicSegment, now: datetime) -> Changes:
        """Work out the members now and write who came and went. Twice changes nothing."""


EVALUATORS: list[Evaluator] = []


def evaluator() -> Evaluator:
    """Who works it out. Raises LookupError when nobody does."""
    if not EVALUATORS:
        raise LookupError("no app works out the members of segments")
    return EVALUATORS[0]
