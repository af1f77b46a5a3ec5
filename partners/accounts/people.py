"""The people of all partner companies, for those who run the programme: who can sign in where."""

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from partners.accounts.models import Membership
from prm.common import access
from prm.common.exports import file_of, wants_file
from prm.common.listpages import page_of
from prm.common.lists import Column, Filter, Listing, at


def role_words(member: Membership) -> str:
    """The roles of a person at a company, in words."""
    words = dict(Membership.Role.choices)
    return ", ".join(str(words.get(role, role)) for role in member.roles)


def _in_state(rows: QuerySet[Membership], state: str) -> QuerySet[Membership]:
    is_in = Q(is_active=True, user__is_active=True)
    return rows if state == "all" else rows.filter(is_in if state == "active" else ~is_in)


# Few columns and filters: nothing to choose, and no saved views.
LISTING: Listing[Membership] = Listing(
    columns=(
        Column("name", _("Name"), lambda member: str(member.user), "user__name"),
        Column("email", _("E-mail"), at("user.email"), export_only=True),
        Column("company", _("Company"), at("partner.name"), "partner__name"),
        Column("roles", _("Roles"), role_words),
        Column("seen", _("Last sign-in"), at("user.last_login"), "user__last_login"),
    ),
    filters=(
        Filter(
            "role",
            _("Role"),
            [("", _("All")), *Membership.Role.choices],
            lambda rows, value: rows.filter(roles__contains=[value]),
        ),
        Filter(
            "state",
            _("Status"),
            [("active", _("Active")), ("gone", _("Deactivated")), ("all", _("All"))],
            _in_state,
            default="active",
            all_value="all",
        ),
    ),
    search=lambda rows, text: rows.filter(
        Q(user__name__icontains=text)
        | Q(user__email__icontains=text)
        | Q(partner__name__icontains=text)
    ),
    default_sort="company",
)


@require_GET
def people_list(request: HttpRequest) -> HttpResponseBase:
    """Everybody who can sign in for a partner."""
    members = access.scope(access.actor_of(request), Membership).select_related("user", "partner")
    if wants_file(request):
        return file_of(request, members, LISTING, "partner-people")
    page = page_of(request, members, LISTING)
    rows = [(member, role_words(member)) for member in page.rows]
    return render(request, "settings/partner_people.html", {"page": page, "rows": rows})
