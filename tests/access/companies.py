"""Merges, links, strengths and entries of the directory of both partners of the cast."""

from django.utils import timezone

from partners.models import Apart, MovedRow, PartnerLink, PartnerMerge
from tests.world import World


def fill(world: World, mark: str) -> None:
    """What both are told of, and what only one side may know."""
    now = timezone.now()
    for stub, survivor in ((world.globex, world.acme), (world.acme, world.globex)):
        merge = PartnerMerge.objects.create(
            stub=stub, survivor=survivor, at=now, by=world.admin, reason=mark,
            undone_at=now, undone_by=world.admin,
        )  # fmt: skip
        MovedRow.objects.create(
            merge=merge, relation="common.Task.company", row_id=1, before="1", after="2"
        )
    Apart.objects.create(first=world.acme, second=world.globex, at=now, by=world.admin)
    # long over, so that it opens no deal of today to the other side
    for child, parent, year in ((world.acme, world.globex, 2018), (world.globex, world.acme, 2019)):
        PartnerLink.objects.create(
            child=child, parent=parent, valid_from=f"{year}-01-01", valid_to=f"{year}-06-01"
        )
