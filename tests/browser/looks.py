"""One opened page, looked at as different people see it: sizes, themes, text, colours, motion."""

from typing import Any

from tests.browser.conftest import Visit

DARK = (
    "document.documentElement.dataset.theme = 'dark';"
    "document.dispatchEvent(new CustomEvent('themechange'))"
)
LIGHT = DARK.replace("'dark'", "'light'")
TEXT = "document.documentElement.style.fontSize = "


def ask(visit: Visit, probe: str, look: str) -> list[str]:
    """What a probe of probes.js finds, each with the look under which it was found."""
    return [f"{look}: {found}" for found in visit.page.evaluate(f"probes.{probe}()")]


def sizes(visit: Visit, *widths: int) -> list[str]:
    """No page scrolls sideways at any of these widths; the last one stays."""
    found = []
    for width in widths:
        visit.resize(width)
        found += ask(visit, "sideways", f"{width} px")
    return found


def dark(visit: Visit) -> list[str]:
    """The dark theme keeps the contrast; light again afterwards."""
    visit.page.emulate_media(reduced_motion="reduce")  # else colours are on their way for 140 ms
    visit.page.evaluate(DARK)
    visit.settle()
    found = [f"dark: {one}" for one in visit.axe(["color-contrast"])]
    visit.page.evaluate(LIGHT)
    visit.page.emulate_media(reduced_motion="no-preference")
    return found


def large_text(visit: Visit) -> list[str]:
    """Text of twice its size: nothing is cut off, covered, or wider than the page."""
    visit.page.evaluate(f"{TEXT}'200%'; dispatchEvent(new Event('resize'))")
    visit.settle()
    found = [
        one
        for probe in ("sideways", "clipped", "covered")
        for one in ask(visit, probe, "200 % text")
    ]
    visit.page.evaluate(f"{TEXT}''; dispatchEvent(new Event('resize')); scrollTo(0, 0)")
    return found


def spaced_text(visit: Visit) -> list[str]:
    """Spacing of text as WCAG 1.4.12 asks."""
    visit.page.evaluate("probes.spacing(true)")
    found = [
        one
        for probe in ("sideways", "clipped", "covered")
        for one in ask(visit, probe, "spaced text")
    ]
    visit.page.evaluate("probes.spacing(false); scrollTo(0, 0)")
    return found


def forced_colours(visit: Visit) -> list[str]:
    """The system's few colours, on black and on white: what says something still shows."""
    found = []
    for scheme in ("dark", "light"):
        visit.page.emulate_media(forced_colors="active", color_scheme=scheme)
        visit.settle()
        found += ask(visit, "lost", f"forced colours, {scheme}")
    visit.page.emulate_media(forced_colors="none")
    return found


def reduced_motion(visit: Visit) -> list[str]:
    """Nothing moves for people whom movement makes ill."""
    visit.page.emulate_media(reduced_motion="reduce")
    found = ask(visit, "moving", "reduced motion")
    visit.page.emulate_media(reduced_motion="no-preference")
    return found


def focus_walk(page: Any, limit: int = 400) -> tuple[list[str], list[str]]:
    """Tab through the page: every stop, and what is wrong with one."""
    stops: list[str] = []
    wrong: list[str] = []
    page.focus(".skip")
    while len(stops) < limit:
        found = page.evaluate("probes.focus()")
        if found["at"] == "body":
            return stops, wrong
        stops.append(found["at"])
        wrong += found["wrong"]
        page.keyboard.press("Tab")
    raise AssertionError(f"no end after {limit} stops: {stops[-5:]}")
