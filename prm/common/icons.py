"""Inline icons: the Lucide shapes (ISC licence) that the pages use, as SVG markup.

A shape is drawn by the server, so that icons cost no request, follow `currentColor`, and pass the
strict content security policy. To add one, put its inner markup into `icons.json`.
"""

import json
from functools import cache
from pathlib import Path

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

# Shapes that say forward or back: mirrored where text runs from right to left.
DIRECTED = frozenset({"chevron-left", "chevron-right", "arrow-right", "log-out", "undo-2"})
SHAPES_FILE = Path(__file__).with_name("icons.json")


@cache
def shapes() -> dict[str, str]:
    """Return the inner SVG markup of every icon, by its Lucide name."""
    loaded: dict[str, str] = json.loads(SHAPES_FILE.read_text(encoding="utf-8"))
    return loaded


def icon_svg(name: str, size: str = "") -> SafeString:
    """Return one decorative icon; its meaning must stand beside it as text.

    `size` is empty, "sm" or "lg". Raises KeyError for a name that is not in `icons.json`.
    """
    shape = mark_safe(shapes()[name])  # noqa: S308 - our own file
    css = " ".join(part for part in ("i", size, "flip" if name in DIRECTED else "") if part)
    return format_html(
        '<svg class="{}" viewBox="0 0 24 24" aria-hidden="true">{}</svg>', css, shape
    )
