"""Rules and the values behind them in people's words, the same on every page and in the API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_stubs_ext import StrOrPromise

from partners.programs import words as tier_words
from partners.programs.metrics import offered
from partners.programs.rules import NOW, QUARTER, Measure
from partners.segments.fields import FIELDS, Choices
from partners.segments.periods import CLOSED_QUARTER
from partners.segments.rules import (
    ALL,
    ANY,
    CHOICE,
    DAY,
    FLAG,
    IN_DAYS,
    NUMBER,
    FieldTest,
    MetricTest,
    Rule,
    Test,
)
from prm.common import config, display

# What the editor calls the comparisons.
OPERATOR_WORDS: dict[str, StrOrPromise] = {
    "in": gettext_lazy("is one of"),
    "not_in": gettext_lazy("is none of"),
    "contains": gettext_lazy("contains"),
    "not_contains": gettext_lazy("does not contain"),
    "is": gettext_lazy("is exactly"),
    **tier_words.OPERATOR_WORDS,
    "last_days": gettext_lazy("in the last … days"),
    "not_last_days": gettext_lazy("not in the last … days, or never"),
    "next_days": gettext_lazy("in the next … days"),
    "before": gettext_lazy("before the day"),
    "from": gettext_lazy("on or after the day"),
    "yes": gettext_lazy("yes"),
    "no": gettext_lazy("no"),
    "filled": gettext_lazy("is known"),
    "empty": gettext_lazy("is not known"),
}
SENTENCES: dict[str, StrOrPromise] = {
    "not_in": gettext_lazy("%(what)s is none of %(value)s"),
    "contains": gettext_lazy("%(what)s contains “%(value)s”"),
    "not_contains": gettext_lazy("%(what)s does not contain “%(value)s”"),
    "is": gettext_lazy("%(what)s is “%(value)s”"),
    "ge": gettext_lazy("%(what)s is %(value)s or more"),
    "gt": gettext_lazy("%(what)s is more than %(value)s"),
    "le": gettext_lazy("%(what)s is %(value)s or less"),
    "lt": gettext_lazy("%(what)s is less than %(value)s"),
    "before": gettext_lazy("%(what)s is before %(value)s"),
    "from": gettext_lazy("%(what)s is on or after %(value)s"),
    "yes": gettext_lazy("%(what)s: yes"),
    "no": gettext_lazy("%(what)s: no"),
    "filled": gettext_lazy("%(what)s is known"),
    "empty": gettext_lazy("%(what)s is not known"),
}


@dataclass(frozen=True)
class Names:
    """What values of choices are called; looked up once for many rules."""

    of: Mapping[str, Mapping[str, str]]

    def name(self, field: str, value: str) -> str:
        """A value as people read it; one that nothing has any more stands as it is."""
        return self.of.get(field, {}).get(value, value)


def names_for(rules: Sequence[Rule]) -> Names:
    """The names of the choices in these rules."""
    keys = {key for rule in rules for key in rule.fields()}
    return names_of(keys)


def names_of(keys: set[str]) -> Names:
    """The names of the choices of these fields."""
    found = {}
    for key in sorted(keys & set(FIELDS)):
        read = FIELDS[key].choices
        if read is not None:
            choices: Choices = read()
            found[key] = {value: str(label) for value, label in choices}
    return Names(found)


def metric_label(measure: Measure) -> str:
    """A KPI with its period: "Revenue won, net of refunds, last 12 months"."""
    metric = offered().get(measure.metric)
    name = str(metric.label) if metric else measure.metric
    span = period_label(measure)
    return name if measure.window == NOW or not span else f"{name}, {span}"


def period_label(measure: Measure) -> str:
    """A period in words."""
    own = {
        QUARTER: _("this quarter"),
        CLOSED_QUARTER: _("last quarter"),
        NOW: _("today"),
    }.get(measure.window)
    return own or tier_words.window(measure)


def says(test: Test, names: Names) -> str:
    """One condition as a sentence: "Region is EMEA or APAC"."""
    if isinstance(test, MetricTest):
        value = metric_value(test.measure.metric, test.threshold, test.currency)
        words = {"what": metric_label(test.measure), "value": value}
        return str(SENTENCES.get(test.operator, "%(what)s")) % words
    field = FIELDS.get(test.field)
    what = str(field.label) if field else test.field
    if test.operator in IN_DAYS:
        return _days(what, test)
    values = [names.name(test.field, one) for one in test.values]
    if test.operator == "in":
        listed = either(values)
        return _("%(what)s is %(value)s") % {"what": what, "value": listed}
    shown = either(values)
    if field and field.kind == DAY and values:
        shown = display.day(date.fromisoformat(values[0]))
    return str(SENTENCES.get(test.operator, "%(what)s")) % {"what": what, "value": shown}


def _days(what: str, test: FieldTest) -> str:
    n = int(test.values[0])
    if test.operator == "last_days":
        words = ngettext(
            "%(what)s is in the last %(n)s day", "%(what)s is in the last %(n)s days", n
        )
    elif test.operator == "next_days":
        words = ngettext(
            "%(what)s is in the next %(n)s day", "%(what)s is in the next %(n)s days", n
        )
    else:
        words = ngettext(
            "%(what)s is not in the last %(n)s day (or never)",
            "%(what)s is not in the last %(n)s days (or never)",
            n,
        )
    return words % {"what": what, "n": display.number(n)}


def either(names: Sequence[str]) -> str:
    """Several names, of which one is meant: "A, B or C"."""
    if len(names) < 2:
        return "".join(names)
    return _("%(first)s or %(last)s") % {"first": ", ".join(names[:-1]), "last": names[-1]}


def blocks(rule: Rule, names: Names) -> list[str]:
    """Each block as a line; its conditions are joined by "or" (or "and", where one is enough)."""
    joint = _(" or ") if rule.join == ALL else _(" and ")
    return [joint.join(says(test, names) for test in block) for block in rule.blocks]


def sentence(rule: Rule, names: Names) -> str:
    """The whole rule in one sentence that a manager reads."""
    return _("Partners of whom this holds: %(rule)s.") % {"rule": condition(rule, names)}


def condition(rule: Rule, names: Names) -> str:
    """What must hold, without who."""
    lines = blocks(rule, names)
    if len(lines) > 1:
        lines = [
            f"({line})" if len(block) > 1 else line
            for line, block in zip(lines, rule.blocks, strict=True)
        ]
    joint = _(" and ") if rule.join == ALL else _(" or ")
    return joint.join(lines)


def joined(rule: Rule) -> str:
    """How the blocks belong together, above a list of them."""
    if len(rule.blocks) < 2:
        return _("Partners of whom this holds:")
    if rule.join == ANY:
        return _("Partners of whom at least one of these lines holds:")
    return _("Partners of whom all of these lines hold:")


def metric_value(key: str, value: Decimal | None, currency: str = "") -> str:
    """A value of a KPI in its unit."""
    return tier_words.amount(value, offered().get(key), currency or config.program().currency)


def field_value(key: str, value: Any, names: Names) -> str:
    """A value of a field as stored with a stay, for people."""
    field = FIELDS.get(key)
    kind = field.kind if field else ""
    if kind == FLAG:
        return _("Yes") if value else _("No")
    if kind == NUMBER:
        return display.number(value or 0)
    if value in (None, "", [], ()):
        return display.UNKNOWN
    if kind == CHOICE:
        return ", ".join(names.name(key, one) for one in value)
    return display.day(date.fromisoformat(value)) if kind == DAY else str(value)


def decided(stored: Sequence[Mapping[str, Any]], names: Names) -> str:
    """The values that decided, in one line: "Region: EMEA · Revenue …: €120K"."""
    found = []
    for one in stored:
        if "kpi" in one:
            measure = Measure(one["kpi"], one["window"], one["months"])
            value = None if one["value"] is None else Decimal(one["value"])
            found.append(f"{metric_label(measure)}: {metric_value(one['kpi'], value)}")
        elif one["field"] in FIELDS:
            label = FIELDS[one["field"]].label
            found.append(f"{label}: {field_value(one['field'], one['value'], names)}")
    return " · ".join(found)
