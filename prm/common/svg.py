"""Small figures drawn by the server as SVG: sparkline, bullet, meter, bar.

Geometry that comes from data goes into SVG attributes, never into `style`, which is what lets the
pages keep `style-src 'self'`. Every function is pure: numbers in, markup out.
"""

from collections.abc import Sequence

from django.utils.html import format_html
from django.utils.safestring import SafeString

Number = float

SPARK_WIDTH = 120.0
SPARK_HEIGHT = 34.0
SPARK_TOP = 4.0
SPARK_BOTTOM = 30.0
SPARK_RIGHT = 115.0


def spark(values: Sequence[Number | None], css: str = "") -> SafeString:
    """Draw a sparkline of the known values in order; fewer than two known values give nothing.

    An unknown value (None) is a gap in time, not a zero: its place stays free and the line goes on
    to the next known point.
    """
    known = [(i, float(v)) for i, v in enumerate(values) if v is not None]
    if len(known) < 2:
        return SafeString("")
    low, high = min(v for _, v in known), max(v for _, v in known)
    points = [(_across(i, len(values)), _down(v, low, high)) for i, v in known]
    line = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    area = f"{line}L{points[-1][0]:.1f} 34L{points[0][0]:.1f} 34Z"
    return format_html(
        '<svg class="{}" viewBox="0 0 120 34" aria-hidden="true" focusable="false">'
        '<path class="fill" d="{}"/><path class="now" d="{}"/>'
        '<circle cx="{}" cy="{}" r="3.5"/></svg>',
        f"spark {css}".strip(),
        area,
        line,
        f"{points[-1][0]:.1f}",
        f"{points[-1][1]:.1f}",
    )


def _across(index: int, count: int) -> float:
    return 1 + (SPARK_RIGHT - 1) * index / (count - 1)


def _down(value: float, low: float, high: float) -> float:
    if high == low:
        return (SPARK_TOP + SPARK_BOTTOM) / 2
    return SPARK_BOTTOM - (SPARK_BOTTOM - SPARK_TOP) * (value - low) / (high - low)


def bullet(
    value: Number | None,
    *,
    target: Number | None = None,
    baseline: Number | None = None,
    full: Number | None = None,
    tone: str = "",
    label: str = "",
) -> SafeString:
    """Draw a bar against its target (thick tick) and baseline (thin tick) on one scale from 0.

    `full` is the value at the right end; without it the largest of the three numbers fills 80 %.
    `tone` is "", "warn" or "grey". `label` is the whole statement in words, for screen readers.
    """
    numbers = [float(n) for n in (value, target, baseline) if n is not None]
    scale = float(full) if full else max(numbers, default=0.0) * 1.25
    return format_html(
        '<svg class="bullet" role="img" aria-label="{}">'
        '<rect class="bg" x="0" y="1" width="100%" height="6" rx="3"/>'
        '<rect class="{}" x="0" y="1" width="{}%" height="6" rx="3"/>{}{}</svg>',
        label,
        f"v {tone}".strip(),
        _share(value, scale),
        _tick("b", baseline, scale),
        _tick("t", target, scale),
    )


def _tick(kind: str, value: Number | None, scale: float) -> SafeString:
    if value is None:
        return SafeString("")
    if kind == "b":
        return format_html(
            '<rect class="b" x="{}%" y="-.5" width="1" height="9"/>', _share(value, scale)
        )
    return format_html(
        '<rect class="t" x="{}%" y="-2" width="2" height="12" rx="1"/>', _share(value, scale)
    )


def meter(share: Number | None, *, tone: str = "", label: str = "", css: str = "") -> SafeString:
    """Draw a plain bar filled to `share` (0 to 1). Without a label it is decoration."""
    filled = _share(share, 1.0)
    name = format_html('role="img" aria-label="{}"', label) if label else 'aria-hidden="true"'
    return format_html(
        '<svg class="{}" {}><rect class="bg" width="100%" height="6" rx="3"/>'
        '<rect class="{}" width="{}%" height="6" rx="3"/></svg>',
        f"meter {css}".strip(),
        SafeString(name),
        f"v {tone}".strip(),
        filled,
    )


def bar(share: Number | None) -> SafeString:
    """Draw a thick horizontal bar filled to `share` (0 to 1), as in a funnel."""
    return format_html(
        '<svg aria-hidden="true"><rect class="bg" width="100%" height="100%" rx="4"/>'
        '<rect class="v" width="{}%" height="100%" rx="4"/></svg>',
        _share(share, 1.0),
    )


def _share(value: Number | None, scale: float) -> str:
    """Return value / scale as a percentage between 0 and 100, with one decimal."""
    if value is None or scale <= 0:
        return "0.0"
    return f"{min(max(float(value) / scale, 0.0), 1.0) * 100:.1f}"
