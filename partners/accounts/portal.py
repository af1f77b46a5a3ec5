"""Portal pages about the own company: its people, and what the vendor holds about it."""

from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from partners.accounts.models import Contract, Membership, Partner
from partners.accounts.selectors import people_at
from partners.accounts.standing import standing_of
from prm.common import access
from prm.common.listpages import page_of
from prm.common.lists import Column, Listing, at

PEOPLE: Listing[Membership] = Listing(
    columns=(
        Column("name", _("Name"), at("user"), "user__name"),
        Column("roles", _("Roles"), at("role_names")),
        Column("login", _("Last sign-in"), at("last_login"), "last_login"),
    ),
    default_sort="name",
)


@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """Oneself and the colleagues: role and last sign-in."""
    actor = access.actor_of(request)
    rows = people_at(actor, access.scope(actor, Partner))
    own = rows.filter(user=actor.user, is_active=True).order_by("pk").first()
    context = {"page": page_of(request, rows.filter(is_active=True), PEOPLE), "own": own}
    return render(request, "partners/portal/people.html", context)


@require_GET
def company(request: HttpRequest) -> HttpResponse:
    """What the vendor holds about the own company, and who looks after it there."""
    actor = access.actor_of(request)
    partner = access.scope(actor, Partner).filter(pk=actor.partner_id or 0).first()
    if partner is None:
        raise Http404
    contracts = access.scope(actor, Contract).filter(partner=partner)
    context = {
        "partner": partner,
        "standing": standing_of(actor, partner),
        "contracts": contracts.order_by(F("ends_on").desc(nulls_first=True), "-starts_on"),
    }
    return render(request, "partners/portal/company.html", context)
