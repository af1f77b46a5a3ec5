"""The list of the vendor's people: columns, filters, search, segments."""

from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from django_stubs_ext import StrOrPromise

from prm.common.lists import Column, Filter, Listing, Segment, at
from prm.common.listwords import Words
from prm.common.models import User
from prm.common.spans import LATELY, QUIET, last_seen_filter

LIST = "people"
ALL: tuple[str, StrOrPromise] = ("", _("All"))
STATES = [("active", _("Active")), ("gone", _("Deactivated")), ("all", _("All"))]
WORDS = Words(
    name=_("People and roles"),
    counted=ngettext_lazy("%(shown)s person", "%(shown)s people", "n"),
    search=_("Name or e-mail"),
    no_match=_("No people match"),
)
SEGMENTS = (
    Segment(_("Active"), ""),
    Segment(_("Without a second factor"), "factor=no"),
    Segment(_("Never signed in"), "seen=never"),
    Segment(_("Deactivated"), "state=gone"),
    Segment(_("All"), "state=all"),
)


def people_listing(now: datetime) -> Listing[User]:
    """Who works here, by name."""
    return Listing(
        columns=(
            Column("name", _("Name"), str, "name", is_fixed=True),
            Column("email", _("E-mail"), at("email"), "email", is_usual=False, beside="name"),
            Column("role", _("Role"), lambda user: user.get_staff_role_display(), "staff_role"),
            Column("state", _("Status"), _state, "is_active", is_usual=False, beside="role"),
            Column("factor", _("Second factor"), at("has_factor"), "has_factor"),
            Column("seen", _("Last sign-in"), at("last_login"), "last_login"),
            Column("joined", _("Added"), at("joined_at"), "joined_at", is_usual=False),
        ),
        words=WORDS,
        filters=(
            Filter(
                "role",
                _("Role"),
                [ALL, *User.StaffRole.choices],
                lambda rows, value: rows.filter(staff_role=value),
            ),
            Filter("state", _("Status"), STATES, _in_state, default="active", all_value="all"),
            Filter(
                "factor",
                _("Second factor"),
                [ALL, ("yes", _("Set up")), ("no", _("None"))],
                lambda rows, value: rows.filter(has_factor=value == "yes"),
            ),
            last_seen_filter(
                Q(last_login__gte=now - LATELY), Q(last_login__lt=now - QUIET), Q(last_login=None)
            ),
        ),
        search=lambda rows, text: rows.filter(Q(name__icontains=text) | Q(email__icontains=text)),
        default_sort="name",
        key=LIST,
        segments=SEGMENTS,
        can_choose=True,
    )


def _state(person: User) -> StrOrPromise:
    return _("Active") if person.is_active else _("Deactivated")


def _in_state(rows: QuerySet[User], value: str) -> QuerySet[User]:
    return rows.filter(is_active=value == "active")
