"""Sign-ins of the demo world for the scripts that look at it, and where its browser is."""

import http.cookiejar
import os
import re
import shutil
import subprocess
import sys
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WHO = ("admin", "manager", "partner")  # the order in which the demo prints its sign-ins


def chromium() -> str:
    """Path of the browser; SystemExit with what to do when there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    sys.exit("No Chromium here. On Debian or Ubuntu: apt install chromium")


def cookies(address: str) -> dict[str, str]:
    """The session cookie, "name=value", of each of WHO; signs in at the door, as people do."""
    asked = [sys.executable, "manage.py", "demo_world", "--print-sign-ins"]
    lines = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    people = re.findall(r"(\S+@\S+)\s+(\S+)", lines)
    return {who: _sign_in(address, *person) for who, person in zip(WHO, people, strict=False)}


def _sign_in(address: str, email: str, password: str) -> str:
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    door = urllib.parse.urljoin(address, "/accounts/login/")
    page = browser.open(door).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    form = {"login": email, "password": password, "csrfmiddlewaretoken": token[1] if token else ""}
    browser.open(
        urllib.request.Request(door, urllib.parse.urlencode(form).encode(), {"Referer": door})
    )
    session = [cookie for cookie in jar if "csrf" not in cookie.name and cookie.value]
    if not session:
        sys.exit(f"{email} could not sign in at {address}.")
    return "; ".join(
        f"{cookie.name}={cookie.value}" for cookie in session if cookie.name != "messages"
    )


def data_home() -> Path:
    """Where ``./run`` keeps its data."""
    return Path(os.environ.get("PRM_HOME") or ROOT / ".prm")
