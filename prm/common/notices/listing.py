"""The list of what one person is told: columns, filters, segments."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse_lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from prm.common import access
from prm.common.access import Actor
from prm.common.lists import Column, Filter, Listing, Segment, at
from prm.common.listwords import Words
from prm.common.models import Notice
from prm.common.notices.kinds import kinds_for
from prm.common.notices.reading import Line, lines_of
from prm.common.spans import span_filter

ALL = ("", _("All"))


def readers(actor: Actor) -> list[Actor]:
    """Everybody that the reader can be, the present actor first."""
    if actor.user is None or len(actor.companies) < 2:
        return [actor]
    others = [one for one in access.actors_for(actor.user) if one.partner_id != actor.partner_id]
    return [actor, *others]


WORDS = Words(
    name=_("Notifications"),
    counted=ngettext_lazy("%(shown)s notification", "%(shown)s notifications", "n"),
    no_match=_("All caught up"),
    try_this=_("Nothing matches this filter."),
    none=_("Nothing yet"),
    none_text=_(
        "When something happens that you should know, or somebody gives you a task, it stands"
        " here; by mail too, if you like."
    ),
    action=_("Choose what you are told"),
    action_url=format_lazy("{}#notifications", reverse_lazy("profile:edit")),
)


def notice_listing(actor: Actor, now: datetime) -> Listing[Notice]:
    """What this person is told, newest first."""
    kinds = [(kind.key, kind.label) for kind in kinds_for(readers(actor))]
    return Listing(
        columns=(
            Column("what", _("Notification"), at("sentence"), is_fixed=True),
            Column(
                "kind",
                _("Kind"),
                lambda line: line.kind.label if line.kind else "",
                hide_small=True,
            ),
            Column("at", _("When"), at("notice.at"), "at"),
            Column("state", _("Status"), _state),
        ),
        filters=(
            Filter("state", _("Status"), [ALL, ("unread", _("Unread")), ("read", _("Read"))], _in),
            Filter("kind", _("Kind"), [ALL, *kinds], lambda rows, value: rows.filter(kind=value)),
            span_filter("at", now),
        ),
        words=WORDS,
        default_sort="-at",
        present=lambda notices: lines_of(notices, readers(actor)),
        can_choose=True,
        segments=(Segment(_("All"), ""), Segment(_("Unread"), "state=unread")),
    )


def _state(line: Line) -> str:
    return now_("Unread") if line.is_unread else now_("Read")


def _in(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    return rows.filter(read_at__isnull=value == "unread")
