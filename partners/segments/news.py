"""Who is told that partners came into a segment: their managers, where the segment says so."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.dispatch import receiver
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from partners.accounts.models import PartnerProfile
from partners.segments.models import DynamicSegment
from partners.signals import segment_entered
from prm.common import access
from prm.common.display import number
from prm.common.models import User
from prm.common.notices.kinds import Kind, declare
from prm.common.notices.services import notify


def _came(segment: DynamicSegment, args: dict[str, Any]) -> str:
    n = args.get("n", 1)
    words = ngettext(
        "%(n)s of your partners came into “%(name)s”",
        "%(n)s of your partners came into “%(name)s”",
        n,
    )
    return words % {"n": number(n), "name": segment.name}


CAME = declare(
    Kind("segment_entered", _("Partners of yours come into a dynamic segment"), _("Partners"),
         "target", access.MANAGES, _came, action=_("See who and why"))
)  # fmt: skip


@receiver(segment_entered)
def on_segment_entered(
    segment: DynamicSegment, partners: Sequence[int], now: datetime, **_kwargs: Any
) -> None:
    """Each manager is told once an evaluation, with how many of the own partners came."""
    if not segment.tells_manager:
        return
    rows = PartnerProfile.objects.filter(partner__in=partners, valid_to=None)
    counted = Counter(rows.exclude(manager=None).values_list("manager_id", flat=True))
    people = User.objects.in_bulk(list(counted))
    for pk, n in counted.items():
        notify(
            CAME, [people[pk]], key=f"{segment.pk}:{now.isoformat()}", about=segment, now=now,
            url=f"{segment.get_absolute_url()}?show=came", args={"n": n},
        )  # fmt: skip
