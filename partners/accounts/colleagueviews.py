"""Pages about the people of a company, for its administrators and our managers; the hand-over."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from partners.accounts import colleagues
from partners.accounts.colleagueforms import HandOverForm, PersonForm, RolesForm
from partners.accounts.joining import add_person
from partners.accounts.models import Membership, Partner, PartnerProfile, Territory
from prm.common import access, config
from prm.common.access import Actor
from prm.common.forms import Form, tried
from prm.common.models import Task, User

FOLDER = "partners/colleagues"


def _company(actor: Actor, public_id: UUID | None) -> Partner:
    if public_id is not None:
        return access.get_or_404(actor, Partner, public_id)
    own = access.scope(actor, Partner).filter(pk=actor.partner_id or 0).first()
    if own is None:
        raise Http404
    return own


def _home(actor: Actor, company: Partner) -> str:
    return reverse("partners:portal_people") if actor.is_partner else company.get_absolute_url()


def _frame(actor: Actor, company: Partner) -> dict[str, Any]:
    """The frame and the way back, which differ between desk and portal."""
    return {
        "shell": "portal.html" if actor.is_partner else "desk.html",
        "company": company,
        "home": _home(actor, company),
        "is_portal": actor.is_partner,
    }


@require_http_methods(["GET", "HEAD", "POST"])
def person_new(request: HttpRequest, public_id: UUID | None = None) -> HttpResponse:
    """Invite somebody to sign in for a company."""
    actor = access.actor_of(request)
    company = _company(actor, public_id)
    if company.merged_into_id:
        raise Http404
    form = PersonForm(
        request.POST if request.method == "POST" else None, initial={"roles": ["sales"]}
    )
    if request.method == "POST" and form.is_valid():

        def invite() -> Membership:
            return add_person(company, by=actor.user, now=timezone.now(), **form.cleaned_data)

        if tried(form, invite) is not None:
            words = _("%(who)s can sign in from now on. The mail is on its way.")
            messages.success(request, words % {"who": form.cleaned_data["name"]})
            return redirect(_home(actor, company))
    status = 422 if form.errors else 200
    context = _frame(actor, company) | {"form": form}
    return render(request, f"{FOLDER}/new.html", context, status=status)


def _member(actor: Actor, public_id: UUID) -> Membership:
    return access.get_or_404(actor, Membership, public_id, "user", "partner__merged_into")


@require_http_methods(["GET", "HEAD", "POST"])
def person(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The roles of one person of a company."""
    actor = access.actor_of(request)
    member = _member(actor, public_id)
    form = RolesForm(
        request.POST if request.method == "POST" else None, initial={"roles": member.roles}
    )
    if request.method == "POST" and form.is_valid():

        def change() -> Membership:
            roles = form.cleaned_data["roles"]
            return colleagues.change_roles(member, roles, by=actor.user, now=timezone.now())

        if tried(form, change) is not None:
            messages.success(request, _("The roles of %(who)s are changed.") % {"who": member.user})
            return redirect(_home(actor, member.partner))
    return _person_page(request, member, form)


def _person_page(request: HttpRequest, member: Membership, form: Form) -> HttpResponse:
    actor = access.actor_of(request)
    context = _frame(actor, member.partner) | {
        "member": member,
        "form": form,
        "is_self": actor.user == member.user,
    }
    status = 422 if form.errors else 200
    return render(request, f"{FOLDER}/person.html", context, status=status)


@require_POST
def person_remove(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A person leaves a company."""
    actor = access.actor_of(request)
    member = _member(actor, public_id)
    form = RolesForm({"roles": member.roles})
    form.is_valid()

    def remove() -> Membership:
        return colleagues.remove_person(member, by=actor.user, now=timezone.now())

    if tried(form, remove) is None:
        return _person_page(request, member, form)
    words = _("%(who)s cannot sign in for %(company)s any more.")
    messages.success(request, words % {"who": member.user, "company": member.partner})
    if actor.user == member.user:
        return redirect("/")
    return redirect(_home(actor, member.partner))


@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """All partners of one of our people go to somebody else."""
    actor, now = access.actor_of(request), timezone.now()
    giver = access.scope(actor, User).filter(public_id=public_id).first()
    if giver is None:
        raise Http404
    first = {"valid_from": config.program().local_date(now), "with_territories": True}
    form = HandOverForm(
        request.POST if request.method == "POST" else None, actor=actor, giver=giver, initial=first
    )
    if request.method == "POST" and form.is_valid():

        def give() -> dict[str, int]:
            values = dict(form.cleaned_data)
            taker = values.pop("manager")
            return colleagues.hand_over(giver, taker, by=actor.user, now=now, **values)

        numbers = tried(form, give)
        if numbers is not None:
            words = _("Handed over to %(who)s. Partners: %(partners)s, territories: "
                      "%(territories)s, open tasks: %(tasks)s.")  # fmt: skip
            messages.success(request, words % {"who": form.cleaned_data["manager"], **numbers})
            return redirect("people:person_detail", public_id)
    context = {"person": giver, "form": form, "held": _held(actor, giver)}
    status = 422 if form.errors else 200
    return render(request, f"{FOLDER}/hand_over.html", context, status=status)


def _held(actor: Actor, giver: User) -> dict[str, Any]:
    """What one of our people looks after today."""
    rows = access.scope(actor, PartnerProfile).filter(valid_to=None, manager=giver)
    ids = rows.values("partner__public_id")
    tasks = access.scope(actor, Task).filter(owner=giver, state=Task.State.OPEN, company__in=ids)
    return {
        "partners": rows.count(),
        "names": rows.order_by("partner__name").values_list("partner__name", flat=True)[:12],
        "territories": access.scope(actor, Territory).filter(manager=giver).order_by("region"),
        "tasks": tasks.count(),
    }
