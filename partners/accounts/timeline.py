"""What happened to a partner as a company: profiles, contracts, merges, changes on record."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from partners.accounts.models import Contract, Partner, PartnerProfile
from partners.accounts.standing import told_day
from prm.common import access, audit, display
from prm.common.access import Actor
from prm.common.config import Program

PROFILED, CONTRACTED, ENDED, MERGED, CHANGED = range(1, 6)
PROFILE_WORDS: tuple[tuple[str, StrOrPromise], ...] = (
    ("tier", gettext_lazy("Tier")),
    ("type", gettext_lazy("Type")),
    ("region", gettext_lazy("Region")),
    ("segment", gettext_lazy("Segment")),
    ("manager", gettext_lazy("Partner manager")),
)
CHANGE_WORDS: dict[str, StrOrPromise] = {
    "name": gettext_lazy("Name"),
    "domain": gettext_lazy("Web domain"),
    "country": gettext_lazy("Country"),
    "city": gettext_lazy("City"),
}
AUDITED = 200  # changes of one partner; more than that nobody reads


@dataclass
class Moment:
    """One thing that happened: when, how it looks, what, the details below it, where it leads.

    ``rank`` and ``pk`` give moments of one instant their order.
    """

    at: datetime
    on: date
    tone: str
    icon: str
    title: StrOrPromise
    details: list[str] = field(default_factory=list)
    rank: int = 0
    pk: int = 0
    url: str = ""

    def __post_init__(self) -> None:
        self.details = [text for text in self.details if text]


def company_moments(
    actor: Actor, partner: Partner, program: Program, now: datetime
) -> list[Moment]:
    """Return all of it that has happened by now, in no order; a company has few such moments."""
    profiles = access.scope(actor, PartnerProfile).filter(partner=partner)
    contracts = access.scope(actor, Contract).filter(partner=partner)
    stubs = access.scope(actor, Partner).filter(merged_into=partner)
    found = [
        *_profiles(list(profiles.select_related("manager").order_by("valid_from")), program),
        *_contracts(list(contracts), program),
        *(
            Moment(
                stub.merged_at, program.local_date(stub.merged_at), "", "users",
                _("%(name)s was merged into this partner") % {"name": stub.name}, [], MERGED,
                stub.pk, stub.get_absolute_url(),
            )
            for stub in stubs
            if stub.merged_at
        ),
        *_changes(partner, program),
    ]  # fmt: skip
    return [moment for moment in found if moment.at <= now]


def _profiles(rows: list[PartnerProfile], program: Program) -> Iterator[Moment]:
    before: PartnerProfile | None = None
    for row in rows:
        at = program.midnight(row.valid_from)
        if before is None and told_day(row.valid_from) is None:
            before = row  # nobody knows since when
            continue
        if before is None:
            details = [str(_shown(row, name)) for name, _word in PROFILE_WORDS if _shown(row, name)]
            title = _("Became a partner")
            yield Moment(at, row.valid_from, "good", "handshake", title, details, PROFILED, row.pk)
        else:
            yield from _change(at, before, row)
        before = row


def _change(at: datetime, before: PartnerProfile, row: PartnerProfile) -> Iterator[Moment]:
    """What a new profile changed against the one before, in one moment."""
    changed = [
        (word, _shown(row, name) or display.UNKNOWN, _shown(before, name) or display.UNKNOWN)
        for name, word in PROFILE_WORDS
        if _shown(before, name) != _shown(row, name)
    ]
    if not changed:
        return
    titles = [_("%(field)s: %(now)s") % {"field": word, "now": now} for word, now, _was in changed]
    details = [_("was %(was)s") % {"was": ", ".join(was for _word, _now, was in changed)}]
    title = " · ".join(titles)
    yield Moment(at, row.valid_from, "", "trophy", title, details, PROFILED, row.pk)


def _shown(row: PartnerProfile, name: str) -> str:
    value: Any = getattr(row, name)
    text = str(value or "")
    return capfirst(text) if name in {"tier", "type"} else text


def _contracts(rows: list[Contract], program: Program) -> Iterator[Moment]:
    for row in rows:
        at, title = program.midnight(row.starts_on), _("Contract began")
        yield Moment(at, row.starts_on, "", "file-text", title, [], CONTRACTED, row.pk)
        if row.ends_on:
            at, title = program.midnight(row.ends_on), _("Contract ended")
            details = [row.end_reason.replace("_", " ")]
            yield Moment(at, row.ends_on, "warn", "file-text", title, details, ENDED, row.pk)


def _changes(partner: Partner, program: Program) -> Iterator[Moment]:
    """Changes of the company itself; those of its profile stand in the profiles already."""
    for entry in audit.entries_of(partner).filter(action="partner.change")[:AUDITED]:
        details = [
            _("%(field)s: %(now)s, was %(was)s")
            % {
                "field": word,
                "now": entry.after.get(name) or display.UNKNOWN,
                "was": entry.before.get(name) or display.UNKNOWN,
            }
            for name, word in CHANGE_WORDS.items()
            if name in entry.after
        ]
        details.append(_("by %(who)s") % {"who": entry.actor_label})
        day = program.local_date(entry.at)
        yield Moment(entry.at, day, "", "pencil", _("Changed"), details, CHANGED, entry.pk)
