"""A partner is placed below another one from a day on, or taken out."""

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from partners.accounts.models import Partner
from partners.hierarchy.models import PartnerLink
from partners.hierarchy.selectors import above
from prm.common import audit, display, locks
from prm.common.config import program
from prm.common.errors import Conflict, InvalidInput
from prm.common.models import User
from prm.common.refusals import explain
from prm.common.signals import facts_changed

explain(
    "partners_link_no_overlap",
    lazy("The partner stood below another one on these days. Choose days that are free."),
)


def _lock(partner: Partner) -> Partner:
    """One change of the hierarchy at a time: two at once could close a circle."""
    locks.hold(locks.PARENTS)
    return Partner.objects.select_for_update(of=("self",)).get(pk=partner.pk)


@transaction.atomic
def place_below(
    child: Partner,
    parent: Partner,
    *,
    kind: str = PartnerLink.Kind.DISTRIBUTOR,
    valid_from: date,
    by: User | None,
    now: datetime,
) -> PartnerLink:
    """From ``valid_from`` on the partner stands below ``parent``; the link until then ends.

    What it opened before stays with the parent of then. Raises InvalidInput for a day ahead, a
    kind that does not exist, or a parent that is merged or stands below it; Conflict for a partner
    that is merged itself, and for days on which it stood below another one already.
    """
    child = _lock(child)
    if child.merged_into_id:
        raise Conflict(_("This partner is merged into another one. Place the one that survives."))
    parent = Partner.objects.get(pk=parent.pk)
    if kind not in PartnerLink.Kind.values:
        raise InvalidInput(_("Choose one of the kinds."), "kind")
    _check_day(valid_from, now)
    if parent.merged_into_id:
        raise InvalidInput(
            _("This partner is merged into another one. Choose the one that survives."), "parent"
        )
    circle = {child.pk} & ({parent.pk} | {r.partner for r in above(parent.pk, (valid_from, None))})
    if circle:
        raise InvalidInput(
            _("Choose a parent that is neither the partner itself nor below it."), "parent"
        )
    before = _end(child, valid_from)
    try:
        with transaction.atomic():
            link = PartnerLink.objects.create(
                child=child, parent=parent, kind=kind, valid_from=valid_from
            )
    except IntegrityError as error:
        raise Conflict(
            _("The partner stood below another one on these days. Choose days that are free.")
        ) from error
    _follow(child, parent)
    audit.record(
        "partner.place", child, by=by, now=now, before={"parent": before},
        after={"parent": parent, "kind": kind, "valid_from": valid_from},
    )  # fmt: skip
    return link


@transaction.atomic
def take_out(child: Partner, *, valid_from: date, by: User | None, now: datetime) -> None:
    """From ``valid_from`` on the partner stands below nobody.

    Raises InvalidInput for a day ahead, Conflict when it stands below nobody.
    """
    child = _lock(child)
    _check_day(valid_from, now)
    before = _end(child, valid_from)
    if before is None:
        raise Conflict(_("This partner stands below nobody."))
    _follow(child, None)
    audit.record(
        "partner.take_out", child, by=by, now=now, before={"parent": before},
        after={"parent": None, "valid_from": valid_from},
    )  # fmt: skip


def _check_day(day: date, now: datetime) -> None:
    if day > program().local_date(now):
        raise InvalidInput(_("Choose today or an earlier day."), "valid_from")


def _end(child: Partner, day: date) -> Partner | None:
    """End the open link on a day; a link that begins then is as if it had never been."""
    link = PartnerLink.objects.filter(child=child, valid_to=None).select_related("parent").first()
    if link is None:
        return None
    if link.valid_from > day:
        raise Conflict(
            _("It stands below %(parent)s since %(day)s. Choose that day or a later one.")
            % {"parent": link.parent.name, "day": display.day(link.valid_from)}
        )
    if link.valid_from == day:
        link.delete()
    else:
        link.valid_to = day
        link.save(update_fields=["valid_to", "updated_at"])
    return link.parent


def _follow(child: Partner, parent: Partner | None) -> None:
    """The partner's own record says the same as the open link."""
    child.parent = parent
    child.save(update_fields=["parent", "updated_at"])
    facts_changed.send(sender=Partner)
