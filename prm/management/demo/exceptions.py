"""Tiers that no rule gave: an exception that ran out, moves by hand, and what a dry run found."""

from datetime import datetime, timedelta

from kpis.tierruns import dry_run
from partners.models import PartnerProgram, RuleVersion, TierStanding
from partners.programs import deciding
from partners.programs.runs import ask_dry_run
from prm.common import config
from prm.common.models import Job, User
from prm.management.demo import cast

LASTED = timedelta(days=35)


def _steady(program: PartnerProgram, tier: str, many: int) -> list[TierStanding]:
    """Partners in a tier that are neither at risk nor part of the story, by name."""
    rows = TierStanding.objects.filter(program=program, state=TierStanding.State.STEADY)
    rows = rows.filter(partner__profiles__valid_to=None, partner__profiles__tier=tier)
    rows = rows.filter(locked_at=None).exclude(
        partner__name__in=[role.name for role in cast.PARTNERS]
    )
    return list(rows.select_related("partner").order_by("partner__name")[:many])


def long_past(program: PartnerProgram, by: User, now: datetime) -> None:
    """An exception that was given at the beginning and has run out since."""
    for standing in _steady(program, "Silver", 1):
        deciding.grant_exception(
            standing.partner, tier="Silver", by=by, now=now,
            last_day=config.program().local_date(now + LASTED),
            reason="Their largest customer changed its buyer; the orders come a month later.",
        )  # fmt: skip


def of_today(program: PartnerProgram, by: User, now: datetime) -> None:
    """One rises by an exception, one is placed by hand, one is only called otherwise."""
    low = _steady(program, "Registered", 3)
    last_day = config.program().local_date(now) + timedelta(days=90)
    if len(low) < 3:
        return
    deciding.grant_exception(
        low[0].partner, tier="Silver", last_day=last_day, by=by, now=now,
        reason="Brings two customers of its own with the contract.",
    )  # fmt: skip
    deciding.place(
        low[1].partner, tier="Silver", by=by, now=now, reason="Agreed in the contract of this year."
    )
    deciding.place(
        low[2].partner, tier="Silver", by=by, now=now, is_recoding=True,
        reason="Was in our books as Registered by mistake; always had the terms of Silver.",
    )  # fmt: skip


def try_draft(program: PartnerProgram, by: User, now: datetime) -> None:
    """What the draft and the rules that hold would change: two dry runs, as a worker does them."""
    for version in program.versions.exclude(state=RuleVersion.State.REPLACED):
        run = ask_dry_run(version, by=by, now=now)
        if run.job is not None:
            dry_run(run.job, now)
            done = {"state": Job.State.DONE, "started_at": now, "finished_at": now}
            Job.objects.filter(pk=run.job.pk).update(**done)
