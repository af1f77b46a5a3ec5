"""A language made up for tests: every text of the sources, of Django and of allauth, changed."""

import gettext
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from django.apps import apps
from django.conf import settings
from django.utils import translation

from tests.languages.catalogue import load

OPEN, CLOSE = "⟦", "⟧"
# What must stay in a text: placeholders, entities, tags.
KEPT = re.compile(r"(%\(\w+\)[sd]|%[sd%]|\{\w+\}|&\w+;|<[^>]+>)")
LISTS = {"Yes,No"}  # for the filter `yesno`
HEBREW = str.maketrans("abcdefghijklmnopqrstuvwxyz", "אבגדהוזחטיכלמנסעפצקרשתאבגד")


def marked(text: str) -> str:
    """The text between brackets."""
    return f"{OPEN}{text}{CLOSE}"


def mirrored(text: str) -> str:
    """The text in Hebrew letters: no words, but a text that runs from right to left."""
    parts = KEPT.split(text)
    return "".join(
        part if place % 2 else part.lower().translate(HEBREW) for place, part in enumerate(parts)
    )


def others() -> set[tuple[Any, str | None]]:
    """The texts that Django and the installed apps translate themselves."""
    roots = [Path(app.path) for app in apps.get_app_configs()]
    roots.append(Path(translation.__file__).parents[2] / "conf")
    found: set[tuple[Any, str | None]] = set()
    for path in (root / "locale" / "de" / "LC_MESSAGES" / "django.mo" for root in roots):
        if path.exists():
            with path.open("rb") as file:
                known = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
            for key in known:
                text = key[0] if isinstance(key, tuple) else key
                context, _sep, rest = text.rpartition("\x04")
                found.add((rest, context or None))
    return {key for key in found if key[0]}


def install(language: str, change: Callable[[str], str], folder: Path, config: Any) -> None:
    """Add the language to the settings (pytest-django's fixture), with its catalogue."""
    messages = load()
    catalog = Catalog(locale=language)
    nothing = ("%(sign)s%(amount)s", "%(code)s\u00a0%(amount)s", "%(number)s%%")
    for message in messages.extracted():
        if not message.id or message.id in nothing:
            continue
        forms = [message.id] if isinstance(message.id, str) else list(message.id)
        said = [
            ",".join(map(change, form.split(",")) if form in LISTS else [change(form)])
            for form in forms
        ]
        if isinstance(message.id, str):
            catalog.add(message.id, said[0], context=message.context)
        else:
            padded = said + [said[-1]] * (catalog.num_plurals - len(said))
            catalog.add(tuple(forms), tuple(padded), context=message.context)
    for text, context in others():
        if not catalog.get(text, context):
            catalog.add(text, change(text), context=context)
    place = folder / language / "LC_MESSAGES"
    place.mkdir(parents=True)
    (place / "django.mo").write_bytes(messages.compiled(catalog))
    config.LOCALE_PATHS = [folder]
    config.LANGUAGES = [*settings.LANGUAGES, (language, language)]
