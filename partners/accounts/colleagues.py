"""A company's people, as its administrators and our managers look after them.

The last administrator of a company keeps the role: nobody else there could give it back. Who
leaves is out at the next request: rights are read at each, browsers are signed out, tokens and
mailed links stop.
"""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from partners.accounts.models import Membership, Partner, PartnerProfile, Territory
from partners.accounts.services import assign_manager
from prm.common import access, audit
from prm.common.config import program
from prm.common.errors import Conflict, InvalidInput
from prm.common.models import ApiToken, Task, User
from prm.common.people.services import sign_out_everywhere
from prm.common.worklist.services import reassign

ADMIN = Membership.Role.ADMIN


def _locked(member: Membership) -> tuple[Membership, Partner]:
    """The membership as it is now, and its company, locked: one change of its people at a time."""
    own = member.partner.merged_into_id or member.partner_id
    company = Partner.objects.select_for_update(of=("self",)).get(pk=own)
    fresh = Membership.objects.select_for_update(of=("self",)).select_related("user", "partner")
    return fresh.get(pk=member.pk), company


def _is_admin(member: Membership, company: Partner) -> bool:
    """Whether a person looks after the company's people, by one of its records."""
    records = Partner.objects.standing_for(company)
    own = Membership.objects.filter(partner__in=records, user=member.user, is_active=True)
    return own.filter(roles__contains=[ADMIN]).exists()


def _needs_another_admin(member: Membership, company: Partner) -> None:
    """Raises Conflict when nobody else could look after the company's people."""
    records = Partner.objects.standing_for(company)
    admins = Membership.objects.filter(partner__in=records, roles__contains=[ADMIN])
    others = admins.filter(is_active=True, user__is_active=True).exclude(user=member.user)
    if not others.exists():
        raise Conflict(
            _("%(who)s is the last administrator. Make somebody else administrator first.")
            % {"who": member.user}
        )


@transaction.atomic
def change_roles(
    member: Membership, roles: Sequence[str], *, by: User | None, now: datetime
) -> Membership:
    """Give a colleague other roles. They count from the next page on.

    Raises InvalidInput for no role or an unknown one, Conflict for the last administrator and for
    somebody who left.
    """
    if not roles or set(roles) - set(Membership.Role.values):
        raise InvalidInput(_("Choose one or more of the roles."), "roles")
    member, company = _locked(member)
    if not member.is_active:
        raise Conflict(_("%(who)s has left. Invite the person again.") % {"who": member.user})
    wanted = [role for role in Membership.Role.values if role in roles]
    if set(wanted) == set(member.roles):
        return member
    if ADMIN in member.roles and ADMIN not in wanted:
        _needs_another_admin(member, company)
    before = {"roles": list(member.roles)}
    member.roles = wanted
    member.save(update_fields=["roles", "updated_at"])
    audit.record("membership.change", member, by=by, now=now, before=before,
                 after={"roles": wanted})  # fmt: skip
    return member


@transaction.atomic
def remove_person(member: Membership, *, by: User | None, now: datetime) -> Membership:
    """A person leaves a company, with all its merged records. Twice changes nothing.

    Open tasks there are anybody's again. Raises Conflict for the last administrator.
    """
    member, company = _locked(member)
    if not member.is_active:
        return member
    if _is_admin(member, company):
        _needs_another_admin(member, company)
    records = Partner.objects.standing_for(company)
    was = access.actor_for(member.user).partner_id  # for whom the person's tokens work
    own = Membership.objects.filter(partner__in=records, user=member.user, is_active=True)
    for row in own.select_for_update():
        row.is_active = False
        row.save(update_fields=["is_active", "updated_at"])
        audit.record("membership.remove", row, by=by, now=now, before={"is_active": True},
                     after={"is_active": False})  # fmt: skip
    _free_tasks(member.user, records, by=by, now=now)
    _lock_out(member.user, tokens=was == company.pk, by=by, now=now)
    member.is_active = False
    return member


def _free_tasks(
    person: User, records: QuerySet[Partner], *, by: User | None, now: datetime
) -> None:
    """What the person was to do waits for the colleagues, who are told."""
    ids = list(records.values_list("public_id", flat=True))
    rows = Task.objects.filter(owner=person, company__in=ids, state=Task.State.OPEN)
    for task in rows.filter(side=Task.Side.COMPANY).order_by("pk"):
        reassign(task, None, by=by, now=now)


def _lock_out(person: User, *, tokens: bool, by: User | None, now: datetime) -> None:
    """Tokens for the company stop; who has none left is signed out, and mailed links stop too.

    Tokens for another company go on: nobody can end them by inviting the person and removing it.
    """
    if tokens:
        ApiToken.objects.filter(user=person, revoked_at=None).update(revoked_at=now)
    if person.memberships.filter(is_active=True).exists() or person.staff_role:
        return
    person.set_unusable_password()  # what links of mails are sealed with
    person.save(update_fields=["password"])
    sign_out_everywhere(person, by=by, now=now)


@transaction.atomic
def hand_over(
    giver: User,
    taker: User,
    *,
    valid_from: date,
    by: User | None,
    now: datetime,
    with_territories: bool = True,
) -> dict[str, int]:
    """All partners of one manager go to another one from a day on, with the open tasks.

    Returns how many ``partners``, ``territories`` and ``tasks`` went. Raises InvalidInput for a
    taker who manages nobody, or the giver; Conflict naming a partner with a later profile.
    """
    if taker.pk == giver.pk or not taker.is_active or taker.staff_role not in access.MANAGES:
        raise InvalidInput(_("Choose somebody else who looks after partners."), "manager")
    rows = PartnerProfile.objects.filter(valid_to=None, manager=giver).order_by("partner")
    partners = [row.partner for row in rows.select_related("partner")]
    assign_manager(partners, manager=taker, valid_from=valid_from, by=by, now=now)
    moved = _move_territories(giver, taker, by=by, now=now) if with_territories else 0
    tasks = 0
    if valid_from <= program().local_date(now):
        ids = [partner.public_id for partner in partners]
        open_ones = Task.objects.filter(owner=giver, state=Task.State.OPEN, company__in=ids)
        for task in open_ones.order_by("pk"):
            reassign(task, taker, by=by, now=now)
            tasks += 1
    numbers = {"partners": len(partners), "territories": moved, "tasks": tasks}
    audit.record("user.hand_over", giver, by=by, now=now,
                 after={"manager": taker, "valid_from": valid_from, **numbers})  # fmt: skip
    return numbers


def _move_territories(giver: User, taker: User, *, by: User | None, now: datetime) -> int:
    own = list(Territory.objects.select_for_update().filter(manager=giver).order_by("region"))
    held = set(Territory.objects.filter(manager=taker).values_list("region", flat=True))
    for territory in own:
        audit.record("territory.hand_over", territory, by=by, now=now,
                     before={"manager": giver}, after={"manager": taker})  # fmt: skip
        if territory.region in held:
            territory.delete()
        else:
            territory.manager = taker
            territory.save(update_fields=["manager"])
    return len(own)
