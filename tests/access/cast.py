"""Everybody who may ask, and a row of every model for two competing partners.

Whatever belongs to Globex (the competitor) carries a canary: the text ``zq7f3a``, or a prime
amount. Nothing of it may ever reach Acme's people, nor the manager who looks after Acme only.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from django.test import Client
from django.utils import timezone

from kpis.engine.rebuild import rebuild
from kpis.models import Baseline, DirtyMark, DirtyTotal, MonthRate, Target, Verification
from partners.models import (
    DealAdjustment,
    DealTouch,
    Membership,
    Partner,
    PortalSession,
    Registration,
    Territory,
)
from prm.common import access, audit, tokens
from prm.common.imports.services import error_path
from prm.common.models import (
    ApiToken,
    BrandFile,
    BusinessCalendar,
    Holiday,
    IdempotencyKey,
    Import,
    ImportMapping,
    ImportProblem,
    ImportUndo,
    Job,
    Notice,
    OutboxMail,
    SavedView,
    User,
)
from tests import factories
from tests.access import companies, grouped, newcomers, recruits, tiers, told
from tests.access.marks import MARK, PRIMES
from tests.factories import at
from tests.world import World

STAFF_ALL = ("operations", "finance_prepare", "finance_approve", "executive")
# Third parties' tables, and tables without anybody's data (sessions are read by their key only).
NOT_OURS = {"admin", "auth", "contenttypes", "sessions", "account", "mfa"}
NOBODYS = {
    "common.Setting", "common.FiscalMonth", "common.Day", "common.Session", "partners.Stage",
}  # fmt: skip


@dataclass
class Caller:
    """One kind of asker: a signed-in person, a token with one scope, or nobody."""

    name: str
    client: Client
    roles: frozenset[str]
    sees: str  # "all", "acme", "globex" or "nothing"
    scope: str = ""  # of a token
    user: User | None = None
    is_thorough: bool = False  # asked with every method, not only the declared ones

    @property
    def is_token(self) -> bool:
        """Asks by bearer token."""
        return bool(self.scope)


@dataclass
class Cast:
    """The world with all callers and, for each model, the ids of both sides' rows."""

    world: World
    callers: list[Caller] = field(default_factory=list)
    objects: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    def caller(self, name: str) -> Caller:
        """The caller of this name."""
        return next(caller for caller in self.callers if caller.name == name)

    def own_and_foreign(self, label: str, caller: Caller) -> tuple[list[str], list[str]]:
        """Public ids of a model's rows: those that the caller may know of, and the others."""
        if label in PERSONAL:
            return _personal(*PERSONAL[label], caller)
        sides = self.objects[label]
        is_shared = label in SHARED and caller.sees != "nothing"
        is_ours = label in OURS and bool(caller.roles & access.STAFF_ROLES)
        if caller.sees == "all" or is_shared or is_ours:
            return [row for rows in sides.values() for row in rows], []
        mine = sides.get(caller.sees, [])
        return mine, [row for side, rows in sides.items() for row in rows if side != caller.sees]


# What both partners may know of, since both are in it; and what all of the vendor's people may.
SHARED = {
    "partners.PartnerProgram", "partners.RuleVersion", "partners.OnboardingTemplate",
    "partners.OnboardingVersion", "partners.PartnerLink",
}  # fmt: skip
# What all of the vendor's people may know of, and nobody of a partner.
OURS = {"partners.ApplicationForm", "partners.Benefit", "partners.DynamicSegment"}
# What belongs to one person, whoever else may see all partners: model and field of the person.
PERSONAL: dict[str, tuple[type[models.Model], str]] = {
    "common.ApiToken": (ApiToken, "user_id"),
    "common.SavedView": (SavedView, "owner_id"),
    "common.Notice": (Notice, "to_id"),
}


def _personal(model: type[models.Model], owner: str, caller: Caller) -> tuple[list[str], list[str]]:
    sides: tuple[list[str], list[str]] = ([], [])
    for row in model._default_manager.all():
        is_foreign = getattr(row, owner) != getattr(caller.user, "pk", 0)
        sides[is_foreign].append(str(row.public_id))  # type: ignore[attr-defined]
    return sides


def browser(user: User) -> Client:
    """A signed-in browser."""
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def by_token(user: User, scopes: list[str]) -> Client:
    """A program with a token."""
    _token, secret = tokens.create_token(
        user, name="walk", scopes=scopes, days=1, by=None, now=timezone.now()
    )
    return Client(raise_request_exception=False, headers={"Authorization": f"Bearer {secret}"})


def fill(world: World) -> None:
    """A row of every model for Acme and for Globex; Globex's carry canaries."""
    region = {"partner": world.acme, "customer": world.customer, "deal": world.deal}
    _facts(region, "fine", 100, world.pat)
    foreign = {
        "partner": world.globex,
        "customer": world.foreign_customer,
        "deal": world.foreign_deal,
    }
    Partner.objects.filter(pk=world.globex.pk).update(
        external_id=f"{MARK}-id", domain=f"{MARK}.example", country=MARK, city=MARK
    )
    # type, tier, region and segment are the vendor's own words, known to all of its people
    world.globex.contracts.update(end_reason=f"{MARK}-reason")
    User.objects.filter(pk=world.gil.user_id).update(
        email=f"gil-{MARK}@example.com", name=f"Gil {MARK}"
    )
    world.gil.user.refresh_from_db()
    _facts(foreign, MARK, PRIMES[2], world.gil)
    for manager, where in ((world.ana, "Nowhere"), (world.admin, MARK)):
        Territory.objects.create(manager=manager, region=where)
    tiers.fill(world)
    newcomers.fill(world)
    _ground(world)
    recruits.fill(world, (MARK, PRIMES[4]))
    companies.fill(world, MARK)
    grouped.fill(world)
    rebuild(timezone.now())
    DirtyTotal.objects.create(family=1, month="2026-07-01")


def _facts(of: dict[str, Any], mark: str, amount: int, member: Membership) -> None:
    partner, customer, deal = of["partner"], of["customer"], of["deal"]
    factories.make_login(member, "2026-08-02")
    PortalSession.objects.create(
        partner=partner, membership=member, started_at=at("2026-08-02"), last_at=at("2026-08-02"),
        features=[mark], roles=["sales"], available=4,
    )  # fmt: skip
    factories.make_registration(
        partner, customer=customer, name=f"{mark}-registration", amount=Decimal(amount),
        reason=f"{mark}-why",
    )  # fmt: skip
    Registration.objects.create(
        partner=partner, customer=customer, name=f"{mark}-rejected", state="rejected",
        submitted_at=at("2026-06-01"), decided_at=at("2026-06-03"), reason=f"{mark}-no",
        amount=Decimal(amount), currency="EUR",
    )  # fmt: skip
    factories.make_event(deal, "2026-07-02", amount=Decimal(amount), currency="EUR")
    won = partner.deals.filter(state="won").get()
    DealAdjustment.objects.create(
        deal=won, at=at("2026-09-20"), kind="refund", amount=-Decimal(amount) / 100,
        currency="EUR", external_id=f"{mark}-adjustment",
    )  # fmt: skip
    DealTouch.objects.create(
        deal=deal, partner=partner, at=at("2026-07-03"), kind=f"{mark}-touch", anchor=mark
    )


def _of_import(run: Import, mark: str) -> None:
    ImportProblem.objects.create(run=run, line=2, column=mark, reason=mark, row=[mark])
    ImportUndo.objects.create(run=run, kind="created", table="partners_deal", row_id=1, last_id=1)
    ImportMapping.objects.create(
        resource="deal", name=mark, data={"blank": [mark]}, by=run.by, updated_at=run.started_at
    )


def _ground(world: World) -> None:
    now = timezone.now()
    factories.make_rate("USD", "2020-01-01", "0.9")
    BrandFile.objects.create(digest="none", content=b"", content_type="image/png", created_at=now)
    for country in ("DE", "FR"):  # the vendor's own: of no partner
        calendar = BusinessCalendar.objects.create(
            name=f"Office {country}", country=country, is_default=country == "DE"
        )
        Holiday.objects.create(calendar=calendar, on="2026-12-25", name="Christmas")
    for partner, mark in ((world.acme, "fine"), (world.globex, MARK)):
        scope = f"partner:{partner.public_id}"
        audit.record("walk.made", partner, by=world.admin, now=now, reason=mark)
        run = Import.objects.create(
            resource="deal", source=mark, file_name=f"{mark}.csv", file_hash="0" * 64,
            by=world.admin, started_at=now, state=Import.State.DONE, notes=[mark],
        )  # fmt: skip
        error_path(run).parent.mkdir(parents=True, exist_ok=True)
        error_path(run).write_text(mark)
        _of_import(run, mark)
        Job.objects.create(
            kind="walk", key=mark, due_at=now, state=Job.State.DONE, args={"m": mark}
        )
        OutboxMail.objects.create(
            key=mark, to=f"{mark}@example.com", subject=mark, text=mark, created_at=now, due_at=now
        )
        IdempotencyKey.objects.create(
            actor_key=mark, key=mark, request_hash="0" * 64, status=201, body=mark
        )
        for model in (Target, Baseline):
            model.objects.create(
                kpi="partner_sourced_revenue", scope=scope, period="2026-Q3", version=1,
                value=Decimal(PRIMES[3]) if mark == MARK else Decimal(90), set_at=now,
                by=world.admin, reason=mark,
            )  # fmt: skip
    MonthRate.objects.get_or_create(currency="USD", month="2026-07-01", defaults={"rate": 1})
    DirtyMark.objects.create(family=1, partner_id=world.globex.pk, month="2026-07-01")
    Verification.objects.create(at=now, differences=0, seconds=1)
    _own(world, now)


def _own(world: World, now: datetime) -> None:
    """What belongs to one person alone."""
    for user in (world.admin, world.ana, world.pat.user, world.gil.user):
        mark = MARK if user == world.gil.user else "fine"
        ApiToken.objects.create(
            user=user, name=f"{mark}-token", prefix="prm_00000000", scopes=[],
            digest=f"{user.pk:064}", expires_at=now + timedelta(days=1),
        )  # fmt: skip
        # shared even by a partner's person, as no service would write it: it must not show
        SavedView.objects.create(
            owner=user, list_key="deals" if user.staff_role else "portal-deals",
            name=f"{mark}-view", query="state=all", is_shared=mark == MARK,
        )  # fmt: skip
        told.tell(world, user, mark, now)
    told.give_tasks(world, MARK, now)


def our_models() -> list[type[models.Model]]:
    """Every concrete model of ours that can hold somebody's data."""
    return [
        model
        for model in apps.get_models()
        if model._meta.app_label not in NOT_OURS and model._meta.label not in NOBODYS
    ]


def objects_of(world: World) -> dict[str, dict[str, list[str]]]:
    """For each model with public ids: the ids by whose they are; "ours" is the vendor's own."""
    found: dict[str, dict[str, list[str]]] = {}
    for model in our_models():
        names = {item.name for item in model._meta.get_fields()}
        if "public_id" not in names:
            continue
        sides = found.setdefault(model._meta.label, {"acme": [], "globex": [], "ours": []})
        for row in model._default_manager.all():
            sides[_side(row, world)].append(str(row.public_id))
    return found


def _side(row: Any, world: World) -> str:
    """Whose row it is, worked out without the code under test."""
    by_id = {partner.public_id: partner for partner in (world.acme, world.globex)}
    path: list[Callable[[Any], Any]] = [
        lambda x: x if isinstance(x, Partner) else None,
        lambda x: getattr(x, "partner", None),
        lambda x: x.deal.partner if hasattr(x, "deal") else None,
        lambda x: x.plan.partner if hasattr(x, "plan") else None,
        lambda x: {world.customer: world.acme, world.foreign_customer: world.globex}.get(x),
        lambda x: {world.pat.user: world.acme, world.gil.user: world.globex}.get(x),
        lambda x: by_id.get(getattr(x, "company", None)),
    ]
    for read in path:
        owner = read(row)
        if owner is not None:
            return {world.acme.pk: "acme", world.globex.pk: "globex"}[owner.pk]
    return "ours"


def callers_of(world: World) -> list[Caller]:
    """All callers, each signed in."""
    found = [
        Caller("anonymous", Client(raise_request_exception=False), frozenset(), "nothing",
               is_thorough=True),
        Caller("nobody", browser(factories.make_user("nobody@example.com")), frozenset({"none"}),
               "nothing"),
        _staff(world.admin, "all", is_thorough=True),
        _staff(world.ana, "acme", is_thorough=True),
        _member(world.gil, "gil", "globex"),
        _member(world.pat, "pat", "acme", is_thorough=True),
    ]  # fmt: skip
    found += [_staff(factories.make_user(staff_role=role), "all") for role in STAFF_ALL]
    for role in Membership.Role.values:
        member = factories.make_member(world.acme, f"acme-{role}@example.com", role)
        found.append(_member(member, f"acme {role}", "acme"))
    for user, caller in ((world.admin, found[2]), (world.pat.user, found[5])):
        for scope in sorted(access.scopes_for(access.actor_for(user))):
            found.append(
                Caller(f"{caller.name} token {scope}", by_token(user, [scope]), caller.roles,
                       caller.sees, scope, user)
            )  # fmt: skip
    return found


def _staff(user: User, sees: str, **more: Any) -> Caller:
    return Caller(
        user.staff_role, browser(user), frozenset({user.staff_role}), sees, user=user, **more
    )


def _member(member: Membership, name: str, sees: str, **more: Any) -> Caller:
    roles = frozenset(f"partner:{role}" for role in member.roles)
    return Caller(name, browser(member.user), roles, sees, user=member.user, **more)


@pytest.fixture
def cast(world: World, settings: Any, tmp_path: Any) -> Cast:
    """The filled world and everybody who may ask."""
    settings.PRM_FILES = tmp_path
    fill(world)
    return Cast(world, callers_of(world), objects_of(world))
