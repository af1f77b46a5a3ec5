"""``./run shots [FOLDER]``: the pictures of README.md and docs/ui.md, from the demo world.

A picture for people is the window (docs/img); one for comparing is the whole page at half its size
(docs/img/ui). Pictures are WebP, made by the browser itself.
"""

import base64
import re
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from playwright.sync_api import sync_playwright
from signedin import ROOT, chromium, cookies

DESK, PHONE = (1440, 900), (390, 844)
TALLEST = 2600  # pixels of a page that a picture for comparing shows
# name of the picture, who, path; {partner}, {deal} and {run} are looked up in the lists.
README = (
    ("overview", "manager", "/", DESK),
    ("partners", "manager", "/partners/", DESK),
    ("partner", "manager", "{partner}", DESK),
    ("kpi", "manager", "/kpis/partner_sourced_revenue/", DESK),
    ("portal-phone", "partner", "/portal/", PHONE),
)
PAGES = (
    ("01-overview", "manager", "/"),
    ("02-partners", "manager", "/partners/"),
    ("03-partner", "manager", "{partner}"),
    ("05-portal-home", "partner", "/portal/"),
    ("09-kpi", "manager", "/kpis/partner_sourced_revenue/"),
    ("10a-empty", "manager", "/partners/?q=nobody-of-this-name"),
    ("10b-error", "manager", "/no/such/page/"),
    ("10c-import", "admin", "{run}"),
    ("deals", "manager", "/deals/"),
    ("board", "manager", "/deals/board/"),
    ("deal", "manager", "{deal}"),
    ("kpis", "manager", "/kpis/"),
    ("imports", "admin", "/imports/"),
    ("import-new", "admin", "/imports/new/"),
    ("settings", "admin", "/settings/"),
    ("brand", "admin", "/settings/programme/"),
    ("search", "manager", "/search/?q=nord"),
    ("portal-deals", "partner", "/portal/deals/"),
    ("portal-people", "partner", "/portal/people/"),
    ("portal-company", "partner", "/portal/company/"),
    ("tiers", "admin", "/programs/"),
    ("tier-guide", "admin", "{programme}"),
    ("tier-decisions", "admin", "/programs/decisions/"),
    ("portal-tier", "partner", "/portal/tier/"),
    ("segments", "manager", "/segments/"),
    ("segment", "manager", "{segment}"),
    ("segment-new", "manager", "/segments/new/"),
    ("sign-in", "", "/accounts/login/"),
    ("notifications", "partner", "/notifications/"),
    ("tasks", "manager", "/tasks/"),
    ("task", "manager", "{task}"),
    ("profile", "manager", "/profile/"),
    ("onboarding", "manager", "/onboarding/"),
    ("onboarding-plan", "manager", "{plan}"),
    ("portal-onboarding", "partner", "/portal/onboarding/"),
    ("applications", "manager", "/applications/"),
    ("application", "manager", "{application}"),
    ("recruiting", "manager", "/applications/funnel/"),
    ("application-forms", "admin", "/applications/forms/"),
    ("invitations", "manager", "/applications/invitations/"),
    ("access-requests", "manager", "/applications/access/"),
    ("ideal-profile", "admin", "/applications/profile/"),
    ("costs", "admin", "/costs/"),
    ("onboarding-list", "manager", "/onboarding/plans/"),
    ("onboarding-times", "manager", "/onboarding/times/"),
    ("onboarding-templates", "admin", "/onboarding/templates/"),
    ("onboarding-template", "admin", "{template}"),
    ("tiers-at-risk", "admin", "/programs/at-risk/"),
    ("tier-moves", "admin", "/programs/moves/"),
    ("benefits", "admin", "/programs/benefits/"),
    ("partner-tier", "manager", "{partner}tier/"),
    ("duplicates", "admin", "/partners/duplicates/"),
    ("merged", "admin", "/partners/duplicates/merged/"),
    ("hierarchy", "manager", "{partner}hierarchy/"),
    ("strengths", "manager", "{partner}strengths/"),
    ("contracts", "admin", "/contracts/"),
    ("contract", "admin", "{contract}"),
    ("calendars", "admin", "/settings/calendars/"),
    ("portal-resellers", "partner", "/portal/deals/resellers/"),
    ("portal-directory", "partner", "/portal/company/directory/"),
    ("directory", "", "/directory/"),
    ("directory-entry", "", "{entry}"),
    ("apply", "", "/apply/partner-programme/"),
    ("apply-form", "", "/apply/partner-programme/form/"),
)
FOUND_AT = {
    "application": ("/applications/", r'href="(/applications/[0-9a-f-]{36}/)"'),
    "partner": ("/partners/?q=nordlys", r'href="(/partners/[0-9a-f-]{36}/)"'),
    "deal": ("/deals/", r'href="(/deals/[0-9a-f-]{36}/)"'),
    "task": ("/tasks/", r'href="(/tasks/[0-9a-f-]{36}/)"'),
    "plan": ("/onboarding/plans/", r'href="(/onboarding/[0-9a-f-]{36}/)"'),
    "segment": ("/segments/?sort=-left", r'href="(/segments/[0-9a-f-]{36}/)"'),
    "programme": ("/programs/", r'href="(/programs/[0-9a-f-]{36}/)"'),
    "template": ("/onboarding/templates/", r'href="(/onboarding/templates/[0-9a-f-]{36}/)"'),
    "contract": ("/contracts/", r'href="(/contracts/[0-9a-f-]{36}/)"'),
    "entry": ("/directory/", r'href="(/directory/[a-z0-9-]+/)"'),
    "run": ("/imports/?page_size=10", r'href="(/imports/[0-9a-f-]{36}/)"'),
}


class Camera:
    """Takes pictures of the pages of one running demo."""

    def __init__(self, browser: Any, address: str) -> None:
        self.browser, self.address = browser, address
        self.people = cookies(address)
        self.known: dict[str, str] = {}

    def page(self, who: str, path: str, size: tuple[int, int], theme: str) -> Any:
        """The page at rest."""
        is_phone = size == PHONE
        window = self.browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=theme, has_touch=is_phone, is_mobile=is_phone,
        )  # fmt: skip
        if who:
            name, _, value = self.people[who].partition("=")
            window.add_cookies([{"name": name, "value": value, "url": self.address}])
        page = window.new_page()
        page.goto(urljoin(self.address, self.real(window, path)))
        page.wait_for_load_state("networkidle")
        # charts are drawn when they come to the screen
        page.evaluate("""async () => {
          for (let y = 0; y < document.body.scrollHeight; y += 400) {
            scrollTo(0, y); await new Promise(done => setTimeout(done, 40));
          }
          scrollTo(0, 0);
        }""")
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(300)
        return page

    def real(self, window: Any, path: str) -> str:
        """The address of the first object that a list shows, for ``{partner}`` and the like."""
        if not path.startswith("{"):
            return path
        name, _brace, rest = path[1:].partition("}")
        if name not in self.known:
            where, pattern = FOUND_AT[name]
            text = window.request.get(urljoin(self.address, where)).text()
            found = re.search(pattern, text)
            self.known[name] = found[1] if found else where
        return self.known[name] + rest

    def window(self, page: Any, path: Path) -> None:
        """What the window shows."""
        self._write(page, path, 82, {})

    def whole(self, page: Any, path: Path) -> None:
        """The whole page, at half its size on a desk."""
        width = page.viewport_size["width"]
        height = min(TALLEST, page.evaluate("document.documentElement.scrollHeight"))
        scale = 0.5 if width > PHONE[0] else 0.75
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": scale}
        self._write(page, path, 60, {"clip": clip, "captureBeyondViewport": True})

    def _write(self, page: Any, path: Path, quality: int, more: dict[str, Any]) -> None:
        asked = {"format": "webp", "quality": quality, **more}
        taken = page.context.new_cdp_session(page).send("Page.captureScreenshot", asked)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(taken["data"]))
        print(f"{path.stat().st_size / 1024:6.0f} KB  {path}", flush=True)


def main() -> None:
    """Take all pictures."""
    address, folder = sys.argv[1], Path((sys.argv[2:] or [ROOT / "docs" / "img"])[0])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        camera = Camera(browser, address)
        for theme in ("light", "dark"):
            for name, who, path, size in README:
                page = camera.page(who, path, size, theme)
                camera.window(page, folder / f"{name}-{theme}.webp")
                page.context.close()
            for name, who, path in PAGES:
                for size in (DESK, PHONE):
                    page = camera.page(who, path, size, theme)
                    camera.whole(page, folder / "ui" / f"{name}-{size[0]}-{theme}.webp")
                    page.context.close()
        browser.close()


if __name__ == "__main__":
    main()
