"""What the news of tiers gives people to do: decide about a proposal, save a tier at risk."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from partners.programs import words
from partners.programs.models import TierStanding
from prm.common.models import Task, User
from prm.common.worklist.services import ask_for, finish, withdraw
from prm.common.worklist.sources import Source, declare


def _decide(args: dict[str, Any]) -> str:
    tier = {"tier": words.tier_name(args.get("to", ""))}
    if args.get("up"):
        return now_("Decide about a promotion to %(tier)s") % tier
    return now_("Decide about a demotion to %(tier)s") % tier


def _keep(args: dict[str, Any]) -> str:
    return now_("Keep your tier %(tier)s") % {"tier": words.tier_name(args.get("from", ""))}


def _keep_detail(_args: dict[str, Any]) -> str:
    return now_("What is missing, and until when, stands on the page of your tier.")


DECISION = declare(Source("tier_decision", _("Tiers"), "target", _decide))
AT_RISK = declare(Source("tier_at_risk", _("Tiers"), "shield-check", _keep, _keep_detail))


def key_of(standing: TierStanding) -> str:
    """One task of a kind for a standing: it is opened again the next time."""
    return str(standing.public_id)


def ask_decision(standing: TierStanding, *, is_up: bool, now: datetime) -> Task:
    """Somebody of the programme decides about a proposal."""
    return ask_for(
        DECISION, key_of(standing), now=now, side=Task.Side.OURS, again=True, tells=False,
        company=standing.partner.public_id, about=standing,
        args={"to": standing.pending_tier, "up": is_up},
        url=reverse("programs:partner_tier", args=[standing.partner.public_id]),
    )  # fmt: skip


def ask_to_keep(standing: TierStanding, tier: str, *, now: datetime) -> Task:
    """The partner catches up until its grace is over."""
    return ask_for(
        AT_RISK, key_of(standing), now=now, side=Task.Side.COMPANY, again=True, tells=False,
        company=standing.partner.public_id, about=standing, due_on=standing.grace_until,
        priority=Task.Priority.HIGH, args={"from": tier}, url=reverse("programs:portal_tier"),
    )  # fmt: skip


def decided(standing: TierStanding, *, by: User | None, now: datetime) -> None:
    """The proposal is decided, or has become a move."""
    finish(DECISION, key_of(standing), by=by, now=now)


def saved(standing: TierStanding, *, now: datetime) -> None:
    """The tier is not at risk any more."""
    finish(AT_RISK, key_of(standing), by=None, now=now)


def over(standing: TierStanding, reason: str, *, now: datetime) -> None:
    """Nothing of this standing waits any more."""
    names = [DECISION.key, AT_RISK.key]
    rows = Task.objects.filter(source__in=names, key=key_of(standing), state=Task.State.OPEN)
    waiting = set(rows.values_list("source", flat=True))  # mostly nothing: one look for both
    for source in (DECISION, AT_RISK):
        if source.key in waiting:
            withdraw(source, key_of(standing), now=now, reason=reason)
