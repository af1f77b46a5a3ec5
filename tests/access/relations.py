"""Every field that names another row, on pages and by the API: typed with foreign, then unknown.

The forms of pages are read from the pages themselves, those of the API from its description; what
was really judged is noted where forms and serializers judge, so that nothing is missed quietly.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import transaction
from django.urls import resolve, reverse

from partners.accounts.api import ManagerField
from prm.common import access, apidocs
from prm.common.doors import ScopedRelation, StrictSerializer
from prm.common.forms import SaysWhatToDo
from prm.common.worklist.api import CompanyField
from tests.access import oracles
from tests.access.cast import Caller, Cast
from tests.access.harness import UNKNOWN, Walk, rest_of
from tests.access.walk import PARAM, Route

DAY = "2026-11-02"
ROWS_TRIED = 6
NOWHERE = "99887766"  # a key that no row has
CHOSEN = {"select", "hidden", "radio", "checkbox"}
PLAIN_KINDS = {"date", "number", "textarea", "button", "submit", "password", "time", "file"}
LEFT_OUT = {"csrfmiddlewaretoken", "back", "next", "stamp", "list_key", "edit", "q"}
WORD = re.compile(r"[A-Za-z_-]+")  # a choice of words: no row behind it
RELATIONS = (ScopedRelation, ManagerField, CompanyField)


@dataclass
class FormSeen:
    """A form of a page: where it goes, and its fields with what they hold."""

    action: str
    fields: dict[str, tuple[str, str]] = field(default_factory=dict)  # name: kind, value
    offers: dict[str, set[str]] = field(default_factory=dict)  # name: values to choose from

    def may_be_relation(self, name: str) -> bool:
        """Whether a box to choose from holds keys or ids of rows, or nothing yet."""
        return not any(WORD.fullmatch(value) for value in self.offers.get(name, ()))


class Forms(HTMLParser):
    """Collects the forms of a page that change something."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page, self.found = page, list[FormSeen]()
        self.form: FormSeen | None = None
        self.by_id: dict[str, FormSeen] = {}
        self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A form begins, or one of its fields."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._begin(given)
        elif tag == "option" and self.select:
            self._option(given)
        elif tag in {"input", "select", "textarea", "button"} and given.get("name"):
            self._field(tag, given)

    def handle_endtag(self, tag: str) -> None:
        """The form or the list of options ends."""
        if tag == "form":
            self.form = None
        if tag == "select":
            self.select = ""

    def _begin(self, given: dict[str, str]) -> None:
        if given.get("method", "get").lower() != "post" and "hx-post" not in given:
            self.form = None
            return
        self.form = FormSeen(given.get("hx-post") or given.get("action") or self.page)
        self.found.append(self.form)

    def _field(self, tag: str, given: dict[str, str]) -> None:
        kind = given.get("type", "text") if tag == "input" else tag
        self.select = given["name"] if tag == "select" else ""
        if self.form is None or given["name"] in LEFT_OUT:
            return
        self.form.offers.setdefault(given["name"], set()).add(given.get("value", ""))
        is_off = kind in {"radio", "checkbox"} and "checked" not in given
        known = self.form.fields.get(given["name"])
        if not (is_off and known):
            self.form.fields[given["name"]] = (kind, given.get("value", ""))

    def _option(self, given: dict[str, str]) -> None:
        if self.form is None or self.select in LEFT_OUT:
            return
        self.form.offers[self.select].add(given.get("value", ""))
        kind, value = self.form.fields[self.select]
        if given.get("value") and (not value or "selected" in given):
            self.form.fields[self.select] = (kind, given["value"])


def usual(name: str, kind: str, value: str) -> str:
    """Something that this field takes."""
    if value:
        return value
    if kind == "date" or name.endswith(("_on", "_from", "_to", "day", "until")):
        return DAY
    return {"email": "x@example.com", "number": "1"}.get(kind, "x")


def sample(schema: dict[str, Any]) -> Any:
    """Something that this part of a body takes."""
    whole = apidocs.schema()["components"]["schemas"]
    for one in (schema, *schema.get("allOf", ()), *schema.get("oneOf", ())):
        if "$ref" in one:
            return sample(whole[one["$ref"].rsplit("/", 1)[1]])
    if schema.get("enum"):
        return schema["enum"][0]
    kind, form = schema.get("type"), schema.get("format", "")
    if kind == "object":
        known = schema.get("properties", {})
        return {name: sample(known[name]) for name in schema.get("required", []) if name in known}
    if kind == "array":
        return [sample(schema["items"])]
    texts = {"date": DAY, "email": "x@example.com", "uuid": UNKNOWN, "decimal": "1.00",
             "date-time": f"{DAY}T10:00:00Z"}  # fmt: skip
    return {"boolean": False, "integer": schema.get("minimum", 1)}.get(
        str(kind), texts.get(form, schema.get("example", "x"))
    )


class Relations:
    """All fields that could name another row, as one caller."""

    def __init__(self, cast: Cast, caller: Caller) -> None:
        self.cast, self.caller = cast, caller
        self.walk = Walk(cast, caller)
        # nothing is foreign to who sees all: one request each shows that nothing breaks
        self.is_brief = caller.sees == "all"
        self.problems: list[str] = []
        self.requests = 0
        self.asked: set[str] = set()  # routes of pages whose form was sent

    def run(self) -> None:
        """Pages, then the API."""
        for form in self.forms():
            self.send_form(form)
        for method, url, body, names in self.bodies():
            for name in names:
                send = partial(self.call, method, url, body, name)
                self.compare(send, self.ids(), f"{method} {url} {name}")

    def ids(self) -> list[str]:
        """Ids and addresses of rows that this caller may not know of."""
        world = self.cast.world
        rows = [world.globex, world.foreign_customer, world.gil.user]
        return [*(str(row.public_id) for row in rows), str(world.gil.user.email)]

    def keys(self) -> list[str]:
        """Database keys of such rows, as boxes to choose from hold them."""
        world = self.cast.world
        return [str(row.pk) for row in (world.globex, world.gil.user)]

    def forms(self) -> Iterator[FormSeen]:
        """Each form of each page that this caller reads, once for each address and fields."""
        known = set()
        for route in self.walk.routes:
            rule = access.POLICY[route.name]
            if rule.open or access.is_api(route.path) or self.walk.may(rule, route, "GET") != 200:
                continue
            for form in [*self.of_page(route, rule), *self.after_a_choice(route)]:
                key = (urlsplit(form.action).path, *sorted(form.fields))
                if form.fields and key not in known:
                    known.add(key)
                    yield form

    def of_page(self, route: Route, rule: access.Rule) -> list[FormSeen]:
        """The forms of a page: of the first of one's own rows whose page has any."""
        own = self.cast.own_and_foreign(rule.model, self.caller)[0] if rule.model else []
        urls = [route.url(public_id=row, **rest_of(route)) for row in own[:ROWS_TRIED]]
        for url in urls or self.walk.bases(route, rule):
            answer = self.walk.send("GET", url)
            if answer.status_code == 200 and "html" in answer.get("Content-Type", ""):
                page = Forms(url)
                page.feed(oracles.body_of(answer).decode())
                if page.found:
                    return page.found
        return []

    def after_a_choice(self, route: Route) -> list[FormSeen]:
        """Forms that a page shows once rows are ticked in a list."""
        if route.name != "partners:partner_list":
            return []
        ticked = str(self.cast.world.acme.public_id)
        fields = {"sel": ("hidden", ticked), "manager": ("select", ""), "valid_from": ("date", "")}
        return [FormSeen(reverse("partners:partner_manager"), fields)]

    def send_form(self, form: FormSeen) -> None:
        """Each field of a form with what is foreign and with what nobody has."""
        self.asked.add(access.route_name(resolve(urlsplit(form.action).path)))
        given = {name: usual(name, *what) for name, what in form.fields.items()}
        for name, (kind, _value) in form.fields.items():
            if kind in PLAIN_KINDS or not form.may_be_relation(name):
                continue
            texts = [*self.ids(), *self.keys()] if kind in CHOSEN else [self.cast.world.globex.name]
            send = partial(self.post, form.action, given, name)
            self.compare(
                send,
                [text for text in texts if text not in form.offers.get(name, ())],
                f"{form.action} {name}",
            )

    def post(self, url: str, given: dict[str, str], name: str, text: str) -> Any:
        """A form is sent; nothing of it stays."""
        with transaction.atomic():
            answer = self.caller.client.post(url, given | {name: text})
            transaction.set_rollback(True)
        self.requests += 1
        oracles.forget_messages(self.caller.client)
        return answer

    def bodies(self) -> Iterator[tuple[str, str, dict[str, Any], list[str]]]:
        """Each body of the API: method, address, what it needs, and its fields that take an id."""
        for route in self.walk.routes:
            rule = access.POLICY[route.name]
            path = PARAM.sub(lambda one: "{" + one["name"] + "}", route.path)
            described = apidocs.schema()["paths"].get(path) or {}
            for verb in ("post", "patch"):
                if self.walk.may(rule, route, verb.upper()) != 200:
                    continue
                whole = apidocs.body_of(described.get(verb, {}))
                known = whole.get("properties", {})
                names = [
                    name for name, one in known.items() if one.get("format") in {"uuid", "email"}
                ]
                body = {name: sample(known[name]) for name in whole.get("required", [])}
                for url in self.walk.bases(route, rule) if names else ():
                    yield verb, url, body, names

    def call(self, method: str, url: str, body: dict[str, Any], name: str, text: str) -> Any:
        """A request to the API; nothing of it stays."""
        with transaction.atomic():
            answer = getattr(self.caller.client, method)(
                url, json.dumps(body | {name: text}), content_type="application/json"
            )
            transaction.set_rollback(True)
        self.requests += 1
        return answer

    def compare(self, send: Callable[[str], Any], typed: list[str], what: str) -> None:
        """Nobody learns from the answer whether somebody else has such a row."""
        nothing: dict[str, tuple[Any, ...]] = {}
        for text in typed[:1] if self.is_brief else typed:
            answer, like = send(text), unknown_like(text)
            if answer.status_code >= 500:
                self.problems.append(f"error of ours: {self.caller.name} {what} {text}")
            if self.is_brief:
                continue
            if like not in nothing:
                other = send(like)
                nothing[like] = (shape(other, like), shape(other))
            if shape(answer, text) != nothing[like][0] and shape(answer) != nothing[like][1]:
                self.problems.append(
                    f"shows: {self.caller.name} {what} {text} {answer.status_code}"
                    f" instead of {nothing[like][0][0]}"
                )


def unknown_like(text: str) -> str:
    """The same kind of text, which names nothing."""
    if "@" in text:
        return "nobody-at-all@example.com"
    if text.isdecimal():
        return NOWHERE
    if text.count("-") == 4:
        return UNKNOWN
    return re.sub(r"[A-Za-z]", "x", re.sub(r"\d", "7", text))


ANY_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|prm_[\w-]{4,}")


def shape(answer: Any, typed: str = "") -> tuple[Any, ...]:
    """An answer without what was typed; ids and secrets of new rows are all alike."""
    forms = {typed, typed.lower()} if len(typed) > 8 else set()
    status, headers, body = oracles.likeness(answer, *forms)
    text = body.decode("utf-8", "replace")
    if typed:
        text = text.replace(f'value="{typed}"', 'value="~"')
    return status, ANY_ID.sub("~", headers.get("Location", "")), ANY_ID.sub("~", text)


class Judged:
    """Notes which relation fields of forms and serializers judged something foreign."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.forms: set[tuple[str, str]] = set()
        self.fields: set[tuple[str, str]] = set()
        self._watch_forms(monkeypatch)
        self._watch_serializers(monkeypatch)

    def _watch_forms(self, monkeypatch: pytest.MonkeyPatch) -> None:
        clean, found = SaysWhatToDo.full_clean, self.forms

        def watched(form: Any) -> None:
            clean(form)
            if form.is_bound:
                found.update((type(form).__qualname__, name) for name in form.fields)

        monkeypatch.setattr(SaysWhatToDo, "full_clean", watched)

    def _watch_serializers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        judge, found = StrictSerializer.to_internal_value, self.fields

        def watched(serializer: Any, data: Any) -> Any:
            if isinstance(data, dict):
                found.update((type(serializer).__qualname__, name) for name in data)
            return judge(serializer, data)

        monkeypatch.setattr(StrictSerializer, "to_internal_value", watched)


def below(kind: type[Any]) -> Iterator[type[Any]]:
    """All classes of ours below a class."""
    for one in kind.__subclasses__():
        yield from below(one)
        if not one.__module__.startswith(("tests.", "django", "allauth", "rest_framework")):
            yield one
