"""The list of exchange rates: columns, filters, segments, and who stated each."""

from datetime import datetime
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from django_stubs_ext import StrOrPromise

from prm.common import access, config
from prm.common.access import Actor
from prm.common.lists import Column, Filter, Listing, Segment, at
from prm.common.listwords import Words
from prm.common.models import AuditEntry, FxRate
from prm.common.spans import span_filter

LIST = "rates"
ALL: tuple[str, StrOrPromise] = ("", _("All"))
WORDS = Words(
    name=_("Exchange rates"),
    counted=ngettext_lazy("%(shown)s rate", "%(shown)s rates", "n"),
    no_match=_("No rates match"),
    try_this=_("Try fewer filters."),
    none=_("No rates yet"),
    none_text=_(
        "State the first one beside this list, or import a file. Deals in other currencies count "
        "as soon as their rate is known."
    ),
)


def rate_listing(actor: Actor, now: datetime) -> Listing[FxRate]:
    """Exchange rates, the newest first."""
    return Listing(
        columns=(
            Column("currency", _("Currency"), at("currency"), "currency", is_fixed=True),
            Column("valid_from", _("From"), at("valid_from"), "valid_from"),
            Column("rate", _("Rate"), at("rate"), "rate", is_number=True),
            Column("source", _("Source"), at("source"), "source", hide_small=True),
            Column("by", _("Stated by"), at("stated_by"), is_usual=False),
            Column("stated", _("Stated"), at("stated_at"), is_usual=False),
            Column("id", _("External id"), at("external_id"), "external_id", is_usual=False),
        ),
        words=WORDS,
        filters=(
            _choice(actor, "currency", _("Currency")),
            _choice(actor, "source", _("Source")),
            Filter("which", _("Which"), [ALL, ("today", _("Valid today"))],
                   lambda rows, _value: _of_today(rows, now)),
            span_filter("valid_from", now),
        ),
        default_sort="-valid_from",
        present=lambda rates: _told(rates, actor),
        key=LIST,
        segments=(Segment(_("All"), ""), Segment(_("Valid today"), "which=today")),
        can_choose=True,
    )  # fmt: skip


def _choice(actor: Actor, key: str, label: StrOrPromise) -> Filter[FxRate]:
    rows = access.scope(actor, FxRate).order_by()
    known = sorted(rows.values_list(key, flat=True).distinct())
    choices = [ALL, *((value, value) for value in known)]
    return Filter(key, label, choices, lambda rates, value: rates.filter(**{key: value}))


def _of_today(rates: QuerySet[FxRate], now: datetime) -> QuerySet[FxRate]:
    """Keep of each currency the rate that deals of today are converted at."""
    begun = FxRate.objects.filter(
        currency=OuterRef("currency"), valid_from__lte=config.program().local_date(now)
    )
    return rates.filter(pk=Subquery(begun.order_by("-valid_from").values("pk")[:1]))


def _told(rates: list[FxRate], actor: Actor) -> list[Any]:
    """The rates with who stated them last, and when; imports state theirs all at once."""
    found: list[Any] = list(rates)
    entries = access.scope(actor, AuditEntry).filter(
        object_type=FxRate._meta.label_lower, object_id__in=[str(rate.pk) for rate in rates]
    )
    last = {entry.object_id: entry for entry in entries.order_by("at", "pk")}
    for rate in found:
        entry = last.get(str(rate.pk))
        rate.stated_by, rate.stated_at = (entry.actor_label, entry.at) if entry else ("", None)
    return found
