"""What people are told about tiers: a partner's people of theirs, ours of what they manage."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from partners.accounts.worklist import managers_of, people_of_many
from partners.programs import words
from partners.programs.duties import key_of
from partners.programs.explaining import benefit_lines, missing_lines
from partners.programs.models import RuleVersion, TierMove, TierStanding
from prm.common import access
from prm.common.config import program
from prm.common.display import day
from prm.common.models import Notice, Task, User
from prm.common.notices.kinds import Kind, declare
from prm.common.notices.many import Telling, notify_many
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


def _missing(standing: TierStanding, _args: dict[str, Any]) -> list[str]:
    return missing_lines(standing)


def _risk_details(standing: TierStanding, args: dict[str, Any]) -> list[str]:
    return _missing(standing, args) if args.get("on") else []


def _recovered(standing: TierStanding, args: dict[str, Any]) -> str:
    if not args.get("from"):
        return now_("Your tier is not at risk any more")
    return now_("Your tier %(from)s is safe again") % _words(standing, args)


def _brings(standing: TierStanding, args: dict[str, Any]) -> list[str]:
    return benefit_lines(standing, args.get("to", ""))


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
         links=LINKS, details=_brings)
)  # fmt: skip
LOWERED = declare(
    Kind("tier_lowered", _("Your company falls"), GROUP, "arrow-down-right", SELLS, _lowered,
         SEE_TIER, links=LINKS, why=_("Conditions and benefits of your company change with it."))
)  # fmt: skip
AT_RISK = declare(
    Kind("tier_at_risk", _("Your company's tier is at risk"), GROUP, "triangle-alert", SELLS,
         _at_risk, _("See what is missing"), links=LINKS, details=_missing,
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
         "triangle-alert", OURS, _risk, SEE, links=LINKS, details=_risk_details)
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


def _of(standing: TierStanding) -> int:
    """Whose people may know of a standing: the row rule in short."""
    return standing.partner_id


Args = Callable[[TierStanding], dict[str, Any]]


def _tell_ours(kind: Kind, standings: Sequence[TierStanding], args: Args, *, now: datetime,
               by: User | None = None) -> None:  # fmt: skip
    """The partners' managers."""
    managers = managers_of(one.partner for one in standings)
    told = [
        Telling(
            [managers.get(one.partner_id)], _moment(one, now),
            reverse("programs:partner_tier", args=[one.partner.public_id]), one, args(one),
        )
        for one in standings
    ]  # fmt: skip
    notify_many(kind, told, by=by, now=now)


def _tell_theirs(kind: Kind, standings: Sequence[TierStanding], args: Args, *, now: datetime,
                 urls: Mapping[int, str] | None = None) -> None:  # fmt: skip
    url, people = reverse("programs:portal_tier"), people_of_many(one.partner for one in standings)
    told = [
        Telling(
            people[one.partner_id], _moment(one, now), (urls or {}).get(one.pk, url), one, args(one)
        )
        for one in standings
    ]
    notify_many(kind, told, now=now, own=_of)


def tell_moved(
    moved: Sequence[tuple[TierStanding, TierMove]], *, by: User | None, now: datetime
) -> None:
    """The partners are in another tier: both sides."""
    moves = {standing.pk: move for standing, move in moved}

    def args(standing: TierStanding) -> dict[str, Any]:
        move = moves[standing.pk]
        return {"from": move.from_tier, "to": move.to_tier, "up": move.is_up}

    standings = [standing for standing, _move in moved]
    for kind, is_up in ((RAISED, True), (LOWERED, False)):
        _tell_theirs(
            kind, [one for one in standings if moves[one.pk].is_up is is_up], args, now=now
        )
    _tell_ours(MOVED, standings, args, now=now, by=by)


def tell_at_risk(
    standings: Sequence[TierStanding], tiers: Mapping[int, str], tasks: Mapping[str, Task], *,
    now: datetime,
) -> None:  # fmt: skip
    """The tiers are at risk: both sides; the partners' people come to their task."""

    def args(standing: TierStanding) -> dict[str, Any]:
        until = standing.grace_until.isoformat() if standing.grace_until else ""
        return {"from": tiers[standing.partner_id], "on": until}

    urls = {one.pk: _task_url(tasks[key_of(one)]) for one in standings}
    _tell_theirs(AT_RISK, standings, args, now=now, urls=urls)
    _tell_ours(RISK, standings, args, now=now)


def _task_url(task: Task) -> str:
    return reverse("worklist:task_detail", args=[task.public_id])


def tell_recovered(
    standings: Sequence[TierStanding], tiers: Mapping[int, str], *, now: datetime
) -> None:
    """Not at risk any more: both sides."""

    def args(standing: TierStanding) -> dict[str, Any]:
        return {"from": tiers[standing.partner_id]}

    _tell_theirs(RECOVERED, standings, args, now=now)
    _tell_ours(RISK, standings, args, now=now)


def tell_proposed(
    standings: Sequence[TierStanding], tasks: Mapping[str, Task], *, is_up: bool, now: datetime
) -> None:
    """Somebody of the programme decides; all who may are told, and come to the task.

    The first few of a programme and day are told one by one, of all others once: an evaluation
    may propose a thousand. Evaluations of one programme never run side by side.
    """
    today = f"{program().local_date(now)}/{standings[0].program_id}"
    keys = [f"{today}/{n}" for n in range(1, ONE_BY_ONE + 1)]
    rows = Notice.objects.filter(
        to__in=deciders(), kind=PROPOSED.key, key__in=[*keys, f"{today}/more"]
    )
    told = set(rows.values_list("key", flat=True))
    if f"{today}/more" in told:
        return
    to = list(deciders().order_by("pk"))
    free = [key for key in keys if key not in told]
    tellings = [
        Telling(to, key, _task_url(tasks[key_of(one)]), one, {"to": one.pending_tier, "up": is_up})
        for key, one in zip(free, standings, strict=False)
    ]
    if len(standings) > len(free):
        tellings.append(Telling(to, f"{today}/more", reverse("programs:decision_list")))
    notify_many(PROPOSED, tellings, now=now)


def tell_declined(
    standings: Sequence[TierStanding], *, is_up: bool, by: User | None, now: datetime
) -> None:
    """The managers learn that the partners keep their tier."""
    _tell_ours(DECLINED, standings, lambda _one: {"up": is_up}, now=now, by=by)


def deciders() -> QuerySet[User]:
    """The people who run the programme."""
    return User.objects.filter(is_active=True, staff_role__in=access.RUNS_PROGRAM)


def tell_guide(version: RuleVersion, to: Iterable[User | None], *, url: str, now: datetime) -> int:
    """Rules are published; returns how many are told."""
    key = str(version.public_id)
    by = version.published_by
    return notify(GUIDE, to, key=key, url=url, about=version, by=by, now=now)
