"""Choices of how far back, for lists of what happened and of who was here."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from prm.common.lists import Filter

LATELY, QUIET = timedelta(days=30), timedelta(days=90)
SPANS = {
    "1": (_("Last 24 hours"), timedelta(days=1)),
    "7": (_("Last 7 days"), timedelta(days=7)),
    "30": (_("Last 30 days"), timedelta(days=30)),
    "365": (_("Last 12 months"), timedelta(days=365)),
}


def span_filter(field: str, now: datetime) -> Filter[Any]:
    """Keep rows whose instant in this field lies in the last day, week, month or year."""
    return Filter(
        "since",
        _("Time"),
        [("", _("All")), *((key, word) for key, (word, _length) in SPANS.items())],
        lambda rows, value: rows.filter(**{f"{field}__gte": now - SPANS[value][1]}),
    )


def last_seen_filter(lately: Q, quiet: Q, never: Q) -> Filter[Any]:
    """Keep people by when they signed in last: since `LATELY`, not since `QUIET`, or never."""
    rules = {"lately": lately, "quiet": quiet, "never": never}
    return Filter(
        "seen",
        _("Last sign-in"),
        [
            ("", _("All")),
            ("lately", _("Last 30 days")),
            ("quiet", _("Longer than 90 days ago")),
            ("never", _("Never")),
        ],
        lambda rows, value: rows.filter(rules[value]),
    )
