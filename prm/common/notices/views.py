"""The inbox: what one is told; and the door that stops mails without sign-in."""

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from prm.common import access, lists, viewer
from prm.common.display import number
from prm.common.exports import file_of, wants_file
from prm.common.listpages import page_of
from prm.common.models import Notice, User
from prm.common.notices import selectors, services, unsubscribing
from prm.common.notices.listing import notice_listing, readers
from prm.common.notices.reading import lines_of
from prm.common.segments import counts_of, wants_counts


@require_safe
def notice_list(request: HttpRequest) -> HttpResponseBase:
    """What this person is told, newest first."""
    actor = access.actor_of(request)
    notices = selectors.inbox_of(actor)
    listing = notice_listing(actor, timezone.now())
    if wants_file(request):
        return file_of(request, notices, listing, "notifications")
    if wants_counts(request):
        return counts_of(request, notices, listing)
    page = page_of(request, notices, listing)
    return render(request, "notices/list.html", {"page": page})


def _own(request: HttpRequest, public_id: UUID) -> Notice:
    return access.get_or_404(access.actor_of(request), Notice, public_id)


@require_POST
def notice_open(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Mark a notice as read and go where it leads, as the company that it is about."""
    notice, actor = _own(request, public_id), access.actor_of(request)
    _mark(request, notice)
    (line,) = lines_of([notice], readers(actor))
    if line.is_gone or not line.url:
        if line.is_gone:
            messages.warning(request, line.sentence)
        return redirect("notices:notice_list")
    if line.actor is not None and line.actor.partner_id != actor.partner_id:
        access.go_on_as(request, line.actor)
    return redirect(line.url)


@require_POST
def notice_read(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Mark a notice as read, or one that was read as unread again."""
    notice = _own(request, public_id)
    if notice.read_at is None:
        _mark(request, notice)
    else:
        person = cast("User", request.user)
        services.mark_unread(person, Notice.objects.filter(pk=notice.pk))
    return _back(request)


def _mark(request: HttpRequest, notice: Notice) -> None:
    person = cast("User", request.user)  # the policy lets nobody else in
    services.mark_read(person, Notice.objects.filter(pk=notice.pk), now=timezone.now())


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark everything as read that this person is told in the app."""
    actor, person = access.actor_of(request), cast("User", request.user)
    n = services.mark_read(person, selectors.inbox_of(actor), now=timezone.now())
    words = ngettext(
        "%(n)s notification is marked as read.", "%(n)s notifications are marked as read.", n
    )
    messages.success(request, words % {"n": number(n)})
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    """To the list as it was seen: only what the list knows comes back."""
    listing = notice_listing(access.actor_of(request), timezone.now())
    asked = lists.asked_of(QueryDict(request.POST.get("back", "")[:1000]), listing)
    page = str(asked.page) if asked.page > 1 else None
    query = asked.query(page=page)
    return redirect(reverse("notices:notice_list") + (query if query != "?" else ""))


@csrf_exempt  # mail programs press the button (RFC 8058); the signed ticket is what allows it
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest) -> HttpResponse:
    """Stop the mails of the kinds that a mail told, without sign-in."""
    ticket = unsubscribing.opened(request.GET.get("ticket", ""))
    if ticket is None:
        is_link = request.method != "POST" and "ticket" not in request.GET  # half of it is gone
        status = 200 if is_link else 422
        return render(request, "notices/unsubscribe.html", {"is_bad": True}, status=status)
    with viewer.speaking_to(ticket.person, otherwise=str(request.LANGUAGE_CODE)):
        context = {"ticket": ticket, "is_done": request.method == "POST"}
        if request.method == "POST":
            unsubscribing.stop(ticket, now=timezone.now())
        return render(request, "notices/unsubscribe.html", context)
