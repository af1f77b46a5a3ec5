"""``./run lighthouse [RUNS]``: the median of RUNS (5) Lighthouse runs for each page.

Installs the version that .ci/lighthouse locks into the data folder (npm, once); the browser is the
system's. Prints a table, and fails when a score is below LEAST. Nothing of it is part of PRM.
"""

import contextlib
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urljoin

from playwright.sync_api import sync_playwright
from signedin import ROOT, chromium, cookies, data_home

LEAST = 95
SCORES = ("performance", "accessibility", "best-practices")
FIGURES = {"LCP": "largest-contentful-paint", "CLS": "cumulative-layout-shift",
           "TBT": "total-blocking-time"}  # fmt: skip
PAGES = (
    ("Overview", "/", "manager", "desktop"),
    ("Partners", "/partners/", "manager", "desktop"),
    ("Portal home", "/portal/", "partner", "desktop"),
    ("Portal home", "/portal/", "partner", "phone"),
)
# A phone is Lighthouse's own: a mid-range device on slow 4G.
SHAPE = {"desktop": ["--preset=desktop"], "phone": []}


def tool() -> Path:
    """The locked Lighthouse, installed if it is not there yet."""
    folder = data_home() / "lighthouse"
    lock = ROOT / ".ci" / "lighthouse" / "package-lock.json"
    held = folder / "package-lock.json"
    found = folder / "node_modules" / ".bin" / "lighthouse"
    if found.exists() and held.read_bytes() == lock.read_bytes():
        return found
    if not shutil.which("npm"):
        sys.exit(
            "Lighthouse comes from npm, which is not here. On Debian or Ubuntu: apt install npm"
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(lock.with_name(name), folder / name)
    print("Installing Lighthouse (once)", file=sys.stderr, flush=True)
    install = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if subprocess.run(install, cwd=folder, check=False).returncode:
        sys.exit("Lighthouse could not be installed; npm says above why.")
    return found


@contextlib.contextmanager
def browser(url: str, cookie: str) -> Iterator[int]:
    """The port of a fresh browser in which somebody is signed in, and nothing is cached."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    name, _, value = cookie.partition("=")
    flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        program = subprocess.Popen(
            [chromium(), *flags, f"--remote-debugging-port={port}", f"--user-data-dir={profile}"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            _wait_for(port)
            with sync_playwright() as playwright:
                window = playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port}").contexts[
                    0
                ]
                window.add_cookies([{"name": name, "value": value, "url": url}])
            yield port
        finally:
            program.terminate()
            program.wait(20)


def _wait_for(port: int) -> None:
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    sys.exit("Chromium does not start; run it by hand to see why.")


def judge(lighthouse: Path, url: str, cookie: str, shape: str) -> dict[str, float]:
    """One run: scores from 0 to 100, LCP and TBT in milliseconds, CLS."""
    for more in (2, 1, 0):  # now and then the browser records no trace (NO_NAVSTART)
        with browser(url, cookie) as port:
            argv = [str(lighthouse), url, "--quiet", "--output=json", "--output-path=stdout",
                    f"--only-categories={','.join(SCORES)}", *SHAPE[shape],
                    f"--port={port}", "--disable-storage-reset"]  # fmt: skip
            done = subprocess.run(argv, capture_output=True, text=True, check=False)
        if not done.returncode:
            break
        print(f"Lighthouse failed at {url}, {more} tries left", file=sys.stderr, flush=True)
    else:
        sys.exit(f"Lighthouse failed at {url}:\n{done.stderr[-2000:]}")
    report: dict[str, Any] = json.loads(done.stdout)
    if report["finalDisplayedUrl"].rstrip("/") != url.rstrip("/"):
        sys.exit(f"{url} led to {report['finalDisplayedUrl']}: the sign-in did not hold.")
    _keep(report, url, shape)
    found = {name: 100 * report["categories"][name]["score"] for name in SCORES}
    return found | {name: report["audits"][key]["numericValue"] for name, key in FIGURES.items()}


def _keep(report: dict[str, Any], url: str, shape: str) -> None:
    """The last report of each page, to be read when a score is too low."""
    name = f"report-{url.split('/', 3)[3].strip('/') or 'overview'}-{shape}.json"
    (data_home() / "lighthouse" / name).write_text(json.dumps(report))


def main() -> int:
    """Judge all pages; 1 when one is not good enough."""
    address, runs = sys.argv[1], int((sys.argv[2:] or ["5"])[0])
    lighthouse, people = tool(), cookies(address)
    print(f"| Page | Screen | {' | '.join([*SCORES, *FIGURES])} |")
    print(f"|---|---|{'---|' * (len(SCORES) + len(FIGURES))}")
    poor = 0
    for name, path, who, shape in PAGES:
        url = urljoin(address, path)
        tries = [judge(lighthouse, url, people[who], shape) for _ in range(runs)]
        middle = {key: median(one[key] for one in tries) for key in tries[0]}
        poor += sum(middle[key] < LEAST for key in SCORES)
        cells = [f"{middle[key]:.0f}" for key in SCORES]
        cells += [
            f"{middle['LCP'] / 1000:.2f} s",
            f"{middle['CLS']:.3f}",
            f"{middle['TBT']:.0f} ms",
        ]
        print(f"| {name} | {shape} | {' | '.join(cells)} |", flush=True)
    if poor:
        print(f"{poor} scores are below {LEAST}; the last reports are in {lighthouse.parents[2]}")
    return 1 if poor else 0


if __name__ == "__main__":
    sys.exit(main())
