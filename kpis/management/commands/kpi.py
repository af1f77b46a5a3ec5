"""``manage.py kpi KEY --period P``: one KPI as JSON, the same contract as the API."""

import json
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from kpis import values
from kpis.readers import SHELL
from prm.common import periods
from prm.common.config import program
from prm.common.errors import DomainError, InvalidInput


class Command(BaseCommand):
    help = "Print one KPI as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The question."""
        parser.add_argument("key")
        parser.add_argument("--period", required=True)
        parser.add_argument("--scope", default="program")
        parser.add_argument("--variant", default="")
        parser.add_argument("--mode", default="pit")
        parser.add_argument("--as-of", default="", help="an instant, e.g. 2026-09-30T22:00:00Z")
        parser.add_argument("--series", default="", help="months:12, quarters:8 or years:3")

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask and print."""
        try:
            answer = self._ask(options)
        except Http404:
            raise CommandError(
                "Unknown KPI, partner or manager: see GET /api/v1/kpis/ for the keys."
            ) from None
        except DomainError as error:
            raise CommandError(error.message) from None
        self.stdout.write(json.dumps(answer, indent=2, ensure_ascii=False))

    def _ask(self, options: dict[str, Any]) -> dict[str, Any]:
        question: dict[str, Any] = {
            "scope": options["scope"],
            "variant": options["variant"],
            "mode": options["mode"],
            "now": timezone.now(),
            "actor": SHELL,
        }
        if options["series"]:
            end, count = series_end(options["series"], options["period"])
            points = values.series(options["key"], end=end, count=count, **question)
            return {"points": [point.as_json() for point in points]}
        found = values.value(
            options["key"],
            period=options["period"],
            as_of=instant(options["as_of"]) if options["as_of"] else None,
            with_variants=True,
            **question,
        )
        return found.as_json()


def instant(text: str) -> datetime:
    """``2026-09-30T22:00:00Z``; without a zone the programme's. Raises InvalidInput."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(
            _("Write the instant like 2026-09-30T22:00:00Z, not %(text)s.") % {"text": text},
            "as_of",
        ) from None
    return at if at.tzinfo else at.replace(tzinfo=program().time_zone)


def series_end(text: str, period: str) -> tuple[Any, int]:
    """``months:12`` → the month in which ``period`` ends, and 12. Raises InvalidInput."""
    kinds = {"months": "month", "quarters": "quarter", "years": "year", "t12m": "t12m"}
    kind, _colon, count = text.partition(":")
    if kind not in kinds or not count.isdecimal() or not 1 <= int(count) <= 60:
        raise InvalidInput(_("Write the series as months:12, quarters:8 or years:3."), "series")
    last = periods.parse(period).last_day
    return periods.containing(kinds[kind], last), int(count)
