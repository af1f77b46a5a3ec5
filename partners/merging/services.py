"""Two records of one company become one, and apart again."""

from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import transaction
from django.utils.translation import gettext as _

from partners.accounts.models import Partner
from partners.merging.models import Apart, MovedRow, PartnerMerge
from partners.merging.relations import BY_KEY, MOVES, YIELDS, Relation
from partners.merging.selectors import stands_below
from prm.common import audit, locks
from prm.common.errors import Conflict, InvalidInput
from prm.common.models import User
from prm.common.signals import facts_changed


def _locked(*partners: Partner) -> list[Partner]:
    """The partners as they are now, locked in the order of their keys, returned as given.

    A merge changes who stands below whom, so one is done at a time, and none beside a placing.
    """
    locks.hold(locks.PARENTS)
    keys = [partner.pk for partner in partners]
    rows = Partner.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk")
    found = {row.pk: row for row in rows}
    return [found[key] for key in keys]


@transaction.atomic
def merge_partner(
    stub: Partner, *, into: Partner, by: User | None, now: datetime, reason: str = ""
) -> Partner:
    """``stub`` turns out to be ``into``: sums and counts go to the survivor from now on.

    History keeps the stub's attributes (E4); what is open moves to the survivor, row by row in the
    log. Raises InvalidInput for a partner that is merged already, Conflict when the survivor
    stands below the stub.
    """
    if stub.pk == into.pk:
        raise InvalidInput(_("Choose another partner: these two are the same record."), "into")
    stub, into = _locked(stub, into)
    if into.merged_into_id:
        raise InvalidInput(
            _("Choose a partner that is not itself merged into another one."), "into"
        )
    if stub.merged_into_id:
        raise InvalidInput(_("This partner is merged into another one already."), "into")
    if stands_below(into, stub):
        raise Conflict(
            _("%(one)s stands below %(other)s. Merge the other way round, or take it out first.")
            % {"one": into.name, "other": stub.name}
        )
    merge = _log(stub, into, by=by, now=now, reason=reason)
    stub.merged_into, stub.merged_at = into, now
    stub.save(update_fields=["merged_into", "merged_at", "updated_at"])
    audit.record(
        "partner.merge", stub, by=by, now=now, after={"merged_into": into}, reason=merge.reason
    )
    facts_changed.send(sender=Partner)
    return stub


@transaction.atomic
def follow_merge(stub: Partner, *, by: User | None, now: datetime) -> None:
    """An import has merged ``stub`` already: log it, and move what is open."""
    stub = _locked(stub)[0]
    into = stub.merged_into
    if into is not None:
        PartnerMerge.objects.filter(stub=stub, undone_at=None).update(undone_at=now, undone_by=by)
        _log(stub, into, by=by, now=now, reason=_("Imported"))


def _log(
    stub: Partner, into: Partner, *, by: User | None, now: datetime, reason: str
) -> PartnerMerge:
    """Log a merge, and move what is open."""
    merge = PartnerMerge.objects.create(
        stub=stub, survivor=into, at=now, by=by, reason=reason.strip()[:300]
    )
    for one in YIELDS:
        keys = one.running(stub, into)
        MovedRow.objects.bulk_create(
            MovedRow(merge=merge, relation=one.key, row_id=key, before="runs", after="yielded")
            for key in keys
        )
        one.end(keys, by, now)
    for relation in MOVES:
        _point(merge, relation, stub, into)
    return merge


def _point(merge: PartnerMerge, relation: Relation, stub: Partner, into: Partner) -> None:
    """Let the rows of a relation name the survivor, and log each."""
    rows = relation.rows(stub)
    if relation.beside:
        rows = rows.exclude(**{relation.beside: into})
    keys = list(rows.select_for_update().order_by("pk").values_list("pk", flat=True))
    before, after = str(relation.value(stub)), str(relation.value(into))
    MovedRow.objects.bulk_create(
        MovedRow(merge=merge, relation=relation.key, row_id=key, before=before, after=after)
        for key in keys
    )
    _write(relation, keys, relation.value(into))


def _write(relation: Relation, keys: list[int], value: Any) -> None:
    manager = apps.get_model(relation.model)._base_manager
    manager.filter(pk__in=keys).update(**{relation.column: value})


@transaction.atomic
def unmerge_partner(stub: Partner, *, by: User | None, now: datetime) -> Partner:
    """Take a merge back: the former stub stands for itself again, with what had moved.

    A row that somebody has pointed elsewhere since stays there. Raises Conflict for a partner
    that is not merged, or that would stand below itself again.
    """
    stub = _locked(stub)[0]
    if stub.merged_into_id is None:
        raise Conflict(_("This partner is not merged into another one."))
    before = {"merged_into": stub.merged_into}
    merge = PartnerMerge.objects.filter(stub=stub, undone_at=None).select_for_update().first()
    stub.merged_into, stub.merged_at = None, None
    stub.save(update_fields=["merged_into", "merged_at", "updated_at"])
    if merge is not None:
        _take_back(merge)
        _refuse_circle(stub)
        _let_go_on(merge, by=by, now=now)
        merge.undone_at, merge.undone_by = now, by
        merge.save(update_fields=["undone_at", "undone_by"])
    facts_changed.send(sender=Partner)
    audit.record("partner.unmerge", stub, by=by, now=now, before=before)
    return stub


def _take_back(merge: PartnerMerge) -> None:
    """Point the rows of a merge back, unless they name somebody else by now."""
    survivors = _line(merge.survivor)
    # later merges of the survivor carried the stub along: that is over
    carried = MovedRow.objects.filter(
        relation="partners.Partner.merged_into", merge__undone_at=None
    )
    carried.filter(row_id=merge.stub_id, merge__pk__gt=merge.pk).delete()
    for key, relation in BY_KEY.items():
        moved = {row.row_id: row.before for row in merge.moved.filter(relation=key)}
        if not moved:
            continue
        manager = apps.get_model(relation.model)._base_manager
        wanted = [relation.value(one) for one in survivors]
        rows = manager.filter(pk__in=moved, **{f"{relation.column}__in": wanted})
        back = list(rows.values_list("pk", flat=True))
        _write(relation, back, relation.value(merge.stub))
        # later merges of the survivor moved them on: that is over for these rows
        later = MovedRow.objects.filter(relation=key, row_id__in=back, merge__undone_at=None)
        later.filter(merge__pk__gt=merge.pk).delete()


def _refuse_circle(stub: Partner) -> None:
    """Raises Conflict when a company that comes back below the stub stands above it by now."""
    stub.refresh_from_db()
    if stands_below(stub, stub):
        raise Conflict(
            _("%(name)s would stand below a company that stands below it. Place that one first.")
            % {"name": stub.name}
        )


def _let_go_on(merge: PartnerMerge, *, by: User | None, now: datetime) -> None:
    """What had yielded last, whichever merge it was for, runs again on the side that is left with
    nothing that runs.
    """
    for partner in (merge.stub, _line(merge.survivor)[-1]):
        for one in YIELDS:
            ended = MovedRow.objects.filter(relation=one.key).order_by("-pk")
            key = one.go_on(partner, list(ended.values_list("row_id", flat=True)), by, now)
            if key is not None:
                ended.filter(row_id=key).delete()


def _line(partner: Partner) -> list[Partner]:
    """The survivor, and whoever it was merged into since."""
    line = [partner]
    while line[-1].merged_into is not None:
        line.append(line[-1].merged_into)
    return line


@transaction.atomic
def keep_apart(one: Partner, other: Partner, *, by: User | None, now: datetime) -> Apart:
    """Two partners are alike but two companies: the report leaves them out from now on.

    Doing it twice changes nothing. Raises InvalidInput for a partner and itself.
    """
    if one.pk == other.pk:
        raise InvalidInput(_("Choose two partners."))
    first, second = sorted((one, other), key=lambda row: row.pk)
    said, is_new = Apart.objects.get_or_create(
        first=first, second=second, defaults={"at": now, "by": by}
    )
    if is_new:
        audit.record("partner.keep_apart", first, by=by, now=now, after={"other": second})
    return said


@transaction.atomic
def doubt_again(said: Apart, *, by: User | None, now: datetime) -> None:
    """The two may be one company after all: the report shows them again."""
    audit.record("partner.doubt", said.first, by=by, now=now, before={"other": said.second})
    said.delete()
