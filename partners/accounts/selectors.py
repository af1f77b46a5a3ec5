"""Who may know of which partner rows, and how a person's membership makes an actor."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from django.db.models import Max, Q, QuerySet
from django.http import HttpRequest

from partners.accounts.models import (
    Contract,
    LoginEvent,
    Membership,
    Partner,
    PartnerProfile,
    PortalSession,
    Territory,
)
from prm.common import access
from prm.common.access import Actor
from prm.common.models import User

# In the session: the company that a person with several of them acts for.
CHOSEN = "partner_id"


@access.resolves_actor
def actor_of_member(user: User, request: HttpRequest | None) -> Actor | None:
    """The actor of a partner's person: the company chosen in the session, else the first one."""
    rows = _memberships(user)
    if not rows:
        return None
    chosen = request.session.get(CHOSEN) if request and hasattr(request, "session") else None
    row = next((row for row in rows if chosen in {row.partner_id, _own(row)}), rows[0])
    return _actor(user, row, rows, _stubs({_own(row)}))


@access.lists_actors
def actors_of_members(users: Sequence[User]) -> dict[int, list[Actor]]:
    """The actor of each company of partners' people, the first one first, by the person's key."""
    people = {user.pk: user for user in users}
    rows: dict[int, list[Membership]] = defaultdict(list)
    known = Membership.objects.filter(user__in=list(people), is_active=True)
    for row in known.select_related("partner__merged_into").order_by("pk"):
        rows[row.user_id].append(row)
    stubs = _stubs({_own(row) for same in rows.values() for row in same})
    found: dict[int, list[Actor]] = {}
    for pk, same in rows.items():
        first: dict[int, Membership] = {}
        for row in same:
            first.setdefault(_own(row), row)
        found[pk] = [_actor(people[pk], row, same, stubs) for row in first.values()]
    return found


@access.switches_company
def choose_company(request: HttpRequest, actor: Actor) -> None:
    """Act for this actor's company in this session, if it is one of the person's own."""
    if any(row.pk == actor.partner_id for row in actor.companies):
        request.session[CHOSEN] = actor.partner_id


def _memberships(user: User) -> list[Membership]:
    rows = Membership.objects.filter(user=user, is_active=True)
    return list(rows.select_related("partner__merged_into").order_by("pk"))


def _own(row: Membership) -> int:
    """The key of the company that a membership is for: a merged record is its survivor."""
    return row.partner.merged_into_id or row.partner_id


def _stubs(companies: Collection[int]) -> dict[int, list[int]]:
    """The records merged into these companies."""
    found: dict[int, list[int]] = defaultdict(list)
    rows = Partner.objects.filter(merged_into__in=companies)
    for survivor, stub in rows.values_list("merged_into", "pk"):
        found[survivor or 0].append(stub)
    return found


def _actor(
    user: User, row: Membership, rows: list[Membership], stubs: Mapping[int, list[int]]
) -> Actor:
    """The person at one of its companies, with the roles of all records of that company."""
    own = _own(row)
    roles = {role for one in rows if _own(one) == own for role in one.roles or ["read_only"]}
    companies = {_own(one): one.partner.merged_into or one.partner for one in rows}
    return Actor(
        kind="partner",
        user=user,
        roles=frozenset(f"partner:{role}" for role in roles),
        partner_id=own,
        partner_ids=frozenset({own, *stubs.get(own, ())}),
        companies=tuple(companies.values()),
    )


@access.rows_of(Partner)
def partners_of(actor: Actor) -> QuerySet[Partner]:
    """All, the own portfolio and territories, or the own company."""
    if actor.has(*access.SEES_ALL_PARTNERS):
        return Partner.objects.all()
    if actor.is_staff and actor.user:
        return Partner.objects.managed_by(actor.user)
    return Partner.objects.filter(pk__in=actor.partner_ids)


@access.rows_of(PartnerProfile)
def profiles_of(actor: Actor) -> QuerySet[PartnerProfile]:
    """The history of the partners that the actor may know of."""
    return PartnerProfile.objects.filter(partner__in=access.scope(actor, Partner))


@access.rows_of(Contract)
def contracts_of(actor: Actor) -> QuerySet[Contract]:
    """Agreements of the partners that the actor may know of."""
    return Contract.objects.filter(partner__in=access.scope(actor, Partner))


@access.rows_of(Membership)
def memberships_of(actor: Actor) -> QuerySet[Membership]:
    """People of the partners that the actor may know of."""
    return Membership.objects.filter(partner__in=access.scope(actor, Partner))


@access.rows_of(LoginEvent)
def login_events_of(actor: Actor) -> QuerySet[LoginEvent]:
    """Sign-ins at the partners that the actor may know of."""
    return LoginEvent.objects.filter(partner__in=access.scope(actor, Partner))


@access.rows_of(PortalSession)
def portal_sessions_of(actor: Actor) -> QuerySet[PortalSession]:
    """Visits to the portal by people of the partners that the actor may know of."""
    return PortalSession.objects.filter(partner__in=access.scope(actor, Partner))


@access.rows_of(Territory)
def territories_of(actor: Actor) -> QuerySet[Territory]:
    """Territories are the vendor's own matter."""
    if actor.has(*access.SEES_ALL_PARTNERS):
        return Territory.objects.all()
    return (
        Territory.objects.filter(manager=actor.user)
        if actor.is_staff
        else (Territory.objects.none())
    )


@access.rows_of(User)
def people_of(actor: Actor) -> QuerySet[User]:
    """All people for those who run the programme; colleagues for a partner's person."""
    if actor.has(*access.SEES_ALL_PARTNERS):
        return User.objects.all()
    return User.objects.filter(memberships__in=access.scope(actor, Membership)).distinct()


def people_at(actor: Actor, companies: QuerySet[Partner]) -> QuerySet[Membership]:
    """The people of these companies, each with the last sign-in (without impersonated ones)."""
    signed_in = Max("login_events__at", filter=Q(login_events__impersonated=False))
    people = access.scope(actor, Membership).filter(partner__in=companies)
    return people.select_related("user").annotate(last_login=signed_in)


def partners_named(actor: Actor, text: str) -> list[Partner]:
    """The partners of this name, else of this web domain, that one may know of; two at most."""
    rows = access.scope(actor, Partner).filter(merged_into=None)
    for condition in ({"name__iexact": text}, {"domain__iexact": text}):
        found = list(rows.filter(**condition)[:2])
        if found:
            return found
    return []
