"""Loads whole folders and real sets into an installation that is otherwise empty."""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command

from tests.conftest import empty_database

ROOT = Path(settings.BASE_DIR)
GOLDEN = ROOT / "tests" / "golden"
EXAMPLES = ROOT / "docs" / "import-examples"


def sample_folder(name: str) -> Path:
    """The real set of this name; the test is skipped, and says so, where it is absent."""
    base = Path(os.environ.get("PRM_SAMPLE_DATA", str(ROOT.parent / "shared" / "data")))
    if not (base / name).is_dir():
        pytest.skip(f"real sample files {name} are not in {base} (PRM_SAMPLE_DATA)")
    return base / name


@contextmanager
def empty_installation() -> Iterator[None]:
    """Rows that are committed, and gone afterwards; settings as they were."""
    try:
        yield
    finally:
        empty_database()


def run(*args: str) -> str:
    """What a management command prints."""
    out = StringIO()
    call_command(*args, stdout=out, stderr=out)
    return out.getvalue()


def documented_commands(name: str) -> list[list[str]]:
    """The commands that docs/import-examples/README.md gives for a set, with real paths."""
    folder = sample_folder(name)
    text = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    lines = re.findall(rf"^\./run manage (import_csv .*/{name}/.*)$", text, re.MULTILINE)
    assert len(lines) >= 3
    return [
        line.replace("PATH/", f"{folder}/").replace("docs/", f"{ROOT}/docs/").split(" ")
        for line in lines
    ]


def counts(output: str) -> tuple[int, int, int, int]:
    """created, updated, unchanged, rejected."""
    found = re.search(r"created (\d+), updated (\d+), unchanged (\d+), rejected (\d+)", output)
    assert found, output
    return tuple(map(int, found.groups()))  # type: ignore[return-value]


def expected(path: Path) -> Any:
    """The figures that belong to a set."""
    return json.loads(path.read_text(encoding="utf-8"))
