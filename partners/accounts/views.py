"""Desk pages about partners: the list, what is done to ticked ones, and one partner."""

from contextlib import suppress
from datetime import date, datetime
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Max, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from partners.accounts import services
from partners.accounts.forms import ManagerForm
from partners.accounts.listing import partner_listing, under_contract, with_profile
from partners.accounts.models import Contract, Membership, Partner, PartnerProfile
from partners.accounts.selectors import CHOSEN
from prm.common import access, config
from prm.common.access import Actor
from prm.common.display import number
from prm.common.errors import DomainError, NotAllowed
from prm.common.exports import file_of, wants_file
from prm.common.listpages import page_of
from prm.common.lists import PAGE_SIZES


@require_GET
def partner_list(request: HttpRequest) -> HttpResponseBase:
    """All partners that this person may know of."""
    actor, now = access.actor_of(request), timezone.now()
    partners = with_profile(access.scope(actor, Partner).filter(merged_into=None))
    program = config.program()
    listing = partner_listing(actor, program, now)
    if wants_file(request):
        return file_of(request, partners, listing, "partners")
    today = program.local_date(now)
    context = {
        "page": page_of(request, partners, listing),
        "currency": program.currency,
        "today": today,
        "network": _network(access.scope(actor, Partner), today),
        "may_import": actor.has(*access.RUNS_PROGRAM),
    }
    return render(request, "partners/accounts/list.html", context)


def _network(partners: QuerySet[Partner], today: date) -> dict[str, int]:
    """Return how many partners this person knows of, in how many countries, under contract."""
    return partners.filter(merged_into=None, is_test=False).aggregate(
        partners=Count("pk"),
        countries=Count("country", distinct=True, filter=~Q(country="")),
        under_contract=Count("pk", filter=Q(under_contract(today))),
    )


def _selected(request: HttpRequest) -> QuerySet[Partner]:
    """The partners whose boxes are ticked, of those that this person may know of."""
    ids = []
    for text in request.POST.getlist("sel")[: max(PAGE_SIZES)]:
        with suppress(ValueError):
            ids.append(UUID(text))
    known = access.scope(access.actor_of(request), Partner)
    return with_profile(known.filter(merged_into=None, public_id__in=ids))


@require_POST
def partner_export(request: HttpRequest) -> HttpResponseBase:
    """The ticked partners as a file, in the order and with the columns of the list."""
    actor = access.actor_of(request)
    listing = partner_listing(actor, config.program(), timezone.now())
    return file_of(request, _selected(request), listing, "partners")


@require_POST
def partner_manager(request: HttpRequest) -> HttpResponse:
    """Give the ticked partners to a partner manager: first the question, then the change."""
    actor, now = access.actor_of(request), timezone.now()
    partners = list(_selected(request).order_by("name"))
    if not partners:
        messages.error(request, _("Tick the partners first."))
        return redirect("partners:partner_list")
    is_answer = "valid_from" in request.POST
    first = {"valid_from": config.program().local_date(now)}
    form = ManagerForm(request.POST if is_answer else None, actor=actor, initial=first)
    if is_answer and form.is_valid() and _assigned(form, partners, actor, now):
        _tell(request, partners, str(form.cleaned_data["manager"]))
        return redirect("partners:partner_list")
    context = {"form": form, "partners": partners}
    status = 422 if is_answer else 200
    return render(request, "partners/accounts/manager.html", context, status=status)


def _tell(request: HttpRequest, partners: list[Partner], manager: str) -> None:
    words = ngettext(
        "%(n)s partner has a new manager: %(name)s.",
        "%(n)s partners have a new manager: %(name)s.",
        len(partners),
    )
    messages.success(request, words % {"n": number(len(partners)), "name": manager})


def _assigned(form: ManagerForm, partners: list[Partner], actor: Actor, now: datetime) -> bool:
    """Make the change; a refusal of the service stands above the form."""
    try:
        services.assign_manager(partners, by=actor.user, now=now, **form.cleaned_data)
    except DomainError as refusal:
        form.add_error(None, refusal.message)
        return False
    return True


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
