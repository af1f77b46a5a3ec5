"""Where uploaded files wait for their import: below PRM_FILES, under names of our own."""

from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from prm.common.errors import InvalidInput
from prm.common.ids import uuid7
from prm.common.imports.models import Import

MAX_UPLOAD = 500 * 1024 * 1024  # bytes
DONE_BY = timedelta(days=1)  # after this an upload has its row, or never gets one


def keep(file: Any) -> str:
    """Store an uploaded file (or the file at a path); returns its name below PRM_FILES.

    Raises InvalidInput for an empty or too large file.
    """
    name = f"imports/{uuid7()}.upload"
    target = Path(settings.PRM_FILES) / name
    target.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    with target.open("wb") as out:
        for chunk in _chunks(file):
            size += len(chunk)
            if size > MAX_UPLOAD:
                break
            out.write(chunk)
    if size == 0 or size > MAX_UPLOAD:
        target.unlink()
        raise InvalidInput(
            _("Choose a file that is not empty and has at most %(size)s MB.")
            % {"size": MAX_UPLOAD // 1024 // 1024},
            "file",
        )
    return name


def _chunks(file: Any) -> Any:
    if isinstance(file, Path):
        return [file.read_bytes()]
    return file.chunks()


def forget_unnamed(now: datetime) -> int:
    """Remove uploads that no run names: their process died between file and row.

    They are older than a day, so that no request can still be about to store the row. Returns how
    many there were.
    """
    old = {}
    for path in (Path(settings.PRM_FILES) / "imports").glob("*.upload"):
        with suppress(FileNotFoundError):  # somebody removes it at this moment
            if path.stat().st_mtime < (now - DONE_BY).timestamp():
                old[f"imports/{path.name}"] = path
    named = set(Import.objects.filter(stored_file__in=old).values_list("stored_file", flat=True))
    for name in old.keys() - named:
        old[name].unlink(missing_ok=True)
    return len(old) - len(named)


def stored_path(run: Import) -> Path:
    """The kept file of a run."""
    return Path(settings.PRM_FILES) / run.stored_file


def about_rows(path: Path) -> int:
    """How many rows a text file has by its line ends, at most; 0 for a workbook, whose are hidden.

    It is only for the bar: quoted line breaks count too, until the file has been read.
    """
    lines = 0
    with path.open("rb") as file:
        if file.read(4) == b"PK\x03\x04":
            return 0
        file.seek(0)
        while chunk := file.read(1 << 20):
            lines += chunk.count(b"\n")
            last = chunk[-1:]
    return max(0, lines - (last in b"\n\0"))
