"""The steps of an evaluation taken one partner at a time: what taking many at once has to equal.

Written with the parts that people's decisions use (``move``, ``transition``, single tasks and
notices), not with those of an evaluation.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.urls import reverse

from partners import signals
from partners.accounts.worklist import manager_of, people_of
from partners.models import RuleVersion, TierStanding
from partners.programs import duties, news
from partners.programs.moves import Step
from partners.programs.moving import locked, move, tier_on
from partners.programs.rules import Rules
from partners.programs.stepping import CAUSES, Judged
from prm.common.errors import Conflict
from prm.common.models import Task
from prm.common.notices.kinds import Kind
from prm.common.notices.services import notify
from prm.common.transition import transition
from prm.common.worklist.services import ask_for, finish, withdraw


def take_steps_one_by_one(
    found: Sequence[Judged], rules: Rules, version: RuleVersion,
    readings: Mapping[int, dict[str, Any]], today: date, now: datetime,
) -> dict[int, Step]:  # fmt: skip
    """As ``stepping.take_steps``: each partner is a transaction of its own."""
    taken = {}
    for one in found:
        pk = one.member.partner_id
        try:
            with transaction.atomic():
                taken[pk] = _take(one, rules, version, readings[pk], today, now)
        except Conflict:
            taken[pk] = Step(because="planned_change")
    return taken


def _take(
    one: Judged, rules: Rules, version: RuleVersion, readings: dict[str, Any], today: date,
    now: datetime,
) -> Step:  # fmt: skip
    member, step = one.member, one.step
    assert member.standing is not None
    standing = locked(member.standing)
    as_judged = (member.position.state, member.position.tier, member.position.is_locked)
    if (standing.state, tier_on(member.partner_id, today), standing.is_locked) != as_judged:
        return Step(because="moved_meanwhile")
    standing.version = version
    if step.action in CAUSES:
        TierStanding.objects.filter(pk=standing.pk).update(version=version)
        move(
            standing, step.action, step.to, cause=CAUSES[step.action], rules=rules, today=today,
            by=None, now=now, readings=readings,
        )  # fmt: skip
        return step
    changes: dict[str, Any] = {"pending_tier": "", "since": None, "grace_until": None}
    if step.action in {"propose_promotion", "propose_demotion", "warn"}:
        changes |= {"pending_tier": step.to, "since": today, "grace_until": step.grace_until}
    fresh = transition(standing, step.action, by=None, now=now, changes=changes)
    fresh.partner = standing.partner
    _follow(fresh, step, today, now)
    return step


def _follow(standing: TierStanding, step: Step, today: date, now: datetime) -> None:
    """Tasks and notices of what is no move, asked for and told one at a time."""
    key, tier = str(standing.public_id), tier_on(standing.partner_id, today)
    if step.action == "withdraw":
        _over(key, "The partner meets the higher tier no more.", now)
    elif step.action == "recover":
        finish(duties.AT_RISK, key, by=None, now=now)
        _over(key, "The tier is not at risk any more.", now)
        _tell(standing, news.RECOVERED, news.RISK, {"from": tier}, now)
    elif step.action == "warn":
        assert standing.grace_until is not None
        task = ask_for(
            duties.AT_RISK, key, now=now, side=Task.Side.COMPANY, again=True, tells=False,
            company=standing.partner.public_id, about=standing, due_on=standing.grace_until,
            priority=Task.Priority.HIGH, args={"from": tier}, url=reverse("programs:portal_tier"),
        )  # fmt: skip
        args = {"from": tier, "on": standing.grace_until.isoformat()}
        page = reverse("worklist:task_detail", args=[task.public_id])
        _tell(standing, news.AT_RISK, news.RISK, args, now, page)
    else:  # a proposal: the first few are told by name, so that there is one way for all
        up = step.action == "propose_promotion"
        signal = signals.promotion_proposed if up else signals.demotion_proposed
        signal.send(sender=TierStanding, standings=[standing], by=None, now=now)


def _over(key: str, reason: str, now: datetime) -> None:
    for source in (duties.DECISION, duties.AT_RISK):
        withdraw(source, key, now=now, reason=reason)


def _tell(
    standing: TierStanding, theirs: Kind, ours: Kind, args: dict[str, Any], now: datetime,
    url: str = "",
) -> None:  # fmt: skip
    key = f"{standing.public_id}/{now:%Y%m%dT%H%M%S%f}"
    more: dict[str, Any] = {"key": key, "about": standing, "args": args, "now": now}
    notify(theirs, people_of(standing.partner), url=url or reverse("programs:portal_tier"), **more)
    page = reverse("programs:partner_tier", args=[standing.partner.public_id])
    notify(ours, [manager_of(standing.partner.public_id)], url=page, **more)
