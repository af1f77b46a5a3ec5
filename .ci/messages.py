"""Catalogues of translated texts: takes up new texts and compiles. `--check` only says what lacks.

The sources are English. `locale/LANGUAGE/LC_MESSAGES/django.po` holds the translations, for people;
`django.mo` beside it is what Django reads, and is kept in the repository, so that nobody who runs
PRM needs a compiler. docs/languages.md tells how to add a language.
"""

import ast
import gettext
import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "locale"
SOURCES = {
    "python": ("prm/**/*.py", "partners/**/*.py", "kpis/**/*.py"),
    "template": ("templates/**/*.html", "templates/**/*.txt"),
}
LAZY = {f"{name}_lazy": spec for name, spec in DEFAULT_KEYWORDS.items()}
KEYWORDS = {**DEFAULT_KEYWORDS, **LAZY, "lazy": None, "now_": None}  # as modules import them
STRING = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
CALL = re.compile(rf"\b(n?p?gettext|_)\(({STRING}(?:, {STRING})*)")
HOLDER = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{\w+\}")
Key = tuple[str, str | None]  # the text (of one thing, where there is a plural) and its context


def from_template(
    file: BinaryIO, *_: Any, **_options: Any
) -> Iterator[tuple[int, str, Any, list[str]]]:
    """What Babel asks of an extractor: the texts of a Django template, with their lines."""
    code = templatize(file.read().decode("utf-8"))
    for call in CALL.finditer(code):
        texts = [ast.literal_eval(text) for text in re.findall(STRING, call[2])]
        line = code.count("\n", 0, call.start()) + 1
        yield line, call[1], tuple(texts) if len(texts) > 1 else texts[0], []


def extracted() -> Catalog:
    """All texts of the sources, each with the files that hold it."""
    catalog = Catalog()
    for method, patterns in SOURCES.items():
        extractor = from_template if method == "template" else method
        for path in sorted(path for pattern in patterns for path in ROOT.glob(pattern)):
            with path.open("rb") as file:
                for line, text, comments, context in extract(extractor, file, KEYWORDS):
                    place = (path.relative_to(ROOT).as_posix(), line)
                    catalog.add(text, None, [place], auto_comments=comments, context=context)
    return catalog


def languages() -> list[str]:
    """The languages that have a folder."""
    return sorted(path.parent.parent.name for path in LOCALE.glob("*/LC_MESSAGES/django.po"))


def path_of(language: str, ending: str) -> Path:
    """Where a catalogue of this language lies."""
    return LOCALE / language / "LC_MESSAGES" / f"django.{ending}"


def stored(language: str) -> Catalog:
    """The catalogue as translators left it."""
    with path_of(language, "po").open("rb") as file:
        return read_po(file, locale=language)


def taken_up(language: str) -> Catalog:
    """The sources' texts with the translations known so far, in the order of the texts."""
    known, catalog = stored(language), Catalog(locale=language, fuzzy=False)
    for message in extracted():
        if message.id:
            old = known.get(message.id, message.context)
            catalog.add(
                message.id,
                old.string if old else None,
                message.locations,
                flags=[flag for flag in message.flags if flag.endswith("-format")],
                context=message.context,
            )
    return catalog


def written(catalog: Catalog) -> bytes:
    """The catalogue as a file for people; without dates, which would differ in each copy."""
    body = BytesIO()
    write_po(body, catalog, width=100, sort_output=True, omit_header=True, include_lineno=False)
    head = [
        "Content-Type: text/plain; charset=UTF-8",
        "Content-Transfer-Encoding: 8bit",
        f"Language: {catalog.locale_identifier}",
        f"Plural-Forms: {catalog.plural_forms}",
    ]
    lines = "".join(f'"{line}\\n"\n' for line in head)
    return f'msgid ""\nmsgstr ""\n{lines}\n'.encode() + body.getvalue()


def compiled(catalog: Catalog) -> bytes:
    """The catalogue as Django reads it."""
    file = BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def texts_of(machine: bytes) -> dict[Any, str]:
    """What a compiled catalogue says, without its head."""
    found = gettext.GNUTranslations(BytesIO(machine))._catalog  # type: ignore[attr-defined]
    return {key: text for key, text in found.items() if key not in {"", ("", 0)}}


def update(language: str) -> None:
    """Take up new texts, forget those that are gone, compile."""
    catalog = taken_up(language)
    path_of(language, "po").write_bytes(written(catalog))
    machine, now = path_of(language, "mo"), compiled(catalog)
    if not machine.exists() or texts_of(machine.read_bytes()) != texts_of(now):
        machine.write_bytes(now)


def problems(language: str) -> list[str]:
    """One sentence for each text that a reader of this language would miss or read wrongly."""
    known, found = stored(language), []
    sources = {_key(message): message for message in extracted() if message.id}
    for key, message in sorted(sources.items(), key=str):
        has = known.get(message.id, message.context)
        if has is None or not all(_strings(has)):
            found.append(f"has no translation of {key[0]!r}")
        elif has.fuzzy:
            found.append(f"is not sure of {key[0]!r}")
        elif not _same_holders(message, has):
            found.append(f"has other placeholders in {key[0]!r}")
    gone = {_key(message) for message in known if message.id} - sources.keys()
    found += [f"translates {key[0]!r}, which nobody says any more" for key in sorted(gone, key=str)]
    machine = path_of(language, "mo")
    if not machine.exists() or texts_of(machine.read_bytes()) != texts_of(compiled(known)):
        found.append("is not compiled")
    return [f"{language} {what}. Translate it, then: ./run messages" for what in found]


def _key(message: Message) -> Key:
    text = message.id if isinstance(message.id, str) else message.id[0]
    return text, message.context


def _strings(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)


def _same_holders(source: Message, translated: Message) -> bool:
    """Whether each form has the placeholders of the source; a form of one may leave out the n."""
    texts = [source.id] if isinstance(source.id, str) else list(source.id)
    wanted = [sorted(HOLDER.findall(text)) for text in texts]
    return all(sorted(HOLDER.findall(text)) in wanted for text in _strings(translated))


def main() -> int:
    """Update or check every language."""
    if "--check" not in sys.argv:
        for language in languages():
            update(language)
    found = [problem for language in languages() for problem in problems(language)]
    print("\n".join(found) or f"Complete: {', '.join(languages())}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
