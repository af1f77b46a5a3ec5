"""Everything that changes partners, their profiles and their people."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from partners.accounts.models import LoginEvent, Membership, Partner, PartnerProfile
from partners.accounts.news import tell_manager
from prm.common import audit, display, locks
from prm.common.bulk import update_many
from prm.common.errors import Conflict, InvalidInput
from prm.common.models import User
from prm.common.refusals import explain
from prm.common.signals import facts_changed

CHANGEABLE = ("name", "domain", "country", "city", "parent", "is_test")
PROFILE_FIELDS = ("type", "tier", "region", "segment", "manager")

explain(
    "partners_profile_no_overlap",
    lazy("Another profile of this partner is valid on these days. Choose days that are free."),
)
explain(
    "partners_login_same_partner_as_membership",
    lazy(
        "This person's sign-ins belong to the old company. Deactivate this membership, and add "
        "one at the other company."
    ),
)
explain(
    "partners_membership_once",
    lazy("This person is at this company already. Change that membership."),
)


@transaction.atomic
def create_partner(
    *, name: str, valid_from: date, by: User | None, now: datetime, **fields: Any
) -> Partner:
    """A new partner with its first profile (type, tier, region, segment, manager)."""
    profile = {key: fields.pop(key) for key in PROFILE_FIELDS if key in fields}
    partner = Partner.objects.create(name=name, **fields)
    first = PartnerProfile.objects.create(partner=partner, valid_from=valid_from, **profile)
    facts_changed.send(sender=Partner)
    audit.record("partner.create", partner, by=by, now=now, after={"name": name, **profile})
    tell_manager(first, by=by, now=now)
    return partner


@transaction.atomic
def change_partner(partner: Partner, *, by: User | None, now: datetime, **changes: Any) -> Partner:
    """Change name, domain, country, city, parent or the mark of a test partner; returns it fresh.

    Raises InvalidInput for other fields, an empty name, or a parent that is merged or below it.
    """
    if unknown := set(changes) - set(CHANGEABLE):
        raise InvalidInput(
            _("%(names)s cannot be changed here.") % {"names": ", ".join(sorted(unknown))}
        )
    if "parent" in changes:
        locks.hold(locks.PARENTS)
    partner = Partner.objects.select_for_update(of=("self",)).get(pk=partner.pk)
    changed = {key: value for key, value in changes.items() if getattr(partner, key) != value}
    if not changed:
        return partner
    if not changed.get("name", partner.name).strip():
        raise InvalidInput(_("Enter a name."), "name")
    if changed.get("parent"):
        _refuse_parent(partner, changed["parent"])
    before = audit.snapshot(partner, list(changed))
    for key, value in changed.items():
        setattr(partner, key, value)
    partner.save(update_fields=[*changed, "updated_at"])
    facts_changed.send(sender=Partner)
    audit.record("partner.change", partner, by=by, now=now, before=before, after=changed)
    return partner


def _refuse_parent(partner: Partner, parent: Partner) -> None:
    """Raises InvalidInput for a parent that is merged, or that stands below the partner."""
    above: Partner | None
    above = parent = Partner.objects.get(pk=parent.pk)  # as it is now, under the lock
    if parent.merged_into_id:
        raise InvalidInput(
            _("This partner is merged into another one. Choose the one that survives."), "parent"
        )
    passed = {partner.pk}
    while above is not None:
        if above.pk in passed:
            raise InvalidInput(
                _("Choose a parent that is neither the partner itself nor below it."), "parent"
            )
        passed.add(above.pk)
        above = above.parent


@transaction.atomic
def change_profile(
    partner: Partner, *, valid_from: date, by: User | None, now: datetime, **changes: Any
) -> PartnerProfile:
    """From ``valid_from`` on the partner has another tier, type, region, segment or manager.

    The profile valid until then ends there; a partner without one today begins anew with
    ``changes`` alone. Raises Conflict when a later profile exists.
    """
    Partner.objects.select_for_update().get(pk=partner.pk)
    current = partner.profiles.filter(valid_to=None).first()
    if current and current.valid_from > valid_from:
        raise Conflict(
            _("There is already a change from %(day)s on. Choose a later day.")
            % {"day": display.day(current.valid_from)}
        )
    if current is None:
        _refuse_before_the_last(partner, valid_from)
    values = {key: getattr(current, key) for key in PROFILE_FIELDS} if current else {}
    before = audit.snapshot(current, list(PROFILE_FIELDS)) if current else {}
    manager_before = current.manager_id if current else None
    if current and current.valid_from == valid_from:
        for key, value in changes.items():
            setattr(current, key, value)
        current.save(update_fields=[*changes, "updated_at"])
        profile = current
    else:
        if current:
            current.valid_to = valid_from
            current.save(update_fields=["valid_to", "updated_at"])
        profile = PartnerProfile.objects.create(
            partner=partner, valid_from=valid_from, **(values | changes)
        )
    facts_changed.send(sender=PartnerProfile)
    audit.record("partner.change_profile", partner, by=by, now=now, before=before, after=changes)
    if profile.manager_id and profile.manager_id != manager_before:
        tell_manager(profile, by=by, now=now)
    return profile


@transaction.atomic
def change_tiers(
    tiers: Mapping[int, str], *, valid_from: date, by: User | None, now: datetime
) -> set[int]:
    """From ``valid_from`` on these partners (by key) have other tiers, and all else as before.

    Returns those that have a profile valid from then on or before; others are left alone.
    """
    if not tiers:
        return set()
    list(Partner.objects.select_for_update().filter(pk__in=tiers).order_by("pk"))
    rows = PartnerProfile.objects.filter(
        partner__in=tiers, valid_to=None, valid_from__lte=valid_from
    )
    current = {
        row.partner_id: row for row in rows.select_related("partner", "manager").order_by("pk")
    }
    entries, closed, opened, corrected = [], [], [], []
    for pk, row in current.items():
        before, after = audit.snapshot(row, list(PROFILE_FIELDS)), {"tier": tiers[pk]}
        entries.append(
            audit.entry("partner.change_profile", row.partner, by=by, now=now, before=before,
                        after=after)
        )  # fmt: skip
        if row.valid_from == valid_from:
            row.tier, row.updated_at = tiers[pk], now
            corrected.append(row)
            continue
        values = {key: getattr(row, f"{key}_id" if key == "manager" else key)
                  for key in PROFILE_FIELDS if key not in {"tier", "manager"}}  # fmt: skip
        opened.append(
            PartnerProfile(partner=row.partner, valid_from=valid_from, tier=tiers[pk],
                           manager_id=row.manager_id, **values)
        )  # fmt: skip
        closed.append(row)
    PartnerProfile.objects.filter(pk__in=[row.pk for row in closed]).update(
        valid_to=valid_from, updated_at=now
    )
    update_many(corrected, ["tier", "updated_at"])
    PartnerProfile.objects.bulk_create(opened)
    facts_changed.send(sender=PartnerProfile)
    audit.record_many(entries)
    return set(current)


@transaction.atomic
def assign_manager(
    partners: Iterable[Partner],
    *,
    manager: User,
    valid_from: date,
    by: User | None,
    now: datetime,
) -> list[PartnerProfile]:
    """From ``valid_from`` on this person looks after the partners; all of them or none.

    Raises Conflict, naming the partner, when one has a later profile.
    """
    changed = []
    for partner in partners:
        try:
            profile = change_profile(
                partner, valid_from=valid_from, by=by, now=now, manager=manager
            )
        except Conflict as refusal:
            raise Conflict(f"{partner.name}: {refusal.message}") from refusal
        changed.append(profile)
    return changed


def _refuse_before_the_last(partner: Partner, valid_from: date) -> None:
    """Raises Conflict when a profile that has ended was still valid on this day."""
    ends = partner.profiles.aggregate(last=Max("valid_to"))["last"]
    if ends and ends > valid_from:
        raise Conflict(
            _("The last profile is valid until before %(day)s. Choose that day or a later one.")
            % {"day": display.day(ends)}
        )


def record_login(user: User, *, now: datetime, impersonated: bool = False) -> int:
    """Store that a partner's person signed in; returns the number of events (one a company)."""
    memberships = Membership.objects.filter(user=user, is_active=True)
    events = [
        LoginEvent(membership=row, partner_id=row.partner_id, at=now, impersonated=impersonated)
        for row in memberships
    ]
    LoginEvent.objects.bulk_create(events)
    facts_changed.send(sender=LoginEvent)
    return len(events)
