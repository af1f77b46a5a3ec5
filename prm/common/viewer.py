"""For whom something is said: the language and the time zone of a request, a mail or a job.

A person's own choice comes first. Without one, pages follow the browser's languages, and mails the
language of the installation; moments are told in the programme's time zone. Business days are
days of the programme for everybody and never pass through here.
"""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest
from django.middleware.locale import LocaleMiddleware
from django.utils import timezone, translation

from prm.common import config
from prm.common.models import User


class ProgrammeZone(tzinfo):
    """The programme's time zone, looked up when the first moment is told: most pages tell none."""

    def __init__(self, program: Callable[[], config.Program] = config.program) -> None:
        self._program = functools.cache(program)

    @property
    def zone(self) -> ZoneInfo:
        """The zone itself."""
        return self._program().time_zone

    def utcoffset(self, at: datetime | None) -> timedelta | None:
        """As the zone says."""
        return self.zone.utcoffset(at)

    def dst(self, at: datetime | None) -> timedelta | None:
        """As the zone says."""
        return self.zone.dst(at)

    def tzname(self, at: datetime | None) -> str | None:
        """As the zone says."""
        return self.zone.tzname(at)

    def fromutc(self, at: datetime) -> datetime:
        """As the zone says; the result belongs to this zone."""
        return self.zone.fromutc(at.replace(tzinfo=self.zone)).replace(tzinfo=self)

    def __str__(self) -> str:
        return self.zone.key


def languages() -> dict[str, str]:
    """The languages of this installation: code → its own name, as its speakers write it."""
    return dict(settings.LANGUAGES)


def language_of(user: User | None) -> str:
    """The language that a person chose, if the installation (still) speaks it; else empty."""
    code = user.language if user is not None else ""
    return code if code in languages() else ""


def zone_of(user: User | None, program: Callable[[], config.Program] = config.program) -> tzinfo:
    """The time zone in which a person reads moments; `program` tells the one of who chose none."""
    if user is not None and user.time_zone:
        with suppress(KeyError, ValueError, OSError):  # the zone data no longer has this name
            return ZoneInfo(user.time_zone)
    return ProgrammeZone(program)


def program_of(request: HttpRequest) -> config.Program:
    """The programme, read once for a page: by its frame, or by the first moment on it."""
    known: config.Program | None = getattr(request, "_prm_program", None)
    if known is None:
        known = request._prm_program = config.program()  # type: ignore[attr-defined]
    return known


def reader_of(address: str) -> User | None:
    """The person who reads the mails to this address, if we know them."""
    return User.objects.filter(email__iexact=address).first()


@contextmanager
def speaking_to(user: User | None, *, otherwise: str = "") -> Iterator[None]:
    """Say all within in the language and zone of this person: a mail, a report, a job's answer.

    `otherwise` is the language for a person who chose none; empty: the installation's.
    """
    language = language_of(user) or otherwise or settings.LANGUAGE_CODE
    with translation.override(language), timezone.override(zone_of(user)):
        yield


class ViewerMiddleware(LocaleMiddleware):
    """Answers in the viewer's language and zone; stands behind authentication.

    The answer names its language, and says that it varies with the browser's languages. API
    answers hold no localized values; their words (the titles of problems) follow the same rule.
    """

    def process_request(self, request: HttpRequest) -> None:
        """Take the person's language, else the browser's; and the person's zone."""
        user = request.user if request.user.is_authenticated else None
        if language := language_of(user):
            translation.activate(language)
            request.LANGUAGE_CODE = translation.get_language()
        else:
            super().process_request(request)
        timezone.activate(zone_of(user, lambda: program_of(request)))
