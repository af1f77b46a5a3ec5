"""What follows from the news of tiers: people are told, tasks are asked for and closed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.dispatch import receiver
from django.utils.translation import gettext as _

from partners import signals
from partners.programs import duties, news
from partners.programs.models import RuleVersion, TierMove, TierStanding
from partners.programs.moving import tiers_on
from partners.programs.tasks import ask_to_tell
from prm.common import config
from prm.common.models import User


@receiver((signals.tier_raised, signals.tier_lowered))
def on_moved(
    moved: Sequence[tuple[TierStanding, TierMove]], by: User | None, now: datetime, **_more: Any
) -> None:
    """Partners are in another tier: whatever waited for that is over."""
    standings = [standing for standing, _move in moved]
    duties.decided(standings, by=by, now=now)
    duties.over(standings, _("The tier has changed."), now=now)
    news.tell_moved(moved, by=by, now=now)


@receiver((signals.promotion_proposed, signals.demotion_proposed))
def on_proposed(
    signal: Any, standings: Sequence[TierStanding], now: datetime, **_more: Any
) -> None:
    """Somebody has to decide."""
    is_up = signal is signals.promotion_proposed
    duties.over(standings, _("Somebody decides about the tier now."), now=now)
    tasks = duties.ask_decisions(standings, is_up=is_up, now=now)
    news.tell_proposed(standings, tasks, is_up=is_up, now=now)


@receiver((signals.promotion_declined, signals.demotion_declined))
def on_declined(
    signal: Any, standings: Sequence[TierStanding], by: User | None, now: datetime, **_more: Any
) -> None:
    """The partners keep their tier."""
    duties.decided(standings, by=by, now=now)
    is_up = signal is signals.promotion_declined
    news.tell_declined(standings, is_up=is_up, by=by, now=now)


@receiver(signals.promotion_withdrawn)
def on_promotion_withdrawn(standings: Sequence[TierStanding], now: datetime, **_more: Any) -> None:
    """The higher tier is met no more: there is nothing to decide."""
    duties.over(standings, _("The partner meets the higher tier no more."), now=now)


@receiver(signals.standing_left)
def on_standing_left(standings: Sequence[TierStanding], now: datetime, **_more: Any) -> None:
    """The partners are in the programme no more."""
    duties.over(standings, _("The partner has left the programme."), now=now)


@receiver(signals.tier_at_risk)
def on_at_risk(standings: Sequence[TierStanding], now: datetime, **_more: Any) -> None:
    """The partners have until the end of their grace to catch up."""
    day = config.program().local_date(now)
    tiers = tiers_on([one.partner_id for one in standings], day)
    tasks = duties.ask_to_keep(standings, tiers, now=now)
    news.tell_at_risk(standings, tiers, tasks, now=now)


@receiver(signals.tier_recovered)
def on_recovered(standings: Sequence[TierStanding], now: datetime, **_more: Any) -> None:
    """The tiers are safe again."""
    duties.saved(standings, now=now)
    duties.over(standings, _("The tier is not at risk any more."), now=now)
    day = config.program().local_date(now)
    tiers = tiers_on([one.partner_id for one in standings], day)
    news.tell_recovered(standings, tiers, now=now)


@receiver(signals.rules_published)
def on_rules_published(version: RuleVersion, now: datetime, **_more: Any) -> None:
    """Everybody in the programme reads the new guide."""
    ask_to_tell(version, now=now)
