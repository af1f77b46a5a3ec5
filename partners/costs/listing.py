"""The list of costs: of one partner or of the programme, by kind, source and time."""

from dataclasses import replace
from datetime import datetime

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from partners.costs.models import Cost
from partners.costs.selectors import may_record
from prm.common.access import Actor
from prm.common.config import Program
from prm.common.lists import Column, Filter, Listing, Segment, at
from prm.common.listwords import Words
from prm.common.spans import span_filter

LIST = "costs"
WORDS = Words(
    name=_("Costs"),
    counted=ngettext_lazy("%(shown)s cost", "%(shown)s costs", "n"),
    search=_("Partner, source or what for"),
    no_match=_("No costs match"),
    none=_("No costs yet"),
    none_text=_(
        "Add what partners cost, or import it: then KPIs show cost per partner and source."
    ),
)


def _of(rows: QuerySet[Cost], value: str) -> QuerySet[Cost]:
    return rows.filter(partner__isnull=value == "program")


def cost_listing(actor: Actor, program: Program, now: datetime) -> Listing[Cost]:
    """Costs, the newest first."""
    words = WORDS
    if may_record(actor):
        words = replace(WORDS, action=_("Add a cost"), action_url=reverse("costs:cost_new"))
    return Listing(
        columns=(
            Column("on", _("Day"), at("on"), "on"),
            Column("kind", _("Kind"), lambda row: row.get_kind_display(), "kind", is_fixed=True),
            Column("partner", _("Partner"), at("partner.name"), "partner__name"),
            Column("amount", _("Amount"), at("amount"), "amount_rc", is_number=True),
            Column("currency", _("Currency"), at("currency"), "currency", is_usual=False,
                   beside="amount"),
            Column("amount_rc", _("In %(currency)s") % {"currency": program.currency},
                   at("amount_rc"), "amount_rc", is_number=True, is_usual=False),
            Column("channel", _("Recruiting source"), at("channel"), "channel"),
            Column("note", _("What for"), at("note")),
            Column("source", _("System"), at("source"), "source", is_usual=False),
        ),
        words=words,
        filters=(
            Filter("kind", _("Kind"), [("", _("All")), *Cost.Kind.choices],
                   lambda rows, value: rows.filter(kind=value)),
            Filter("of", _("Of"), [("", _("All")), ("partner", _("One partner")),
                                   ("program", _("The programme as a whole"))], _of),
            span_filter("at", now),
        ),
        search=lambda rows, text: rows.filter(
            Q(partner__name__icontains=text) | Q(channel__icontains=text)
            | Q(note__icontains=text)
        ),
        default_sort="-on",
        key=LIST,
        segments=(
            Segment(_("All"), ""),
            Segment(_("Recruiting"), "kind=recruiting"),
            Segment(_("Onboarding"), "kind=onboarding"),
            Segment(_("The programme as a whole"), "of=program"),
        ),
        can_choose=True,
    )  # fmt: skip
