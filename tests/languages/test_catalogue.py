"""Every text of the sources can be read in every language of the installation."""

import ast
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from django.conf import settings

from tests.languages.catalogue import load

messages = load()
DAYS = ("%(days)s day", "%(days)s days")


def test_every_language_of_the_settings_is_complete() -> None:
    assert messages.languages() == sorted(set(dict(settings.LANGUAGES)) - {"en"})
    for language in messages.languages():
        assert messages.problems(language) == []


def test_every_name_under_which_a_text_is_said_is_known() -> None:
    unknown = set()
    for pattern in messages.SOURCES["python"]:
        for path in messages.ROOT.glob(pattern):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
                    names = [
                        n for n in node.names if n.name.removesuffix("_lazy").endswith("gettext")
                    ]
                    unknown |= {n.asname or n.name for n in names} - messages.KEYWORDS.keys()
    assert unknown == set()


SAID = {"label", "help_text", "verbose_name", "verbose_name_plural", "empty_label", "question"}
REFUSALS = re.compile(r"(InvalidInput|Conflict|NotAllowed|ValidationError|\w+Refused)$")
MESSAGES = {"success", "error", "warning", "info"}
# What only developers read: the description of the API is English, as are its names.
DEVELOPERS = ("management", "embedded", "migrations", "styleguide.py", "env.py")
DEVELOPERS += ("api.py", "apishapes.py", "apidocs.py")


def plain_texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Texts that reach a person and are not translated: of refusals, messages, labels."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        owner = getattr(getattr(call.func, "value", None), "id", "")
        said = [keyword.value for keyword in call.keywords if keyword.arg in SAID]
        said += call.args[:1] if REFUSALS.search(name) else []
        said += call.args[1:2] if owner == "messages" and name in MESSAGES else []
        for text in said:
            parts = text.values if isinstance(text, ast.JoinedStr) else [text]
            words = "".join(str(part.value) for part in parts if isinstance(part, ast.Constant))
            if re.search(r"[A-Za-z]{2}", words):
                yield text.lineno, words


def test_refusals_messages_and_labels_are_translated() -> None:
    found = []
    for pattern in messages.SOURCES["python"]:
        for path in messages.ROOT.glob(pattern):
            if not any(part in path.parts for part in DEVELOPERS):
                tree = ast.parse(path.read_text())
                found += [(path.name, *place) for place in plain_texts(tree)]
    assert found == []


def test_a_refusal_that_is_not_translated_is_found() -> None:
    tree = ast.parse('raise InvalidInput("Enter a day.")\nfield(label=f"Of {x}")\nlist(name="a b")')
    assert [line for line, _text in plain_texts(tree)] == [1, 2]


def test_scripts_say_nothing_themselves() -> None:
    literals = re.compile(r"""(?P<sign>["'`])(?P<text>(?:(?!(?P=sign)).)*)(?P=sign)""")
    spoken = re.compile(r"[A-Z][a-z]+ [a-z]+")
    for path in (messages.ROOT / "static" / "js").glob("*.js"):
        code = re.sub(r"^\s*//.*$|\s// .*$", "", path.read_text(), flags=re.MULTILINE)
        texts = [found["text"] for found in literals.finditer(code)]
        assert [text for text in texts if spoken.search(text)] == [], path.name
        assert not re.search(r"(textContent|innerText|title) \+?= [\"'`]\s*[A-Za-z]{2}", code)


def change(catalog: Catalog, key: Any, string: Any) -> None:
    """Say something else."""
    catalog.get(key).string = string


@pytest.mark.parametrize(
    ("mistake", "sentence"),
    [
        (lambda c: change(c, "Partners", ""), "has no translation of 'Partners'"),
        (lambda c: change(c, DAYS, ("%(days)s Tag", "")), "has no translation of '%(days)s day'"),
        (lambda c: change(c, "Target %(target)s", "Ziel"), "other placeholders in 'Target"),
        (lambda c: c.get("Partners").flags.add("fuzzy"), "is not sure of 'Partners'"),
        (lambda c: c.add("Zebra", "Zebra"), "translates 'Zebra', which nobody says"),
        (lambda c: change(c, "Partners", "Gefährten"), "de is not compiled"),
    ],
)
def test_a_gap_in_a_catalogue_is_found(
    mistake: Callable[[Catalog], None], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = messages.stored("de")
    mistake(catalog)
    monkeypatch.setattr(messages, "stored", lambda _language: catalog)
    assert any(sentence in problem for problem in messages.problems("de"))


def test_new_texts_are_taken_up_and_the_known_ones_stay(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    before = messages.stored("de")
    monkeypatch.setattr(messages, "stored", lambda _language: before)
    monkeypatch.setattr(messages, "path_of", lambda _language, ending: tmp_path / ending)
    before.delete("Partners")
    before.add("Zebra", "Zebra")
    messages.update("de")
    after = (tmp_path / "po").read_text()
    assert 'msgid "Partners"\nmsgstr ""' in after
    assert 'msgstr "Gewinnquote"' in after
    assert "Zebra" not in after
    assert (tmp_path / "mo").exists()


def test_a_plural_form_may_leave_out_the_number_but_invents_none() -> None:
    catalog = Catalog()
    source = catalog.add(("%(n)s row", "Use it in %(n)s rows"), ("", ""))
    said = catalog.add(("a", "b"), ("eine Zeile %(m)s", "%(n)s Zeilen"))
    assert not messages._same_holders(source, said)
