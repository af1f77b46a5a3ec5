"""Merges, links, strengths and entries of the directory of both partners of the cast."""

from django.utils import timezone

from partners.models import (
    Apart,
    DirectoryEntry,
    DirectoryMessage,
    MovedRow,
    PartnerLink,
    PartnerMerge,
    Trait,
)
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
    for partner, text in ((world.acme, "fine"), (world.globex, mark)):
        Trait.objects.create(
            partner=partner, kind="capability", text=text, note=text, valid_from="2026-01-01"
        )
        entry = DirectoryEntry.objects.create(
            partner=partner,
            slug="prm" if partner == world.acme else f"{text}-entry",
            headline=text,
            text=text,
            consented_at=now if partner == world.acme else None,
            consented_by=world.admin if partner == world.acme else None,
        )
        DirectoryMessage.objects.create(
            entry=entry, at=now, name=text, email=f"dir-{text}@example.com", text=text
        )
