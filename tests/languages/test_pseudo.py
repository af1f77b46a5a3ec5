"""No text of a page stays English: in a made-up language every word of ours stands in ⟦ ⟧."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import pytest
from django.apps import apps
from django.db import models
from django.http import HttpResponse
from django.test import Client

from prm.common import access, money
from prm.common.countries import COUNTRIES
from prm.common.models import User
from tests.browser.test_pages import objects_of, pages_of, story, user_of
from tests.languages import pseudo
from tests.world import World

__all__ = ["story"]  # a fixture
ROOT = Path(__file__).resolve().parents[2]
SPOKEN = {"aria-label", "title", "placeholder", "alt", "aria-description", "aria-roledescription"}
SILENT = {"script", "style", "code", "kbd", "pre", "svg", "template"}
VOID = {"input", "br", "img", "link", "meta", "hr", "source", "wbr", "col"}
# Line breaks and values in the texts of charts; addresses of the API with their methods.
NO_WORDS = re.compile(r"<br>|%\{\w+\}|(GET|POST|PATCH|DELETE) /[\w/{}.:-]+")
WORD = re.compile(r"[^\W\d_]{2,}")
# Said alike everywhere: products, formats, codes; and what the tests' own clock and data add.
UNIVERSAL = (
    *("PRM", "CSV", "XLSX", "PNG", "JSON", "TOML", "API", "OpenAPI", "CRM", "TOTP", "Ctrl", "UTC"),
    *("Q1", "Q2", "Q3", "Q4", "English", "Deutsch", "udm"),
)
WITH_DATA = (
    *apps.get_app_config("partners").get_models(),
    *(
        apps.get_model("common", name)
        for name in (
            *("User", "Import", "ImportProblem", "OutboxMail", "SavedView", "Task"),
            *("BusinessCalendar", "Holiday"),
        )
    ),
    apps.get_model("common", "Setting"),
)
CODES = {"list_key", "resource", "state", "key", "step"}
CHART_TEXTS = {"text", "name", "ticktext", "tickvals", "x", "y", "customdata", "hovertemplate"}


class Texts(HTMLParser):
    """Collects what a person reads or hears of a page, without what is translated."""

    def __init__(self) -> None:
        super().__init__()
        self.silent: list[str] = []
        self.found: list[str] = []
        self.depth = 0  # a translated text may hold elements, such as the time of a moment
        self.is_spec = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Attributes that are spoken; elements that are not."""
        given = dict(attrs)
        self.found += [outside(given[name] or "", 0)[0] for name in SPOKEN & given.keys()]
        self.is_spec = given.get("type") == "application/json"
        is_quiet = (
            tag in SILENT or given.get("lang") == "en" or "avatar" in (given.get("class") or "")
        )
        if tag not in VOID and (self.silent or is_quiet):
            self.silent.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Heard again after a silent element."""
        if self.silent and self.silent[-1] == tag:
            self.silent.pop()

    def handle_data(self, data: str) -> None:
        """A text, unless it stands in a silent element."""
        if not self.silent:
            text, self.depth = outside(data, self.depth)
            self.found.append(text)
        elif self.is_spec:
            self.found += [outside(text, 0)[0] for text in chart_texts(json.loads(data))]


def outside(text: str, depth: int) -> tuple[str, int]:
    """The part of a text that stands in no brackets, and how deep in brackets its end is."""
    left = ""
    for letter in text:
        depth += (letter == pseudo.OPEN) - (letter == pseudo.CLOSE)
        left += letter if depth == 0 and letter != pseudo.CLOSE else " " if depth == 0 else ""
    return left, depth


def chart_texts(value: Any, key: str = "") -> Iterator[str]:
    """What a chart writes."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from chart_texts(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from chart_texts(inner, key)
    elif isinstance(value, str) and key in CHART_TEXTS:
        yield value


def data_of_the_world() -> set[str]:
    """Every text that stands in a row: names, addresses, codes, as they are and capitalized."""
    found: set[str] = set()
    for model in WITH_DATA:
        fields = [field.attname for field in model._meta.concrete_fields if is_data(field)]
        for row in model._default_manager.values_list(*fields) if fields else ():
            for value in row:
                # the columns of a file, as they are called and as a label writes them
                parts = list(words_in(value))
                found |= {str(part) for part in parts if part}
                found |= {str(part).replace("_", " ") for part in parts if part}
    found |= {text.capitalize() for text in found}
    zones = {zone.replace("_", " ") for zone in available_timezones()}
    return found | zones | set(money.CURRENCIES) | COUNTRIES | set(UNIVERSAL)


def words_in(value: Any) -> Iterator[Any]:
    """The words of people in a stored value: columns of a file, names in a list of things."""
    if isinstance(value, dict):
        yield from [*value, *value.values()]
        return
    yield value
    if isinstance(value, list):  # such as the changes of a dry run
        rows = [one for one in value if isinstance(one, dict)]
        yield from (one.get(key) for one in rows for key in ("name", "title"))


def is_data(field: models.Field) -> bool:
    """Whether a column holds words of people, and no codes."""
    kinds = (models.CharField, models.TextField, models.UUIDField, models.JSONField)
    return isinstance(field, kinds) and not field.choices and field.attname not in CODES


def unmarked(html: str, data: re.Pattern[str]) -> set[str]:
    """The texts of a page that are neither translated nor data."""
    parser = Texts()
    parser.feed(html)
    found = set()
    for text in parser.found:
        left = data.sub(" ", NO_WORDS.sub(" ", text))
        if WORD.search(left):
            found.add(" ".join(left.split())[:160])
    return found


@pytest.fixture
def speaking_udm(tmp_path: Path, settings: Any) -> None:
    """The made-up language, under the name of a real one."""
    pseudo.install("udm", pseudo.marked, tmp_path, settings)


def is_page(response: HttpResponse) -> bool:
    """Whether people read the answer."""
    return response.headers.get("Content-Type", "").startswith("text/html")


def left_english(user: User, paths: list[str]) -> dict[str, set[str]]:
    """What each page of this person says in English although it should not."""
    User.objects.filter(pk=user.pk).update(language="udm")
    client = Client()
    client.force_login(user)
    words = sorted(data_of_the_world(), key=len, reverse=True)
    data = re.compile(r"(?<![^\W_])(" + "|".join(map(re.escape, words)) + r")(?![^\W_])")
    wrong = {}
    for path in paths:
        response = client.get(path)
        if response.status_code == 200 and is_page(response):
            texts = unmarked(response.content.decode(), data)
            if texts or pseudo.OPEN not in response.content.decode():
                wrong[path] = texts
    return wrong


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("who", ["admin", "ana", "pat"])
def test_every_page_speaks_the_language_of_its_reader(
    who: str, story: World, speaking_udm: None
) -> None:
    user = user_of(story, who)
    paths = pages_of(access.actor_for(user), objects_of(story, user))
    assert left_english(user, paths) == {}


@pytest.mark.django_db(transaction=True)
def test_the_doors_speak_the_language_of_the_browser(world: World, speaking_udm: None) -> None:
    client = Client(headers={"Accept-Language": "udm"})
    data = re.compile("|".join(UNIVERSAL))
    doors = ("/accounts/login/", "/accounts/login/code/", "/accounts/password/reset/", "/no/page/")
    assert {path: unmarked(client.get(path).content.decode(), data) for path in doors} == {
        path: set() for path in doors
    }


def test_a_text_that_is_neither_translated_nor_data_is_found() -> None:
    data = re.compile("Acme")
    html = '<p title="Plain">⟦Hello <b>⟦big⟧ one</b>⟧ Acme</p><code>no</code><b>Not yet</b> 12 €'
    assert unmarked(html, data) == {"Plain", "Not yet"}
    spec = '<script type="application/json">{"data": [{"name": "Target", "type": "bar"}]}</script>'
    assert unmarked(spec, data) == {"Target"}
