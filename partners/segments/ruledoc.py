"""Rules as they are stored and as the API takes and tells them: checked JSON, never code."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from partners.programs.rules import NOW, QUARTER, ROLLING, Measure
from partners.segments.periods import CLOSED_QUARTER
from partners.segments.rules import ALL, ANY, BARE, OTHER, FieldTest, MetricTest, Rule, Test
from prm.common.errors import InvalidInput

MOST_BLOCKS, MOST_TESTS, MOST_VALUES, MOST_MONTHS = 12, 40, 100, 60


def to_json(rule: Rule) -> dict[str, Any]:
    """The rule as it is stored: a block of one test stands for itself."""
    inner = OTHER[rule.join]
    return {
        rule.join: [
            _test_json(block[0]) if len(block) == 1 else {inner: [_test_json(t) for t in block]}
            for block in rule.blocks
        ]
    }


def _test_json(test: Test) -> dict[str, Any]:
    if isinstance(test, FieldTest):
        found: dict[str, Any] = {"field": test.field, "operator": test.operator}
        return found | ({"values": list(test.values)} if test.values else {})
    found = {"kpi": test.measure.metric, "period": period_text(test.measure)}
    found |= {"operator": test.operator, "value": format(test.threshold.normalize(), "f")}
    return found | ({"currency": test.currency} if test.currency else {})


def from_json(stored: Any) -> Rule:
    """The rule that somebody sent or that is stored. Raises InvalidInput that says what to do.

    Only the shape is judged here; `partners.segments.checks` knows fields and KPIs.
    """
    join, parts = _group(stored)
    blocks = tuple(
        _block(part, OTHER[join]) if _is_group(part) else (_test(part),) for part in parts
    )
    rule = Rule(join, blocks)
    if len(blocks) > MOST_BLOCKS or len(list(rule.tests())) > MOST_TESTS:
        raise _wrong(
            _("Shorten the rule: at most %(blocks)s blocks with %(tests)s conditions in all.")
            % {"blocks": MOST_BLOCKS, "tests": MOST_TESTS}
        )
    return rule


def _is_group(part: Any) -> bool:
    return isinstance(part, Mapping) and bool({ALL, ANY} & set(part))


def _group(part: Any) -> tuple[str, list[Any]]:
    if isinstance(part, Mapping) and len(part) == 1:
        ((join, parts),) = part.items()
        if join in OTHER and isinstance(parts, list):
            return join, parts
    raise _wrong(
        _("Send an object with all or any and a list of conditions, such as %(example)s.")
        % {"example": '{"all": [{"field": "region", "operator": "in", "values": ["EMEA"]}]}'}
    )


def _block(part: Any, join: str) -> tuple[Test, ...]:
    found, parts = _group(part)
    if found != join or any(_is_group(one) for one in parts):
        raise _wrong(
            _("Inside all put groups of any, inside any groups of all, and nothing deeper: every"
              " rule can be said so.")
        )  # fmt: skip
    if not parts:
        raise _wrong(_("A group is empty. Give it a condition or leave it out."))
    return tuple(_test(one) for one in parts)


def _test(part: Any) -> Test:
    if isinstance(part, Mapping) and isinstance(part.get("operator"), str):
        if isinstance(part.get("field"), str):
            return _field_test(part)
        if isinstance(part.get("kpi"), str):
            return _metric_test(part)
    raise _wrong(_("A condition names a field or a kpi, an operator, and what to compare with."))


def _only(part: Mapping[str, Any], *names: str) -> None:
    if unknown := sorted(set(part) - set(names)):
        raise _wrong(
            _("A condition has no %(names)s. Leave it out.") % {"names": ", ".join(unknown)}
        )


def _field_test(part: Mapping[str, Any]) -> FieldTest:
    _only(part, "field", "operator", "values")
    values = part.get("values", [])
    if not isinstance(values, list) or len(values) > MOST_VALUES:
        raise _wrong(_("Send values as a list of at most %(n)s texts.") % {"n": MOST_VALUES})
    texts = tuple(
        str(one) for one in values if isinstance(one, str | int) and not isinstance(one, bool)
    )
    if len(texts) != len(values) or any(len(one) > 300 or "\0" in one for one in texts):
        raise _wrong(_("Send values as a list of at most %(n)s texts.") % {"n": MOST_VALUES})
    asked = str(part["operator"])
    return FieldTest(part["field"], asked, () if asked in BARE else tuple(dict.fromkeys(texts)))


def _metric_test(part: Mapping[str, Any]) -> MetricTest:
    _only(part, "kpi", "period", "operator", "value", "currency")
    measure = Measure(part["kpi"], *_period(part.get("period", "")))
    try:
        value = Decimal(str(part.get("value")))
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or abs(value) >= Decimal(10) ** 15:
        raise _wrong(
            _("Send the value to compare with as a number, such as %(example)s.")
            % {"example": '"100000.00"'}
        )
    currency = part.get("currency", "")  # what it must be, the check of the rule says
    text = currency if isinstance(currency, str) else "?"
    return MetricTest(measure, part["operator"], value, text)


def period_text(measure: Measure) -> str:
    """A period as rules spell it: "last_12_months", "quarter", "now"."""
    return f"last_{measure.months}_months" if measure.window == ROLLING else measure.window


def _period(text: Any) -> tuple[str, int]:
    """Window and months. Raises InvalidInput for a text that is no period."""
    found = re.fullmatch(r"last_([0-9]{1,2})_months", text) if isinstance(text, str) else None
    if found and 1 <= int(found[1]) <= MOST_MONTHS:
        return ROLLING, int(found[1])
    if isinstance(text, str) and text and text != ROLLING and not found:
        return text, 0
    raise _wrong(
        _("Name the period of the KPI: %(names)s, or last_N_months with N from 1 to %(n)s.")
        % {"names": f"{NOW}, {QUARTER}, {CLOSED_QUARTER}, fiscal_year, calendar_year, lifetime",
           "n": MOST_MONTHS}
    )  # fmt: skip


def is_day(text: str) -> bool:
    """Whether a text is a day such as 2026-11-30."""
    try:
        return len(text) == 10 and 1900 <= date.fromisoformat(text).year < 2200
    except ValueError:
        return False


def _wrong(sentence: str) -> InvalidInput:
    return InvalidInput(sentence, "rule")
