"""The menu by role, and what every page's frame needs: context of `desk.html` and `portal.html`."""

import functools
from dataclasses import dataclass, field

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from prm.common import access, config, viewer
from prm.common.access import Actor
from prm.common.branding.selectors import brand_of
from prm.common.notices.selectors import MOST_SHOWN, unread_number
from prm.common.search import registry


@dataclass(frozen=True)
class Entry:
    """One link of the menu."""

    label: StrOrPromise
    icon: str
    route: str
    url: str = ""
    is_current: bool = False


@dataclass(frozen=True)
class Group:
    """Links under one heading; the first group has none."""

    title: StrOrPromise
    entries: list[Entry] = field(default_factory=list)


DESK = (
    Group(
        "",
        [
            Entry(_("Overview"), "layout-dashboard", "kpis:overview"),
            Entry(_("KPIs"), "chart-line", "kpis:kpi_list"),
            Entry(_("Tasks"), "list-todo", "worklist:task_list"),
        ],
    ),
    Group(
        _("Partners"),
        [
            Entry(_("Partners"), "users", "partners:partner_list"),
            Entry(_("Applications"), "inbox", "recruiting:application_list"),
            Entry(_("Onboarding"), "circle-check", "onboarding:board"),
            Entry(_("Tiers"), "trophy", "programs:program_list"),
            Entry(_("Segments"), "target", "segments:segment_list"),
        ],
    ),
    Group(
        _("Revenue"),
        [
            Entry(_("Deals"), "handshake", "deals:deal_list"),
            Entry(_("Costs"), "wallet", "costs:cost_list"),
        ],
    ),
    Group(
        _("Programme"),
        [
            Entry(_("Imports"), "upload", "imports:import_list"),
            Entry(_("Settings"), "settings", "settings:home"),
        ],
    ),
)
PORTAL = (
    Group(
        "",
        [
            Entry(_("Home"), "house", "kpis:portal_home"),
            Entry(_("Deals"), "handshake", "deals:portal_deal_list"),
            Entry(_("People"), "users", "partners:portal_people"),
            Entry(_("Company"), "building-2", "partners:portal_company"),
            Entry(_("Profile"), "user", "profile:edit"),
        ],
    ),
)


def shell(request: HttpRequest) -> dict[str, object]:
    """Context processor: navigation by role, the programme's name, the face of this person.

    Everything is lazy: a page without a frame asks the database nothing.
    """
    program = functools.partial(viewer.program_of, request)
    return {
        "navigation": SimpleLazyObject(lambda: navigation(request)),
        "program_name": SimpleLazyObject(lambda: program_name(program())),
        "brand": SimpleLazyObject(lambda: brand_of(program())),
        "unread": SimpleLazyObject(lambda: Unread(unread_number(access.actor_of(request)))),
        "companies": SimpleLazyObject(lambda: companies(request)),
        "role_name": SimpleLazyObject(lambda: role_name(request)),
        # called by the template: {% extends %} takes a name, not an object that stands for one
        "shell_template": lambda: shell_template(request),
    }


def navigation(request: HttpRequest) -> list[Group]:
    """The menu's groups, with only the links that this person may follow."""
    actor = access.actor_of(request)
    groups = {"staff": DESK, "partner": PORTAL}.get(actor.kind, ())
    shown = [Group(group.title, _allowed(group, actor, request.path)) for group in groups]
    return [group for group in shown if group.entries]


def _allowed(group: Group, actor: access.Actor, path: str) -> list[Entry]:
    entries = []
    for entry in group.entries:
        rule = access.POLICY.get(entry.route)
        if rule is not None and not rule.open and not rule.allows(actor, "GET"):
            continue
        url = reverse(entry.route)
        entries.append(Entry(entry.label, entry.icon, entry.route, url, is_inside(path, url)))
    return entries


def is_inside(path: str, url: str) -> bool:
    """Tell whether a page belongs under a menu link: the page itself or one below it."""
    if url in {reverse("kpis:overview"), reverse("kpis:portal_home")}:
        return path == url
    return path.startswith(url)


@registry.finds(10)
def pages(actor: Actor, text: str) -> registry.Group:
    """The pages of the menu; all of them without a text."""
    hits = [
        registry.Hit(entry.label, entry.url, icon=entry.icon)
        for group in DESK
        for entry in _allowed(group, actor, "")
        if registry.has_words(text, entry.label, group.title)
    ]
    return registry.Group(_("Pages"), "arrow-right", hits)


def program_name(program: config.Program) -> str:
    """The name of the programme, as the settings say; empty while it is still the product's."""
    return "" if program.name == config.defaults()[config.NAME] else program.name


@dataclass(frozen=True)
class Unread:
    """The number at the bell."""

    number: int

    def __str__(self) -> str:
        """The number as shown: "7", or "99+" beyond what is counted."""
        return f"{MOST_SHOWN}+" if self.number > MOST_SHOWN else str(self.number)


@dataclass(frozen=True)
class Company:
    """One of the companies that a partner's person may act for."""

    id: str
    name: str
    is_current: bool


def companies(request: HttpRequest) -> list[Company]:
    """What a partner's person may choose from; empty with one company only."""
    actor = access.actor_of(request)
    found = [
        Company(str(row.public_id), row.name, (row.merged_into_id or row.pk) == actor.partner_id)
        for row in actor.companies
    ]
    return found if len(found) > 1 else []


def role_name(request: HttpRequest) -> str:
    """The role of the signed-in person in words; empty for partners' people."""
    actor = access.actor_of(request)
    if actor.user is None or not actor.is_staff:
        return ""
    return actor.user.get_staff_role_display()


def shell_template(request: HttpRequest) -> str:
    """The frame of pages that both faces share, such as password and second factor."""
    kind = access.actor_of(request).kind
    return {"staff": "desk.html", "partner": "portal.html"}.get(kind, "bare.html")
