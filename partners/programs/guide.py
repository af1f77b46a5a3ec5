"""The guide of a programme: what each tier asks and brings, side by side."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partners.programs import words
from partners.programs.models import Benefit, RuleVersion
from partners.programs.rules import Criterion, Group, Measure, Rules
from prm.common import config


@dataclass(frozen=True)
class Cell:
    """What one tier asks or brings; ``is_choice``: another requirement does as well."""

    tier: str
    text: str = ""
    is_choice: bool = False
    is_hard: bool = False
    is_own: bool = False


@dataclass(frozen=True)
class Line:
    """A requirement or benefit, with a cell for each tier."""

    name: str
    cells: list[Cell]
    detail: str = ""


@dataclass(frozen=True)
class Guide:
    """The whole guide. ``own`` is the tier of the partner that reads it."""

    version: RuleVersion
    rules: Rules
    tiers: list[str]
    own: str = ""
    requirements: list[Line] = field(default_factory=list)
    benefits: list[Line] = field(default_factory=list)

    @property
    def sentences(self) -> list[str]:
        """How tiers are reviewed, in words."""
        return [str(sentence) for sentence in _sentences(self.rules)]


def guide_of(version: RuleVersion, own: str = "") -> Guide:
    """The guide of a version of rules."""
    rules, currency = version.parsed, config.program().currency
    tier = rules.tier(own)
    return Guide(
        version,
        rules,
        [one.key for one in rules.tiers],
        tier.key if tier else "",
        _requirements(rules, currency, own),
        _benefits(rules, own),
    )


def _requirements(rules: Rules, currency: str, own: str) -> list[Line]:
    measures = rules.measures()
    return [
        Line(
            words.label(measure),
            [_cell(tier.key, tier.requirements, measure, currency, own) for tier in rules.tiers],
        )
        for measure in measures
    ]


def _cell(key: str, group: Group, measure: Measure, currency: str, own: str) -> Cell:
    found = [(one, many) for one, many in _with_choice(group) if one.measure == measure]
    return Cell(
        key,
        ", ".join(words.demand(one, currency) for one, _many in found),
        any(many for _one, many in found),
        any(one.is_hard for one, _many in found),
        key.casefold() == own.casefold(),
    )


def _with_choice(group: Group) -> list[tuple[Criterion, bool]]:
    """Each criterion, and whether another one does as well."""
    found: list[tuple[Criterion, bool]] = []
    is_choice = group.join == "any" and len(group.parts) > 1
    for part in group.parts:
        if isinstance(part, Criterion):
            found.append((part, is_choice))
        else:
            found += [(one, many or is_choice) for one, many in _with_choice(part)]
    return found


def _benefits(rules: Rules, own: str) -> list[Line]:
    used = {pk for tier in rules.tiers for pk, text in tier.benefits.items() if text}
    return [
        Line(
            row.name,
            [
                Cell(tier.key, tier.benefits.get(str(row.public_id), ""),
                     is_own=tier.key.casefold() == own.casefold())
                for tier in rules.tiers
            ],
            row.description,
        )
        for row in Benefit.objects.filter(public_id__in=used)
    ]  # fmt: skip


def _sentences(rules: Rules) -> list[str]:
    found = []
    if rules.promotion == "at_once":
        found.append(_("Who meets a higher tier rises on the same day."))
    else:
        found.append(_("Who meets a higher tier is proposed to rise; we decide."))
    found.append(
        {
            "month": _("Tiers are reviewed at the end of each month."),
            "quarter": _("Tiers are reviewed at the end of each quarter."),
            "fiscal_year": _("Tiers are reviewed at the end of each fiscal year."),
            "calendar_year": _("Tiers are reviewed at the end of each calendar year."),
        }[rules.review]
    )
    found.append(
        ngettext(
            "Who misses a tier then has %(n)s day to catch up, before it falls by one level.",
            "Who misses a tier then has %(n)s days to catch up, before it falls by one level.",
            rules.grace_days,
        )
        % {"n": rules.grace_days}
    )
    found.append(_("A new tier is kept at least until the end of the next period."))
    if rules.is_cumulative:
        found.append(_("A tier also asks for what the tiers below it ask."))
    return found
