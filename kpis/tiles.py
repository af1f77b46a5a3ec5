"""A KPI's result in the words and numbers of a page: value, tile, delta, reasons."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from kpis.compare import Comparison, is_part
from kpis.definitions.base import Kpi
from kpis.result import Number, Result
from prm.common import display

REASONS: dict[str, StrOrPromise] = {
    "no_data": gettext_lazy("No data in this period"),
    "no_target": gettext_lazy("No target is set"),
    "immature": gettext_lazy("Too early to tell"),
    "suppressed_n": gettext_lazy("Too few to show"),
    "not_reached": gettext_lazy("Fewer than half have come that far"),
    "insufficient_n": gettext_lazy("Too few for a reliable figure"),
    "insufficient_history": gettext_lazy("Not enough history yet"),
    "not_connected": gettext_lazy("The source is not connected"),
    "not_active": gettext_lazy("Not an active partner in this period"),
    "not_applicable_closed_period": gettext_lazy("Only for the running period"),
}
# What is beside a figure of won amounts, so that net and gross ones can be told apart.
BASES: dict[str, StrOrPromise] = {
    "net": gettext_lazy("net of refunds"),
    "gross": gettext_lazy("before refunds"),
}
# Below this many observations a share is shown as "6 of 8" (kpis.md E12).
SMALL_N = 10
BAR_TONES = {"warn": "warn", "bad": "warn"}


@dataclass(frozen=True)
class Tile:
    """What `components/kpi.html` shows: texts ready to read, numbers ready to draw."""

    name: StrOrPromise
    url: str
    value: str
    unit: str = ""
    basis: str = ""
    status: str = ""
    status_word: str = ""
    points: Sequence[float | None] = ()
    delta: str = ""
    delta_direction: str = ""
    delta_tone: str = ""
    versus: str = ""
    target_note: str = ""
    side_note: str = ""
    bar_value: float | None = None
    bar_target: float | None = None
    bar_baseline: float | None = None
    bar_tone: str = ""
    bar_label: str = ""

    @property
    def has_bar(self) -> bool:
        """Whether there is something to compare with."""
        return self.bar_value is not None and (
            self.bar_target is not None or self.bar_baseline is not None
        )


@dataclass(frozen=True)
class Framing:
    """How a figure is told: currency, whether its period runs, and how much of it has passed.

    ``against`` is the period that it is compared with; empty: the one before.
    """

    currency: str
    is_open: bool = False
    elapsed: float = 1.0
    against: Comparison | None = None
    other: str = ""


@dataclass(frozen=True)
class Change:
    """The difference to the period that a figure is compared with, ready to show.

    ``versus`` names value and period, ``short`` the value alone.
    """

    text: str = ""
    direction: str = ""
    tone: str = ""
    versus: str = ""
    short: str = ""


def change_of(kpi: Kpi, result: Result, framing: Framing) -> Change:
    """Return how a result differs from what it is compared with; empty where nothing is known."""
    if result.delta is None or result.previous is None:
        return Change()
    return Change(
        shown_change(result.delta, result.unit, result.currency)
        if result.delta
        else _("No change"),
        display.direction(result.delta),
        delta_tone(kpi, result),
        versus(kpi, result, framing),
        _from(kpi, result, framing),
    )


def _from(kpi: Kpi, result: Result, framing: Framing) -> str:
    """What the other value was, where a head says of which period."""
    named = {"value": shown(result.previous, result.unit, result.currency)}
    if framing.against and framing.against.until and kpi.variants[result.variant].takes_instant:
        return _("from %(value)s at its end") % named
    return _("from %(value)s") % named


def shown(value: Number | None, unit: str, currency: str | None) -> str:
    """Return a value as people read it, by its unit: "€969k", "38.4%", "41 days", "63"."""
    if value is None:
        return display.UNKNOWN
    if unit == "money":
        return display.money(value, currency or "")
    if unit == "share":
        return display.percent(value, 1)
    if unit == "days":
        return display.days(Decimal(str(value)))
    if unit == "minutes":
        return display.minutes(Decimal(str(value)))
    whole = Decimal(str(value)) == Decimal(str(value)).to_integral_value()
    return display.number(value, 0 if whole or abs(float(value)) >= 100 else 1)


def shown_round(value: Number | None, unit: str, currency: str | None) -> str:
    """Return a round number, such as a target or a tick of an axis: "40%" instead of "40.0%"."""
    return re.sub(r"[.,]0(?=\D*%)", "", shown(value, unit, currency))


def shown_change(value: Number, unit: str, currency: str | None) -> str:
    """Return a difference with its sign: "+5.3 pts", "−6 days", "+€38k"."""
    size: Number = -value if value < 0 else value
    text = display.points(size) if unit == "share" else shown(size, unit, currency)
    return display.signed(text, value, plus=True)


def headline_value(result: Result) -> tuple[str, str]:
    """Return the value and the small text after it; few observations are told as "6 of 8"."""
    if result.value is None:
        return display.UNKNOWN, ""
    if is_small(result):
        total = display.number(result.denominator)
        return display.number(result.numerator), _(" of %(total)s") % {"total": total}
    text = shown(result.value, result.unit, result.currency)
    if result.unit not in {"share", "days", "minutes"}:
        return text, ""
    last = max(place for place, letter in enumerate(text) if letter.isdigit())
    return text[: last + 1], text[last + 1 :]


def basis_text(kpi: Kpi, result: Result) -> str:
    """Return whether the amounts of a figure count refunds; empty where it has none."""
    if result.value is None:
        return ""
    return str(BASES.get(kpi.variants[result.variant].basis, ""))


def is_small(result: Result) -> bool:
    """Tell whether a share rests on so few cases that it is shown as "6 of 8"."""
    if not is_quotient(result) or result.n is None:
        return False
    return 0 < result.n < SMALL_N and result.denominator == result.n


def is_quotient(result: Result) -> bool:
    """Tell whether a share is its numerator divided by its denominator; survival is neither."""
    if result.unit != "share" or result.value is None or not result.denominator:
        return False
    quotient = float(result.numerator or 0) / float(result.denominator)
    return math.isclose(float(result.value), quotient, abs_tol=1e-9)


def reason_text(result: Result) -> str:
    """Return in words why there is no value."""
    return str(REASONS.get(result.reason or "", _("No value"))) if result.value is None else ""


def tile_of(
    kpi: Kpi,
    result: Result,
    framing: Framing,
    *,
    url: str,
    name: StrOrPromise = "",
    points: Sequence[Number | None] = (),
) -> Tile:
    """Return the tile of a result."""
    value, unit = headline_value(result)
    change = change_of(kpi, result, framing)
    return Tile(
        name=name or kpi.name,
        url=url,
        value=value,
        unit=unit,
        basis=basis_text(kpi, result) if result.unit == "money" else "",
        status=result.status if result.target is not None else "",
        status_word=status_word(result, framing),
        points=[_float(point) for point in points],
        delta=change.text,
        delta_direction=change.direction,
        delta_tone=change.tone,
        versus=_versus(kpi, result, framing),
        target_note=target_note(kpi, result),
        side_note=side_note(kpi, result, framing),
        bar_value=_float(result.value),
        bar_target=_float(result.target),
        bar_baseline=_float(result.baseline),
        bar_tone=BAR_TONES.get(result.status, ""),
        bar_label=_bar_label(kpi, result),
    )


def _float(value: Number | None) -> float | None:
    return None if value is None else float(value)


def delta_tone(kpi: Kpi, result: Result) -> str:
    """Return good or bad for a change that is sure, by the KPI's direction; else nothing."""
    if kpi.direction not in {"higher", "lower"}:
        return ""
    is_higher_better = kpi.direction == "higher"
    return display.change_tone(
        result.delta, is_sure=result.delta_reliable, is_higher_better=is_higher_better
    )


def status_word(result: Result, framing: Framing) -> str:
    """Return the word beside the status icon where it is not the usual one.

    A running period is never rated; the word tells how it stands so far: a sum by its pace.
    """
    if result.target is None or result.status != "grey" or not framing.is_open:
        return ""
    if result.pace is None:
        return _("Not rated yet")
    return _("On target so far") if result.pace >= 1 else _("Behind so far")


def _versus(kpi: Kpi, result: Result, framing: Framing) -> str:
    if result.value is None:
        return reason_text(result)
    if result.delta is not None and result.previous is not None:
        return versus(kpi, result, framing)
    if result.baseline is not None:
        usual = shown(result.baseline, result.unit, result.currency)
        return _("Baseline %(value)s") % {"value": usual}
    return ""


def versus(kpi: Kpi, result: Result, framing: Framing) -> str:
    """Return what a change is told to: "vs €750k at this point of Q4 2025"."""
    named = {
        "value": shown(result.previous, result.unit, result.currency),
        "period": framing.other,
    }
    if framing.against is None:
        return _("vs %(value)s the period before") % named
    if is_part(kpi, result.variant, framing.against):
        return _("vs %(value)s at this point of %(period)s") % named
    if kpi.variants[result.variant].takes_instant:
        return _("vs %(value)s at the end of %(period)s") % named
    return _("vs %(value)s in %(period)s") % named


def target_note(kpi: Kpi, result: Result) -> str:
    """Return the target in words: "Target 40%", "Target 40 days or less", "56% of €1.72M"."""
    if result.target is None:
        return ""
    target = shown_round(result.target, result.unit, result.currency)
    if kpi.direction == "lower":
        return _("Target %(target)s or less") % {"target": target}
    if kpi.is_flow(result.variant) and result.attainment is not None:
        reached = display.percent(result.attainment, 0)
        return _("%(reached)s of %(target)s target") % {"reached": reached, "target": target}
    return _("Target %(target)s") % {"target": target}


def side_note(kpi: Kpi, result: Result, framing: Framing) -> str:
    """Return what stands beside the target: how much time has gone, or what the value rests on."""
    if framing.is_open and kpi.is_flow(result.variant):
        return _("%(share)s of the period gone") % {"share": display.percent(framing.elapsed, 0)}
    if result.value is None or result.n is None:
        return ""
    if is_quotient(result) and not is_small(result):
        part, whole = (
            _part(number, framing.currency) for number in (result.numerator, result.denominator)
        )
        parts = _("%(part)s of %(whole)s") % {"part": part, "whole": whole}
        return f"{parts} {basis_text(kpi, result)}".strip()
    return (
        _("from %(n)s") % {"n": display.number(result.n)} if not kpi.is_flow(result.variant) else ""
    )


def _part(value: Number | None, currency: str) -> str:
    """Return a numerator or denominator: money when it is a Decimal, else a number."""
    return display.money(value, currency) if isinstance(value, Decimal) else display.number(value)


def part_text(value: Number | None, currency: str) -> str:
    """Return a numerator or denominator in full, as the detail page shows it."""
    if isinstance(value, Decimal):
        return display.money_full(value, currency)
    return display.number(value, 0 if value is None or float(value).is_integer() else 2)


def _bar_label(kpi: Kpi, result: Result) -> str:
    value = shown(result.value, result.unit, result.currency)
    return ", ".join(part for part in (f"{kpi.name} {value}", target_note(kpi, result)) if part)
