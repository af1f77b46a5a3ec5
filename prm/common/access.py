"""Who may do what: roles, one row rule per model, one policy row per route.

``scope(actor, Model)`` is the only way to rows; ``rule_of(route)`` the only way into a view.
This registry imports no feature: each feature registers its row rule and its routes here.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import ResolverMatch, get_resolver, reverse
from django_stubs_ext import StrOrPromise

from prm.common.models import ApiToken, User

M = TypeVar("M", bound=models.Model)

STAFF_ROLES = frozenset(str(role) for role in User.StaffRole.values)
# Roles of people of partner companies carry this prefix in policy rows.
PARTNER_ROLES = frozenset(
    f"partner:{role}"
    for role in (
        "admin",
        "sales",
        "marketing",
        "finance",
        "technical",
        "learner",
        "read_only",
    )
)
SEES_ALL_PARTNERS = frozenset(
    {"admin", "operations", "finance_prepare", "finance_approve", "executive"}
)
MANAGES = frozenset({"admin", "operations", "channel_manager"})
RUNS_PROGRAM = frozenset({"admin", "operations"})
PARTNER_SELLS = frozenset({"partner:admin", "partner:sales"})


@dataclass(frozen=True)
class Actor:
    """Who asks: nobody, one of the vendor's people, or one of a partner's people.

    ``partner_id`` is the company that a partner's person acts for (a merged stub resolves to
    its survivor), ``partner_ids`` are the company and the stubs merged into it; ``companies``
    are all that this person may choose to act for.
    ``token`` is set for API calls by bearer token; then ``token.scopes`` narrow the rights.
    """

    kind: str = "anonymous"  # anonymous | staff | partner
    user: User | None = None
    roles: frozenset[str] = frozenset()
    partner_id: int | None = None
    partner_ids: frozenset[int] = frozenset()
    companies: tuple[Any, ...] = ()
    token: ApiToken | None = None

    @property
    def is_staff(self) -> bool:
        """One of the vendor's people."""
        return self.kind == "staff"

    @property
    def runs_back_office(self) -> bool:
        """An administrator who is marked for the back office."""
        return self.user is not None and self.user.is_staff and self.has("admin")

    @property
    def is_partner(self) -> bool:
        """One of a partner's people."""
        return self.kind == "partner"

    def has(self, *roles: str) -> bool:
        """Any of these roles."""
        return bool(self.roles & set(roles))


ANONYMOUS = Actor()


@dataclass(frozen=True)
class Rule:
    """A policy row: which roles may use which methods of a route.

    ``model`` names the model whose row the route's id addresses (for the access walk).
    ``scope_name`` is the API scope without its verb, e.g. ``deals`` of ``deals:read``;
    ``*`` lets every token read (the description of the API). Empty: not for tokens.
    """

    methods: dict[str, frozenset[str]] = field(default_factory=dict)
    open: bool = False
    model: str = ""
    scope_name: str = ""

    def allows(self, actor: Actor, method: str) -> bool:
        """Whether one of the actor's roles may use this method here (and the token's scope)."""
        method = "GET" if method in {"HEAD", "OPTIONS"} else method
        roles = self.methods.get(method, frozenset())
        if not actor.roles & roles:
            return False
        if actor.token is not None:
            return self.allows_token(actor.token, method)
        return True

    def is_for(self, roles: frozenset[str]) -> bool:
        """Whether one of these roles may use some method here."""
        return any(roles & known for known in self.methods.values())

    def allows_token(self, token: ApiToken, method: str) -> bool:
        """Whether the token's scopes cover this method here."""
        if self.scope_name == "*":
            return method == "GET"
        return bool(self.scope_name) and self.scope_of(method) in token.scopes

    def scope_of(self, method: str) -> str:
        """The scope that a token needs, such as ``deals:write``."""
        return f"{self.scope_name}:{'read' if method in {'GET', 'HEAD'} else 'write'}"


POLICY: dict[str, Rule] = {}
# What an API scope is about, for people: "deals" -> "deals", "kpis" -> "KPIs".
SCOPE_WORDS: dict[str, StrOrPromise] = {}
_ROW_RULES: dict[type[models.Model], Callable[[Actor], models.QuerySet[Any]]] = {}
_ACTOR_OF_USER: list[Callable[[User, HttpRequest | None], Actor | None]] = []
_ACTORS_OF_USERS: list[Callable[[Sequence[User]], dict[int, list[Actor]]]] = []
_SWITCHES: list[Callable[[HttpRequest, Actor], None]] = []

# Third-party routes with their own doors, declared by prefix (sign-in, back office, files).
FOREIGN_PREFIXES: dict[str, str] = {}


def declare(name: str, *, model: str = "", scope: str = "", **methods: Iterable[str]) -> None:
    """Write the policy row of the route ``name`` (``app:view``): method → roles."""
    if name in POLICY:
        raise ValueError(f"The route {name} is declared twice.")
    POLICY[name] = Rule(
        {method.upper(): frozenset(roles) for method, roles in methods.items()},
        model=model,
        scope_name=scope,
    )


def declare_open(name: str) -> None:
    """A route that anybody may use, signed in or not."""
    if name in POLICY:
        raise ValueError(f"The route {name} is declared twice.")
    POLICY[name] = Rule(open=True)


def route_name(match: ResolverMatch) -> str:
    """``namespace:name`` of a resolved route."""
    return match.view_name or f"unnamed:{match.route}"


def rule_of(match: ResolverMatch) -> Rule | None:
    """The policy row of a resolved route, or None: undeclared, hence refused."""
    return POLICY.get(route_name(match))


def is_api(path: str) -> bool:
    """Routes that answer problem+json instead of pages."""
    return path.startswith("/api/v1/") or path == "/metrics"


def is_foreign_route(path: str, match: ResolverMatch) -> bool:
    """Third-party routes with their own doors."""
    return any(path.startswith(prefix) for prefix in FOREIGN_PREFIXES) and (
        route_name(match) not in POLICY
    )


def rows_of(model: type[M]) -> Callable[[Callable[[Actor], models.QuerySet[M]]], Any]:
    """Register the row rule of ``model``: which rows an actor may know of."""

    def register(rule: Callable[[Actor], models.QuerySet[M]]) -> Any:
        if model in _ROW_RULES:
            raise ValueError(f"{model.__name__} has two row rules.")
        _ROW_RULES[model] = rule
        return rule

    return register


def scope(actor: Actor, model: type[M]) -> models.QuerySet[M]:
    """The rows of ``model`` that ``actor`` may know of. Raises LookupError without a row rule."""
    if model not in _ROW_RULES:
        raise LookupError(f"{model.__name__} has no row rule: register one beside its QuerySet.")
    if actor.kind == "anonymous":
        return model._default_manager.none()
    return _ROW_RULES[model](actor)


def has_row_rule(model: type[models.Model]) -> bool:
    """Whether ``scope`` knows this model."""
    return model in _ROW_RULES


def get_or_404(actor: Actor, model: type[M], public_id: Any, *select: str) -> M:
    """The row with this public id, if the actor may know of it. Raises Http404 otherwise."""
    rows = scope(actor, model).select_related(*select) if select else scope(actor, model)
    row = rows.filter(public_id=public_id).first()
    if row is None:
        raise Http404
    return row


def resolves_actor(resolver: Callable[[User, HttpRequest | None], Actor | None]) -> Any:
    """Register how a person's memberships become an actor (the accounts feature knows)."""
    _ACTOR_OF_USER.append(resolver)
    return resolver


def lists_actors(lister: Callable[[Sequence[User]], dict[int, list[Actor]]]) -> Any:
    """Register who people with memberships can be, by key (the accounts feature knows)."""
    _ACTORS_OF_USERS.append(lister)
    return lister


def switches_company(switch: Callable[[HttpRequest, Actor], None]) -> Any:
    """Register how a session goes on as another of the person's actors."""
    _SWITCHES.append(switch)
    return switch


def actors_for(user: User) -> list[Actor]:
    """Everybody that a person can be: one actor a company; nobody for who may not sign in."""
    return actors_for_many([user])[user.pk]


def actors_for_many(users: Iterable[User]) -> dict[int, list[Actor]]:
    """The same for many people, by their keys, with as many queries as for one."""
    people = {user.pk: user for user in users}
    members = [
        one for one in people.values() if one.is_active and one.staff_role not in STAFF_ROLES
    ]
    found: dict[int, list[Actor]] = {pk: [] for pk in people}
    for user in people.values():
        if user.is_active and user.staff_role in STAFF_ROLES:
            found[user.pk].append(actor_for(user))
    for lister in _ACTORS_OF_USERS if members else ():
        for pk, actors in lister(members).items():
            found[pk] += actors
    return found


def go_on_as(request: HttpRequest, actor: Actor) -> None:
    """Let this session act as another of the person's actors from the next request on."""
    for switch in _SWITCHES:
        switch(request, actor)


def actor_for(user: User | AnonymousUser | None, request: HttpRequest | None = None) -> Actor:
    """The actor of a person; people without role and membership are nobody."""
    if not isinstance(user, User) or not user.is_active:
        return ANONYMOUS
    if user.staff_role in STAFF_ROLES:
        return Actor(kind="staff", user=user, roles=frozenset({user.staff_role}))
    for resolver in _ACTOR_OF_USER:
        if actor := resolver(user, request):
            return actor
    return ANONYMOUS


def actor_of(request: HttpRequest) -> Actor:
    """The actor of this request, worked out once. Rights are never kept in the session."""
    known: Actor | None = getattr(request, "_prm_actor", None)
    if known is None:
        known = actor_for(getattr(request, "user", None), request)
        request._prm_actor = known  # type: ignore[attr-defined]
    return known


def narrowed(actor: Actor, token: ApiToken) -> Actor:
    """The same person through a token: the token's scopes narrow the rights."""
    return replace(actor, token=token)


def name_scope(name: str, words: StrOrPromise) -> None:
    """Say what an API scope is about, where its routes are declared."""
    SCOPE_WORDS[name] = words


def scopes_for(actor: Actor) -> set[str]:
    """The API scopes that this person's roles can use, hence may give to a token."""
    _ = get_resolver().url_patterns  # the routes declare their rows when they are loaded
    return {
        rule.scope_of(method)
        for rule in POLICY.values()
        if rule.scope_name not in {"", "*"}
        for method, roles in rule.methods.items()
        if actor.roles & roles
    }


def lacks_second_factor(actor: Actor) -> bool:
    """Staff must set up a second factor first, where the setting demands it."""
    from allauth.mfa.utils import is_mfa_enabled
    from django.conf import settings

    if not (settings.PRM_REQUIRE_2FA and actor.is_staff and actor.token is None):
        return False
    return not is_mfa_enabled(actor.user)


def second_factor_wall(request: HttpRequest, actor: Actor) -> HttpResponse | None:
    """The page to set up a second factor, instead of any other; the API refuses by itself."""
    if is_api(request.path) or not lacks_second_factor(actor):
        return None
    return redirect(reverse("mfa_activate_totp"))
