"""The audit in sentences: what was done to which thing, and from which value to which.

An entry holds codes and ids, so that it stays true for ever; what they are called is looked up when
somebody reads. Features add the words of their actions to ``SAYS``.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.urls import NoReverseMatch, reverse
from django.utils import dates
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django_stubs_ext import StrOrPromise

from prm.common import access, audit, config, display
from prm.common.access import Actor
from prm.common.models import AuditEntry, User
from prm.common.tokens import scope_words

# Behind the name of who did it, with the thing's kind and name in the place of %(thing)s.
SAYS: dict[str, StrOrPromise] = {
    "setting.change": lazy("changed %(thing)s"),
    "user.invite": lazy("invited %(thing)s"),
    "user.invite_again": lazy("sent the invitation again to %(thing)s"),
    "user.give_role": lazy("gave another role to %(thing)s"),
    "user.deactivate": lazy("deactivated %(thing)s"),
    "user.reactivate": lazy("let %(thing)s in again"),
    "user.sign_out": lazy("signed out everywhere %(thing)s"),
    "user.describe": lazy("changed the profile of %(thing)s"),
    "user.choose_notices": lazy("changed what %(thing)s is told"),
    "user.keep_quiet": lazy("changed the quiet hours of %(thing)s"),
    "task.finish": lazy("finished %(thing)s"),
    "task.dismiss": lazy("closed as not needed %(thing)s"),
    "task.reopen": lazy("reopened %(thing)s"),
    "second_factor.remove": lazy("removed the second factor of %(thing)s"),
    "fxrate.state": lazy("stated %(thing)s"),
    "calendar.make_usual": lazy("made %(thing)s the usual one"),
    "calendar.add_day": lazy("added a day off to %(thing)s"),
    "calendar.add_days": lazy("added public holidays to %(thing)s"),
    "calendar.remove_day": lazy("removed a day off from %(thing)s"),
    "token.create": lazy("made %(thing)s"),
    "token.revoke": lazy("revoked %(thing)s"),
    "mail.send_again": lazy("had sent again %(thing)s"),
    "view.save": lazy("saved %(thing)s"),
    "view.rename": lazy("renamed %(thing)s"),
    "view.share": lazy("changed who sees %(thing)s"),
    "view.delete": lazy("deleted %(thing)s"),
    "import.upload": lazy("uploaded %(thing)s"),
    "import.match": lazy("matched the columns of %(thing)s"),
    "import.run": lazy("ran %(thing)s"),
    "import.check": lazy("checked %(thing)s"),
    "import.begin": lazy("started %(thing)s"),
    "import.stop": lazy("stopped %(thing)s"),
    "import.discard": lazy("discarded %(thing)s"),
    "import.fix": lazy("corrected rows of %(thing)s"),
    "import.undo": lazy("undid %(thing)s"),
    "import.mapping.save": lazy("saved %(thing)s"),
    "import.mapping.delete": lazy("deleted %(thing)s"),
}
# For actions that have no words of their own.
USUAL: dict[str, StrOrPromise] = {
    "create": lazy("added %(thing)s"),
    "change": lazy("changed %(thing)s"),
    "delete": lazy("deleted %(thing)s"),
}
# What the settings are called on the pages that change them.
SETTINGS: dict[str, StrOrPromise] = {
    config.NAME: lazy("Name of the programme"),
    config.BRAND_COLOR: lazy("Colour"),
    config.BRAND_LOGO: lazy("Logo"),
    config.TIME_ZONE: lazy("Time zone"),
    config.CURRENCY: lazy("Reporting currency"),
    config.FISCAL_START: lazy("First month of the fiscal year"),
    config.TOUCH_KINDS: lazy("Touches that count as help"),
}
ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
NUMBER = re.compile(r"[0-9]{1,18}")
# What a thing is called by the values of its entry, for things without a page of their own.
NAMES: dict[str, Callable[[dict[str, Any]], str]] = {}
# How a stored value of a kind's field is told, where neither the field nor its choices say it.
VALUES: dict[tuple[str, str], Callable[[Any], str]] = {}
# More values than this stand in the details only.
TOLD = 2
LONGEST = 80  # letters of a value inside a sentence


def phrase(action: str) -> str:
    """What was done, with %(thing)s in it."""
    said = SAYS.get(action) or USUAL.get(action.rpartition(".")[2])
    if said is None:
        return f"{action}: %(thing)s"
    return str(said)


def label_of(action: str) -> str:
    """An action in a list to choose from: "Changed: deal"."""
    kinds = {key.partition(".")[2]: str(name) for key, name in audit.KINDS.items()}
    kinds |= {
        "token": kinds.get("apitoken", ""),
        "view": kinds.get("savedview", ""),
        "calendar": kinds.get("businesscalendar", ""),
    }
    kind = kinds.get(action.partition(".")[0]) or "…"
    return capfirst(phrase(action) % {"thing": kind})


@dataclass(frozen=True)
class Change:
    """One value before and after, as people call them."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class AuditRow:
    """An entry as people read it."""

    entry: AuditEntry
    kind: str
    thing: str
    url: str
    who_url: str
    changes: list[Change]

    @property
    def what(self) -> SafeString:
        """Behind the name: "changed Deal “Big one”", the thing as a link where it has a page."""
        named = (
            format_html(_("{kind} “{name}”"), kind=self.kind, name=self.thing)
            if self.thing
            else self.kind
        )
        thing = format_html('<a href="{}">{}</a>', self.url, named) if self.url else named
        before, mark, after = phrase(self.entry.action).partition("%(thing)s")
        return format_html("{}{}{}{}", before, thing if mark else "", after, self._told())

    @property
    def text(self) -> str:
        """The same without links, for files."""
        named = (
            _("{kind} “{name}”").format(kind=self.kind, name=self.thing)
            if self.thing
            else self.kind
        )
        return phrase(self.entry.action) % {"thing": named} + self._told()

    def _told(self) -> str:
        """The changes in words, where they are few."""
        values = [text or "" for one in self.changes for text in (one.before, one.after)]
        if not 0 < len(self.changes) <= TOLD or max(map(len, values)) > LONGEST:
            return ""
        told = []
        for one in self.changes:
            of = {
                "name": display.inside(one.name),
                "before": one.before or "–",
                "after": one.after or "–",
            }
            text = (
                _("%(name)s from %(before)s to %(after)s") if one.before else "%(name)s %(after)s"
            )
            told.append(text % of)
        return f": {', '.join(told)}"


def rows_of(entries: Iterable[AuditEntry], actor: Actor) -> list[AuditRow]:
    """The entries as people read them: one query a kind of thing, however many entries."""
    found = list(entries)
    named = _names(found, actor)
    people = _people_urls(found, actor)
    return [_row(entry, named, people.get(entry.actor_id or 0, "")) for entry in found]


Named = dict[tuple[str, str], tuple[str, str]]  # (kind, id) → name, address


def _row(entry: AuditEntry, named: Named, who_url: str) -> AuditRow:
    thing, url = named.get((entry.object_type, entry.object_id), ("", ""))
    if not thing and not ID.fullmatch(entry.object_id) and not entry.object_id.isdigit():
        thing = str(SETTINGS.get(entry.object_id, entry.object_id))  # a setting's id is its key
    if not thing:
        values = entry.before | entry.after
        thing = str(NAMES.get(entry.object_type, _own_name)(values))
    kind = display.inside(str(audit.KINDS.get(entry.object_type, entry.object_type)))
    names = dict.fromkeys([*entry.before, *entry.after])
    changes = [
        Change(
            field_name(entry.object_type, name),
            _value(entry, name, entry.before.get(name), named),
            _value(entry, name, entry.after.get(name), named),
        )
        for name in names
    ]
    return AuditRow(entry, kind, thing, url, who_url, changes)


def _own_name(values: dict[str, Any]) -> str:
    """The name of a thing that is gone, as the entry has it."""
    return str(values.get("name") or values.get("file") or "")


def _model(kind: str) -> type[models.Model] | None:
    try:
        return apps.get_model(kind)
    except (LookupError, ValueError):
        return None


def _field(kind: str, name: str) -> Any:
    """The field of a kind, or of its part, that a recorded value is of."""
    for model in (_model(kind), _model(audit.PARTS.get(kind, ""))):
        try:
            if model is not None:
                return model._meta.get_field(name)
        except FieldDoesNotExist:
            continue
    return None


def field_name(kind: str, name: str) -> str:
    """A recorded value in the reader's words: as its field is called, else as it is registered."""
    field = _field(kind, name)
    # a field without a name of its own is called by its English column
    said = getattr(field, "_verbose_name", None) or audit.FIELDS.get(name)
    return str(said or name.replace("_", " "))


def _value(entry: AuditEntry, name: str, value: Any, named: Named) -> str | None:
    """A stored value as people read it: names for ids, words for choices, yes and no."""
    kind = entry.object_type
    if value is None or value == "":
        return None
    if (own := _own_words(entry, name, value)) is not None:
        return own
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    field = _field(kind, name)
    if isinstance(value, list):
        return ", ".join(_one(name, field, str(one)) for one in value)
    related = getattr(field, "related_model", None)
    if related is not None:
        return named.get((related._meta.label_lower, str(value)), (str(value), ""))[0]
    if isinstance(field, models.DateField):
        return _moment(str(value))
    words = dict(getattr(field, "flatchoices", None) or ())
    return str(words.get(value, value)) if isinstance(value, str) else str(value)


def _own_words(entry: AuditEntry, name: str, value: Any) -> str | None:
    """What some settings and fields have words of their own for; None: nothing special."""
    if entry.object_type == "common.setting" and entry.object_id == config.BRAND_LOGO:
        return _("a picture")  # stored is the file's hash
    if entry.object_type == "common.setting" and entry.object_id == config.FISCAL_START:
        return str(dates.MONTHS.get(int(value), value))
    tells = VALUES.get((entry.object_type, name))
    return tells(value) if tells is not None else None


def _one(name: str, field: Any, code: str) -> str:
    """One code of several, such as a role or a right of a token, in words."""
    if name == "scopes":
        return scope_words(code)
    words = dict(getattr(getattr(field, "base_field", None), "flatchoices", None) or ())
    return str(words.get(code, code))


def _moment(text: str) -> str:
    """A stored day or moment in the reader's zone and notation."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return display.instant(at) if at.tzinfo is not None else display.day(at.date())


def _names(entries: Sequence[AuditEntry], actor: Actor) -> Named:
    """What the things and values of these entries are called, as far as the actor may know."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        wanted[entry.object_type].add(entry.object_id)
        for name, value in [*entry.before.items(), *entry.after.items()]:
            related = getattr(_field(entry.object_type, name), "related_model", None)
            if related is not None and isinstance(value, str):
                wanted[related._meta.label_lower].add(value)
    named: Named = {}
    for kind, ids in wanted.items():
        named |= _named(kind, ids, actor)
    return named


def _named(kind: str, ids: set[str], actor: Actor) -> Named:
    """What things of one kind are called, in one query."""
    model = _model(kind)
    if model is None or not access.has_row_rule(model):
        return {}
    key, shape = ("public_id", ID) if _has_public_id(model) else ("pk", NUMBER)
    known = [one for one in ids if shape.fullmatch(one)]
    if not known:
        return {}
    rows = access.scope(actor, model).filter(**{f"{key}__in": known})
    if kind in audit.LINKS:
        rows = rows.select_related(*audit.LINKS[kind])
    return {(kind, str(getattr(row, key))): (str(row), _url(row)) for row in rows}


def _has_public_id(model: type[models.Model]) -> bool:
    return any(field.name == "public_id" for field in model._meta.get_fields())


def _url(row: Any) -> str:
    if isinstance(row, User):
        return reverse("people:person_detail", args=[row.public_id])
    try:
        return str(row.get_absolute_url()) if hasattr(row, "get_absolute_url") else ""
    except NoReverseMatch:
        return ""


def _people_urls(entries: Sequence[AuditEntry], actor: Actor) -> dict[int, str]:
    """The pages of who did it."""
    wanted = {entry.actor_id for entry in entries if entry.actor_id}
    if not wanted:
        return {}
    return {row.pk: _url(row) for row in access.scope(actor, User).filter(pk__in=wanted)}
