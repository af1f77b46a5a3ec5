"""The home of the settings."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET
from django_stubs_ext import StrOrPromise

from prm.common import access


@dataclass(frozen=True)
class Section:
    """A card of the settings' home; ``route`` empty: ``url`` is given."""

    title: StrOrPromise
    text: StrOrPromise
    icon: str
    route: str
    url: str = ""


GROUPS: tuple[tuple[StrOrPromise, tuple[Section, ...]], ...] = (
    (
        _("Programme"),
        (
            Section(
                _("Name and brand"),
                _("Name, logo and colour, as partners see them in the portal and in mails."),
                "pencil",
                "brand:programme",
            ),
        ),
    ),
    (
        _("Programs and sign-in"),
        (
            Section(
                _("API tokens"),
                _("Let a program act as you, within what you may."),
                "key-round",
                "developer:token_list",
            ),
            Section(
                _("API"),
                _("Every address of the API, with what it takes and answers."),
                "code-xml",
                "developer:api",
            ),
            Section(
                _("Sign-in and security"),
                _("Your own password and second factor."),
                "shield-check",
                "",
                "mfa_index",
            ),
        ),
    ),
)


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The sections that this person may open."""
    actor = access.actor_of(request)
    groups = [
        (title, [_bound(one) for one in sections if _may_open(actor, one)])
        for title, sections in GROUPS
    ]
    if actor.runs_back_office:
        office = Section(
            _("Back office"),
            _("Everything that has no page of its own, for administrators."),
            "database",
            "",
            reverse("admin:index"),
        )
        groups[-1][1].append(office)
    context = {"groups": [(title, found) for title, found in groups if found]}
    return render(request, "settings/home.html", context)


def _may_open(actor: access.Actor, section: Section) -> bool:
    rule = access.POLICY.get(section.route)
    return rule is None or rule.allows(actor, "GET")


def _bound(section: Section) -> Section:
    name = section.route or section.url
    return Section(section.title, section.text, section.icon, section.route, reverse(name))
