"""The people of all partner companies, for those who run the programme: who can sign in where."""

from dataclasses import replace
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from django.views.decorators.http import require_safe
from django_stubs_ext import StrOrPromise

from partners.accounts.models import LoginEvent, Membership
from prm.common import access
from prm.common.exports import file_of, wants_file
from prm.common.listpages import page_of
from prm.common.lists import Column, Filter, Listing, Segment, at
from prm.common.listwords import Words
from prm.common.segments import counts_of, wants_counts
from prm.common.spans import LATELY, QUIET, last_seen_filter

LIST = "partner-people"
STATES = [("active", _("Active")), ("gone", _("Deactivated")), ("all", _("All"))]
SEGMENTS = (
    Segment(_("Active"), ""),
    Segment(_("Never signed in"), "seen=never"),
    Segment(_("No sign-in for 90 days"), "seen=quiet"),
    Segment(_("Deactivated"), "state=gone"),
    Segment(_("All"), "state=all"),
)
# Sign-ins of the person at this company; those of colleagues in their name do not count.
SIGN_INS = LoginEvent.objects.filter(membership=OuterRef("pk"), impersonated=False)
WORDS = Words(
    name=_("People of partners"),
    counted=ngettext_lazy("%(shown)s person", "%(shown)s people", "n"),
    search=_("Name, e-mail or company"),
    no_match=_("No people match"),
    none=_("No people of partners yet"),
    none_text=_("Import them from a file, with their company and roles."),
    action=_("Import people"),
)


def partner_people_listing(now: datetime) -> Listing[Membership]:
    """Who can sign in for a partner, by company."""
    return Listing(
        columns=(
            Column("name", _("Name"), lambda member: str(member.user), "user__name", is_fixed=True),
            Column("email", _("E-mail"), at("user.email"), "user__email", is_usual=False,
                   beside="name"),
            Column("company", _("Company"), at("partner.name"), "partner__name"),
            Column("roles", _("Roles"), at("role_names")),
            Column("state", _("Status"), state_of, is_usual=False),
            Column("seen", _("Last sign-in"), at("last_login"), "last_login"),
            Column("added", _("Added"), at("created_at"), "created_at", is_usual=False),
            Column("id", _("External id"), at("external_id"), "external_id", is_usual=False),
        ),
        words=replace(WORDS, action_url=reverse("imports:import_new")),
        filters=(
            Filter(
                "role",
                _("Role"),
                [("", _("All")), *Membership.Role.choices],
                lambda rows, value: rows.filter(roles__contains=[value]),
            ),
            Filter("state", _("Status"), STATES, _in_state, default="active", all_value="all"),
            last_seen_filter(
                Q(Exists(SIGN_INS.filter(at__gte=now - LATELY))),
                Q(Exists(SIGN_INS)) & ~Q(Exists(SIGN_INS.filter(at__gte=now - QUIET))),
                ~Q(Exists(SIGN_INS)),
            ),
        ),
        search=lambda rows, text: rows.filter(
            Q(user__name__icontains=text)
            | Q(user__email__icontains=text)
            | Q(partner__name__icontains=text)
        ),
        default_sort="company",
        key=LIST,
        segments=SEGMENTS,
        can_choose=True,
    )  # fmt: skip


def state_of(member: Membership) -> StrOrPromise:
    """Whether the person can sign in for the company, in a word."""
    return _("Active") if member.is_active and member.user.is_active else _("Deactivated")


def _in_state(rows: QuerySet[Membership], state: str) -> QuerySet[Membership]:
    active = Q(is_active=True, user__is_active=True)
    return rows.filter(active if state == "active" else ~active)


@require_safe
def people_list(request: HttpRequest) -> HttpResponseBase:
    """Everybody who can sign in for a partner."""
    members = access.scope(access.actor_of(request), Membership).select_related("user", "partner")
    members = members.annotate(last_login=Subquery(SIGN_INS.order_by("-at").values("at")[:1]))
    listing = partner_people_listing(timezone.now())
    if wants_file(request):
        return file_of(request, members, listing, "partner-people")
    if wants_counts(request):
        return counts_of(request, members, listing)
    page = page_of(request, members, listing)
    return render(request, "settings/partner_people.html", {"page": page})
