"""What the news of tiers gives people to do: decide about a proposal, save a tier at risk."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from partners.programs import words
from partners.programs.explaining import missing_lines
from partners.programs.models import TierStanding
from prm.common.models import Task, User
from prm.common.worklist.services import Asking, ask_for_many, finish_many, withdraw
from prm.common.worklist.sources import Source, declare


def _decide(args: dict[str, Any]) -> str:
    tier = {"tier": words.tier_name(args.get("to", ""))}
    if args.get("up"):
        return now_("Decide about a promotion to %(tier)s") % tier
    return now_("Decide about a demotion to %(tier)s") % tier


def _keep(args: dict[str, Any]) -> str:
    return now_("Keep your tier %(tier)s") % {"tier": words.tier_name(args.get("from", ""))}


def _keep_detail(_args: dict[str, Any]) -> str:
    return now_("It closes by itself as soon as you meet again what is missing.")


def _missing(task: Task) -> list[str]:
    standing = TierStanding.objects.filter(public_id=task.key).select_related("partner").first()
    return missing_lines(standing) if standing else []


# Both close by themselves, with the decision and with the next evaluation.
DECISION = declare(
    Source("tier_decision", _("Tiers"), "target", _decide, done_there=True, action=_("Decide"))
)
AT_RISK = declare(
    Source("tier_at_risk", _("Tiers"), "shield-check", _keep, _keep_detail, done_there=True,
           action=_("See your tier"), lines=_missing)
)  # fmt: skip


def key_of(standing: TierStanding) -> str:
    """One task of a kind for a standing: it is opened again the next time."""
    return str(standing.public_id)


def ask_decisions(
    standings: Sequence[TierStanding], *, is_up: bool, now: datetime
) -> dict[str, Task]:
    """Somebody of the programme decides about proposals; the tasks by ``key_of``."""
    asked = [
        Asking(
            key_of(one), company=one.partner.public_id, about=one,
            args={"to": one.pending_tier, "up": is_up},
            url=reverse("programs:partner_tier", args=[one.partner.public_id]),
        )
        for one in standings
    ]  # fmt: skip
    return ask_for_many(DECISION, asked, now=now, side=Task.Side.OURS, again=True, tells=False)


def ask_to_keep(
    standings: Sequence[TierStanding], tiers: Mapping[int, str], *, now: datetime
) -> dict[str, Task]:
    """The partners catch up until their grace is over; the tasks by ``key_of``."""
    url = reverse("programs:portal_tier")
    asked = [
        Asking(
            key_of(one), company=one.partner.public_id, about=one, due_on=one.grace_until,
            priority=Task.Priority.HIGH, args={"from": tiers[one.partner_id]}, url=url,
        )
        for one in standings
    ]  # fmt: skip
    return ask_for_many(AT_RISK, asked, now=now, side=Task.Side.COMPANY, again=True, tells=False)


def decided(standings: Sequence[TierStanding], *, by: User | None, now: datetime) -> None:
    """The proposals are decided, or have become moves."""
    finish_many(DECISION, [key_of(one) for one in standings], by=by, now=now)


def saved(standings: Sequence[TierStanding], *, now: datetime) -> None:
    """The tiers are not at risk any more."""
    finish_many(AT_RISK, [key_of(one) for one in standings], by=None, now=now)


def over(standings: Sequence[TierStanding], reason: str, *, now: datetime) -> None:
    """Nothing of these standings waits any more."""
    known = {DECISION.key: DECISION, AT_RISK.key: AT_RISK}
    rows = Task.objects.filter(
        source__in=known, key__in=[key_of(one) for one in standings], state=Task.State.OPEN
    )
    for source, key in rows.order_by("pk").values_list("source", "key"):  # mostly nothing
        withdraw(known[source], key, now=now, reason=reason)
