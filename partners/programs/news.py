"""What people are told about tiers: a partner's people of theirs, ours of what they manage."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from partners.accounts.worklist import manager_of, people_of
from partners.programs import words
from partners.programs.models import RuleVersion, TierMove, TierStanding
from prm.common import access
from prm.common.config import program
from prm.common.display import day
from prm.common.models import Notice, Task, User
from prm.common.notices.kinds import Kind, declare
from prm.common.notices.models import When
from prm.common.notices.services import notify

GROUP = _("Tiers")
OURS, THEIRS = access.MANAGES, access.PARTNER_ROLES
SELLS = access.PARTNER_SELLS
SEE, SEE_TIER = _("See the partner's tier"), _("See your tier")
LINKS = ("partner",)
ONE_BY_ONE = 5  # proposals of a programme and day that are told by name


def _words(standing: TierStanding, args: dict[str, Any]) -> dict[str, str]:
    found = {
        "partner": str(standing.partner),
        "from": words.tier_name(args.get("from", "")),
        "to": words.tier_name(args.get("to", "")),
    }
    if args.get("on"):
        found["day"] = day(date.fromisoformat(args["on"]))
    return found


def _raised(standing: TierStanding, args: dict[str, Any]) -> str:
    return now_("Your company has risen to %(to)s") % _words(standing, args)


def _lowered(standing: TierStanding, args: dict[str, Any]) -> str:
    return now_("Your company's tier is %(to)s now, it was %(from)s") % _words(standing, args)


def _at_risk(standing: TierStanding, args: dict[str, Any]) -> str:
    return now_("Your tier %(from)s is at risk: catch up until %(day)s") % _words(standing, args)


def _recovered(standing: TierStanding, args: dict[str, Any]) -> str:
    return now_("Your tier is not at risk any more") % _words(standing, args)


def _moved(standing: TierStanding, args: dict[str, Any]) -> str:
    if args.get("up"):
        return now_("%(partner)s has risen from %(from)s to %(to)s") % _words(standing, args)
    return now_("%(partner)s has fallen from %(from)s to %(to)s") % _words(standing, args)


def _risk(standing: TierStanding, args: dict[str, Any]) -> str:
    if args.get("on"):
        return now_("%(partner)s may lose %(from)s on %(day)s") % _words(standing, args)
    return now_("%(partner)s is not at risk any more") % _words(standing, args)


def _proposed(standing: TierStanding | None, args: dict[str, Any]) -> str:
    if standing is None:
        return now_("More promotions or demotions wait for your decision")
    if args.get("up"):
        return now_("Decide: %(partner)s may rise to %(to)s") % _words(standing, args)
    return now_("Decide: %(partner)s may fall to %(to)s") % _words(standing, args)


def _declined(standing: TierStanding, args: dict[str, Any]) -> str:
    if args.get("up"):
        return now_("The promotion of %(partner)s was declined") % _words(standing, args)
    return now_("The demotion of %(partner)s was declined") % _words(standing, args)


def _guide(version: RuleVersion, _args: dict[str, Any]) -> str:
    return now_("The programme %(name)s has new rules for its tiers") % {"name": version.program}


RAISED = declare(
    Kind("tier_raised", _("Your company rises"), GROUP, "trophy", THEIRS, _raised, SEE_TIER,
         links=LINKS)
)  # fmt: skip
LOWERED = declare(
    Kind("tier_lowered", _("Your company falls"), GROUP, "arrow-down-right", SELLS, _lowered,
         SEE_TIER, links=LINKS, why=_("Conditions and benefits of your company change with it."))
)  # fmt: skip
AT_RISK = declare(
    Kind("tier_at_risk", _("Your company's tier is at risk"), GROUP, "triangle-alert", SELLS,
         _at_risk, _("See what is missing"), links=LINKS,
         why=_("Without it, a tier could be lost before anybody knows."))
)  # fmt: skip
RECOVERED = declare(
    Kind("tier_recovered", _("Your company's tier is safe again"), GROUP, "shield-check", THEIRS,
         _recovered, SEE_TIER, links=LINKS)
)  # fmt: skip
MOVED = declare(
    Kind("partner_tier_moved", _("A partner of yours rises or falls"), GROUP, "trophy", OURS,
         _moved, SEE, mail=When.DAILY.value, links=LINKS)
)  # fmt: skip
RISK = declare(
    Kind("partner_tier_risk", _("A partner of yours is at risk, or no more"), GROUP,
         "triangle-alert", OURS, _risk, SEE, links=LINKS)
)  # fmt: skip
PROPOSED = declare(
    Kind("tier_decision", _("A promotion or demotion waits for you"), GROUP, "target",
         access.RUNS_PROGRAM, _proposed, _("Decide"), links=LINKS)
)  # fmt: skip
DECLINED = declare(
    Kind("tier_declined", _("A promotion or demotion was declined"), GROUP, "ban", OURS, _declined,
         SEE, links=LINKS)
)  # fmt: skip
GUIDE = declare(
    Kind("tier_guide", _("A programme has new rules"), GROUP, "file-text", OURS | THEIRS, _guide,
         _("See the guide"), mail=When.DAILY.value, links=("program",))
)  # fmt: skip


def _moment(standing: TierStanding, now: datetime) -> str:
    return f"{standing.public_id}/{now:%Y%m%dT%H%M%S%f}"


def _tell_ours(kind: Kind, standing: TierStanding, args: dict[str, Any], *, now: datetime,
               by: User | None = None) -> None:  # fmt: skip
    """The partner's manager."""
    url = reverse("programs:partner_tier", args=[standing.partner.public_id])
    to = [manager_of(standing.partner.public_id)]
    notify(kind, to, key=_moment(standing, now), url=url, about=standing, args=args, by=by, now=now)


def _tell_theirs(kind: Kind, standing: TierStanding, args: dict[str, Any], *, now: datetime,
                 url: str = "") -> None:  # fmt: skip
    url = url or reverse("programs:portal_tier")
    to = people_of(standing.partner)
    notify(kind, to, key=_moment(standing, now), url=url, about=standing, args=args, now=now)


def tell_moved(standing: TierStanding, move: TierMove, *, now: datetime) -> None:
    """The partner is in another tier: both sides."""
    args = {"from": move.from_tier, "to": move.to_tier, "up": move.is_up}
    _tell_theirs(RAISED if move.is_up else LOWERED, standing, args, now=now)
    _tell_ours(MOVED, standing, args, now=now, by=move.by)


def tell_at_risk(standing: TierStanding, tier: str, task: Task, *, now: datetime) -> None:
    """The tier is at risk: both sides; the partner's people come to their task."""
    args = {"from": tier, "on": standing.grace_until.isoformat() if standing.grace_until else ""}
    url = reverse("worklist:task_detail", args=[task.public_id])
    _tell_theirs(AT_RISK, standing, args, now=now, url=url)
    _tell_ours(RISK, standing, args, now=now)


def tell_recovered(standing: TierStanding, *, now: datetime) -> None:
    """Not at risk any more: both sides."""
    _tell_theirs(RECOVERED, standing, {}, now=now)
    _tell_ours(RISK, standing, {}, now=now)


def tell_proposed(standing: TierStanding, task: Task, *, is_up: bool, now: datetime) -> None:
    """Somebody of the programme decides; all who may are told, and come to the task.

    The first few of a programme and day are told one by one, of all others once: an evaluation
    may propose a thousand. Evaluations of one programme never run side by side.
    """
    today = f"{program().local_date(now)}/{standing.program_id}"
    keys = [f"{today}/{n}" for n in range(1, ONE_BY_ONE + 1)]
    rows = Notice.objects.filter(
        to__in=deciders(), kind=PROPOSED.key, key__in=[*keys, f"{today}/more"]
    )
    told = set(rows.values_list("key", flat=True))
    if f"{today}/more" in told:
        return
    to = list(deciders().order_by("pk"))
    key = next((key for key in keys if key not in told), "")
    if key:
        url = reverse("worklist:task_detail", args=[task.public_id])
        args = {"to": standing.pending_tier, "up": is_up}
        notify(PROPOSED, to, key=key, url=url, about=standing, args=args, now=now)
        return
    url = reverse("programs:decision_list")
    notify(PROPOSED, to, key=f"{today}/more", url=url, now=now)


def tell_declined(standing: TierStanding, *, is_up: bool, by: User | None, now: datetime) -> None:
    """The manager learns that the partner keeps its tier."""
    _tell_ours(DECLINED, standing, {"up": is_up}, now=now, by=by)


def deciders() -> QuerySet[User]:
    """The people who run the programme."""
    return User.objects.filter(is_active=True, staff_role__in=access.RUNS_PROGRAM)


def tell_guide(version: RuleVersion, to: Iterable[User | None], *, url: str, now: datetime) -> int:
    """Rules are published; returns how many are told."""
    key = str(version.public_id)
    by = version.published_by
    return notify(GUIDE, to, key=key, url=url, about=version, by=by, now=now)
