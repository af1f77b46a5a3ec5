"""Mail goes through the outbox table: stored with the change, sent by a task, readable after.

Every mail is text and simple HTML in the programme's brand (`templates/mail/base.*`).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend as SmtpBackend
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from prm.common import viewer
from prm.common.branding.selectors import brand_of
from prm.common.config import program
from prm.common.ids import uuid7
from prm.common.models import OutboxMail

MAX_ATTEMPTS = 10
LONGEST_SUBJECT = 300
KEY, SECRET = "X-PRM-Key", "X-PRM-Secret"  # headers that only the outbox reads


def brand_context() -> dict[str, Any]:
    """What every mail's template needs: the brand, and the address of this site."""
    return {"brand": brand_of(program()), "site": settings.PRM_BASE_URL}


def address_of(path: str) -> str:
    """The full address of a page, for a mail; never that of the request, which a stranger can name.

    ``path`` is what ``reverse`` gives.
    """
    return f"{settings.PRM_BASE_URL}{path}"


def post(
    to: str,
    template: str,
    context: dict[str, Any],
    *,
    key: str = "",
    language: str = "",
    headers: dict[str, str] | None = None,
) -> None:
    """Put a mail into the outbox: `mail/<template>` as subject, text and HTML.

    It speaks the reader's language; ``language`` is that of a reader whom we do not know yet. A
    mail with a ``key`` that was posted before is not posted again. ``headers`` are what the mail
    says to mail programs.
    """
    context = brand_context() | context
    with viewer.speaking_to(viewer.reader_of(to), otherwise=language):
        subject, text, html = (
            render_to_string(f"mail/{template}{ending}", context)
            for ending in ("_subject.txt", "_message.txt", "_message.html")
        )
    said = {**(headers or {}), **({KEY: key} if key else {})}
    message = EmailMultiAlternatives(" ".join(subject.split()), text, to=[to], headers=said)
    message.attach_alternative(html, "text/html")
    message.send()


class OutboxBackend(BaseEmailBackend):
    """Writes each mail as a row; rings the bell after commit."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Store the mails, one row for each recipient."""
        now = timezone.now()
        rows = [
            OutboxMail(
                key=message.extra_headers.get(KEY) or str(uuid7()),
                to=recipient,
                subject=str(message.subject)[:LONGEST_SUBJECT],
                text=str(message.body),
                html=_html_of(message),
                created_at=now,
                due_at=now,
                headers={
                    name: value
                    for name, value in message.extra_headers.items()
                    if name not in {KEY, SECRET}
                },
                is_secret=SECRET in message.extra_headers,
            )
            for message in email_messages
            for recipient in message.recipients()
        ]
        OutboxMail.objects.bulk_create(rows, ignore_conflicts=True)
        transaction.on_commit(ring)
        return len(rows)


def _html_of(message: EmailMessage) -> str:
    parts = message.alternatives if isinstance(message, EmailMultiAlternatives) else []
    return next((str(content) for content, mime in parts if mime == "text/html"), "")


def ring() -> None:
    """Tell a worker that mails are due; one that nobody hears is found by the sweep."""
    from prm.common.jobs import send
    from prm.common.tasks import deliver_mail

    send(deliver_mail)


def deliver_due(now: datetime) -> int:
    """Send what is due; without a mail server the rows wait in the mail log. Returns the count."""
    if not settings.EMAIL_HOST:
        return 0
    sent = 0
    for _attempt in range(200):
        with transaction.atomic():
            mail = (
                OutboxMail.objects.select_for_update(skip_locked=True)
                .filter(sent_at=None, due_at__lte=now, attempts__lt=MAX_ATTEMPTS)
                .order_by("due_at")
                .first()
            )
            if mail is None:
                break
            sent += _deliver(mail, now)
    return sent


def _deliver(mail: OutboxMail, now: datetime) -> int:
    """Try once; whatever goes wrong counts for this mail alone, and the next one gets its turn."""
    mail.attempts += 1
    try:
        SmtpBackend().send_messages([_message_of(mail)])
        mail.sent_at, mail.error = now, ""
    except Exception as error:  # an address can break more than the connection
        mail.error = f"{type(error).__name__}: {error}"[:500]
        mail.due_at = now + timedelta(seconds=30 * 2**mail.attempts)
    mail.save(update_fields=["attempts", "sent_at", "error", "due_at"])
    return int(mail.sent_at is not None)


def _message_of(mail: OutboxMail) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        mail.subject, mail.text, settings.DEFAULT_FROM_EMAIL, [mail.to]
    )
    message.extra_headers.update(mail.headers)
    message.extra_headers["Message-ID"] = f"<{mail.key}@prm>"
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    return message
