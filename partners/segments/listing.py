"""The list of dynamic segments, and who is and was in one of them."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, pgettext_lazy

from partners.segments.models import DynamicSegment, SegmentStay
from partners.segments.selectors import RECENT
from partners.segments.words import condition, decided, names_for, names_of
from prm.common import access
from prm.common.access import Actor
from prm.common.lists import Column, Filter, Listing, Segment, at
from prm.common.listwords import Words

LIST = "dynamic-segments"
WORDS = Words(
    name=_("Dynamic segments"),
    counted=ngettext_lazy("%(shown)s segment", "%(shown)s segments", "n"),
    search=_("Name or what it is for"),
    no_match=_("No segments match"),
    none=_("No dynamic segments yet"),
    none_text=_(
        "A segment is a rule over fields and KPIs, such as “gold partners whose revenue fell”. "
        "Its members are worked out anew every day."
    ),
)
MEMBERS = Words(
    name=_("Partners of the segment"),
    counted=ngettext_lazy("%(shown)s partner", "%(shown)s partners", "n"),
    search=_("Partner"),
    no_match=_("No partners match"),
    none=_("No partner is in it"),
    none_text=_("As soon as the rule holds for a partner, it stands here with the reason."),
)

COLUMNS = (
    Column("name", _("Name"), at("name"), "name", is_fixed=True),
    Column("rule", _("Rule"), at("words")),
    Column("members", _("Members"), at("members"), "members", is_number=True),
    Column("came", _("Came in, 30 days"), at("came"), "came", is_number=True),
    Column("left", _("Left, 30 days"), at("left"), "left", is_number=True),
    Column("owner", _("Made by"), lambda row: str(row.owner or ""), "owner__name",
           is_usual=False),
    Column("purpose", _("What it is for"), at("purpose"), "purpose", is_usual=False),
    Column("evaluated", _("Worked out"), at("evaluated_at"), "evaluated_at"),
    Column("state", _("Status"), lambda row: row.get_state_display(), "state",
           is_usual=False),
)  # fmt: skip


def shown_segments(rows: list[DynamicSegment]) -> list[DynamicSegment]:
    """The segments of a page, each with its rule in words."""
    rules = [row.parsed for row in rows]
    names = names_for(rules)
    for row, rule in zip(rows, rules, strict=True):
        row.words = condition(rule, names)  # type: ignore[attr-defined]
    return rows


def segment_listing(actor: Actor) -> Listing[Any]:
    """Segments by name; archived ones on request."""
    words = WORDS
    if actor.has(*access.MANAGES):
        new = reverse("segments:segment_new")
        words = replace(WORDS, action=_("New segment"), action_url=new)

    def in_state(rows: QuerySet[DynamicSegment], value: str) -> QuerySet[DynamicSegment]:
        return rows.filter(state=value)

    def of_owner(rows: QuerySet[DynamicSegment], value: str) -> QuerySet[DynamicSegment]:
        mine = Q(owner=actor.user)
        return rows.filter(mine if value == "me" else ~mine)

    return Listing(
        columns=COLUMNS,
        words=words,
        filters=(
            Filter("state", _("Status"), [*DynamicSegment.State.choices, ("all", _("All"))],
                   in_state, default="active", all_value="all"),
            Filter("owner", _("Made by"), [("", _("All")), ("me", _("Me")),
                                           ("others", _("Others"))], of_owner),
        ),
        search=lambda rows, text: rows.filter(
            Q(name__icontains=text) | Q(purpose__icontains=text)
        ),
        default_sort="name",
        present=shown_segments,
        key=LIST,
        segments=(
            Segment(pgettext_lazy("dynamic segments", "Active"), ""),
            Segment(_("Made by me"), "owner=me"),
            Segment(pgettext_lazy("dynamic segments", "Archived"), "state=archived"),
        ),
        can_choose=True,
    )  # fmt: skip


def shown_stays(rows: list[SegmentStay]) -> list[SegmentStay]:
    """Stays with the values that decided, in words."""
    keys = {one["field"] for row in rows for one in (*row.came_with, *row.left_with)
            if "field" in one}  # fmt: skip
    names = names_of(keys)
    for row in rows:
        row.why_in = decided(row.came_with, names)  # type: ignore[attr-defined]
        row.why_out = decided(row.left_with, names)  # type: ignore[attr-defined]
    return rows


def stay_listing(now: datetime) -> Listing[Any]:
    """Who is in a segment now, who came and went, with the values that decided."""
    since = now - RECENT

    def in_view(rows: QuerySet[SegmentStay], value: str) -> QuerySet[SegmentStay]:
        if value == "came":
            return rows.filter(came_at__gte=since)
        if value == "left":
            return rows.filter(left_at__gte=since)
        return rows.filter(valid_to__isnull=value == "now")

    return Listing(
        columns=(
            Column("partner", _("Partner"), at("partner.name"), "partner__name", is_fixed=True),
            Column("came", _("Came in"), at("came_at"), "came_at"),
            Column("why_in", _("Because of"), at("why_in")),
            Column("left", _("Left"), at("left_at"), "left_at"),
            Column("because", _("Why it left"), lambda row: row.get_left_because_display(),
                   "left_because", is_usual=False),
            Column("why_out", _("Values when it left"), at("why_out")),
        ),
        words=MEMBERS,
        filters=(
            Filter("show", _("Show"), [
                ("now", _("In it now")), ("came", _("Came in, 30 days")),
                ("left", _("Left, 30 days")), ("gone", _("Left at any time")), ("all", _("All")),
            ], in_view, default="now", all_value="all"),
        ),
        search=lambda rows, text: rows.filter(partner__name__icontains=text),
        default_sort=lambda values: "partner" if values["show"] == "now" else "-came",
        present=shown_stays,
        segments=(
            Segment(_("In it now"), ""), Segment(_("Came in, 30 days"), "show=came"),
            Segment(_("Left, 30 days"), "show=left"), Segment(_("History"), "show=all"),
        ),
        can_choose=True,
    )  # fmt: skip
