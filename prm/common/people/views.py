"""Pages about the vendor's people: list with invitation, one person with role and sign-in."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_stubs_ext import StrOrPromise

from prm.common import access
from prm.common.errors import DomainError, InvalidInput
from prm.common.exports import file_of, wants_file
from prm.common.listpages import page_of
from prm.common.logbooks import sentences
from prm.common.models import AuditEntry, User
from prm.common.people import selectors, services
from prm.common.people.forms import InviteForm, RoleForm
from prm.common.people.listing import people_listing
from prm.common.segments import counts_of, wants_counts

RECENT = 10


@require_http_methods(["GET", "HEAD", "POST"])
def person_list(request: HttpRequest) -> HttpResponseBase:
    """The vendor's people, and the form that invites one."""
    actor = access.actor_of(request)
    people = selectors.vendors_people(actor)
    declared = people_listing(timezone.now())
    if wants_file(request):
        return file_of(request, people, declared, "people")
    if wants_counts(request):
        return counts_of(request, people, declared)
    form = InviteForm(request.POST or None)
    if request.method == "POST" and (person := _invited(form, actor)):
        sent = _("%(who)s is invited. The mail is on its way.")
        kept = _(
            "%(who)s is invited, but no mail server is set up: neither the invitation nor a code "
            "to sign in reaches them. Set EMAIL_URL where the site is installed."
        )
        if settings.EMAIL_HOST:
            messages.success(request, sent % {"who": person})
        else:
            messages.warning(request, kept % {"who": person})
        return redirect("people:person_detail", person.public_id)
    context = {
        "page": page_of(request, people, declared),
        "form": form,
        "may_change": actor.has("admin"),
    }
    return render(request, "settings/people.html", context, status=422 if form.errors else 200)


def _invited(form: InviteForm, actor: access.Actor) -> User | None:
    if not form.is_valid():
        return None
    try:
        return services.invite(by=actor.user, now=timezone.now(), **form.cleaned_data)
    except InvalidInput as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return None


def _person(request: HttpRequest, public_id: UUID) -> User:
    """Anybody of the vendor or of a partner. Raises Http404 for others."""
    found = selectors.people(access.actor_of(request)).filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found


@require_safe
def person_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One person: role, second factor, browsers, what they did last."""
    actor, person = access.actor_of(request), _person(request, public_id)
    return _page(request, actor, person, RoleForm(initial={"role": person.staff_role}))


def _page(request: HttpRequest, actor: access.Actor, person: User, form: RoleForm) -> HttpResponse:
    now = timezone.now()
    entries = access.scope(actor, AuditEntry).filter(actor=person).order_by("-pk")
    context: dict[str, Any] = {
        "person": person,
        "form": form,
        "may_change": actor.has("admin"),
        "is_invited": bool(person.staff_role and person.is_active and not person.last_login),
        "is_self": actor.user is not None and actor.user.pk == person.pk,
        "sessions": selectors.sessions_of(person, now).count(),
        "live_tokens": person.api_tokens.filter(revoked_at=None, expires_at__gt=now).count(),
        "entries": sentences.rows_of(entries[:RECENT], actor),
    }
    return render(request, "settings/person.html", context, status=422 if form.errors else 200)


@require_POST
def person_role(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Give another role."""
    actor, person = access.actor_of(request), _person(request, public_id)
    form = RoleForm(request.POST)
    if form.is_valid():
        try:
            services.give_role(person, form.cleaned_data["role"], by=actor.user, now=timezone.now())
        except DomainError as refusal:
            form.add_error("role", refusal.message)
    if form.errors:
        return _page(request, actor, person, form)
    messages.success(request, _("The role of %(who)s is changed.") % {"who": person})
    return _back(person)


def _step(take: Callable[..., Any], done: StrOrPromise) -> Callable[..., HttpResponse]:
    """The view of one step with a person: take it, say so, back to the person's page."""

    @require_POST
    def view(request: HttpRequest, public_id: UUID) -> HttpResponse:
        person = _person(request, public_id)
        take(person, by=access.actor_of(request).user, now=timezone.now())
        messages.success(request, str(done) % {"who": person})
        return _back(person)

    view.__doc__ = take.__doc__
    return view


person_deactivate = _step(services.deactivate, gettext_lazy("%(who)s cannot sign in any more."))
person_reactivate = _step(services.reactivate, gettext_lazy("%(who)s can sign in again."))
person_sign_out = _step(
    services.sign_out_everywhere, gettext_lazy("%(who)s is signed out everywhere.")
)
person_factor = _step(
    services.remove_second_factor, gettext_lazy("The second factor of %(who)s is removed.")
)
person_invite_again = _step(
    services.invite_again, gettext_lazy("The invitation of %(who)s is sent again.")
)


def _back(person: User) -> HttpResponse:
    return redirect("people:person_detail", person.public_id)
