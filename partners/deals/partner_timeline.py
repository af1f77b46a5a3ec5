"""What happened with a partner, newest first, a page at a time, from all that is recorded.

Each source gives its newest rows before a place in the timeline; the pages are cut from their
merge. A place is (instant, kind, row), so that rows of one instant are neither lost nor repeated.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count, Max, Q, QuerySet
from django.db.models.functions import TruncWeek
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from partners.accounts.models import LoginEvent, Partner
from partners.accounts.timeline import Moment, company_moments
from partners.deals.models import Deal, DealAdjustment, Registration
from partners.deals.timeline import LOOKS
from prm.common import access, display
from prm.common.access import Actor
from prm.common.config import Program

PAGE = 12
SHOWS = (
    ("", gettext_lazy("All")),
    ("deals", gettext_lazy("Deals")),
    ("people", gettext_lazy("People")),
    ("company", gettext_lazy("Company")),
)
SUBMITTED, DECIDED, OPENED, CLOSED, ADJUSTED, SIGNED_IN = range(11, 17)
Place = tuple[datetime, int, int]


@dataclass(frozen=True)
class Happenings:
    """One page of the timeline, and where the next one begins ("" at the end)."""

    moments: list[Moment] = field(default_factory=list)
    older: str = ""


@dataclass(frozen=True)
class Wanted:
    """Whose timeline, for whom, before which place, how many rows."""

    actor: Actor
    partner: Partner
    companies: list[int]
    program: Program
    now: datetime
    before: Place | None
    number: int = PAGE + 1

    def newest(self, rows: QuerySet[Any], name: str, kind: int, day: str = "") -> QuerySet[Any]:
        """The newest of these rows before the place, by the instant in the field ``name``.

        ``day`` is the field with its local day, where an index of the partner's rows has one.
        """
        rows = rows.filter(**{f"{name}__lte": self.now})
        if self.before is not None:
            at, of_kind, pk = self.before
            earlier = Q(**{f"{name}__lt": at})
            if kind < of_kind:
                earlier |= Q(**{name: at})
            elif kind == of_kind:
                earlier |= Q(**{name: at, "pk__lt": pk})
            rows = rows.filter(earlier)
            if day:
                rows = rows.filter(**{f"{day}__lte": self.program.local_date(at)})
        order = [f"-{day}"] if day else []
        return rows.order_by(*order, f"-{name}", "-pk")[: self.number]


def happenings(
    actor: Actor, partner: Partner, *, program: Program, now: datetime, show: str, before: str
) -> Happenings:
    """Return a page of what happened with a partner (and what was merged into it)."""
    companies = list(Partner.objects.standing_for(partner).values_list("pk", flat=True))
    wanted = Wanted(actor, partner, companies, program, now, read_place(before))
    found = [moment for source in SOURCES.get(show, ALL) for moment in source(wanted)]
    found.sort(key=lambda moment: (moment.at, moment.rank, moment.pk), reverse=True)
    shown = found[:PAGE]
    older = write_place(shown[-1]) if len(found) > PAGE else ""
    return Happenings(shown, older)


def write_place(moment: Moment) -> str:
    """Return the place of a moment as text for an address."""
    return f"{moment.at.astimezone(UTC):%Y%m%dT%H%M%S.%f}-{moment.rank}-{moment.pk}"


def read_place(text: str) -> Place | None:
    """Return a place from an address; None for a text that is none, which is the beginning."""
    try:
        at, kind, pk = text.split("-")
        instant = datetime.strptime(at, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC)
        place = (instant, int(kind), int(pk))
    except ValueError:
        return None
    return place if abs(place[1]) < 100 and abs(place[2]) < 2**62 else None


def _registered(wanted: Wanted) -> Iterator[Moment]:
    rows = access.scope(wanted.actor, Registration).filter(partner__in=wanted.companies)
    rows = rows.select_related("deal", "customer", "partner")
    for row in wanted.newest(rows, "submitted_at", SUBMITTED, "submitted_on"):
        yield Moment(
            row.submitted_at, row.submitted_on, "", "inbox",
            _("Registered: %(deal)s") % {"deal": row}, [_worth(row)], SUBMITTED, row.pk, _url(row),
        )  # fmt: skip
    for row in wanted.newest(rows.exclude(decided_at=None), "decided_at", DECIDED):
        rejected = row.state == Registration.State.REJECTED
        title = _("Registration rejected: %(deal)s") if rejected else _("Approved: %(deal)s")
        yield Moment(
            row.decided_at, row.decided_on, "bad" if rejected else "", "circle-check",
            title % {"deal": row}, [row.reason], DECIDED, row.pk, _url(row),
        )  # fmt: skip


def _url(registration: Registration) -> str:
    deal = getattr(registration, "deal", None)
    return deal.get_absolute_url() if deal else ""


def _deals(wanted: Wanted) -> Iterator[Moment]:
    rows = access.scope(wanted.actor, Deal).filter(partner__in=wanted.companies)
    rows = rows.select_related("customer")
    for row in wanted.newest(rows.filter(registration=None), "opened_at", OPENED):
        yield Moment(
            row.opened_at, row.opened_on, "", "handshake", _("Opened: %(deal)s") % {"deal": row},
            [_worth(row)], OPENED, row.pk, row.get_absolute_url(),
        )  # fmt: skip
    for row in wanted.newest(rows.exclude(closed_at=None), "closed_at", CLOSED, "closed_on"):
        tone, icon = LOOKS[row.state]
        title = _("%(state)s: %(deal)s") % {"state": row.get_state_display(), "deal": row}
        details = [_worth(row), _duration(row)]
        yield Moment(
            row.closed_at, row.closed_on, tone, icon, title, details, CLOSED, row.pk,
            row.get_absolute_url(),
        )  # fmt: skip


def _worth(row: Deal | Registration | DealAdjustment) -> str:
    return "" if row.amount is None else display.money(row.amount, row.currency)


def _duration(deal: Deal) -> str:
    if not deal.opened_on or not deal.closed_on:
        return ""
    return _("after %(days)s") % {"days": display.days((deal.closed_on - deal.opened_on).days)}


def _adjusted(wanted: Wanted) -> Iterator[Moment]:
    rows = access.scope(wanted.actor, DealAdjustment).filter(partner_key__in=wanted.companies)
    rows = rows.select_related("deal", "deal__customer")
    for row in wanted.newest(rows, "at", ADJUSTED, "on"):
        title = _("%(kind)s: %(deal)s") % {"kind": row.get_kind_display(), "deal": row.deal}
        yield Moment(
            row.at, row.on, "warn" if row.amount < 0 else "", "undo-2", title, [_worth(row)],
            ADJUSTED, row.pk, row.deal.get_absolute_url(),
        )  # fmt: skip


def _signed_in(wanted: Wanted) -> Iterator[Moment]:
    """Sign-ins, summed up by week; a week stands where its last sign-in was."""
    rows = access.scope(wanted.actor, LoginEvent).filter(
        partner__in=wanted.companies, impersonated=False, at__lte=wanted.now
    )
    weeks = rows.values(week=TruncWeek("on")).annotate(
        last=Max("at"), day=Max("on"), number=Count("pk"), people=Count("membership", distinct=True)
    )
    if wanted.before is not None:
        weeks = weeks.filter(last__lt=wanted.before[0])
    for row in weeks.order_by("-last")[: wanted.number]:
        title = ngettext("%(n)s person signed in", "%(n)s people signed in", row["people"]) % {
            "n": display.number(row["people"])
        }
        times = ngettext("%(n)s time", "%(n)s times", row["number"])
        detail = _("%(times)s in this week") % {"times": times % {"n": row["number"]}}
        yield Moment(row["last"], row["day"], "", "user", title, [detail], SIGNED_IN, 0)


def _company(wanted: Wanted) -> Iterator[Moment]:
    for moment in company_moments(wanted.actor, wanted.partner, wanted.program, wanted.now):
        place = (moment.at, moment.rank, moment.pk)
        if wanted.before is None or place < wanted.before:
            yield moment


Source = Callable[[Wanted], Iterator[Moment]]
SOURCES: dict[str, tuple[Source, ...]] = {
    "deals": (_registered, _deals, _adjusted),
    "people": (_signed_in,),
    "company": (_company,),
}
ALL: tuple[Source, ...] = tuple(source for group in SOURCES.values() for source in group)
