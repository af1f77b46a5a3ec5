"""What follows from the news of tiers: people are told, tasks are asked for and closed."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver
from django.utils.translation import gettext as _

from partners import signals
from partners.programs import duties, news
from partners.programs.models import RuleVersion, TierMove, TierStanding
from partners.programs.moving import tier_on
from partners.programs.tasks import ask_to_tell
from prm.common import config
from prm.common.models import User


@receiver((signals.tier_raised, signals.tier_lowered))
def on_moved(standing: TierStanding, move: TierMove, now: datetime, **_more: Any) -> None:
    """The partner is in another tier: whatever waited for that is over."""
    duties.decided(standing, by=move.by, now=now)
    duties.over(standing, _("The tier has changed."), now=now)
    news.tell_moved(standing, move, now=now)


@receiver((signals.promotion_proposed, signals.demotion_proposed))
def on_proposed(signal: Any, standing: TierStanding, now: datetime, **_more: Any) -> None:
    """Somebody has to decide."""
    is_up = signal is signals.promotion_proposed
    duties.over(standing, _("Somebody decides about the tier now."), now=now)
    task = duties.ask_decision(standing, is_up=is_up, now=now)
    news.tell_proposed(standing, task, is_up=is_up, now=now)


@receiver((signals.promotion_declined, signals.demotion_declined))
def on_declined(
    signal: Any, standing: TierStanding, now: datetime, by: User | None = None, **_more: Any
) -> None:
    """The partner keeps its tier."""
    duties.decided(standing, by=by, now=now)
    is_up = signal is signals.promotion_declined
    news.tell_declined(standing, is_up=is_up, by=by, now=now)


@receiver(signals.promotion_withdrawn)
def on_promotion_withdrawn(standing: TierStanding, now: datetime, **_more: Any) -> None:
    """The higher tier is met no more: there is nothing to decide."""
    duties.over(standing, _("The partner meets the higher tier no more."), now=now)


@receiver(signals.standing_left)
def on_standing_left(standing: TierStanding, now: datetime, **_more: Any) -> None:
    """The partner is in the programme no more."""
    duties.over(standing, _("The partner has left the programme."), now=now)


@receiver(signals.tier_at_risk)
def on_at_risk(standing: TierStanding, now: datetime, **_more: Any) -> None:
    """The partner has until the end of its grace to catch up."""
    tier = tier_on(standing.partner_id, config.program().local_date(now))
    task = duties.ask_to_keep(standing, tier, now=now)
    news.tell_at_risk(standing, tier, task, now=now)


@receiver(signals.tier_recovered)
def on_recovered(standing: TierStanding, now: datetime, **_more: Any) -> None:
    """The tier is safe again."""
    duties.saved(standing, now=now)
    duties.over(standing, _("The tier is not at risk any more."), now=now)
    news.tell_recovered(standing, now=now)


@receiver(signals.rules_published)
def on_rules_published(version: RuleVersion, now: datetime, **_more: Any) -> None:
    """Everybody in the programme reads the new guide."""
    ask_to_tell(version, now=now)
