"""Whether a rule asks only for what there is; every refusal says what to do."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from partners.programs.metrics import Metric, offered
from partners.segments.fields import FIELDS
from partners.segments.periods import windows_of
from partners.segments.ruledoc import is_day, period_text
from partners.segments.rules import (
    BARE,
    CHOICE,
    COMPARE,
    DAY,
    IN_DAYS,
    NUMBER,
    OPERATORS,
    FieldTest,
    MetricTest,
    Rule,
    Test,
)
from prm.common import money
from prm.common.errors import InvalidInput

MOST_DAYS = 3650


def metrics() -> dict[str, Metric]:
    """The KPIs that a rule can ask for: those that are read for all partners at once.

    Whether a contract runs is a field (``under_contract``), not a number.
    """
    return {key: one for key, one in offered().items() if one.unit != "flag"}


def check(rule: Rule) -> Rule:
    """The rule, if it can be worked out. Raises InvalidInput with the first thing to change."""
    if not any(rule.blocks):
        raise InvalidInput(_("Add at least one condition."), "rule")
    for problem in problems(rule):
        raise InvalidInput(problem, "rule")
    return rule


def problems(rule: Rule) -> Iterator[str]:
    """What is wrong with the conditions of a rule, in words."""
    return (said for said in map(problem_of, rule.tests()) if said)


def problem_of(test: Test) -> str:
    """What is wrong with one condition; empty: nothing."""
    return _of_field(test) if isinstance(test, FieldTest) else _of_metric(test)


def _of_field(test: FieldTest) -> str:
    field = FIELDS.get(test.field)
    if field is None:
        return _("There is no field %(name)s. Choose one of: %(names)s.") % {
            "name": test.field, "names": ", ".join(FIELDS),
        }  # fmt: skip
    if test.operator not in OPERATORS[field.kind]:
        return _("%(name)s can be compared by: %(names)s.") % {
            "name": field.label, "names": ", ".join(OPERATORS[field.kind]),
        }  # fmt: skip
    if test.operator in BARE:
        return ""
    if not test.values or not all(test.values):
        return _("Say what %(name)s is compared with.") % {"name": field.label}
    if field.kind != CHOICE and len(test.values) > 1:
        return _("%(name)s is compared with one value.") % {"name": field.label}
    return _of_value(test, field.kind, str(field.label))


def _of_value(test: FieldTest, kind: str, name: str) -> str:
    value = test.values[0]
    is_count = value.isascii() and value.isdecimal() and len(value) < 10
    if kind == NUMBER and not is_count:
        return _("Compare %(name)s with a whole number.") % {"name": name}
    if kind == DAY and test.operator in IN_DAYS:
        if not (is_count and 1 <= int(value) <= MOST_DAYS):
            return _("%(name)s: give a number of days from 1 to %(n)s.") % {
                "name": name, "n": MOST_DAYS,
            }  # fmt: skip
    elif kind == DAY and not is_day(value):
        return _("%(name)s: give a day like 2026-11-30.") % {"name": name}
    return ""


def _of_metric(test: MetricTest) -> str:
    known = metrics()
    metric = known.get(test.measure.metric)
    if metric is None:
        return _("No KPI %(name)s can be read for every partner. Choose one of: %(names)s.") % {
            "name": test.measure.metric, "names": ", ".join(known),
        }  # fmt: skip
    if test.measure.window not in windows_of(metric):
        names = [period_text(type(test.measure)("", one)) for one in windows_of(metric)]
        return _("%(name)s cannot be read over this period. Choose one of: %(names)s.") % {
            "name": metric.label,
            "names": ", ".join(names).replace("last_0_months", "last_N_months"),
        }
    if test.operator not in COMPARE:
        return _("%(name)s can be compared by: %(names)s.") % {
            "name": metric.label, "names": ", ".join(COMPARE),
        }  # fmt: skip
    if (metric.unit == "money") != bool(test.currency):
        return (
            _("%(name)s: give the currency of the amount.")
            if metric.unit == "money"
            else _("%(name)s: leave the currency out.")
        ) % {"name": metric.label}
    if test.currency and test.currency not in money.CURRENCIES:
        return _("%(name)s: give the currency of the amount.") % {"name": metric.label}
    return ""
