"""Desk pages about contracts: the list, signing one, renewing, ending and suspending it."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from partners.accounts.agreements import NOTICE, sign_contract
from partners.accounts.models import Contract, Partner
from partners.contracts import services
from partners.contracts.forms import EndForm, NewContractForm, RenewForm, day_after
from partners.contracts.listing import contract_listing
from prm.common import access, config
from prm.common.exports import file_of, wants_file
from prm.common.forms import Form, tried
from prm.common.listpages import page_of
from prm.common.segments import counts_of, wants_counts

FOLDER = "partners/contracts"


@require_safe
def contract_list(request: HttpRequest) -> HttpResponseBase:
    """The contracts that this person may know of."""
    today = config.program().local_date(timezone.now())
    rows = access.scope(access.actor_of(request), Contract).select_related("partner")
    listing = contract_listing(today)
    if wants_file(request):
        return file_of(request, rows, listing, "contracts")
    if wants_counts(request):
        return counts_of(request, rows, listing)
    context = {"page": page_of(request, rows, listing), "today": today}
    return render(request, f"{FOLDER}/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def contract_new(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Sign a contract with a partner."""
    actor, now = access.actor_of(request), timezone.now()
    partner = access.get_or_404(actor, Partner, public_id)
    if partner.merged_into_id:
        raise Http404
    form = NewContractForm(
        request.POST if request.method == "POST" else None,
        initial={"starts_on": config.program().local_date(now), "notice_days": NOTICE},
    )
    if request.method == "POST" and form.is_valid():

        def sign() -> Contract:
            values = dict(form.cleaned_data)
            values["ends_on"] = day_after(values.pop("last_day"))
            return sign_contract(partner, by=actor.user, now=now, **values)

        if tried(form, sign) is not None:
            messages.success(request, _("The contract is on record."))
            return redirect(partner)
    status = 422 if form.errors else 200
    context = {"partner": partner, "form": form}
    return render(request, f"{FOLDER}/new.html", context, status=status)


@require_safe
def contract(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One contract, with what can be done to it."""
    return _page(request, _contract(request, public_id))


def _contract(request: HttpRequest, public_id: UUID) -> Contract:
    return access.get_or_404(access.actor_of(request), Contract, public_id, "partner")


def _page(request: HttpRequest, row: Contract, **forms: Form) -> HttpResponse:
    actor = access.actor_of(request)
    today = config.program().local_date(timezone.now())
    context = {
        "contract": row,
        "today": today,
        "may_change": actor.has(*access.MANAGES) and row.partner.merged_into_id is None,
        "renew_form": RenewForm(auto_id="renew_%s"),
        "end_form": EndForm(
            initial={
                "last_day": row.last_day or today,
                "reason": row.end_reason,
                "kind": row.end_kind,
            },
            auto_id="end_%s",
        ),
        **forms,
    }
    failed = any(form.errors for form in forms.values())
    return render(request, f"{FOLDER}/detail.html", context, status=422 if failed else 200)


@require_POST
def renew(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A contract follows this one."""
    row, form = _contract(request, public_id), RenewForm(request.POST, auto_id="renew_%s")
    by, now = access.actor_of(request).user, timezone.now()
    if form.is_valid():
        ends_on = day_after(form.cleaned_data["last_day"])
        step = lambda: services.renew_contract(row, ends_on=ends_on, by=by, now=now)  # noqa: E731
        if (following := tried(form, step)) is not None:
            messages.success(request, _("The contract is renewed."))
            return redirect("contracts:contract", following.public_id)
    return _page(request, row, renew_form=form)


@require_POST
def end(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The contract ends."""
    row, form = _contract(request, public_id), EndForm(request.POST, auto_id="end_%s")
    by, now = access.actor_of(request).user, timezone.now()
    if form.is_valid():
        ends_on = form.cleaned_data["last_day"] + timedelta(days=1)
        reason, kind = form.cleaned_data["reason"], form.cleaned_data["kind"]
        step = lambda: services.end_contract(  # noqa: E731
            row, ends_on=ends_on, reason=reason, kind=kind, by=by, now=now
        )
        if tried(form, step) is not None:
            messages.success(request, _("The end of the contract is on record."))
            return redirect("contracts:contract", public_id)
    return _page(request, row, end_form=form)


@require_POST
def suspend(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Let the contract rest, or go on."""
    row = _contract(request, public_id)
    suspended = request.POST.get("suspended") == "1"
    services.suspend_contract(
        row, suspended=suspended, by=access.actor_of(request).user, now=timezone.now()
    )
    messages.success(request, _("Your changes are saved."))
    return redirect("contracts:contract", public_id)
