"""The mail log and the audit log."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from prm.common import access
from prm.common.exports import file_of, wants_file
from prm.common.listpages import page_of
from prm.common.logbooks import listing, services
from prm.common.models import AuditEntry, OutboxMail
from prm.common.segments import counts_of, wants_counts

# A mail opened by itself: its own inline looks and our logo, nothing that runs or calls home.
AS_SENT = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' {site}; sandbox"


@require_safe
def mail_list(request: HttpRequest) -> HttpResponseBase:
    """All mails, sent and waiting."""
    mails = access.scope(access.actor_of(request), OutboxMail).defer("text", "html")
    declared = listing.mail_listing(timezone.now())
    if wants_file(request):
        return file_of(request, mails, declared, "mails")
    if wants_counts(request):
        return counts_of(request, mails, declared)
    context = {"page": page_of(request, mails, declared), "has_server": bool(settings.EMAIL_HOST)}
    return render(request, "settings/mails.html", context)


@require_safe
def mail_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One mail with its text, unless the text lets its reader sign in."""
    mail = access.get_or_404(access.actor_of(request), OutboxMail, public_id)
    context = {
        "row": listing.row_of_mail(mail),
        "mail": mail,
        "has_server": bool(settings.EMAIL_HOST),
    }
    return render(request, "settings/mail.html", context)


@require_safe
def mail_as_sent(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The HTML of a mail, as a document that can do nothing; its page where there is none."""
    mail = access.get_or_404(access.actor_of(request), OutboxMail, public_id)
    if mail.is_secret or not mail.html:
        return redirect("logs:mail_detail", mail.public_id)
    response = HttpResponse(mail.html)
    response["Content-Security-Policy"] = AS_SENT.format(site=settings.PRM_BASE_URL)
    return response


@require_POST
def mail_send_again(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Try a mail once more."""
    actor = access.actor_of(request)
    mail = access.get_or_404(actor, OutboxMail, public_id)
    services.send_again(mail, by=actor.user, now=timezone.now())
    messages.success(request, _("The mail is tried again now."))
    return redirect("logs:mail_detail", mail.public_id)


@require_safe
def audit_list(request: HttpRequest) -> HttpResponseBase:
    """Who did what to which row."""
    actor = access.actor_of(request)
    entries = access.scope(actor, AuditEntry)
    declared = listing.audit_listing(actor, timezone.now())
    if wants_file(request):
        return file_of(request, entries, declared, "audit")
    if wants_counts(request):
        return counts_of(request, entries, declared)
    return render(request, "settings/audit.html", {"page": page_of(request, entries, declared)})
