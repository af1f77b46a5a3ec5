"""Where a partner stands, what is missing, until when, and what it brings: for both sides."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from partners.accounts.models import Partner
from partners.programs import words
from partners.programs.metrics import offered
from partners.programs.models import Benefit, TierException, TierStanding, TierStep
from partners.programs.rules import (
    Evaluation,
    GroupOutcome,
    Outcome,
    Rules,
    TierOutcome,
    evaluate,
)
from partners.programs.windows import review_of
from prm.common import config, display
from prm.common.config import Program

MOST_STEPS = 20


@dataclass(frozen=True)
class Rule:
    """One requirement with where the partner stands."""

    label: str
    value: str
    demand: str
    gap: str
    share: float
    met: bool | None
    is_hard: bool


@dataclass(frozen=True)
class Choice:
    """Requirements of which one is enough (or a single one)."""

    rules: list[Rule]
    met: bool | None


@dataclass(frozen=True)
class TierView:
    """One tier with its requirements."""

    key: str
    choices: list[Choice]
    met: bool | None

    @property
    def missing(self) -> list[Choice]:
        """What is not met yet: the cure list."""
        return [one for one in self.choices if one.met is False]


@dataclass(frozen=True)
class Gain:
    """A benefit now and in the next tier."""

    name: str
    now: str
    then: str


@dataclass(frozen=True)
class Explanation:
    """All that is told about a partner's tier."""

    standing: TierStanding
    tier: str
    keep: TierView | None
    next: TierView | None
    gains: list[Gain]
    holds: list[Gain]
    review_on: date
    exception: TierException | None
    steps: list[TierStep]
    rules: Rules

    @property
    def is_at_risk(self) -> bool:
        """Whether grace is running or over."""
        return self.standing.state in {TierStanding.State.AT_RISK, TierStanding.State.DEMOTION}

    @property
    def because(self) -> str:
        """Why the last evaluation left things as they are."""
        return str(words.BECAUSE.get(self.standing.because, ""))

    @property
    def because_for_partner(self) -> str:
        """The same, as far as it is the partner's matter."""
        return self.because if self.standing.because in words.FOR_PARTNERS else ""

    @property
    def headline(self) -> str:
        """How it stands in one sentence."""
        return _headline(self)


def explanation_of(partner: Partner, now_day: date, settings: Program) -> Explanation | None:
    """The explanation of the last evaluation; None for a partner that was not evaluated yet."""
    rows = TierStanding.objects.select_related("program", "version", "partner", "locked_by")
    standing = rows.filter(partner=partner).first()
    if standing is None or standing.version is None or standing.evaluated_on is None:
        return None
    rules = standing.version.parsed
    found = evaluation_of(standing, rules)
    profile = partner.profiles.filter(valid_from__lte=now_day).order_by("-valid_from").first()
    tier = profile.tier if profile else ""
    above = rules.above(tier)
    is_top = above.casefold() == tier.casefold()
    exceptions = partner.tier_exceptions.filter(
        ended_at=None, starts_on__lte=now_day, last_day__gte=now_day
    )
    steps = TierStep.objects.filter(partner=partner).select_related("move", "move__by")
    return Explanation(
        standing,
        tier,
        _view(found.of(tier), settings.currency),
        None if is_top else _view(found.of(above), settings.currency),
        [] if is_top else _gains(rules, tier, above),
        _holds(rules, tier),
        review_of(rules.review, now_day, settings.months).last_day,
        exceptions.first(),
        list(steps.order_by("-effective_from")[:MOST_STEPS]),
        rules,
    )


def evaluation_of(standing: TierStanding, rules: Rules) -> Evaluation:
    """What the stored values come to by the rules of their version."""
    stored = standing.readings.get("values", {})
    values = {
        measure: None if stored[measure.text] is None else Decimal(stored[measure.text])
        for measure in rules.measures()
        if measure.text in stored
    }
    rates = {
        code: None if rate is None else Decimal(rate)
        for code, rate in standing.readings.get("rates", {}).items()
    }
    return evaluate(rules, values, rates)


def missing_text(standing: TierStanding) -> str:
    """What a partner misses of its tier (annotated as ``tier``), in one line."""
    if standing.version is None:
        return ""
    tier = getattr(standing, "tier", "")
    found = evaluation_of(standing, standing.version.parsed).of(tier)
    missed = [one for one in found.own.outcomes() if one.met is False] if found else []
    return "; ".join(words.label(one.criterion.measure) for one in missed)


def missing_lines(standing: TierStanding) -> list[str]:
    """What a partner misses of its own tier, a line each, as last evaluated: the cure list."""
    if standing.version is None:
        return []
    profile = standing.partner.profiles.filter(valid_to=None).first()
    found = evaluation_of(standing, standing.version.parsed).of(profile.tier if profile else "")
    view = _view(found, config.program().currency)
    either = _(" – or: ")
    return [either.join(map(_said, one.rules)) for one in view.missing] if view else []


def benefit_lines(standing: TierStanding, tier: str) -> list[str]:
    """What a tier brings, a line each, by the rules of the last evaluation."""
    if standing.version is None:
        return []
    return [f"{one.name}: {one.now}" for one in _holds(standing.version.parsed, tier)]


def _said(rule: Rule) -> str:
    said = {"what": rule.label, "value": rule.value, "demand": rule.demand, "gap": rule.gap}
    if not rule.gap:
        return _("%(what)s: %(value)s, asked: %(demand)s") % said
    return _("%(what)s: %(value)s, asked: %(demand)s; %(gap)s missing") % said


def _view(found: TierOutcome | None, currency: str) -> TierView | None:
    if found is None:
        return None
    return TierView(found.tier.key, _choices(found.own, currency), found.own.met)


def _choices(group: GroupOutcome, currency: str) -> list[Choice]:
    """The parts of an AND, each with the alternatives of an OR in it."""
    if group.join == "any":
        return [Choice([_rule(one, currency) for one in group.outcomes()], group.met)]
    found = []
    for part in group.parts:
        if isinstance(part, Outcome):
            found.append(Choice([_rule(part, currency)], part.met))
        else:
            found += _choices(part, currency)
    return found


def _rule(one: Outcome, currency: str) -> Rule:
    metric = offered().get(one.criterion.measure.metric)
    demand = words.demand(one.criterion, currency)
    if one.criterion.currency not in {"", currency} and one.threshold is not None:
        converted = words.amount(one.threshold, metric, currency)
        demand = _("%(demand)s (%(converted)s)") % {"demand": demand, "converted": converted}
    gap = words.amount(one.gap, metric, currency) if one.gap else ""
    return Rule(
        words.label(one.criterion.measure),
        words.amount(one.value, metric, currency),
        demand,
        "" if metric and metric.unit == "flag" else gap,
        one.share,
        one.met,
        one.criterion.is_hard,
    )


def _gains(rules: Rules, tier: str, above: str) -> list[Gain]:
    """The benefits that the next tier brings or betters."""
    own, then = rules.tier(tier), rules.tier(above)
    now_values = own.benefits if own else {}
    then_values = then.benefits if then else {}
    changed = [pk for pk, text in then_values.items() if text and text != now_values.get(pk, "")]
    return [
        Gain(row.name, now_values.get(str(row.public_id), ""), then_values[str(row.public_id)])
        for row in Benefit.objects.filter(public_id__in=changed)
    ]


def _holds(rules: Rules, tier: str) -> list[Gain]:
    """What the present tier brings."""
    own = rules.tier(tier)
    values = {pk: text for pk, text in own.benefits.items() if text} if own else {}
    return [
        Gain(row.name, values[str(row.public_id)], "")
        for row in Benefit.objects.filter(public_id__in=values)
    ]


def _headline(told: Explanation) -> str:
    names = {
        "tier": words.tier_name(told.tier),
        "below": words.tier_name(told.standing.pending_tier),
    }
    state = told.standing.state
    if state == TierStanding.State.PROMOTION:
        return _("Everything for %(below)s is met. We decide soon.") % names
    if state == TierStanding.State.DEMOTION:
        return _("Grace is over: a decision about %(below)s waits.") % names
    if state == TierStanding.State.AT_RISK and told.standing.grace_until:
        day = display.day(told.standing.grace_until)
        sentence = _("Without what is missing, %(tier)s falls to %(below)s after %(day)s.")
        return sentence % {**names, "day": day}
    if told.next is None:
        return _("%(tier)s is the highest tier.") % names
    rules = [rule for choice in told.next.missing for rule in choice.rules]
    if len(rules) == 1 and rules[0].gap:
        return _("%(gap)s missing to %(next)s: %(what)s.") % {
            "gap": rules[0].gap, "next": words.tier_name(told.next.key), "what": rules[0].label,
        }  # fmt: skip
    count = len(told.next.choices)
    done = count - len(told.next.missing)
    return _("%(done)s of %(all)s requirements of %(next)s are met.") % {
        "done": done, "all": count, "next": words.tier_name(told.next.key),
    }  # fmt: skip
