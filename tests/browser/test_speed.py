"""How long a person waits for the first picture of a page, and that nothing jumps (guide 14)."""

from collections.abc import Iterator
from statistics import median
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.management import call_command
from django.test import override_settings

from tests.browser.test_pages import story, user_of
from tests.factories import make_deal, make_partner
from tests.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.timed,
    pytest.mark.django_db(transaction=True),
]
__all__ = ["story"]
LCP, CLS, SWAP = 500.0, 0.02, 300.0  # milliseconds, score, milliseconds
TRIES, ROUNDS = 5, 3
WATCH = """
window.seen = { lcp: 0, cls: 0 };
new PerformanceObserver(list => list.getEntries().forEach(entry => { seen.lcp = entry.startTime; }))
  .observe({ type: "largest-contentful-paint", buffered: true });
new PerformanceObserver(list => list.getEntries().filter(entry => !entry.hadRecentInput)
  .forEach(entry => { seen.cls += entry.value; }))
  .observe({ type: "layout-shift", buffered: true });
"""
# From the click to the frame after the swap.
WATCH_SWAP = """
window.swaps = [];
let clicked = 0;
document.addEventListener("click", () => { clicked = performance.now(); }, true);
const afterPaint = done => requestAnimationFrame(() => requestAnimationFrame(done));
document.addEventListener("htmx:after:swap", () => afterPaint(
  () => swaps.push(performance.now() - clicked)));
"""
PAGES = [
    ("ana", "/"),
    ("ana", "/partners/"),
    ("ana", "{acme}"),
    ("ana", "/kpis/partner_sourced_revenue/"),
    ("pat", "/portal/"),
]


@pytest.fixture(scope="session", autouse=True)
def as_sent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Style sheets in one file and kept by the browser, as an installation sends them.

    So the budgets here are those of a second visit; Lighthouse judges the first one.
    """
    root = tmp_path_factory.mktemp("static")
    bundled = {"staticfiles": {"BACKEND": "prm.common.statics.BundledStorage"}}
    with override_settings(STATIC_ROOT=root, STORAGES=settings.STORAGES | bundled):
        call_command("collectstatic", interactive=False, verbosity=0)
        with override_settings(STATICFILES_DIRS=[root]), pytest.MonkeyPatch.context() as patch:
            patch.setattr(StaticFilesHandler, "serve", _kept(StaticFilesHandler.serve))
            yield


def _kept(serve: Any) -> Any:
    def answer(handler: Any, request: Any) -> Any:
        response = serve(handler, request)
        response["Cache-Control"] = "max-age=31536000, public, immutable"
        return response

    return answer


def best_of(measure: Any, limit: float) -> float:
    """The median of several; again when something else kept the machine busy meanwhile."""
    medians: list[float] = []
    for _ in range(ROUNDS):
        medians.append(median(measure() for _ in range(TRIES)))
        if medians[-1] <= limit:
            break
    return min(medians)


@pytest.mark.parametrize(("who", "path"), PAGES)
def test_a_page_is_there_within_half_a_second_and_does_not_jump(
    who: str, path: str, visitor: Any, story: World
) -> None:
    window = visitor(user_of(story, who))
    window.context.add_init_script(WATCH)
    shifts = []

    def paint() -> float:
        visit = window.open(path.format(acme=story.acme.get_absolute_url()))
        visit.page.wait_for_function("() => seen.lcp > 0")
        seen = visit.page.evaluate("seen")
        visit.page.close()
        shifts.append(seen["cls"])
        return float(seen["lcp"])

    paint()  # the first visit warms the server
    shifts.clear()
    assert best_of(paint, LCP) <= LCP
    assert max(shifts) <= CLS


def test_a_sorted_list_is_painted_within_300_milliseconds(visitor: Any, story: World) -> None:
    for number in range(50):
        make_deal(make_partner(f"Partner {number}"), customer=story.customer)
    window = visitor(story.admin)
    window.context.add_init_script(WATCH_SWAP)
    visit = window.open("/partners/")

    def swap() -> float:
        known = visit.page.evaluate("swaps.length")
        visit.page.locator("#sort-name").click()
        visit.page.wait_for_function("known => swaps.length > known", arg=known)
        visit.settle()
        return float(visit.page.evaluate("swaps.at(-1)"))

    swap()
    assert best_of(swap, SWAP) <= SWAP
