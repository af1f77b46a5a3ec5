"""Every text of the sources can be read in every language of the installation."""

from collections.abc import Callable
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from django.conf import settings

from tests.languages.catalogue import load

messages = load()
DAYS = ("%(days)s day", "%(days)s days")


def test_every_language_of_the_settings_is_complete() -> None:
    assert messages.languages() == sorted(set(dict(settings.LANGUAGES)) - {"en"})


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
