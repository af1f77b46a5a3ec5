"""Desk pages about partners: the list and one partner."""

from uuid import UUID

from django.db.models import Max, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from partners.accounts.listing import partner_listing, with_profile
from partners.accounts.models import Contract, Membership, Partner, PartnerProfile
from partners.accounts.selectors import CHOSEN
from prm.common import access, config
from prm.common.errors import NotAllowed
from prm.common.lists import csv_of, page_of, wants_csv


@require_GET
def partner_list(request: HttpRequest) -> HttpResponseBase:
    """All partners that this person may know of."""
    actor = access.actor_of(request)
    partners = with_profile(access.scope(actor, Partner).filter(merged_into=None))
    listing = partner_listing(actor, timezone.now())
    if wants_csv(request):
        return csv_of(request, partners, listing, "partners")
    page = page_of(request, partners, listing)
    context = {"page": page, "currency": config.program().currency}
    return render(request, "partners/accounts/list.html", context)


@require_GET
def partner_detail(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """One partner: what it is and was, its people, agreements; numbers and deals load beside."""
    actor = access.actor_of(request)
    partner = access.get_or_404(actor, Partner, public_id, "parent", "merged_into")
    profiles = list(
        access.scope(actor, PartnerProfile)
        .filter(partner=partner)
        .select_related("manager")
        .order_by("-valid_from")
    )
    companies = Partner.objects.standing_for(partner)
    people = access.scope(actor, Membership).filter(partner__in=companies).select_related("user")
    signed_in = Max("login_events__at", filter=Q(login_events__impersonated=False))
    context = {
        "partner": partner,
        "profiles": profiles,
        "current": next((row for row in profiles if row.valid_to is None), None),
        "people": people.annotate(last_login=signed_in).order_by("-is_active", "user__name"),
        "contracts": access.scope(actor, Contract).filter(partner=partner).order_by("-starts_on"),
    }
    return render(request, "partners/accounts/detail.html", context)


@require_POST
def act_for(request: HttpRequest) -> HttpResponse:
    """Act for another of one's own companies, in this session.

    No sign-in is recorded: signing in counted for all of them.
    """
    own = {str(row.public_id): row.pk for row in access.actor_of(request).companies}
    wanted = request.POST.get("company", "")
    if wanted not in own:
        raise NotAllowed(_("Choose one of your own companies."))
    request.session[CHOSEN] = own[wanted]
    return redirect("/portal/")
