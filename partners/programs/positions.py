"""Where the partners of a programme stand before an evaluation, read in a few queries for all."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F, Min, Q

from partners.accounts.models import Contract, PartnerProfile
from partners.programs.models import PartnerProgram, TierException, TierStanding
from partners.programs.moves import Position
from partners.programs.rules import NO_TIER, Rules
from partners.programs.windows import BEGINNING, end_of_next, first_full
from prm.common.models import FiscalMonth
from prm.common.periods import LAST_YEAR


@dataclass(frozen=True)
class Member:
    """A partner in a programme: its position, and its standing row (none yet: the first time)."""

    partner_id: int
    position: Position
    standing: TierStanding | None

    @property
    def reviewed_until(self) -> date | None:
        """The first day after the last review period that was looked at."""
        return self.standing.reviewed_until if self.standing else None


def member_ids(program: PartnerProgram) -> list[int]:
    """The surviving partners, without test ones, whose type of today is in the programme."""
    types = list(program.types.values_list("type", flat=True))
    rows = PartnerProfile.objects.filter(
        valid_to=None, type__in=types, partner__merged_into=None, partner__is_test=False
    )
    return list(rows.order_by("partner_id").values_list("partner_id", flat=True))


def members(
    ids: Sequence[int], rules: Rules, months: Sequence[FiscalMonth], today: date
) -> list[Member]:
    """The positions of these partners on a day."""
    profiles = _profiles(ids)
    joined = _joined(ids)
    standings = {row.partner_id: row for row in TierStanding.objects.filter(partner__in=ids)}
    exceptions = _exceptions(ids)
    found = []
    for pk in ids:
        every = profiles.get(pk, [])
        own = [row for row in every if row.valid_from <= today]
        tier = own[-1].tier if own else NO_TIER
        standing = standings.get(pk)
        floor, is_over = _exception(exceptions.get(pk, ()), standing, today)
        begun = joined.get(pk) or (own[0].valid_from if own else BEGINNING)
        position = Position(
            tier=tier,
            exempt_until=_told(begun) and first_full(rules.review, begun, months),
            kept_until=_kept(own, rules, months),
            floor=floor,
            exception_is_over=is_over,
            is_planned=len(own) < len(every),
            **(_of(standing) if standing else {}),  # type: ignore[arg-type]
        )
        found.append(Member(pk, position, standing))
    return found


def _of(standing: TierStanding) -> dict[str, object]:
    return {
        "state": standing.state,
        "pending": standing.pending_tier,
        "grace_until": standing.grace_until,
        "declined": standing.declined_tier,
        "declined_until": standing.declined_until,
        "is_locked": standing.is_locked,
    }


def _told(day: date) -> date | None:
    """The calendar's first day stands for "we do not know since when"."""
    return day if day > BEGINNING else None


def _profiles(ids: Iterable[int]) -> dict[int, list[PartnerProfile]]:
    """The profiles of each, oldest first."""
    found: dict[int, list[PartnerProfile]] = defaultdict(list)
    rows = PartnerProfile.objects.filter(partner__in=ids).only(
        "partner_id", "tier", "valid_from", "valid_to"
    )
    for row in rows.order_by("partner_id", "valid_from"):
        found[row.partner_id].append(row)
    return found


def _joined(ids: Iterable[int]) -> dict[int, date]:
    """The first day under contract, of the partner or of a stub merged into it.

    A day that no calendar reaches was mistyped: it must not end the evaluation of everybody.
    """
    own_or_stub = Q(partner__in=ids) | Q(partner__merged_into__in=ids)
    rows = (
        Contract.objects.filter(own_or_stub, starts_on__year__lt=LAST_YEAR)
        .values_list(F("partner_id"), F("partner__merged_into_id"))
        .annotate(first=Min("starts_on"))
    )
    found: dict[int, date] = {}
    for pk, survivor, first in rows:
        own = survivor or pk
        found[own] = min(first, found.get(own, first))
    return found


def _exceptions(ids: Iterable[int]) -> dict[int, list[TierException]]:
    found: dict[int, list[TierException]] = defaultdict(list)
    for row in TierException.objects.filter(partner__in=ids):
        found[row.partner_id].append(row)
    return found


def _exception(
    rows: Iterable[TierException], standing: TierStanding | None, today: date
) -> tuple[str | None, bool]:
    """The tier that an exception holds today; whether one ended since the last evaluation."""
    floor, is_over = None, False
    last_day: date | None = standing.evaluated_on if standing else None
    last_time: datetime | None = standing.evaluated_at if standing else None
    for row in rows:
        if row.ended_at is not None:
            is_over |= last_time is None or row.ended_at >= last_time
        elif row.starts_on <= today <= row.last_day:
            floor = row.tier
        elif row.last_day < today:
            is_over |= last_day is None or row.last_day >= last_day
    return floor, is_over and floor is None


def _kept(
    profiles: Sequence[PartnerProfile], rules: Rules, months: Sequence[FiscalMonth]
) -> date | None:
    """Until when the present tier is kept, if it is one that the partner rose to."""
    if not profiles or not profiles[-1].tier:
        return None
    tier = profiles[-1].tier
    since, before = profiles[-1].valid_from, None
    for row in reversed(profiles[:-1]):
        if row.tier != tier:
            before = row.tier
            break
        since = row.valid_from
    if before is None or (rules.rank(before) or 0) >= (rules.rank(tier) or 0):
        return None
    return end_of_next(rules.review, since, months)
