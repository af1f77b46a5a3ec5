"""The mails of the story: most are sent, some wait for a digest, one never arrived."""

from datetime import datetime, timedelta

from django.db.models import F

from prm.common.mail import MAX_ATTEMPTS
from prm.common.models import Notice, OutboxMail, User
from prm.common.notices.deliveries import deliver_due
from prm.common.notices.models import When
from prm.common.notices.services import choose
from prm.management.demo import cast, words
from prm.management.demo.people import email_of

FRESH = timedelta(days=3)  # older ones were mailed on their day, and their text is forgotten
BOUNCED = "SMTPRecipientsRefused: 550 5.1.1 This mailbox does not exist"
BUSY = "SMTPServerDisconnected: 451 4.7.1 Try again later"


def choose_otherwise(now: datetime) -> None:
    """Two managers of ours want to be told in another way than usual."""
    jonas, priya = (
        User.objects.get(email=email_of(name, words.VENDOR_DOMAIN)) for name in cast.MANAGERS[1:3]
    )
    choose(jonas, {"partner_tier_moved": (False, When.WEEKLY)}, by=jonas, now=now)
    choose(
        priya,
        {
            "partner_tier_moved": (True, When.AT_ONCE),
            "partner_tier_risk": (True, When.NEVER),
        },
        by=priya,
        now=now,
    )


def send_out(now: datetime) -> int:
    """What was due is mailed; returns how many mails of these days there are."""
    old = Notice.objects.filter(mail_due_at__lte=now - FRESH)
    old.update(mailed_at=F("mail_due_at"), mail_due_at=None)
    deliver_due(now)
    rows = list(OutboxMail.objects.filter(sent_at=None, attempts=0).order_by("pk"))
    trying, lost, sent = rows[-2:-1], rows[-3:-2], rows[:-3]  # the last one waits
    soon = now + timedelta(minutes=4)
    for mail in sent:
        mail.attempts, mail.sent_at = 1, max(mail.created_at, mail.due_at)
    for mail in lost:
        mail.attempts, mail.error = MAX_ATTEMPTS, BOUNCED
    for mail in trying:
        mail.attempts, mail.error, mail.due_at = 2, BUSY, soon
    OutboxMail.objects.bulk_update(rows, ["attempts", "sent_at", "error", "due_at"])
    return len(rows)
