"""Segments are made, changed, archived; evaluations write who came and who went."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from partners.accounts.models import Partner
from partners.segments.checks import check
from partners.segments.models import DynamicSegment, SegmentStay
from partners.segments.ruledoc import to_json
from partners.segments.rules import Rule
from partners.signals import segment_entered
from prm.common import audit
from prm.common.config import program
from prm.common.errors import Conflict, InvalidInput
from prm.common.models import User
from prm.common.transition import transition

BATCH = 1_000
EDIT = SegmentStay.Because.EDIT
Values = list[dict[str, Any]]


@transaction.atomic
def create_segment(
    *,
    name: str,
    rule: Rule,
    by: User | None,
    now: datetime,
    purpose: str = "",
    tells_manager: bool = False,
) -> DynamicSegment:
    """A new segment. It has members once it is evaluated.

    Raises InvalidInput for a rule that cannot be worked out, Conflict for a name that is taken.
    """
    name = _free_name(name)
    segment = DynamicSegment.objects.create(
        name=name, purpose=purpose.strip(), rule=to_json(check(rule)), owner=by, created_at=now,
        tells_manager=tells_manager,
    )  # fmt: skip
    after = audit.snapshot(segment, ["name", "purpose", "rule", "tells_manager"])
    audit.record("dynamicsegment.create", segment, by=by, now=now, after=after)
    return segment


@transaction.atomic
def change_segment(
    segment: DynamicSegment, *, by: User | None, now: datetime, edit: int | None = None,
    **changes: Any,
) -> DynamicSegment:  # fmt: skip
    """Change name, purpose, rule or whether managers are told. ``edit``: the one that was read.

    Raises InvalidInput for a rule that cannot be worked out or an unknown field, Conflict for a
    name that is taken and when somebody else changed the rule meanwhile.
    """
    segment = lock_segment(segment)
    if edit is not None and edit != segment.edit:
        raise Conflict(
            _("Somebody changed this rule while you did. Open the segment again and repeat it.")
        )
    if unknown := set(changes) - {"name", "purpose", "rule", "tells_manager"}:
        raise InvalidInput(_("A segment has no %(names)s.") % {"names": ", ".join(sorted(unknown))})
    names = ["name", "purpose", "rule", "tells_manager"]
    before = audit.snapshot(segment, names)
    if "name" in changes:
        segment.name = _free_name(changes["name"], segment)
    if "purpose" in changes:
        segment.purpose = changes["purpose"].strip()
    if "tells_manager" in changes:
        segment.tells_manager = changes["tells_manager"]
    if "rule" in changes:
        segment.rule = to_json(check(changes["rule"]))
        segment.edit += segment.rule != before["rule"]
    after = audit.snapshot(segment, names)
    if after != before:
        segment.save()
        changed = [name for name in names if after[name] != before[name]]
        audit.record(
            "dynamicsegment.change", segment, by=by, now=now,
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
        )  # fmt: skip
    return segment


@transaction.atomic
def archive_segment(segment: DynamicSegment, *, by: User | None, now: datetime) -> DynamicSegment:
    """Nobody is in it from now on; who was stays on record.

    Raises InvalidTransition for one that is archived.
    """
    segment = transition(segment, "archive", by=by, now=now)
    _let_go(segment, {key: [] for key in _open(segment)}, SegmentStay.Because.ARCHIVE, now)
    return segment


@transaction.atomic
def restore_segment(segment: DynamicSegment, *, by: User | None, now: datetime) -> DynamicSegment:
    """It is worked out again from the next evaluation on.

    Raises InvalidTransition for one that is not archived, Conflict when its name is taken.
    """
    _free_name(segment.name, segment)
    return transition(segment, "restore", by=by, now=now)


def lock_segment(segment: DynamicSegment) -> DynamicSegment:
    """The segment as it is now, held for this transaction: one evaluation or change at a time."""
    return DynamicSegment.objects.select_for_update(of=("self",)).get(pk=segment.pk)


@transaction.atomic
def record_members(
    segment: DynamicSegment,
    members: Mapping[int, Values],
    *,
    left: Mapping[int, Values] | None = None,
    now: datetime,
) -> tuple[list[int], list[int]]:
    """Write who came and who went; returns the keys of these partners.

    ``members`` has everybody for whom the rule holds now with the values that decided, ``left``
    the values of others. The same members twice change nothing; an archived segment gets none.
    """
    segment = lock_segment(segment)
    if segment.state == DynamicSegment.State.ARCHIVED:
        return [], []
    open_now = _open(segment)
    came = [pk for pk in members if pk not in open_now]
    gone = [pk for pk in open_now if pk not in members]
    is_edited = segment.evaluated_edit != segment.edit
    because = EDIT if is_edited else SegmentStay.Because.VALUES
    today = program().local_date(now)
    SegmentStay.objects.bulk_create(
        [
            SegmentStay(segment=segment, partner_id=pk, valid_from=today, came_at=now,
                        came_because=because, came_with=members[pk])
            for pk in came
        ],
        batch_size=BATCH,
    )  # fmt: skip
    values = left or {}
    lost = {pk for pk in gone if pk not in values}
    _let_go(segment, {pk: values[pk] for pk in gone if pk in values}, because, now)
    _let_go(segment, {key: [] for key in lost}, SegmentStay.Because.GONE, now)
    _evaluated(segment, came, gone, now)
    if came and not is_edited:  # a new rule is no news about a partner
        segment_entered.send(sender=DynamicSegment, segment=segment, partners=came, now=now)
    return came, gone


def _evaluated(
    segment: DynamicSegment, came: Sequence[int], gone: Sequence[int], now: datetime
) -> None:
    segment.evaluated_at, segment.evaluated_edit = now, segment.edit
    segment.evaluated_on = program().local_date(now)
    segment.save(update_fields=["evaluated_at", "evaluated_on", "evaluated_edit"])
    if came or gone:
        audit.record(
            "dynamicsegment.evaluate", segment, by=None, now=now,
            after={"came": len(came), "left": len(gone)},
        )  # fmt: skip


def _open(segment: DynamicSegment) -> set[int]:
    rows = SegmentStay.objects.filter(segment=segment, valid_to=None)
    return set(rows.values_list("partner_id", flat=True))


def _let_go(
    segment: DynamicSegment, leavers: Mapping[int, Values], because: str, now: datetime
) -> None:
    """End the open stays of these partners."""
    today = program().local_date(now)
    rows = SegmentStay.objects.filter(segment=segment, valid_to=None, partner__in=list(leavers))
    stays = list(rows)
    for stay in stays:
        # a clock that was set back, or another zone, never ends a stay before it began
        stay.valid_to, stay.left_at = max(today, stay.valid_from), max(now, stay.came_at)
        stay.left_because, stay.left_with = because, leavers[stay.partner_id]
    SegmentStay.objects.bulk_update(
        stays, ["valid_to", "left_at", "left_because", "left_with"], batch_size=BATCH
    )


def _free_name(name: str, segment: DynamicSegment | None = None) -> str:
    """The name, tidied. Raises InvalidInput for none, Conflict for one of another segment."""
    name = " ".join(name.split())
    if not name:
        raise InvalidInput(_("Give the segment a name."), "name")
    rows = DynamicSegment.objects.filter(name__iexact=name, state=DynamicSegment.State.ACTIVE)
    if rows.exclude(pk=segment.pk if segment else 0).exists():
        raise Conflict(_("Another segment has this name. Choose a different one."))
    return name


def open_of(partner: Partner) -> list[SegmentStay]:
    """The stays of a partner that run now."""
    rows = SegmentStay.objects.filter(partner=partner, valid_to=None).select_related("segment")
    return list(rows.order_by("segment__name"))
