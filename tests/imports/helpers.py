"""Files and runs for the tests of the import."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prm.common.imports import services
from prm.common.imports.models import Import

NOW = datetime(2026, 10, 5, tzinfo=UTC)


def file_of(folder: Path, text: str | bytes, name: str = "file.csv") -> Path:
    """A file with this content."""
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def load(resource: str, path: Path, source: str = "crm", **more: Any) -> Import:
    """Import a file at once."""
    run = services.new_run(path.name, resource=resource, source=source, by=None, now=NOW, **more)
    return services.run_import(run, now=NOW, path=path)


def outcome(run: Import) -> tuple[int, int, int, int]:
    """created, updated, unchanged, rejected."""
    return run.created, run.updated, run.unchanged, run.rejected


def problems(run: Import) -> list[tuple[int, str]]:
    """(line, column) of what was refused."""
    return list(run.problems.values_list("line", "column"))
