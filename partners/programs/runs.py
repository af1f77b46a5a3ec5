"""Asks for evaluations and dry runs; an upper app, which has the values, does them."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from partners.programs.models import PartnerProgram, RuleVersion, TierRun
from partners.programs.selectors import published
from prm.common import audit, config, jobs
from prm.common.errors import Conflict
from prm.common.models import Job, User

EVALUATE, DRY_RUN = "programs.evaluate", "programs.dry_run"
DRY_KEPT = timedelta(days=30)  # what would have changed a month ago, nobody asks any more


@transaction.atomic
def ask_evaluation(program: PartnerProgram, *, now: datetime, by: User | None = None) -> Job:
    """Evaluate all partners of a programme by its published rules, as soon as a worker is free.

    Raises Conflict without published rules.
    """
    if published(program) is None:
        raise Conflict(_("Publish the rules first; then partners can be evaluated by them."))
    if by is not None:
        audit.record("partnerprogram.evaluate", program, by=by, now=now)
    return jobs.enqueue(EVALUATE, str(program.pk), now=now, args={"program": program.pk})


@transaction.atomic
def ask_dry_run(version: RuleVersion, *, by: User | None, now: datetime) -> TierRun:
    """Work out what these rules would change if they were run now; nobody moves."""
    run = TierRun.objects.create(
        program=version.program,
        version=version,
        version_number=version.number,
        is_draft=version.state == RuleVersion.State.DRAFT,
        kind=TierRun.Kind.DRY,
        day=config.program().local_date(now),
        by=by,
    )
    run.job = jobs.enqueue(DRY_RUN, str(run.pk), now=now, args={"run": run.pk})
    run.save(update_fields=["job"])
    return run


def forget_old(now: datetime) -> int:
    """Drop dry runs of more than a month ago, also those that never ended; returns how many.

    Evaluations stay: they are the history of the programme.
    """
    before = config.program().local_date(now - DRY_KEPT)
    return TierRun.objects.filter(kind=TierRun.Kind.DRY, day__lt=before).delete()[0]
