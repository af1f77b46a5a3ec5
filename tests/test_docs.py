"""The documents say what the code does."""

import io
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command, get_commands

from kpis.definitions import KPIS
from prm.management.commands import kpi_reference

ROOT = Path(settings.BASE_DIR)
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])


def test_the_kpi_reference_is_fresh() -> None:
    page = kpi_reference.PAGE.read_text()
    assert page == kpi_reference.reference(), (
        "Run ./run manage kpi_reference and commit docs/kpis.md"
    )
    assert all(f"`{key}` · {kpi.question}" in page for key, kpi in KPIS.items())


def test_the_reference_is_written_in_english_whatever_the_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kpi_reference, "PAGE", tmp_path / "kpis.md")
    call_command("kpi_reference", stdout=io.StringIO())
    assert (tmp_path / "kpis.md").read_text() == (ROOT / "docs" / "kpis.md").read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_files_that_are_named_exist(page: Path) -> None:
    text = page.read_text()
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
        assert "://" in target or (page.parent / target).exists(), target
    tops = "prm|partners|kpis|templates|static|tests|docs"
    for name in re.findall(rf"`((?:{tops})/[\w./-]+)`", text):
        assert (ROOT / name).exists(), name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_that_are_named_exist(page: Path) -> None:
    text = page.read_text()
    run_words = set(re.findall(r"\./run (\w+)", text))
    assert run_words <= {
        "demo",
        "test",
        "check",
        "messages",
        "manage",
        "worker",
        "bench",
        "help",
        "shots",
        "lighthouse",
    }
    managed = set(re.findall(r"(?:\./run manage|manage\.py) (\w+)", text))
    assert managed <= set(get_commands()) | {"COMMAND"}


def test_all_settings_that_are_named_stand_in_the_list() -> None:
    known = (ROOT / ".env.example").read_text()
    for page in PAGES:
        for name in re.findall(r"`([A-Z][A-Z0-9_]{4,})(?:=[^`]*)?`", page.read_text()):
            assert name.removesuffix("_FILE") in known, (page.name, name)


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 300
