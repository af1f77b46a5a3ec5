"""What a person does in the mail log."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from prm.common import audit
from prm.common.errors import Conflict
from prm.common.mail import ring
from prm.common.models import OutboxMail, User


@transaction.atomic
def send_again(mail: OutboxMail, *, by: User | None, now: datetime) -> OutboxMail:
    """Try a mail that could not be sent once more, from the first try on.

    Raises Conflict for a mail that was sent.
    """
    mail = OutboxMail.objects.select_for_update().get(pk=mail.pk)
    if mail.sent_at is not None:
        raise Conflict(_("This mail was sent already. Load the page again."))
    before = {"attempts": mail.attempts}
    mail.attempts, mail.due_at, mail.error = 0, now, ""
    mail.save(update_fields=["attempts", "due_at", "error"])
    audit.record("mail.send_again", mail, by=by, now=now, before=before, after={"attempts": 0})
    transaction.on_commit(ring)
    return mail
