"""The lists of mails and of the audit: columns, filters, search."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from prm.common import access, audit
from prm.common.access import Actor
from prm.common.lists import Column, Filter, Listing, Segment, at
from prm.common.logbooks.selectors import known_actions
from prm.common.logbooks.sentences import AuditRow, label_of, rows_of
from prm.common.mail import MAX_ATTEMPTS
from prm.common.models import AuditEntry, OutboxMail, User
from prm.common.spans import span_filter

ALL: tuple[str, StrOrPromise] = ("", _("All"))
MAILS = "mails"
STATES = {
    "sent": (_("Sent"), "good", Q(sent_at__isnull=False)),
    "waiting": (_("Waiting"), "", Q(sent_at=None, attempts=0)),
    "retrying": (
        _("Trying again"),
        "warn",
        Q(sent_at=None, attempts__gt=0, attempts__lt=MAX_ATTEMPTS),
    ),
    "failed": (_("Not sent"), "bad", Q(sent_at=None, attempts__gte=MAX_ATTEMPTS)),
}


@dataclass(frozen=True)
class MailRow:
    """A mail with its state in a word and a tone."""

    mail: OutboxMail
    state: StrOrPromise
    tone: str


def row_of_mail(mail: OutboxMail) -> MailRow:
    """The mail as the log shows it."""
    if mail.sent_at is not None:
        key = "sent"
    elif mail.attempts >= MAX_ATTEMPTS:
        key = "failed"
    else:
        key = "retrying" if mail.attempts else "waiting"
    word, tone, _rows = STATES[key]
    return MailRow(mail, word, tone)


def mail_listing(now: datetime) -> Listing[OutboxMail]:
    """The mail log, newest first."""
    return Listing(
        columns=(
            Column("to", _("To"), at("mail.to"), "to", is_fixed=True),
            Column("subject", _("Subject"), at("mail.subject"), "subject"),
            Column("state", _("Status"), at("state")),
            Column("tries", _("Tries"), at("mail.attempts"), "attempts", is_number=True),
            Column("created", _("Written"), at("mail.created_at"), "created_at"),
            Column("sent", _("Sent"), at("mail.sent_at"), "sent_at", hide_small=True),
            Column("error", _("Error"), at("mail.error"), "error", is_usual=False),
        ),
        filters=(
            Filter(
                "state",
                _("Status"),
                [ALL, *((key, word) for key, (word, _tone, _rows) in STATES.items())],
                lambda rows, value: rows.filter(STATES[value][2]),
            ),
            span_filter("created_at", now),
        ),
        search=lambda rows, text: rows.filter(Q(to__icontains=text) | Q(subject__icontains=text)),
        default_sort="-created",
        present=lambda mails: [row_of_mail(mail) for mail in mails],
        key=MAILS,
        segments=(
            Segment(_("All"), ""),
            Segment(_("Not sent"), "state=failed"),
            Segment(_("Waiting"), "state=waiting"),
        ),
        can_choose=True,
    )


def audit_listing(actor: Actor, now: datetime) -> Listing[AuditEntry]:
    """The audit log, newest first, with who, what, which kind of object and when."""
    actions = known_actions()
    kinds = sorted(
        ((key, str(name)) for key, name in audit.KINDS.items()), key=lambda kind: kind[1]
    )
    return Listing(
        columns=(
            Column("at", _("When"), at("entry.at"), "at"),
            Column("who", _("Who"), at("entry.actor_label"), "actor_label"),
            Column("what", _("What"), at("text"), "action"),
            Column("action", _("Action"), at("entry.action"), export_only=True),
            Column("kind", _("Object"), at("kind"), export_only=True),
            Column("id", _("Id"), at("entry.object_id"), export_only=True),
            Column("changes", _("Change"), _as_text),
            Column("reason", _("Reason"), at("entry.reason"), export_only=True),
            Column("ip", _("Address"), at("entry.ip"), export_only=True),
            Column("request", _("Request"), at("entry.request_id"), export_only=True),
        ),
        filters=(
            Filter("who", _("Who"), _people(actor), _by_whom),
            Filter(
                "action",
                _("What"),
                [ALL, *((name, label_of(name)) for name in actions)],
                lambda rows, value: rows.filter(action=value),
            ),
            Filter(
                "kind",
                _("Object"),
                [ALL, *kinds],
                lambda rows, value: rows.filter(object_type=value),
            ),
            span_filter("at", now),
        ),
        search=lambda rows, text: rows.filter(
            Q(actor_label__icontains=text) | Q(object_id=text) | Q(reason__icontains=text)
        ),
        default_sort="-at",
        present=lambda entries: rows_of(entries, actor),
    )


def _people(actor: Actor) -> list[tuple[str, StrOrPromise]]:
    """The vendor's people one by one, partners' people and the system each as one."""
    staff = access.scope(actor, User).exclude(staff_role="").order_by("name", "email")
    found = [(str(user.public_id), str(user)) for user in staff]
    return [ALL, ("system", _("The system")), ("partners", _("People of partners")), *found]


def _by_whom(rows: QuerySet[AuditEntry], value: str) -> QuerySet[AuditEntry]:
    if value == "system":
        return rows.filter(actor=None)
    if value == "partners":
        return rows.filter(actor__staff_role="")
    return rows.filter(actor__public_id=value)


def _as_text(row: AuditRow) -> str:
    return "; ".join(f"{one.name}: {one.before} → {one.after}" for one in row.changes)
