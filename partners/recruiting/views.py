"""Desk pages about applications: the queue, one application, the decision."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_stubs_ext import StrOrPromise

from partners.accounts.forms import known_words
from partners.accounts.models import Membership
from partners.recruiting import services
from partners.recruiting.deskforms import ApproveForm, AskForm, RejectForm, WithdrawForm
from partners.recruiting.fitting import NAMES
from partners.recruiting.listing import TONES, application_listing
from partners.recruiting.models import Application, ApplicationMessage
from partners.recruiting.selectors import doubles_of, partner_in_sight
from prm.common import access, config
from prm.common.access import Actor
from prm.common.errors import DomainError
from prm.common.exports import file_of, wants_file
from prm.common.listpages import page_of
from prm.common.segments import counts_of, wants_counts

FOLDER = "partners/recruiting"


@require_safe
def application_list(request: HttpRequest) -> HttpResponseBase:
    """The queue: what waits for a decision, the oldest first; and all that was decided."""
    actor = access.actor_of(request)
    rows = access.scope(actor, Application).select_related("form", "partner")
    listing = application_listing(actor)
    if wants_file(request):
        return file_of(request, rows, listing, "applications")
    if wants_counts(request):
        return counts_of(request, rows, listing)
    context = {
        "page": page_of(request, rows, listing),
        "today": config.program().local_date(timezone.now()),
        "tones": TONES,
    }
    return render(request, f"{FOLDER}/list.html", context)


def _application(request: HttpRequest, public_id: UUID) -> Application:
    actor = access.actor_of(request)
    links = ("form", "partner", "decided_by", "invitation", "invitation__by")
    return access.get_or_404(actor, Application, public_id, *links)


@require_safe
def application_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One application: what was said, how it fits, what it may be twice, what can be done."""
    return _detail(request, _application(request, public_id))


def _detail(request: HttpRequest, application: Application, **failed: Form) -> HttpResponse:
    """The page; a form that came back with errors stands open on it (422)."""
    actor = access.actor_of(request)
    steps = Application.NEXT[application.state] if actor.has(*access.MANAGES) else {}
    today = config.program().local_date(timezone.now())
    talk = access.scope(actor, ApplicationMessage).filter(application=application)
    context: dict[str, Any] = {
        "application": application,
        "partner": partner_in_sight(actor, application),
        "tone": TONES[application.state],
        "conversation": talk.select_related("by"),
        "doubles": doubles_of(application, actor),
        "fit_lines": _fit_lines(application),
        "waits": (today - application.applied_on).days,
        "may": {name: name in steps for name in ("approve", "reject", "ask", "withdraw")},
        "reject_form": RejectForm(auto_id="reject_%s"),
        "ask_form": AskForm(auto_id="ask_%s"),
        "withdraw_form": WithdrawForm(auto_id="withdraw_%s"),
        "failed": next(iter(failed.values()), None),
        **_neighbours(actor, application),
        **failed,
    }
    return render(request, f"{FOLDER}/detail.html", context, status=422 if failed else 200)


def _fit_lines(application: Application) -> list[dict[str, Any]]:
    """Each criterion as people read it: met, not met or not known; the value and what we want."""
    words = {
        "met": ("good", _("Met")),
        "unmet": ("bad", _("Not met")),
        "unknown": ("grey", _("Not known")),
    }
    found = []
    for line in application.fit_reasons:
        tone, word = words.get(line.get("result"), words["unknown"])
        value = line.get("value")
        said = ", ".join(map(str, value)) if isinstance(value, list) else value
        wanted = ", ".join(line.get("wanted") or ())
        least = line.get("least")
        found.append(
            {
                "name": NAMES.get(line.get("key"), line.get("key")),
                "weight": line.get("weight"),
                "tone": tone,
                "word": word,
                "said": "" if said is None else said,
                "wanted": wanted or (_("%(n)s or more") % {"n": least} if least else ""),
            }
        )
    return found


def _neighbours(actor: Actor, application: Application) -> dict[str, Application | None]:
    """The applications before and after it in the queue."""
    queue = access.scope(actor, Application).waiting().exclude(pk=application.pk)  # type: ignore[attr-defined]
    at = application.applied_at
    return {
        "earlier": queue.filter(applied_at__lte=at).order_by("-applied_at", "-pk").first(),
        "later": queue.filter(applied_at__gte=at).order_by("applied_at", "pk").first(),
    }


@require_http_methods(["GET", "HEAD", "POST"])
def application_approve(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What the new partner is; then the company is one, and its person is invited."""
    actor, now = access.actor_of(request), timezone.now()
    application = _application(request, public_id)
    data = request.POST if request.method == "POST" else None
    form = ApproveForm(data, actor=actor, application=application)
    if data is not None and form.is_valid():

        def approve() -> Application:
            values = form.values(config.program().local_date(now))
            return services.approve_application(application, by=actor.user, now=now, **values)

        done = _tried(form, approve)
        if done is not None:
            messages.success(request, _approved_text(done))
            return redirect(partner_in_sight(actor, done) or "recruiting:application_list")
    context = {
        "application": application,
        "form": form,
        "known": known_words(actor),
        "doubles": doubles_of(application, actor),
        "is_open": "approve" in Application.NEXT[application.state],
    }
    status = 422 if form.errors else 200
    return render(request, f"{FOLDER}/approve.html", context, status=status)


def _approved_text(application: Application) -> str:
    words = {"company": application.partner, "email": application.email}
    if not application.email:
        return _("%(company)s is a partner now.") % words
    people = Membership.objects.filter(partner=application.partner, is_active=True)
    if not people.filter(user__email=application.email).exists():
        return (
            _("Approved. Whether %(email)s may sign in for %(company)s is decided there.") % words
        )
    return _("%(company)s is a partner now. %(email)s is invited to the portal.") % words


def _tried(form: Form, step: Callable[[], Application]) -> Application | None:
    """Take a step; a refusal of the service becomes an error of its field."""
    try:
        return step()
    except DomainError as refusal:
        field = getattr(refusal, "field", "")
        field = {"partner": "known_partner"}.get(field, field)
        form.add_error(field if field in form.fields else None, refusal.message)
        return None


def _step(
    name: str, kind: type[Form], take: Callable[..., Application], said: StrOrPromise
) -> Callable[..., HttpResponse]:
    """The view of a step that takes a small form: back to the queue when it is done."""

    @require_POST
    def view(request: HttpRequest, public_id: UUID) -> HttpResponse:
        application = _application(request, public_id)
        form = kind(request.POST, auto_id=f"{name}_%s")
        by = access.actor_of(request).user

        def step() -> Application:
            return take(application, by=by, now=timezone.now(), **form.cleaned_data)

        if not form.is_valid() or _tried(form, step) is None:
            return _detail(request, application, **{f"{name}_form": form})
        messages.success(request, str(said) % {"company": application})
        return redirect("recruiting:application_list")

    view.__doc__ = take.__doc__
    return view


application_reject = _step(
    "reject", RejectForm, services.reject_application, gettext_lazy("%(company)s is rejected.")
)
application_ask = _step(
    "ask", AskForm, services.ask_for_detail, gettext_lazy("%(company)s is asked for more detail.")
)
application_withdraw = _step(
    "withdraw",
    WithdrawForm,
    services.withdraw_application,
    gettext_lazy("%(company)s is withdrawn."),
)
