"""Pages about saved views: save one, rename, share or delete it."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from prm.common import access
from prm.common.errors import InvalidInput
from prm.common.models import SavedView
from prm.common.savedviews import places, services
from prm.common.savedviews.forms import NewViewForm, ViewForm

FORM = "savedviews/edit.html"


@require_POST
def view_save(request: HttpRequest) -> HttpResponse:
    """Save the list as it is seen; the person is back at the list, which now has this view."""
    actor = access.actor_of(request)
    form = NewViewForm(request.POST, actor=actor)
    if form.is_valid():
        shared = bool(form.cleaned_data.pop("is_shared", False))
        try:
            view = services.save_view(
                actor, is_shared=shared, now=timezone.now(), **form.cleaned_data
            )
        except InvalidInput as refusal:
            form.add_error(refusal.field if refusal.field == "name" else None, refusal.message)
        else:
            messages.success(request, _("%(name)s is saved above the list.") % {"name": view})
            return redirect(places.PLACES[view.list_key].url(view.query))
    return render(request, FORM, {"form": form, "list_url": _list_url(request)}, status=422)


def _list_url(request: HttpRequest) -> str:
    """Where the person came from, if it is a list that this person has."""
    try:
        place = places.place_for(access.actor_of(request), request.POST.get("list_key", ""))
    except InvalidInput:
        return "/"
    return place.url()


@require_http_methods(["GET", "HEAD", "POST"])
def view_edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Rename or share one of one's own views."""
    actor, view, now = access.actor_of(request), _own(request, public_id), timezone.now()
    first = {"name": view.name, "is_shared": view.is_shared}
    form = ViewForm(request.POST or None, initial=first, actor=actor)
    place = places.PLACES[view.list_key]
    if request.method == "POST" and form.is_valid():
        shared = bool(form.cleaned_data.get("is_shared", False))
        try:
            services.rename_view(view, name=form.cleaned_data["name"], by=actor.user, now=now)
        except InvalidInput as refusal:
            form.add_error("name", refusal.message)
        else:
            services.share_view(view, is_shared=shared, by=actor.user, now=now)
            messages.success(request, _("Your changes are saved."))
            return redirect(place.url(view.query))
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "view": view, "list_url": place.url(view.query)}
    return render(request, FORM, context, status=status)


@require_POST
def view_delete(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Remove one of one's own views."""
    view = _own(request, public_id)
    url = places.PLACES[view.list_key].url()
    services.delete_view(view, by=access.actor_of(request).user, now=timezone.now())
    messages.success(request, _("%(name)s is deleted.") % {"name": view.name})
    return redirect(url)


def _own(request: HttpRequest, public_id: UUID) -> SavedView:
    """One's own view of a list; colleagues' shared ones can be used, not changed."""
    actor = access.actor_of(request)
    view = access.get_or_404(actor, SavedView, public_id)
    if actor.user is None or view.owner_id != actor.user.pk or view.list_key not in places.PLACES:
        raise Http404
    return view
