"""Pages about the vendor's people: list with invitation, one person with role and sign-in."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from prm.common import access
from prm.common.errors import DomainError, InvalidInput
from prm.common.exports import file_of, wants_file
from prm.common.listpages import page_of
from prm.common.models import AuditEntry, User
from prm.common.people import selectors, services
from prm.common.people.forms import InviteForm, RoleForm
from prm.common.people.listing import people_listing

RECENT = 10


@require_http_methods(["GET", "POST"])
def person_list(request: HttpRequest) -> HttpResponseBase:
    """The vendor's people, and the form that invites one."""
    actor = access.actor_of(request)
    people = selectors.vendors_people(actor)
    declared = people_listing(timezone.now())
    if wants_file(request):
        return file_of(request, people, declared, "people")
    form = InviteForm(request.POST or None)
    if request.method == "POST" and (person := _invited(form, actor)):
        sent = _("%(who)s is invited. The mail is on its way.")
        kept = _(
            "%(who)s is invited. No mail server is set up: tell the person to sign in by e-mail."
        )
        text = sent if settings.EMAIL_HOST else kept
        messages.success(request, text % {"who": person})
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


@require_GET
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
        "sessions": sum(1 for _session in selectors.sessions_of(person, now)),
        "live_tokens": person.api_tokens.filter(revoked_at=None, expires_at__gt=now).count(),
        "entries": entries[:RECENT],
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


@require_POST
def person_deactivate(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Let the person in no more."""
    person = _person(request, public_id)
    services.deactivate(person, by=access.actor_of(request).user, now=timezone.now())
    messages.success(request, _("%(who)s cannot sign in any more.") % {"who": person})
    return _back(person)


@require_POST
def person_reactivate(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Let the person in again."""
    person = _person(request, public_id)
    services.reactivate(person, by=access.actor_of(request).user, now=timezone.now())
    messages.success(request, _("%(who)s can sign in again.") % {"who": person})
    return _back(person)


@require_POST
def person_sign_out(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Sign the person out in all browsers."""
    person = _person(request, public_id)
    count = services.sign_out_everywhere(
        person, by=access.actor_of(request).user, now=timezone.now()
    )
    text = ngettext(
        "%(who)s is signed out in %(n)d browser.", "%(who)s is signed out in %(n)d browsers.", count
    )
    messages.success(request, text % {"who": person, "n": count})
    return _back(person)


@require_POST
def person_factor(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take away a lost second factor."""
    person = _person(request, public_id)
    services.remove_second_factor(person, by=access.actor_of(request).user, now=timezone.now())
    messages.success(request, _("The second factor of %(who)s is removed.") % {"who": person})
    return _back(person)


@require_POST
def person_invite_again(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Post the invitation once more."""
    person = _person(request, public_id)
    services.invite_again(person, by=access.actor_of(request).user, now=timezone.now())
    messages.success(request, _("The invitation of %(who)s is sent again.") % {"who": person})
    return _back(person)


def _back(person: User) -> HttpResponse:
    return redirect("people:person_detail", person.public_id)
