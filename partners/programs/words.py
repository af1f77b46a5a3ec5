"""Rules and values in people's words, the same on every page and in the API."""

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_stubs_ext import StrOrPromise

from partners.programs.metrics import Metric, offered
from partners.programs.rules import (
    CALENDAR_YEAR,
    FISCAL_YEAR,
    NO_TIER,
    ROLLING,
    Criterion,
    Measure,
    Rules,
)
from prm.common import display

REVIEW_WORDS: dict[str, StrOrPromise] = {
    "month": gettext_lazy("Each month"),
    "quarter": gettext_lazy("Each quarter"),
    FISCAL_YEAR: gettext_lazy("Each fiscal year"),
    CALENDAR_YEAR: gettext_lazy("Each calendar year"),
}
PROMOTION_WORDS: dict[str, StrOrPromise] = {
    "at_once": gettext_lazy("At once"),
    "approval": gettext_lazy("After our approval"),
}
DEMOTION_WORDS: dict[str, StrOrPromise] = {
    "approval": gettext_lazy("After our approval"),
    "automatic": gettext_lazy("By itself when grace is over"),
}
OPERATOR_WORDS: dict[str, StrOrPromise] = {
    "ge": gettext_lazy("at least"),
    "gt": gettext_lazy("more than"),
    "le": gettext_lazy("at most"),
    "lt": gettext_lazy("less than"),
}
# Why an evaluation changed nothing.
BECAUSE: dict[str, StrOrPromise] = {
    "met": gettext_lazy("All requirements of the tier are met."),
    "locked": gettext_lazy("The tier is locked: evaluations leave it as it is."),
    "unknown_tier": gettext_lazy("The tier is none of this programme. Put the partner into one."),
    "unknown": gettext_lazy(
        "A value is not known, such as an exchange rate. Nobody moves by that."
    ),
    "waits_for_approval": gettext_lazy("A decision waits for approval."),
    "declined": gettext_lazy("A promotion was declined until the next review."),
    "exception": gettext_lazy("An exception holds the tier."),
    "new_partner": gettext_lazy("New partners are exempt until their first full period is over."),
    "new_tier": gettext_lazy("A new tier is kept at least until the end of the next period."),
    "until_review": gettext_lazy("A requirement is missed today. The next review decides."),
    "grace": gettext_lazy("In grace: there is still time to meet what is missing."),
    "planned_change": gettext_lazy("A change of the profile is planned for a later day."),
    "moved_meanwhile": gettext_lazy("Somebody changed the tier at the same time."),
}
# What partners read of it; locks, exceptions and our own gaps are the vendor's matter.
FOR_PARTNERS = frozenset({"grace", "new_partner", "new_tier", "until_review"})
# What a dry run counts, in the order in which people read it.
CHANGES: dict[str, tuple[StrOrPromise, str]] = {
    "promote": (gettext_lazy("Would rise"), "good"),
    "propose_promotion": (gettext_lazy("Would be proposed to rise"), "good"),
    "recover": (gettext_lazy("Would be out of risk"), "good"),
    "at_review": (gettext_lazy("Would be at risk at the next review"), "warn"),
    "warn": (gettext_lazy("Would be at risk"), "warn"),
    "withdraw": (gettext_lazy("Proposal would be withdrawn"), "warn"),
    "propose_demotion": (gettext_lazy("Would be proposed to fall"), "bad"),
    "demote": (gettext_lazy("Would fall"), "bad"),
    "drop": (gettext_lazy("Would fall at once"), "bad"),
}


def tier_name(key: str) -> str:
    """A tier as people read it."""
    return key[:1].upper() + key[1:] if key != NO_TIER else _("No tier")


def window(measure: Measure) -> str:
    """Over which time a measure is read; nothing for what holds today."""
    if measure.window == ROLLING:
        words = ngettext("last month", "last %(n)s months", measure.months)
        return words % {"n": measure.months} if "%(n)s" in words else words
    return {
        CALENDAR_YEAR: _("this calendar year"),
        FISCAL_YEAR: _("this fiscal year"),
        "lifetime": _("since the beginning"),
    }.get(measure.window, "")


def label(measure: Measure) -> str:
    """What is measured, with its time: "Revenue won, net of refunds, last 12 months"."""
    metric = offered().get(measure.metric)
    parts = [str(metric.label) if metric else measure.metric, window(measure)]
    return ", ".join(part for part in parts if part)


def amount(value: Decimal | None, metric: Metric | None, currency: str) -> str:
    """A value in the unit of its metric."""
    unit = metric.unit if metric else "count"
    if unit == "flag":
        return _("Yes") if value else _("No")
    if value is None:
        return display.UNKNOWN
    if unit == "money":
        return display.money(value, currency)
    if unit == "share":
        return display.percent(value, 0)
    if unit == "days":
        return display.days(value)
    return display.number(value, 0 if value == value.to_integral_value() else 1)


def demand(one: Criterion, currency: str = "") -> str:
    """What a criterion asks: "€100k or more"; ``currency`` where its own is the reporting one."""
    metric = offered().get(one.measure.metric)
    asked = amount(one.threshold, metric, one.currency or currency)
    if metric is not None and metric.unit == "flag":
        return asked
    sentence = {
        "ge": _("%(value)s or more"),
        "gt": _("more than %(value)s"),
        "le": _("%(value)s or less"),
        "lt": _("less than %(value)s"),
    }[one.operator]
    return sentence % {"value": asked}


def ladder(rules: Rules) -> list[str]:
    """Each tier with what it asks by itself: "Gold: Deals won, last 12 months 5 or more"."""
    found = []
    for tier in rules.tiers:
        asked = [f"{label(one.measure)} {demand(one)}" for one in tier.requirements.criteria()]
        told = ", ".join(asked) or _("no requirements")
        found.append(f"{tier_name(tier.key)}: {told}")
    return found
