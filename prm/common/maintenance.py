"""Maintenance: a file says that the site is closed for a while. It is read at every request.

A file, not a row: the database is what is most often worked on. The web processes of all machines
see it in the shared folder of files.
"""

import json
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from prm.common import config

ALWAYS_ANSWERED = frozenset({"/healthz", "/readyz"})
# Seconds after which to ask again when no end is known.
USUAL_WAIT = 600


@dataclass(frozen=True)
class Maintenance:
    """Why the site is closed and until when; both may be unknown."""

    message: str = ""
    until: datetime | None = None

    @property
    def title(self) -> str:
        """What happens."""
        return _("We are working on this site")

    def advice(self) -> str:
        """What is safe, and when to come back."""
        end = _("Come back in a few minutes.")
        if self.until is not None:
            program = config.remembered()
            zone = program.time_zone if program else self.until.tzinfo
            until = self.until.astimezone(zone).strftime("%H:%M %Z").strip()
            end = _("We expect to be back at %(time)s.") % {"time": until}
        said = self.message or _("Everything that you saved is safe.")
        return f"{said} {end}"

    def seconds_left(self, now: datetime) -> int:
        """Seconds until it is worth asking again; at least half a minute."""
        if self.until is None:
            return USUAL_WAIT
        return max(30, int((self.until - now).total_seconds()))


def current() -> Maintenance | None:
    """What the file says; None while there is none. A file that cannot be read closes too."""
    path = settings.PRM_MAINTENANCE_FILE
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError):
        return Maintenance()
    try:
        given = json.loads(text)
        until = datetime.fromisoformat(given["until"]) if given.get("until") else None
        if until is not None and until.tzinfo is None:
            until = None
        return Maintenance(str(given.get("message") or ""), until)
    except (ValueError, TypeError, AttributeError, KeyError):
        return Maintenance()


def begin(message: str, until: datetime | None) -> None:
    """Close the site. The file appears whole or not at all."""
    path = settings.PRM_MAINTENANCE_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.write_text(
        json.dumps({"message": message, "until": until.isoformat() if until else None}), "utf-8"
    )
    draft.replace(path)


def end() -> bool:
    """Open the site. Returns whether it was closed."""
    try:
        settings.PRM_MAINTENANCE_FILE.unlink()
    except FileNotFoundError:
        return False
    return True
