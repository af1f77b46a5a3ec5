"""Pages of costs on the desk: the list, adding one, correcting one."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from partners.costs import services
from partners.costs.forms import CostForm, moment
from partners.costs.listing import cost_listing
from partners.costs.models import Cost
from partners.costs.selectors import may_record, seen_by
from prm.common import access, config
from prm.common.errors import DomainError
from prm.common.exports import file_of, wants_file
from prm.common.listpages import page_of
from prm.common.segments import counts_of, wants_counts

FOLDER = "partners/costs"


def _rows(request: HttpRequest) -> QuerySet[Cost]:
    return access.scope(access.actor_of(request), Cost).select_related("partner")


@require_safe
def cost_list(request: HttpRequest) -> HttpResponseBase:
    """What partners cost."""
    actor, program = access.actor_of(request), config.program()
    rows, listing = _rows(request), cost_listing(actor, program, timezone.now())
    if wants_file(request):
        return file_of(request, rows, listing, "costs")
    if wants_counts(request):
        return counts_of(request, rows, listing)
    context = {
        "page": page_of(request, rows, listing),
        "currency": program.currency,
        "may_record": may_record(actor),
    }
    return render(request, f"{FOLDER}/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def cost_new(request: HttpRequest) -> HttpResponse:
    """Add a cost."""
    actor, program, now = access.actor_of(request), config.program(), timezone.now()
    form = CostForm(_posted(request), actor=actor, cost=None, program=program)

    def record() -> Cost:
        values = dict(form.cleaned_data)
        at = moment(values.pop("on"), program, now)
        seen_by(actor, values["partner"])
        return services.record_cost(**values, at=at, by=actor.user, now=now)

    if (cost := _done(form, record)) is not None:
        messages.success(request, _("%(cost)s is added.") % {"cost": cost})
        return redirect("costs:cost_list")
    return _page(request, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
def cost_edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Correct a cost; what it was stays on record."""
    actor, program, now = access.actor_of(request), config.program(), timezone.now()
    cost = access.get_or_404(actor, Cost, public_id, "partner")
    form = CostForm(_posted(request), actor=actor, cost=cost, program=program)

    def correct() -> Cost:
        changes = form.changes()
        if "on" in changes:
            changes["at"] = moment(changes.pop("on"), program, now)
        if "partner" in changes:
            seen_by(actor, changes["partner"])
        return services.correct_cost(cost, by=actor.user, now=now, **changes)

    if _done(form, correct) is not None:
        messages.success(request, _("Your changes are saved."))
        return redirect("costs:cost_list")
    return _page(request, form, cost)


def _posted(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _done(form: CostForm, write: Callable[[], Cost]) -> Cost | None:
    """What the service gives; None (and errors in the form) where a value or a rule said no."""
    if not form.is_bound or not form.is_valid():
        return None
    try:
        return write()
    except DomainError as refusal:
        field = {"at": "on"}.get(getattr(refusal, "field", ""), getattr(refusal, "field", ""))
        form.add_error(field if field in form.fields else None, refusal.message)
        return None


def _page(request: HttpRequest, form: CostForm, cost: Cost | None) -> HttpResponse:
    status = 422 if form.errors else 200
    return render(request, f"{FOLDER}/edit.html", {"form": form, "cost": cost}, status=status)
