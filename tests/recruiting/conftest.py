"""A visitor of the public pages, whose forms are as old as a person needs to fill them in."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

GIVEN = {
    "company": "Newcomer Ltd",
    "domain": "https://www.newcomer.example/about",
    "country": "Germany",
    "contact_name": "Ann Newcomer",
    "email": "ann@newcomer.example",
}
LINK = re.compile(r"https?://\S+(/apply/\S+)")


@pytest.fixture(autouse=True)
def fresh_limits() -> Iterator[None]:
    """Each test has its own limits."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def clock() -> Iterator[Any]:
    """A clock that stands until it is moved."""
    with time_machine.travel(timezone.now().replace(microsecond=0), tick=False) as moved:
        yield moved


Send = Callable[..., Any]


@pytest.fixture
def send(clock: Any) -> Send:
    """Open a public form, wait, send it."""

    def sent(url: str, wait: float = 30, client: Client | None = None, **values: str) -> Any:
        browser = client or Client()
        page = browser.get(url)
        assert page.status_code == 200, page.content.decode()
        stamp = re.search(r'name="stamp" value="([^"]+)"', page.content.decode())
        assert stamp
        clock.shift(timedelta(seconds=wait))
        return browser.post(url, {"stamp": stamp[1], **values})

    return sent


def link_in(mail: Any) -> str:
    """The path that a mail leads to."""
    found = LINK.search(mail.body)
    assert found, mail.body
    return found[1]
