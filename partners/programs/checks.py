"""What is wrong with rules before they may be published."""

from itertools import pairwise

from django.utils.translation import gettext as _

from partners.programs.metrics import WINDOW_WORDS, Metric, offered
from partners.programs.models import Benefit
from partners.programs.rules import OPERATORS, ROLLING, Criterion, Rules, Tier
from partners.programs.windows import REVIEWS, ill_suited
from prm.common import config, money

MOST_MONTHS = 60


def problems(rules: Rules) -> list[str]:
    """Sentences that say what to do; empty: the rules may be published."""
    found = []
    if not rules.tiers:
        return [_("Add at least one tier.")]
    found += _words(rules) + _steps(rules) + _criteria(rules)
    sentence = _(
        "“%(window)s” starts from zero between two reviews. Review at the end of that year, or ask"
        " for the last 12 months."
    )
    windows = ill_suited(rules, config.program().fiscal_start_month)
    found += [sentence % {"window": WINDOW_WORDS[window]} for window in windows]
    return found


def _words(rules: Rules) -> list[str]:
    found = []
    keys = [tier.key.casefold() for tier in rules.tiers]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    found += [_("Two tiers are called %(name)s. Rename one.") % {"name": key} for key in twice]
    if not all(keys):
        found.append(_("Give every tier a name."))
    if rules.review not in REVIEWS or rules.grace_days < 0:
        found.append(_("Choose when tiers are reviewed, and days of grace of 0 or more."))
    known = {str(pk) for pk in Benefit.objects.values_list("public_id", flat=True)}
    if any(set(tier.benefits) - known for tier in rules.tiers):
        found.append(_("A benefit is not in the library any more. Save the benefits again."))
    return found


def _steps(rules: Rules) -> list[str]:
    """Two tiers that claim the same partners, or a higher one that asks for less: no order."""
    found = []
    for lower, tier in pairwise(rules.tiers):
        names = {"lower": lower.key, "tier": tier.key}
        if not list(tier.requirements.criteria()):
            found.append(_("%(tier)s asks for nothing, so that everybody would rise to it. Add a"
                           " requirement.") % names)  # fmt: skip
        elif _asks(lower) == _asks(tier):
            found.append(_("%(lower)s and %(tier)s ask for the same. Change one of them.") % names)
    for place, tier in enumerate(rules.tiers):
        for lower in rules.tiers[:place]:
            found += _easier(lower, tier)
    return found


def _asks(tier: Tier) -> list[tuple[object, ...]]:
    return sorted(
        (one.measure.text, one.operator, one.threshold, one.currency)
        for one in tier.requirements.criteria()
    )


def _easier(lower: Tier, tier: Tier) -> list[str]:
    """The measures of which a higher tier asks for less than a lower one: their ranges overlap."""
    found = []
    for one in lower.requirements.criteria():
        for other in tier.requirements.criteria():
            if (one.measure, one.operator, one.currency) != (
                other.measure, other.operator, other.currency,
            ):  # fmt: skip
                continue
            at_least = one.operator in {"ge", "gt"}
            if other.threshold < one.threshold if at_least else other.threshold > one.threshold:
                metric = offered().get(one.measure.metric)
                found.append(
                    _("%(tier)s asks for less than %(lower)s: %(what)s. Both would claim the same"
                      " partners; raise the higher one.")
                    % {"tier": tier.key, "lower": lower.key,
                       "what": metric.label if metric else one.measure.metric}
                )  # fmt: skip
    return found


def _criteria(rules: Rules) -> list[str]:
    known = offered()
    return [
        sentence
        for tier in rules.tiers
        for one in tier.requirements.criteria()
        if (sentence := criterion_problem(one, known.get(one.measure.metric)))
    ]


def criterion_problem(one: Criterion, metric: Metric | None) -> str:
    """What is wrong with one requirement; empty: nothing."""
    if metric is None:
        return _("Nothing is measured under %(name)s. Choose a figure that exists.") % {
            "name": one.measure.metric
        }
    if one.measure.window not in metric.windows or one.operator not in OPERATORS:
        return _("%(name)s cannot be read over this time. Choose another one.") % {
            "name": metric.label
        }
    if one.measure.window == ROLLING and not 1 <= one.measure.months <= MOST_MONTHS:
        return _("Choose from 1 to %(n)s months.") % {"n": MOST_MONTHS}
    if metric.unit == "money" and one.currency not in money.CURRENCIES:
        return _("Choose the currency of the amount.")
    return ""
