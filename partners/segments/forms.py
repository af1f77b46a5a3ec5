"""The editor of a segment: its name, and rows of conditions in blocks.

What a row asks for depends on the field or KPI that is chosen in it, so a page is made anew when
that changes: with script at once, without it by the button.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from partners.programs.metrics import Metric
from partners.programs.rules import NOW, QUARTER, ROLLING, Measure
from partners.segments.checks import MOST_DAYS, metrics, problem_of
from partners.segments.fields import FIELDS
from partners.segments.models import DynamicSegment
from partners.segments.periods import CLOSED_QUARTER, LENGTHS, windows_of
from partners.segments.ruledoc import MOST_BLOCKS, MOST_TESTS
from partners.segments.rules import (
    ALL,
    ANY,
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
from partners.segments.words import OPERATOR_WORDS, period_label
from prm.common import config
from prm.common.fields import DayField, MoneyField
from prm.common.forms import Form

FEW = 12  # values that stand as boxes to tick; more stand in a list
Raw = dict[str, Any]  # one row as it is typed


class SegmentForm(Form):
    """What a segment is called, and how its blocks belong together."""

    name = forms.CharField(label=_("Name"), max_length=120)
    purpose = forms.CharField(label=_("What it is for"), max_length=300, required=False)
    join = forms.ChoiceField(
        label=_("How conditions belong together"),
        choices=[
            (ALL, _("All conditions must hold; each may have alternatives")),
            (ANY, _("One of several groups is enough; in a group all conditions must hold")),
        ],
    )
    tells_manager = forms.BooleanField(
        label=_("Tell the partner manager when a partner comes in"), required=False
    )

    @classmethod
    def of(cls, segment: DynamicSegment | None, data: Any = None) -> "SegmentForm":
        """The form over a segment as it stands."""
        if segment is None:
            return cls(data, initial={"join": ALL})
        names = ("name", "purpose", "tells_manager")
        initial = {name: getattr(segment, name) for name in names}
        return cls(data, initial={**initial, "join": segment.parsed.join})


class ConditionForm(Form):
    """One condition; without a field or KPI the row is left out."""

    use_required_attribute = False
    what = forms.ChoiceField(label=_("Field or KPI"))

    def __init__(self, *args: Any, raw: Raw, **kwargs: Any) -> None:
        self.raw = fitted(raw)
        super().__init__(*args, **kwargs)
        self.initial = self.raw
        offers = self.fields["what"]
        assert isinstance(offers, forms.ChoiceField)  # noqa: S101 - declared above
        offers.choices = offered_choices()
        key = self.raw["what"]
        if key in FIELDS:
            self._ask_field(key)
        elif key.startswith("kpi:"):
            self._ask_metric(metrics()[key.removeprefix("kpi:")])

    def _ask_operator(self, names: Sequence[str]) -> None:
        choices = [(name, OPERATOR_WORDS[name]) for name in names]
        self.fields["operator"] = forms.ChoiceField(label=_("Comparison"), choices=choices)

    def _ask_field(self, key: str) -> None:
        kind, asked = FIELDS[key].kind, self.raw["operator"]
        self._ask_operator(OPERATORS[kind])
        if asked in BARE:
            return
        if kind == CHOICE:
            self.fields["values"] = _choice_field(key, self.raw["values"])
        elif kind == NUMBER:
            self.fields["values"] = forms.IntegerField(label=_("Value"), min_value=0,
                                                       max_value=999_999_999)  # fmt: skip
        elif asked in IN_DAYS:
            self.fields["values"] = forms.IntegerField(label=_("Days"), min_value=1,
                                                       max_value=MOST_DAYS)  # fmt: skip
        elif kind == DAY:
            self.fields["values"] = DayField(label=_("Day"))
        else:
            self.fields["values"] = forms.CharField(label=_("Text"), max_length=300)

    def _ask_metric(self, metric: Metric) -> None:
        self.fields["period"] = forms.ChoiceField(
            label=_("Period"), choices=period_choices(metric, self.raw["period"])
        )
        self._ask_operator(tuple(COMPARE))
        currency = config.program().currency
        label = {"money": now_("Value in %(currency)s") % {"currency": currency},
                 "share": now_("Value in per cent"), "days": now_("Days")}  # fmt: skip
        self.fields["value"] = MoneyField(label=label.get(metric.unit, now_("Value")))

    def clean(self) -> dict[str, Any]:
        """Check the condition as a whole."""
        data = super().clean() or {}
        if data.get("what") and not self.errors and (problem := problem_of(self.test())):
            self.add_error("operator", problem)
        return data

    @property
    def is_left_out(self) -> bool:
        """Nothing was chosen."""
        return not self.raw["what"]

    def test(self) -> Test:
        """The condition that was typed."""
        data, key = self.cleaned_data, self.raw["what"]
        if key in FIELDS:
            found = data.get("values", [])
            texts = found if isinstance(found, list) else [found]
            return FieldTest(key, data["operator"], tuple(_text(one) for one in texts))
        metric = metrics()[key.removeprefix("kpi:")]
        window, _colon, months = data["period"].partition(":")
        value = Decimal(data["value"])
        return MetricTest(
            Measure(metric.key, window, int(months or 0)),
            data["operator"],
            value / 100 if metric.unit == "share" else value,
            config.program().currency if metric.unit == "money" else "",
        )

    @cached_property
    def others(self) -> list[forms.BoundField]:
        """The fields beside the choice of what is asked for."""
        return [self[name] for name in self.fields if name != "what"]


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value).strip()


def offered_choices() -> list[tuple[StrOrPromise, Any]]:
    """What can be asked for: fields, then KPIs."""
    fields = [(one.key, one.label) for one in FIELDS.values()]
    figures = [(f"kpi:{one.key}", one.label) for one in metrics().values()]
    return [("", _("Choose a field or KPI")), (_("Fields"), fields), (_("KPIs"), figures)]


def _choice_field(key: str, chosen: Sequence[str]) -> forms.MultipleChoiceField:
    read = FIELDS[key].choices
    choices = list(read()) if read else []
    known = {value for value, _label in choices}
    choices += [(one, one) for one in chosen if one not in known]  # no partner has it any more
    few = len(choices) <= FEW
    widget = forms.CheckboxSelectMultiple() if few else forms.SelectMultiple(attrs={"size": 6})
    return forms.MultipleChoiceField(label=_("Values"), choices=choices, widget=widget)


def period_choices(metric: Metric, standing: str) -> list[tuple[str, str]]:
    """Over what a KPI can be read, the usual lengths first."""
    windows = windows_of(metric)
    if NOW in windows:
        return [(NOW, period_label(Measure("", NOW)))]
    measures = [Measure("", QUARTER), Measure("", CLOSED_QUARTER)]
    lengths = list(LENGTHS)
    window, _colon, months = standing.partition(":")
    if window == ROLLING and months.isdecimal() and int(months) not in lengths:
        lengths = sorted([*lengths, int(months)])
    measures += [Measure("", ROLLING, n) for n in lengths]
    measures += [Measure("", one) for one in windows if one not in {ROLLING, QUARTER,
                                                                    CLOSED_QUARTER}]  # fmt: skip
    return [(_period(one), period_label(one)) for one in measures]


def _period(measure: Measure) -> str:
    return f"{ROLLING}:{measure.months}" if measure.window == ROLLING else measure.window


def fitted(raw: Raw) -> Raw:
    """A row with only what fits what it asks for, so that a change of that starts afresh."""
    what = str(raw.get("what", ""))
    metric = metrics().get(what.removeprefix("kpi:")) if what.startswith("kpi:") else None
    if what not in FIELDS and metric is None:
        return {"what": ""}
    names = OPERATORS[FIELDS[what].kind] if metric is None else tuple(COMPARE)
    found = {"what": what, "operator": raw.get("operator")}
    if found["operator"] not in names:
        found["operator"] = names[0]
        raw = {}
    if metric is None:
        values = raw.get("values") or []
        is_list = FIELDS[what].kind == CHOICE
        return found | {"values": list(values) if is_list else next(iter(values), "")}
    offered = [key for key, _label in period_choices(metric, str(raw.get("period", "")))]
    usual = f"{ROLLING}:12" if f"{ROLLING}:12" in offered else offered[0]
    period = raw.get("period") if raw.get("period") in offered else usual
    return found | {"period": period, "value": raw.get("value", "")}


def raw_of(test: Test) -> Raw:
    """A stored condition as a row; one of another currency is not shown as one of ours."""
    if isinstance(test, FieldTest):
        return {"what": test.field, "operator": test.operator, "values": list(test.values)}
    metric = metrics().get(test.measure.metric)
    is_share = metric is not None and metric.unit == "share"
    return {
        "what": f"kpi:{test.measure.metric}",
        "period": _period(test.measure),
        "operator": test.operator,
        "value": test.threshold * 100 if is_share else test.threshold,
    }


def rows_of_rule(rule: Rule) -> list[list[Raw]]:
    """The rows of a rule, block by block; of none yet one empty row."""
    return [[raw_of(test) for test in block] for block in rule.blocks] or [[{}]]


def rows_posted(data: Any) -> list[list[Raw]]:
    """The rows as they were typed; ``blocks`` says how many stand in each block: "2,1"."""
    sizes = [int(one[:4]) for one in data.get("blocks", "").split(",") if one.isdecimal()]
    found = []
    for block, size in enumerate(sizes[:MOST_BLOCKS]):
        names = [f"b{block}r{row}" for row in range(min(size, MOST_TESTS))]
        found.append([_posted(data, name) for name in names])
    return found or [[{}]]


def _posted(data: Any, prefix: str) -> Raw:
    raw = {name: data.get(f"{prefix}-{name}", "") for name in ("what", "operator", "period",
                                                                "value")}  # fmt: skip
    return {**raw, "values": data.getlist(f"{prefix}-values")}


def edited(rows: list[list[Raw]], do: str) -> list[list[Raw]]:
    """The rows after a button: "line:0" and "block" add one, "drop:0.1" takes one away."""
    action, _colon, place = do[:20].partition(":")
    block, _dot, row = place.partition(".")
    if action == "block" and len(rows) < MOST_BLOCKS:
        return [*rows, [{}]]
    if not block.isdecimal() or int(block) >= len(rows):
        return rows
    own = list(rows[int(block)])
    if action == "line" and sum(map(len, rows)) < MOST_TESTS:
        own.append({})
    elif action == "drop" and row.isdecimal() and int(row) < len(own):
        del own[int(row)]
    changed = [*rows[: int(block)], *([own] if own else []), *rows[int(block) + 1 :]]
    return changed or [[{}]]


def condition_forms(rows: list[list[Raw]], *, is_bound: bool) -> list[list[ConditionForm]]:
    """A form for each row. Bound ones judge what was typed."""
    found = []
    for block, raws in enumerate(rows):
        own = []
        for place, raw in enumerate(raws):
            prefix = f"b{block}r{place}"
            fit = fitted(raw)
            data = {f"{prefix}-{name}": value for name, value in fit.items()}
            is_judged = is_bound and bool(fit["what"])  # an empty row is left out, not wrong
            own.append(ConditionForm(data if is_judged else None, prefix=prefix, raw=raw))
        found.append(own)
    return found


def rule_of(join: str, blocks: Sequence[Sequence[ConditionForm]]) -> Rule:
    """The rule of all rows that are complete; blocks without one are left out."""
    found = [
        tuple(form.test() for form in block if not form.is_left_out and form.is_valid())
        for block in blocks
    ]
    return Rule(join if join in {ALL, ANY} else ALL, tuple(block for block in found if block))
