"""A real Chromium over the live server: sign in as somebody, open pages, collect complaints."""

import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.core.cache import cache

from prm.common.models import User
from prm.common.people.sessions import SessionStore

# Playwright runs its own event loop; the tests themselves are plain and synchronous.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

AXE = (Path(__file__).with_name("vendor") / "axe.min.js").read_text(encoding="utf-8")
PROBES = Path(__file__).with_name("probes.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
CHROMIUM = next(
    (
        path
        for name in ("chromium", "chromium-browser", "google-chrome")
        if (path := shutil.which(name))
    ),
    None,
)
PATIENCE = 15.0  # seconds
NOISE = "was preloaded using link preload"  # of windows that draw late: behind another, under load
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
WATCH_CSP = """
window.cspReports = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.cspReports.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
});
"""
RUN_AXE = """rules => axe.run(document, {runOnly: rules, resultTypes: ["violations"]})
  .then(result => result.violations.map(
  found => `${found.id}: ${found.nodes.map(node => node.target.join(" ")).join(", ")}`))"""


@dataclass
class Visit:
    """One opened page and everything it complained about."""

    page: Any
    status: int
    errors: list[str] = field(default_factory=list)
    pending: int = 0

    def began(self, _request: Any) -> None:
        """A request went out."""
        self.pending += 1

    def ended(self, _request: Any) -> None:
        """It is answered, or never will be."""
        self.pending -= 1

    def settle(self) -> None:
        """Wait until nothing is on its way: requests, swaps, charts near the screen."""
        deadline = time.monotonic() + PATIENCE
        calm = 0
        while calm < 3:
            if time.monotonic() > deadline:
                raise AssertionError(f"{self.page.url} does not come to rest")
            self.page.wait_for_timeout(20)
            is_quiet = not self.pending and self.page.evaluate("!window.probes || probes.quiet()")
            calm = calm + 1 if is_quiet else 0

    def resize(self, width: int, height: int = 900) -> None:
        """Another size of the window."""
        self.page.set_viewport_size({"width": width, "height": height})
        self.settle()

    def axe(self, rules: list[str]) -> list[str]:
        """What axe-core finds wrong, by its rules or tags of rules."""
        if not self.page.evaluate("!!window.axe"):
            self.page.evaluate(AXE)
        self.page.evaluate("scrollTo(0, 0)")  # a page that opens further down has a bar over things
        return list(self.page.evaluate(RUN_AXE, rules))

    def complaints(self) -> list[str]:
        """Errors of the console, CSP reports, axe violations, sideways scroll."""
        found = self.axe(RULES) + self.page.evaluate("probes.sideways()")
        return found + self.errors + self.page.evaluate("window.cspReports")


@dataclass
class Visitor:
    """A signed-in person with a browser window."""

    context: Any
    base: str

    def open(self, path: str) -> Visit:
        """Open a page and wait until it is quiet, lazy parts and charts included."""
        page = self.context.new_page()
        visit = Visit(page, 0)
        page.on(
            "console",
            lambda message: (
                visit.errors.append(message.text)
                if message.type in {"error", "warning"} and NOISE not in message.text
                else None
            ),
        )
        page.on("pageerror", lambda error: visit.errors.append(str(error)))
        page.on("request", visit.began)
        page.on("requestfinished", visit.ended)
        page.on("requestfailed", visit.ended)
        response = page.goto(self.base + path)
        visit.status = response.status
        visit.settle()
        return visit


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser; skipped with a visible reason where none is installed."""
    if CHROMIUM is None:
        pytest.skip("no Chromium here; install it with: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visitor(chromium: Any, live_server: Any) -> Iterator[Any]:
    """`visitor(user, width, theme)`: a browser window of this person."""
    cache.clear()  # tries to sign in that other tests made count by address
    contexts = []

    def enter(user: User | None, width: int = 1440, theme: str = "light", **more: Any) -> Visitor:
        context = chromium.new_context(viewport={"width": width, "height": 900}, **more)
        contexts.append(context)
        context.add_init_script(WATCH_CSP)
        context.add_init_script(PROBES)
        cookies = [{"name": "theme", "value": theme, "url": live_server.url}]
        if user is not None:
            key = session_of(user)
            cookies.append(
                {"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live_server.url}
            )
        context.add_cookies(cookies)
        return Visitor(context, live_server.url)

    yield enter
    for context in contexts:
        context.close()


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where the pictures of a journey go: PRM_PICTURES, else a folder of the test."""
    folder = Path(os.environ.get("PRM_PICTURES", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def look(visit: Visit, pictures: Path, name: str) -> None:
    """Keep a picture of the page, and ask that it has nothing to complain about."""
    visit.page.evaluate("scrollTo(0, 0)")
    visit.page.screenshot(path=pictures / f"{name}.png", full_page=True)
    assert visit.complaints() == [], name


def session_of(user: User) -> str:
    """Return the key of a fresh session in which this person is signed in."""
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.save()
    return str(store.session_key)
