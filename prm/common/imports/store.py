"""Where uploaded files wait for their import: below PRM_FILES, under names of our own."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from prm.common.errors import InvalidInput
from prm.common.ids import uuid7
from prm.common.imports.models import Import

MAX_UPLOAD = 500 * 1024 * 1024  # bytes


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
