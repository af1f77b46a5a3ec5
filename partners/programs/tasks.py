"""Work outside the request: everybody in a programme learns that it has new rules."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse

from partners.accounts.models import Membership
from partners.programs.models import RuleVersion
from partners.programs.news import tell_guide
from partners.programs.positions import member_ids
from prm.common import access, jobs
from prm.common.models import Job, User

TELL_GUIDE = "programs.tell_guide"
AT_ONCE = 200  # people whose notices one transaction holds


def ask_to_tell(version: RuleVersion, *, now: datetime) -> Job:
    """Tell everybody in the programme, as soon as a worker is free: they may be many."""
    return jobs.enqueue(
        TELL_GUIDE, str(version.public_id), now=now, args={"version": str(version.public_id)}
    )


@jobs.handles(TELL_GUIDE)
def tell_programme(job: Job, now: datetime) -> None:
    """Tell the vendor's managers and the partners' people. Doing it twice tells nobody twice."""
    rows = RuleVersion.objects.select_related("program", "published_by")
    version = rows.filter(public_id=job.args["version"], state=RuleVersion.State.PUBLISHED).first()
    if version is None:
        return  # replaced meanwhile: the newer rules are told
    ours = User.objects.filter(is_active=True, staff_role__in=access.MANAGES).order_by("pk")
    tell_guide(version, ours, url=version.program.get_absolute_url(), now=now)
    partners = member_ids(version.program)
    theirs = Membership.objects.filter(
        partner__in=partners, is_active=True, user__is_active=True
    ).order_by("user_id")
    people = list(dict.fromkeys(theirs.values_list("user_id", flat=True)))
    for first in range(0, len(people), AT_ONCE):
        with transaction.atomic():
            some = User.objects.filter(pk__in=people[first : first + AT_ONCE]).order_by("pk")
            tell_guide(version, some, url=reverse("programs:portal_tier"), now=now)
