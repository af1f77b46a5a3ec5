"""Dynamic segments for the walk of every list."""

from datetime import datetime

from partners.models import DynamicSegment, Partner, SegmentStay


def grouped(name: str, now: datetime) -> None:
    """A dynamic segment of this name."""
    rule = {"all": [{"field": "name", "operator": "contains", "values": [name]}]}
    DynamicSegment.objects.create(name=name, rule=rule, created_at=now)
    for segment in DynamicSegment.objects.all():
        for one in Partner.objects.filter(name__endswith="company"):
            SegmentStay.objects.get_or_create(
                segment=segment, partner=one, valid_to=None,
                defaults={"valid_from": now.date(), "came_at": now, "came_because": "values"},
            )  # fmt: skip
