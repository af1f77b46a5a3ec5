"""Pages beside the queue: forms, invitations, requests for access, the ideal profile."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from partners.accounts.models import Partner
from partners.recruiting import accessing, fitting, formservices, inviting
from partners.recruiting.accessmodels import AccessRequest
from partners.recruiting.deskforms import InvitationForm, ProfileForm, RefuseForm, RolesForm
from partners.recruiting.formform import FormForm
from partners.recruiting.listing import TONES, access_listing, invitation_listing
from partners.recruiting.models import ApplicationForm, ApplicationInvitation, IdealProfile
from partners.recruiting.rules import WEIGHTS, Criterion
from prm.common import access, mail
from prm.common.exports import file_of, wants_file
from prm.common.forms import tried
from prm.common.listpages import page_of
from prm.common.segments import counts_of, wants_counts

FOLDER = "partners/recruiting"


@require_safe
def form_list(request: HttpRequest) -> HttpResponse:
    """All application forms, with the address of each."""
    actor = access.actor_of(request)
    context = {
        "forms": access.scope(actor, ApplicationForm).order_by("-is_open", "title"),
        "may_run": actor.has(*access.RUNS_PROGRAM),
        "site": mail.address_of(""),
    }
    return render(request, f"{FOLDER}/forms.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def form_new(request: HttpRequest) -> HttpResponse:
    """Make a form."""
    return _form_page(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
def form_edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Change a form."""
    return _form_page(
        request, access.get_or_404(access.actor_of(request), ApplicationForm, public_id)
    )


def _form_page(request: HttpRequest, stored: ApplicationForm | None) -> HttpResponse:
    by = access.actor_of(request).user
    page = FormForm(request.POST if request.method == "POST" else None, form=stored)
    if request.method == "POST" and page.is_valid():

        def save() -> ApplicationForm:
            values, now = page.values(), timezone.now()
            if stored is None:
                return formservices.create_form(by=by, now=now, **values)
            return formservices.change_form(stored, by=by, now=now, **values)

        if tried(page, save) is not None:
            messages.success(request, _("Your changes are saved."))
            return redirect("recruiting:form_list")
    status = 422 if page.errors else 200
    return render(request, f"{FOLDER}/form.html", {"page": page, "form": stored}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def invitation_list(request: HttpRequest) -> HttpResponseBase:
    """Whom we invited to apply, and the form that invites one more."""
    actor = access.actor_of(request)
    rows = access.scope(actor, ApplicationInvitation).select_related("form", "by")
    listing = invitation_listing()
    if wants_file(request):
        return file_of(request, rows, listing, "invitations")
    if wants_counts(request):
        return counts_of(request, rows, listing)
    form = InvitationForm(request.POST if request.method == "POST" else None, actor=actor)
    if request.method == "POST" and form.is_valid():

        def invite() -> ApplicationInvitation:
            values = dict(form.cleaned_data)
            return inviting.invite_to_apply(
                values.pop("form"), by=actor.user, now=timezone.now(), **values
            )

        if tried(form, invite) is not None:
            email = form.cleaned_data["email"]
            messages.success(request, _("%(email)s is invited to apply.") % {"email": email})
            return redirect("recruiting:invitation_list")
    context = {
        "page": page_of(request, rows, listing),
        "form": form,
        "tones": TONES,
        "now": timezone.now(),
        "may_invite": actor.has(*access.MANAGES),
        "has_forms": access.scope(actor, ApplicationForm).filter(is_open=True).exists(),
    }
    status = 422 if form.errors else 200
    return render(request, f"{FOLDER}/invitations.html", context, status=status)


def _invitation_step(take: Callable[..., Any], said: Callable[[], str]) -> Callable[..., Any]:
    @require_POST
    def view(request: HttpRequest, public_id: UUID) -> HttpResponse:
        actor = access.actor_of(request)
        row = access.get_or_404(actor, ApplicationInvitation, public_id)
        take(row, by=actor.user, now=timezone.now())
        messages.success(request, said() % {"email": row.email})
        return redirect("recruiting:invitation_list")

    view.__doc__ = take.__doc__
    return view


invitation_again = _invitation_step(
    inviting.invite_again, lambda: _("The invitation to %(email)s is sent again.")
)
invitation_withdraw = _invitation_step(
    inviting.withdraw_invitation, lambda: _("The link to %(email)s opens nothing any more.")
)


@require_safe
def access_list(request: HttpRequest) -> HttpResponseBase:
    """Who asks to sign in for a partner; a partner's administrators see those of their company."""
    actor = access.actor_of(request)
    listing = access_listing(is_portal=actor.is_partner)
    rows = access.scope(actor, AccessRequest).select_related("partner", "decided_by")
    if wants_file(request):
        return file_of(request, rows, listing, "access-requests")
    if wants_counts(request):
        return counts_of(request, rows, listing)
    context = {
        "page": page_of(request, rows, listing),
        "tones": TONES,
        "may_decide": actor.has(*access.MANAGES, "partner:admin"),
    }
    face = "portal" if actor.is_partner else "access"
    return render(request, f"{FOLDER}/{face}_list.html", context)


def _access_request(request: HttpRequest, public_id: UUID) -> AccessRequest:
    actor = access.actor_of(request)
    return access.get_or_404(actor, AccessRequest, public_id, "partner", "decided_by")


def _list_of(request: HttpRequest) -> str:
    is_partner = access.actor_of(request).is_partner
    return "recruiting:portal_access_list" if is_partner else "recruiting:access_list"


@require_http_methods(["GET", "HEAD", "POST"])
def access_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One request: who it is, what we know; give access with roles, or not."""
    actor, asked = access.actor_of(request), _access_request(request, public_id)
    own = access.scope(actor, Partner).filter(pk=actor.partner_id or 0).first()
    company = own or asked.partner
    form = RolesForm(
        request.POST if request.method == "POST" else None, actor=actor, partner=company
    )
    if request.method == "POST" and form.is_valid():

        def approve() -> AccessRequest:
            partner = company or form.cleaned_data["partner"]
            return accessing.approve_access(
                asked,
                by=actor.user,
                now=timezone.now(),
                roles=form.cleaned_data["roles"],
                partner=partner,
            )

        if tried(form, approve) is not None:
            messages.success(request, _("%(name)s can sign in now.") % {"name": asked.name})
            return redirect(_list_of(request))
    return _access_page(request, asked, form, RefuseForm(auto_id="refuse_%s"))


def _access_page(
    request: HttpRequest, asked: AccessRequest, form: Form, refuse_form: Form
) -> HttpResponse:
    actor = access.actor_of(request)
    context = {
        "asked": asked,
        "tone": TONES[asked.state],
        "form": form,
        "refuse_form": refuse_form,
        "known": accessing.known_person(asked, actor),
        "may": bool(AccessRequest.NEXT[asked.state].get("approve"))
        and actor.has(*access.MANAGES, "partner:admin"),
        "shell": "portal.html" if actor.is_partner else "desk.html",
        "list_url": _list_of(request),
        "refuse_url": "recruiting:portal_access_refuse"
        if actor.is_partner
        else "recruiting:access_refuse",
    }
    status = 422 if form.errors or refuse_form.errors else 200
    return render(request, f"{FOLDER}/access_detail.html", context, status=status)


@require_POST
def access_refuse(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Give no access; the person reads our words."""
    actor, asked = access.actor_of(request), _access_request(request, public_id)
    form = RefuseForm(request.POST, auto_id="refuse_%s")

    def refuse() -> AccessRequest:
        return accessing.reject_access(
            asked, by=actor.user, now=timezone.now(), **form.cleaned_data
        )

    if not form.is_valid() or tried(form, refuse) is None:
        roles = RolesForm(None, actor=actor, partner=asked.partner)
        return _access_page(request, asked, roles, form)
    messages.success(request, _("%(name)s gets no access.") % {"name": asked.name})
    return redirect(_list_of(request))


@require_http_methods(["GET", "HEAD", "POST"])
def ideal_profile(request: HttpRequest) -> HttpResponse:
    """What the partners look like that we want more of; new applicants are held against it."""
    actor = access.actor_of(request)
    current = fitting.current_profile()
    known = fitting.criteria_of(current) or [Criterion(key, 0) for key in WEIGHTS]
    may_change = actor.has(*access.RUNS_PROGRAM)
    data = request.POST if request.method == "POST" else None
    form = ProfileForm(data, criteria=known, is_locked=not may_change)
    if request.method == "POST" and form.is_valid():

        def save() -> IdealProfile:
            return fitting.state_profile(form.criteria(), by=actor.user, now=timezone.now())

        if tried(form, save) is not None:
            messages.success(request, _("New applicants are held against this profile."))
            return redirect("recruiting:ideal_profile")
    context = {
        "form": form,
        "current": current,
        "versions": access.scope(actor, IdealProfile).select_related("by")[:10],
        "may_change": may_change,
    }
    status = 422 if form.errors else 200
    return render(request, f"{FOLDER}/profile.html", context, status=status)
