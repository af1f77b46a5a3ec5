"""Dynamic segments of the cast: ours, with stays of both partners; Globex's values are canaries."""

from django.utils import timezone

from partners.models import DynamicSegment, SegmentStay
from tests.access.marks import MARK
from tests.world import World

RULE = {"all": [{"field": "type", "operator": "filled"}]}


def fill(world: World) -> None:
    """Two segments of the manager's own, and an archived one of an administrator."""
    now = timezone.now()
    for name, owner, state in (
        ("Typed", world.ana, "active"),
        ("Placed", world.ana, "active"),
        ("Old", world.admin, "archived"),
    ):
        segment = DynamicSegment.objects.create(
            name=name, rule=RULE, owner=owner, state=state, created_at=now, evaluated_at=now
        )
        for partner, mark in ((world.acme, "fine"), (world.globex, MARK)):
            is_over = state == "archived"
            SegmentStay.objects.create(
                segment=segment, partner=partner, valid_from=now.date(), came_at=now,
                came_because="values", came_with=[{"field": "name", "value": f"{mark}-name"}],
                valid_to=now.date() if is_over else None, left_at=now if is_over else None,
                left_because="archive" if is_over else "",
            )  # fmt: skip
