"""The desk's page about who stands below whom."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from partners.accounts.models import Partner
from partners.hierarchy import services
from partners.hierarchy.forms import PlaceForm, TakeOutForm
from partners.hierarchy.models import PartnerLink
from prm.common import access, config
from prm.common.errors import DomainError
from prm.common.forms import Form, show_refusal

SHOWN = 200


@dataclass(frozen=True)
class Line:
    """A link, and the partner at its other end (None: one that somebody else looks after)."""

    link: PartnerLink
    other: Partner | None


@require_http_methods(["GET", "HEAD", "POST"])
def hierarchy(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Above and below a partner, over time; place it below another one."""
    actor, now = access.actor_of(request), timezone.now()
    partner = access.get_or_404(actor, Partner, public_id)
    first = {"valid_from": config.program().local_date(now)}
    form = PlaceForm(request.POST if request.method == "POST" else None, actor=actor, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            link = services.place_below(partner, by=actor.user, now=now, **form.cleaned_data)
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            words = _("%(name)s stands below %(parent)s now.")
            messages.success(request, words % {"name": partner.name, "parent": link.parent.name})
            return redirect("hierarchy:hierarchy", public_id)
    return _page(request, partner, form=form)


@require_POST
def take_out(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The partner stands below nobody from a day on."""
    actor, now = access.actor_of(request), timezone.now()
    partner = access.get_or_404(actor, Partner, public_id)
    form = TakeOutForm(request.POST, auto_id="out_%s")
    if form.is_valid():
        try:
            services.take_out(partner, by=actor.user, now=now, **form.cleaned_data)
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("%(name)s stands below nobody now.") % {"name": partner})
            return redirect("hierarchy:hierarchy", public_id)
    return _page(request, partner, out_form=form)


def _page(request: HttpRequest, partner: Partner, **forms: Form) -> HttpResponse:
    actor = access.actor_of(request)
    today = {"valid_from": config.program().local_date(timezone.now())}
    rows = access.scope(actor, PartnerLink).filter(Q(child=partner) | Q(parent=partner))
    links = list(rows.order_by("-valid_from").select_related("child", "parent")[:SHOWN])
    others = {link.child_id for link in links} | {link.parent_id for link in links}
    known = access.scope(actor, Partner).in_bulk(others)
    above = [Line(link, known.get(link.parent_id)) for link in links if link.child == partner]
    below = [Line(link, known.get(link.child_id)) for link in links if link.parent == partner]
    context: dict[str, Any] = {
        "partner": partner,
        "above": above,
        "below": sorted(below, key=lambda line: line.link.valid_to is not None),
        "is_below": any(line.link.valid_to is None for line in above),
        "may_change": actor.has(*access.MANAGES) and partner.merged_into_id is None,
        "form": PlaceForm(actor=actor, initial=today),
        "out_form": TakeOutForm(initial=today, auto_id="out_%s"),
        **forms,
    }
    failed = any(form.errors for form in forms.values())
    return render(request, "partners/hierarchy/page.html", context, status=422 if failed else 200)
