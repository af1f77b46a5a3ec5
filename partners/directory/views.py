"""The public directory; the company's own page about it; the desk's page of one partner."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from partners.accounts.models import Partner
from partners.directory import services
from partners.directory.forms import ContactForm, EntryForm, TakeOffForm, TraitForm
from partners.directory.models import DirectoryEntry, DirectoryMessage, Trait
from partners.directory.selectors import SHOWN, countries, found, has_left, published
from partners.recruiting.forms import kept_stamp, new_stamp, stamp_problem
from prm.common import access, config
from prm.common.errors import DomainError
from prm.common.forms import show_refusal
from prm.common.limits import spent

FOLDER = "partners/directory"


def _today() -> date:
    return config.program().local_date(timezone.now())


@require_safe
def directory(request: HttpRequest) -> HttpResponse:
    """All partners that consented, with search and country."""
    text = request.GET.get("q", "").replace("\0", "").strip()[:120]
    today = _today()
    known = countries(today)
    country = request.GET.get("country", "")
    country = country if country in known else ""
    pages = Paginator(found(text, country, today), SHOWN)
    context = {
        "page": pages.get_page(request.GET.get("page")),
        "text": text,
        "country": country,
        "countries": known,
    }
    return render(request, f"{FOLDER}/public_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def entry(request: HttpRequest, slug: str) -> HttpResponseBase:
    """One partner's public page, and the form that reaches it."""
    row = get_object_or_404(published(_today()), slug=slug)
    if request.method != "POST":
        return _entry_page(request, row, ContactForm(None), new_stamp())
    form = ContactForm(request.POST)
    if form.is_trapped:
        return redirect("directory:sent")
    stamp = request.POST.get("stamp", "").replace("\0", "")
    problem = stamp_problem(stamp)
    if problem:
        form.add_error(None, problem)
        return _entry_page(request, row, form, kept_stamp(stamp))
    if not form.is_valid():
        return _entry_page(request, row, form, stamp)
    refused = spent(request, "write_to_partner", form.cleaned_data["email"])
    if refused is not None:
        return refused
    values = {key: form.cleaned_data[key] for key in ("name", "email", "company", "text")}
    services.write_to_partner(row, now=timezone.now(), **values)
    return redirect("directory:sent")


def _entry_page(
    request: HttpRequest, row: DirectoryEntry, form: ContactForm, stamp: str
) -> HttpResponse:
    context = {"entry": row, "page": form, "stamp": stamp}
    status = 422 if form.errors else 200
    return render(request, f"{FOLDER}/public_entry.html", context, status=status)


@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    """The message is on its way."""
    return render(request, f"{FOLDER}/public_sent.html")


@require_http_methods(["GET", "HEAD", "POST"])
def portal_entry(request: HttpRequest) -> HttpResponse:
    """The company's own administrators describe it, and consent or not."""
    actor = access.actor_of(request)
    partner = access.scope(actor, Partner).filter(pk=actor.partner_id or 0).first()
    if partner is None or actor.user is None:
        raise Http404
    row = access.scope(actor, DirectoryEntry).filter(partner=partner).first()
    first = {
        "headline": row.headline if row else "",
        "text": row.text if row else "",
        "is_public": bool(row and row.consented_at),
    }
    form = EntryForm(request.POST if request.method == "POST" else None, initial=first)
    if request.method == "POST" and form.is_valid():
        services.describe_entry(partner, by=actor.user, now=timezone.now(), **form.cleaned_data)
        messages.success(request, _("Your changes are saved."))
        return redirect("directory:portal_entry")
    traits = access.scope(actor, Trait).filter(partner=partner, valid_to=None)
    own = access.scope(actor, DirectoryEntry).filter(partner=partner).exclude(consented_at=None)
    context = {"partner": partner, "entry": row, "form": form, "traits": traits,
               "is_shown": published(_today()).filter(partner=partner).exists(),
               "has_left": own.filter(has_left(_today())).exists()}  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, f"{FOLDER}/portal.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def partner_directory(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Capabilities, strengths and weaknesses of a partner; its entry; what was written to it."""
    actor, now = access.actor_of(request), timezone.now()
    partner = access.get_or_404(actor, Partner, public_id)
    today = config.program().local_date(now)
    form = TraitForm(
        request.POST if request.method == "POST" else None, initial={"valid_from": today}
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.note_trait(partner, by=actor.user, now=now, **form.cleaned_data)
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("It is noted."))
            return redirect("directory:partner_directory", public_id)
    context = _desk_context(request, partner) | {"form": form}
    status = 422 if form.errors else 200
    return render(request, f"{FOLDER}/partner.html", context, status=status)


def _desk_context(request: HttpRequest, partner: Partner) -> dict[str, Any]:
    actor = access.actor_of(request)
    companies = Partner.objects.standing_for(partner)
    traits = access.scope(actor, Trait).filter(partner__in=companies)
    written = access.scope(actor, DirectoryMessage).filter(entry__partner__in=companies)
    return {
        "partner": partner,
        "traits": traits.order_by("kind", "valid_to", "text")[:200],
        "entry": access.scope(actor, DirectoryEntry).filter(partner=partner).first(),
        "is_shown": published(_today()).filter(partner=partner).exists(),
        "off_form": TakeOffForm(auto_id="off_%s"),
        "written": written.order_by("-at")[:50],
        "may_change": actor.has(*access.MANAGES) and partner.merged_into_id is None,
    }


@require_POST
def take_off(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The page is in the directory no longer; the company is told why."""
    actor, now = access.actor_of(request), timezone.now()
    partner = access.get_or_404(actor, Partner, public_id)
    row = get_object_or_404(access.scope(actor, DirectoryEntry), partner=partner)
    form = TakeOffForm(request.POST, auto_id="off_%s")
    if form.is_valid():
        try:
            services.take_off(row, reason=form.cleaned_data["reason"], by=actor.user, now=now)
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("%(name)s is not in the directory any more.")
                             % {"name": partner.name})  # fmt: skip
            return redirect("directory:partner_directory", public_id)
    today = {"valid_from": config.program().local_date(now)}
    context = _desk_context(request, partner) | {"form": TraitForm(initial=today), "off_form": form}
    return render(request, f"{FOLDER}/partner.html", context, status=422)


@require_POST
def trait_end(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """It holds no longer from today on."""
    actor, now = access.actor_of(request), timezone.now()
    trait = access.get_or_404(actor, Trait, public_id, "partner")
    day = config.program().local_date(now)
    services.end_trait(trait, valid_to=day, by=actor.user, now=now)
    messages.success(request, _("%(what)s holds no longer.") % {"what": trait.text})
    return redirect("directory:partner_directory", trait.partner.public_id)
