"""The cards of the settings' home, each for those who may open it."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
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
            Section(
                _("Time, currency and fiscal year"),
                _("When a day begins, what sums are shown in, and which months make a quarter."),
                "calendar",
                "settings:ground",
            ),
            Section(
                _("Business calendars"),
                _("Working days, hours and holidays, by which deadlines are counted."),
                "clock",
                "calendars:calendar_list",
            ),
            Section(
                _("Exchange rates"),
                _("What other currencies are worth, from which day on."),
                "landmark",
                "settings:rate_list",
            ),
        ),
    ),
    (
        _("People"),
        (
            Section(
                _("People and roles"),
                _("Who works here, what each may do, and who has a second factor."),
                "users",
                "people:person_list",
            ),
        ),
    ),
    (
        _("What happened"),
        (
            Section(
                _("Mail log"),
                _("Every mail that was written, and whether it was sent."),
                "mail",
                "logs:mail_list",
            ),
            Section(
                _("Audit log"),
                _("Who changed what, with the values before and after."),
                "history",
                "logs:audit_list",
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


def sections_for(actor: access.Actor) -> list[tuple[StrOrPromise, list[Section]]]:
    """The groups with the sections that this person may open, each with its address."""
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
    return [(title, found) for title, found in groups if found]


def _may_open(actor: access.Actor, section: Section) -> bool:
    rule = access.POLICY.get(section.route)
    return rule is None or rule.allows(actor, "GET")


def _bound(section: Section) -> Section:
    name = section.route or section.url
    return Section(section.title, section.text, section.icon, section.route, reverse(name))
