"""What companies are to tasks: names, people, who answers; and who may know of which tasks."""

from collections.abc import Collection, Iterable
from uuid import UUID

from django.db.models import Q, QuerySet
from django.urls import reverse

from partners.accounts.models import Membership, Partner, PartnerProfile
from prm.common import access
from prm.common.access import Actor
from prm.common.models import Task, User
from prm.common.worklist import sources

FOUND = 50
LOOKS_ON = Membership.Role.READ_ONLY


@access.rows_of(Task)
def tasks_of(actor: Actor) -> QuerySet[Task]:
    """All for those who see all partners; managers know those of their partners and their own.

    A partner's people know what their company is to do, never what the vendor does about it.
    """
    if actor.has(*access.SEES_ALL_PARTNERS):
        return Task.objects.all()
    known = Q(company__in=access.scope(actor, Partner).values("public_id"))
    if actor.is_staff:
        return Task.objects.filter(known | Q(owner=actor.user) | Q(made_by=actor.user))
    return Task.objects.filter(known, side=Task.Side.COMPANY)


def _names(actor: Actor, ids: Collection[UUID]) -> dict[UUID, str]:
    rows = access.scope(actor, Partner).filter(public_id__in=ids)
    return dict(rows.values_list("public_id", "name"))


def _find(actor: Actor, text: str) -> dict[UUID, str]:
    known = access.scope(actor, Partner).filter(merged_into=None)
    same = known.filter(Q(name__iexact=text) | Q(domain__iexact=text))
    rows = same if same.exists() else known.filter(name__icontains=text)
    return dict(rows.order_by("name").values_list("public_id", "name")[:FOUND])


def _standing(company: UUID) -> Q:
    """The company and the stubs merged into it."""
    return Q(partner__public_id=company) | Q(partner__merged_into__public_id=company)


def _people(company: UUID) -> QuerySet[Membership]:
    rows = Membership.objects.filter(_standing(company), is_active=True, user__is_active=True)
    return rows.select_related("user").order_by("user__name", "pk")


def people_of(partner: Partner) -> list[User]:
    """Everybody who can sign in for a partner, or for a stub that was merged into it."""
    own = partner.merged_into or partner
    return list(dict.fromkeys(row.user for row in _people(own.public_id)))


def people_of_many(partners: Iterable[Partner]) -> dict[int, list[User]]:
    """The same for many partners that are not merged, by their keys."""
    found: dict[int, dict[User, None]] = {one.pk: {} for one in partners}
    own = Q(partner__in=list(found)) | Q(partner__merged_into__in=list(found))
    rows = Membership.objects.filter(own, is_active=True, user__is_active=True)
    for row in rows.select_related("user", "partner").order_by("user__name", "pk"):
        found[row.partner.merged_into_id or row.partner_id][row.user] = None
    return {pk: list(people) for pk, people in found.items()}


def managers_of(partners: Iterable[Partner]) -> dict[int, User]:
    """Who looks after these partners today, by the partner's key."""
    rows = PartnerProfile.objects.filter(
        partner__in=list(partners), valid_to=None, manager__isnull=False
    )
    return {row.partner_id: row.manager for row in rows.select_related("manager") if row.manager}


def members(company: UUID) -> list[User]:
    """The people of a company who do more than look on."""
    rows = [row for row in _people(company) if set(row.roles) - {LOOKS_ON}]
    return list(dict.fromkeys(row.user for row in rows))


def answers_for(company: UUID) -> list[User]:
    """The administrators of a company; without any, all of its people."""
    rows = list(_people(company))
    admins = [row.user for row in rows if Membership.Role.ADMIN in row.roles]
    return list(dict.fromkeys(admins)) or members(company)


def manager_of(company: UUID) -> User | None:
    """Who looks after a company today."""
    current = PartnerProfile.objects.filter(partner__public_id=company, valid_to=None)
    row = current.select_related("manager").first()
    return row.manager if row is not None else None


def _url(actor: Actor, company: UUID) -> str:
    return reverse("partners:partner_detail", args=[company]) if actor.is_staff else ""


def _own(actor: Actor) -> UUID | None:
    if not actor.is_partner:
        return None
    rows = Partner.objects.filter(pk=actor.partner_id or 0)
    return rows.values_list("public_id", flat=True).first()


sources.know_companies(
    sources.Companies(
        names=_names,
        find=_find,
        members=members,
        answers_for=answers_for,
        manager=manager_of,
        url=_url,
        own=_own,
    )
)
