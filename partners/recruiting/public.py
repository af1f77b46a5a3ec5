"""Pages for people without an account: apply, follow an application, ask for access.

No page tells whether a company, person or address is known. Programs are kept off by a trap field,
a signed time and limits; the mail that confirms the address does the rest.
"""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from partners.recruiting import accessing, counting, inviting, links, services
from partners.recruiting.accessmodels import AccessRequest
from partners.recruiting.fitting import region_of
from partners.recruiting.forms import (
    AccessForm,
    AnswerForm,
    ApplyForm,
    kept_stamp,
    new_stamp,
    stamp_problem,
)
from partners.recruiting.models import (
    Application,
    ApplicationForm,
    ApplicationInvitation,
    VisitCount,
)
from partners.recruiting.rules import CONFIRM_DAYS
from prm.common.errors import DomainError
from prm.common.limits import spent

FOLDER = "partners/recruiting/public"


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """All forms that are open, and the way for people of companies that are partners already."""
    forms = ApplicationForm.objects.filter(is_open=True, by_invitation=False)
    return render(request, f"{FOLDER}/start.html", {"forms": forms})


@require_safe
def apply(request: HttpRequest, slug: str) -> HttpResponse:
    """What a form is about, who can apply, what happens then."""
    form = get_object_or_404(ApplicationForm, slug=slug)
    channel = counting.channel_of(form, request.GET.get("source", ""))
    if request.method == "GET" and not _is_prefetch(request):
        counting.count(form, VisitCount.Step.VISITED, channel, timezone.now())
    return render(request, f"{FOLDER}/apply.html", {"form": form, "channel": channel})


def _is_prefetch(request: HttpRequest) -> bool:
    return "prefetch" in request.headers.get("Sec-Purpose", "")


@require_http_methods(["GET", "HEAD", "POST"])
def apply_form(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The form itself; sent, it leads to the same page for everybody."""
    form = get_object_or_404(ApplicationForm, slug=slug)
    if not form.is_open or form.by_invitation:
        return render(request, f"{FOLDER}/apply.html", {"form": form})
    channel = counting.channel_of(form, request.GET.get("source", ""))
    return _application(request, form, channel, None)


@require_http_methods(["GET", "HEAD", "POST"])
def invited(request: HttpRequest, secret: str) -> HttpResponseBase:
    """The form behind the link of an invitation, with what we know filled in."""
    invitation = inviting.invitation_of(secret, timezone.now())
    if invitation is None or not invitation.form.is_open:
        return _over(request)
    return _application(request, invitation.form, "invitation", invitation)


def _over(request: HttpRequest) -> HttpResponse:
    """A link of a mail that opens nothing (any more); says nothing about why."""
    return render(request, f"{FOLDER}/over.html", status=410)


def _application(
    request: HttpRequest,
    form: ApplicationForm,
    channel: str,
    invitation: ApplicationInvitation | None,
) -> HttpResponseBase:
    now = timezone.now()
    known = {}
    if invitation is not None:
        known = {
            "company": invitation.company,
            "contact_name": invitation.name,
            "email": invitation.email,
        }
    if request.method != "POST":
        if request.method == "GET" and not _is_prefetch(request):
            counting.count(form, VisitCount.Step.STARTED, channel, now)
        page = ApplyForm(None, form=form, initial=known)
        return _form_page(request, page, new_stamp(), form=form, invitation=invitation)
    page = ApplyForm(request.POST, form=form)
    stamp, refused = _judged(request, page, "apply")
    if refused is not None:
        return refused
    if page.errors:
        return _form_page(request, page, stamp, form=form, invitation=invitation)
    values = page.values()
    try:
        services.submit_application(
            form,
            now=now,
            invitation=invitation,
            language=get_language() or "",
            region=region_of(values["country"]),
            **{"channel": channel, **values},
        )
    except DomainError as refusal:
        page.add_error(None, refusal.message)
        return _form_page(request, page, stamp, form=form, invitation=invitation)
    return redirect("recruiting:sent")


def _judged(
    request: HttpRequest, page: ApplyForm | AccessForm, action: str
) -> tuple[str, HttpResponseBase | None]:
    """The stamp for the next try, and the answer to a program or to too many tries.

    A program in the trap gets the page that everybody gets.
    """
    if page.is_trapped:
        return "", redirect("recruiting:sent")
    stamp = request.POST.get("stamp", "").replace("\0", "")
    problem = stamp_problem(stamp)
    if problem:
        page.add_error(None, problem)
        return kept_stamp(stamp), None
    if page.is_valid():
        return stamp, spent(request, action, page.cleaned_data["email"])
    return stamp, None


def _form_page(request: HttpRequest, page: Any, stamp: str, **more: object) -> HttpResponse:
    context = {"page": page, "stamp": stamp, **more}
    name = "access" if isinstance(page, AccessForm) else "form"
    status = 422 if page.errors else 200
    return render(request, f"{FOLDER}/{name}.html", context, status=status)


@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    """What happens next; the same for everybody."""
    return render(request, f"{FOLDER}/sent.html")


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, secret: str) -> HttpResponseBase:
    """The link of the first mail: one button, since programs open the links of mails too."""
    now = timezone.now()
    application, refused = _opened(request, Application, "confirm", secret, now, CONFIRM_DAYS)
    if refused is not None:
        return refused
    assert application is not None  # noqa: S101 - else the link was refused
    if application.state == Application.State.EXPIRED:
        return _over(request)
    if application.state != Application.State.UNCONFIRMED:  # done before, by the same mail
        return redirect(links.path("status", application, now))
    context: dict[str, Any] = {"application": application}
    if request.method == "POST":
        try:
            application = services.confirm_application(application, now=now)
        except DomainError as refusal:
            context["refusal"] = refusal.message
            return render(request, f"{FOLDER}/confirm.html", context, status=409)
        return redirect(links.path("status", application, now))
    return render(request, f"{FOLDER}/confirm.html", context)


def _opened(
    request: HttpRequest, model: Any, route: str, secret: str, now: datetime, days: int
) -> tuple[Any, HttpResponseBase | None]:
    """The row behind the link of a mail, or the page that says that it opens nothing."""
    refused = spent(request, "open_letter", "")
    if refused is not None:
        return None, refused
    row = links.opened(model, route, secret, now, days)
    return row, _over(request) if row is None else None


@require_http_methods(["GET", "HEAD", "POST"])
def status(request: HttpRequest, secret: str) -> HttpResponseBase:
    """How the own application stands; a question is answered here."""
    now = timezone.now()
    row, refused = _opened(request, Application, "status", secret, now, services.STATUS_DAYS)
    if refused is not None:
        return refused
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.answer_detail(row, text=form.cleaned_data["text"], now=now)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            return redirect("recruiting:status", secret)
    context = {
        "application": row,
        "conversation": row.messages.all(),
        "form": form,
        "secret": secret,
        "may_withdraw": "withdraw" in Application.NEXT[row.state],
        "may_answer": "answer" in Application.NEXT[row.state],
    }
    code = 422 if form.errors else 200
    return render(request, f"{FOLDER}/status.html", context, status=code)


@require_POST
def withdraw(request: HttpRequest, secret: str) -> HttpResponseBase:
    """The applicant no longer wants to."""
    now = timezone.now()
    row, refused = _opened(request, Application, "status", secret, now, services.STATUS_DAYS)
    if refused is not None:
        return refused
    if "withdraw" in Application.NEXT[row.state]:
        services.withdraw_application(row, by=None, now=now)
    return redirect("recruiting:status", secret)


@require_http_methods(["GET", "HEAD", "POST"])
def access(request: HttpRequest) -> HttpResponseBase:
    """Ask to sign in for a company that is a partner already."""
    if request.method != "POST":
        return _form_page(request, AccessForm(), new_stamp())
    page = AccessForm(request.POST)
    stamp, refused = _judged(request, page, "request_access")
    if refused is not None:
        return refused
    if page.errors:
        return _form_page(request, page, stamp)
    given = {key: page.cleaned_data[key] for key in ("name", "email", "company")}
    accessing.request_access(**given, language=get_language() or "", now=timezone.now())
    return redirect("recruiting:sent")


@require_http_methods(["GET", "HEAD", "POST"])
def confirm_access(request: HttpRequest, secret: str) -> HttpResponseBase:
    """The link of the mail about access: one button."""
    now = timezone.now()
    row, refused = _opened(request, AccessRequest, "confirm_access", secret, now, CONFIRM_DAYS)
    if refused is not None:
        return refused
    if row.state == AccessRequest.State.EXPIRED:
        return _over(request)
    is_done = row.state != AccessRequest.State.UNCONFIRMED
    if request.method == "POST" and not is_done:
        accessing.confirm_access(row, now=now)
    if request.method == "POST" or is_done:
        return render(request, f"{FOLDER}/access_done.html")
    return render(request, f"{FOLDER}/confirm_access.html", {"asked": row})
