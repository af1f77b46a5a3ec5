"""What happened to a deal, newest first: steps with what they changed, refunds, help, changes."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.accounts.timeline import Moment
from partners.deals.models import Deal, DealAdjustment, DealStageEvent, DealTouch, Stage
from prm.common import access, audit, display
from prm.common.access import Actor
from prm.common.config import Program
from prm.common.models import AuditEntry

LOOKS = {
    "open": ("", "circle"),
    "won": ("good", "circle-check"),
    "lost": ("bad", "circle-x"),
    "void": ("", "ban"),
}
# What an audited change of a deal is called where no step of its history says it.
FIELDS = {
    "name": gettext_lazy("Name"),
    "product": gettext_lazy("Product"),
    "is_co_sell": gettext_lazy("Sold together"),
}


@dataclass(frozen=True)
class Step:
    """A stage on the way of a deal: passed, the present one, or still to come."""

    name: str
    is_done: bool
    is_current: bool


def steps_of(actor: Actor, deal: Deal) -> list[Step]:
    """Return the stages in their order, with where this deal stands among them."""
    stages = list(access.scope(actor, Stage).order_by("order", "key"))
    place = next((n for n, stage in enumerate(stages) if stage.pk == deal.stage_id), -1)
    is_open, is_won = deal.state == Deal.State.OPEN, deal.state == Deal.State.WON
    return [
        Step(stage.name, n < place or is_won, is_open and n == place)
        for n, stage in enumerate(stages)
    ]


def timeline(actor: Actor, deal: Deal, program: Program) -> list[Moment]:
    """Return all that the actor may know of this deal's history.

    A partner's people see steps, refunds and their own help, not who of the vendor changed what.
    """
    moments = [
        *_steps(access.scope(actor, DealStageEvent).filter(deal=deal).select_related("stage")),
        *_refunds(access.scope(actor, DealAdjustment).filter(deal=deal)),
        *_help(access.scope(actor, DealTouch).filter(deal=deal).select_related("partner")),
        *_registration(deal),
    ]
    if actor.is_staff:
        _with_people(moments, audit.entries_of(deal), program)
    return sorted(moments, key=lambda moment: (moment.at, moment.rank), reverse=True)


def _steps(events: Iterable[DealStageEvent]) -> list[Moment]:
    """The steps, each with what it changed against the one before."""
    found, before = [], None
    for event in sorted(events, key=lambda event: (event.at, event.pk)):
        tone, icon = LOOKS[event.state]
        title = event.get_state_display()
        if event.state == Deal.State.OPEN:
            title = event.stage.name if event.stage else title
            if before is not None and before.state != Deal.State.OPEN:
                title = _("Open again: %(stage)s") % {"stage": title}
        details = [text for text in (_amount(event, before), _expected(event, before)) if text]
        found.append(Moment(event.at, event.on, tone, icon, title, details, rank=event.pk))
        before = event
    return found


def _amount(event: DealStageEvent, before: DealStageEvent | None) -> str:
    if event.amount is None:
        return ""
    now = display.money_full(event.amount, event.currency)
    if before is None or before.amount is None:
        return now
    was = display.money_full(before.amount, before.currency)
    if was == now:
        return ""
    return _("%(now)s, was %(was)s") % {"now": now, "was": was}


def _expected(event: DealStageEvent, before: DealStageEvent | None) -> str:
    day = event.expected_close_on
    if day is None or event.state != Deal.State.OPEN:
        return ""
    if before is None or before.expected_close_on is None:
        return _("expected %(day)s") % {"day": display.day(day)}
    if before.expected_close_on == day:
        return ""
    return _("expected %(day)s, was %(was)s") % {
        "day": display.day(day),
        "was": display.day(before.expected_close_on),
    }


def _refunds(adjustments: Iterable[DealAdjustment]) -> list[Moment]:
    return [
        Moment(
            row.at, row.on, "warn" if row.amount < 0 else "", "undo-2",
            row.get_kind_display(), [display.money_full(row.amount, row.currency)],
        )
        for row in adjustments
    ]  # fmt: skip


def _help(touches: Iterable[DealTouch]) -> list[Moment]:
    return [
        Moment(
            row.at, row.on, "", "handshake",
            _("%(who)s helped") % {"who": row.partner.name}
            if row.partner
            else _("We helped ourselves"),
            [words(row.kind)],
        )
        for row in touches
    ]  # fmt: skip


def words(code: str) -> str:
    """Return a kind as imported ("technical_win") in words."""
    return capfirst(code.replace("_", " "))


def _registration(deal: Deal) -> list[Moment]:
    row = deal.registration
    if row is None:
        return []
    found = [Moment(row.submitted_at, row.submitted_on, "", "inbox", _("Registered"), rank=-2)]
    if row.decided_at and row.decided_on:
        title = _("Registration approved")
        found.append(Moment(row.decided_at, row.decided_on, "", "circle-check", title, rank=-1))
    return found


def _with_people(moments: list[Moment], entries: Iterable[AuditEntry], program: Program) -> None:
    """Say who made a step; a change that is no step becomes a moment of its own."""
    for entry in entries:
        who = _("by %(who)s") % {"who": entry.who}
        closed = entry.after.get("closed_at")
        step = next(
            (row for row in moments if row.at == entry.at or (closed and str(row.at) == closed)),
            None,
        )
        if step is not None:
            step.details += [text for text in (entry.reason, who) if text]
            continue
        changed = [_changed(name, entry) for name in FIELDS if name in entry.after]
        if changed:
            at, details = entry.at, [*changed, who]
            day = program.local_date(at)
            moments.append(Moment(at, day, "", "pencil", _("Changed"), details))


def _changed(name: str, entry: AuditEntry) -> str:
    was, now = entry.before.get(name), entry.after.get(name)
    if isinstance(now, bool):
        was, now = (_("yes") if was else _("no")), (_("yes") if now else _("no"))
    return _("%(field)s: %(now)s, was %(was)s") % {
        "field": FIELDS[name],
        "now": now or display.UNKNOWN,
        "was": was or display.UNKNOWN,
    }
