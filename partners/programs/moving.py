"""The one way into another tier: profile, history and news together."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from partners import signals
from partners.accounts.models import PartnerProfile
from partners.accounts.services import change_profile
from partners.programs.models import TierMove, TierStanding
from partners.programs.rules import NO_TIER, Rules
from prm.common.models import User
from prm.common.transition import transition


def locked(standing: TierStanding) -> TierStanding:
    """The row as it is now, held until the transaction ends."""
    rows = TierStanding.objects.select_for_update(of=("self",))
    return rows.select_related("partner", "program", "version").get(pk=standing.pk)


def tier_on(partner_id: int, day: date) -> str:
    """The tier of a partner on a day."""
    rows = PartnerProfile.objects.filter(partner=partner_id, valid_from__lte=day)
    tier = rows.order_by("-valid_from").values_list("tier", flat=True).first()
    return tier or NO_TIER


def tiers_on(partner_ids: Sequence[int], day: date) -> dict[int, str]:
    """The tiers of partners on a day."""
    rows = PartnerProfile.objects.filter(partner__in=partner_ids, valid_from__lte=day)
    known = rows.order_by("partner_id", "-valid_from").distinct("partner_id")
    found = dict(known.values_list("partner_id", "tier"))
    return {pk: found.get(pk) or NO_TIER for pk in partner_ids}


def move(
    standing: TierStanding,
    action: str,
    to: str,
    *,
    cause: str,
    rules: Rules,
    today: date,
    by: User | None,
    now: datetime,
    reason: str = "",
    readings: dict[str, Any] | None = None,
) -> TierMove | None:
    """Close what was open about the standing, and give the partner another tier from today on.

    What was earned before keeps the tier of its day: the profile until yesterday stays as it was.
    Returns None where the tier is the same already. Raises Conflict when a later profile exists.
    """
    before = tier_on(standing.partner_id, today)
    closed = {"pending_tier": "", "since": None, "grace_until": None}
    standing = transition(standing, action, by=by, now=now, reason=reason, changes=closed)
    if before == to:
        return None
    change_profile(standing.partner, valid_from=today, by=by, now=now, tier=to)
    is_up = (rules.rank(to) or 0) > (rules.rank(before) or 0)
    row = TierMove.objects.create(
        partner=standing.partner,
        program=standing.program,
        version=standing.version,
        from_tier=before,
        to_tier=to,
        is_up=is_up,
        cause=cause,
        effective_from=today,
        at=now,
        by=by,
        reason=reason,
        readings=readings if readings is not None else standing.readings,
    )
    if cause != TierMove.Cause.RECODED:
        news = signals.tier_raised if is_up else signals.tier_lowered
        news.send(sender=TierStanding, moved=[(standing, row)], by=by, now=now)
    return row
