"""Desk pages: the duplicates report, the merge with its preview, the log of merges."""

from contextlib import suppress
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from partners.accounts.models import Partner
from partners.merging import services
from partners.merging.forms import MergeForm, OtherForm
from partners.merging.listing import merge_listing, pair_listing
from partners.merging.models import Apart
from partners.merging.selectors import duplicates, merges, preview
from prm.common import access
from prm.common.access import Actor
from prm.common.errors import DomainError
from prm.common.exports import file_of, wants_file
from prm.common.listpages import page_of
from prm.common.segments import counts_of, wants_counts


@require_safe
def duplicate_list(request: HttpRequest) -> HttpResponseBase:
    """Partners that may be one company."""
    pairs, listing = duplicates(access.actor_of(request)), pair_listing()
    if wants_file(request):
        return file_of(request, pairs, listing, "duplicates")
    if wants_counts(request):
        return counts_of(request, pairs, listing)
    return render(
        request, "partners/merging/pairs.html", {"page": page_of(request, pairs, listing)}
    )


@require_safe
def merge_list(request: HttpRequest) -> HttpResponseBase:
    """What was merged, with the way back."""
    rows, listing = merges(access.actor_of(request)), merge_listing()
    if wants_file(request):
        return file_of(request, rows, listing, "merges")
    if wants_counts(request):
        return counts_of(request, rows, listing)
    return render(
        request, "partners/merging/merges.html", {"page": page_of(request, rows, listing)}
    )


def _named(actor: Actor, text: str) -> Partner:
    """The partner of an id that came with a form. Raises Http404."""
    with suppress(ValueError):
        return access.get_or_404(actor, Partner, UUID(text))
    raise Http404


@require_POST
def keep_apart(request: HttpRequest) -> HttpResponse:
    """Two partners are two companies."""
    actor = access.actor_of(request)
    try:
        one, other = (_named(actor, request.POST.get(key, "")) for key in ("one", "other"))
        services.keep_apart(one, other, by=actor.user, now=timezone.now())
    except Http404:
        messages.error(request, _("Choose two partners."))
        return redirect("merging:duplicate_list")
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect("merging:duplicate_list")
    words = _("%(one)s and %(other)s are two companies. They are no longer reported.")
    messages.success(request, words % {"one": one.name, "other": other.name})
    return redirect("merging:duplicate_list")


@require_POST
def doubt_again(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Two partners may be one company after all."""
    actor = access.actor_of(request)
    said = access.get_or_404(actor, Apart, public_id)
    services.doubt_again(said, by=actor.user, now=timezone.now())
    messages.success(request, _("The pair is reported again."))
    return redirect("merging:duplicate_list")


@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Merge a record into another one: first the other one, then what would happen, then it."""
    actor = access.actor_of(request)
    stub = access.get_or_404(actor, Partner, public_id)
    if stub.merged_into_id:
        raise Http404
    wanted = request.POST.get("into") or request.GET.get("into")
    if not wanted:
        return _choose(request, actor, stub)
    into = _named(actor, wanted)
    form = MergeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.merge_partner(
                stub, into=into, by=actor.user, now=timezone.now(), **form.cleaned_data
            )
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            words = _("%(stub)s is merged into %(into)s. The log of merges takes it apart again.")
            messages.success(request, words % {"stub": stub.name, "into": into.name})
            return redirect(into)
    context = {
        "stub": stub, "into": into, "form": form, "preview": preview(stub, into),
    }  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, "partners/merging/merge.html", context, status=status)


def _choose(request: HttpRequest, actor: Actor, stub: Partner) -> HttpResponse:
    """Which record survives: asked by name."""
    is_asked = "name" in request.GET
    form = OtherForm(request.GET if is_asked else None, actor=actor)
    if is_asked and form.is_valid():
        into: Partner = form.cleaned_data["name"]
        if into.pk != stub.pk:
            address = reverse("merging:merge", args=[stub.public_id])
            return redirect(f"{address}?into={into.public_id}")
        form.add_error("name", _("Choose another partner: these two are the same record."))
    context = {"stub": stub, "form": form}
    return render(
        request, "partners/merging/choose.html", context, status=422 if form.errors else 200
    )


@require_POST
def unmerge(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take a merge back."""
    actor = access.actor_of(request)
    stub = access.get_or_404(actor, Partner, public_id)
    try:
        services.unmerge_partner(stub, by=actor.user, now=timezone.now())
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect("merging:merge_list")
    messages.success(request, _("%(name)s stands for itself again.") % {"name": stub.name})
    return redirect(stub)
