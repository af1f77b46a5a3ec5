"""The lists of mails and of the audit: columns, filters, search."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from django_stubs_ext import StrOrPromise

from prm.common import access, audit, display
from prm.common.access import Actor
from prm.common.lists import Column, Filter, Listing, Segment, at
from prm.common.listwords import Words
from prm.common.logbooks.selectors import known_actions
from prm.common.logbooks.sentences import AuditRow, label_of, rows_of
from prm.common.mail import MAX_ATTEMPTS
from prm.common.models import AuditEntry, OutboxMail, User
from prm.common.spans import span_filter

ALL: tuple[str, StrOrPromise] = ("", _("All"))
MAILS, AUDIT = "mails", "audit"
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


AUDIT_WORDS = Words(
    name=_("Audit log"),
    counted=ngettext_lazy("%(shown)s entry", "%(shown)s entries", "n"),
    search=_("Name, id or reason"),
    no_match=_("No entries match"),
    try_this=_("Try fewer filters or a longer time."),
    none=_("Nothing was changed yet"),
    none_text=_("Every change that a person, a program or an import makes leaves an entry here."),
)
MAIL_WORDS = Words(
    name=_("Mails"),
    counted=ngettext_lazy("%(shown)s mail", "%(shown)s mails", "n"),
    search=_("Address or subject"),
    no_match=_("No mails match"),
    none=_("No mails yet"),
    none_text=_(
        "Sign-in codes, invitations and messages to partners stand here as soon as one is written."
    ),
)


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
        words=MAIL_WORDS,
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
    return Listing(
        columns=(
            Column("at", _("When"), at("entry.at"), "at"),
            Column("who", _("Who"), at("entry.who"), "actor_label", is_fixed=True),
            Column("what", _("What"), at("text"), "action"),
            Column("changes", _("Change"), _as_text),
            Column("reason", _("Reason"), at("entry.reason"), export_only=True, beside="changes"),
            Column("kind", _("Object"), lambda row: capfirst(row.kind), "object_type",
                   is_usual=False),
            Column("thing", _("Name of the object"), at("thing"), is_usual=False),
            Column("action", _("Action"), at("entry.action"), "action", is_usual=False),
            Column("id", _("Id"), at("entry.object_id"), is_usual=False),
            Column("ip", _("Address"), at("entry.ip"), is_usual=False),
            Column("request", _("Request"), at("entry.request_id"), is_usual=False),
        ),
        words=AUDIT_WORDS,
        filters=_audit_filters(actor, now),
        search=lambda rows, text: rows.filter(
            Q(actor_label__icontains=text) | Q(object_id=text) | Q(reason__icontains=text)
        ),
        default_sort="-at",
        present=lambda entries: rows_of(entries, actor),
        key=AUDIT,
        segments=(
            Segment(_("All"), ""),
            Segment(_("By people"), "who=people"),
            Segment(_("By people of partners"), "who=partners"),
            Segment(_("By the system"), "who=system"),
            Segment(_("People and rights"), "kind=common.user"),
            Segment(_("Imports"), "kind=common.import"),
        ),
        can_choose=True,
    )  # fmt: skip


def _audit_filters(actor: Actor, now: datetime) -> tuple[Filter[AuditEntry], ...]:
    actions = [(name, label_of(name)) for name in known_actions()]
    kinds = sorted(
        ((key, str(name)) for key, name in audit.KINDS.items()), key=lambda kind: kind[1]
    )
    return (
        Filter("who", _("Who"), _people(actor), _by_whom),
        Filter(
            "action",
            _("What"),
            [ALL, *actions],
            lambda rows, value: rows.filter(action=value),
        ),
        Filter(
            "kind",
            _("Object"),
            [ALL, *kinds],
            lambda rows, value: rows.filter(object_type=value),
        ),
        span_filter("at", now),
    )


def _people(actor: Actor) -> list[tuple[str, StrOrPromise]]:
    """All people, those of partners and the system each as one; the vendor's people one by one."""
    staff = access.scope(actor, User).exclude(staff_role="").order_by("name", "email")
    found = [(str(user.public_id), str(user)) for user in staff]
    return [
        ALL,
        ("people", _("People")),
        ("partners", _("People of partners")),
        ("system", _("The system")),
        *found,
    ]


def _by_whom(rows: QuerySet[AuditEntry], value: str) -> QuerySet[AuditEntry]:
    if value in {"system", "people"}:
        return rows.filter(actor__isnull=value == "system")
    if value == "partners":
        return rows.filter(actor__staff_role="")
    return rows.filter(actor__public_id=value)


def _as_text(row: AuditRow) -> str:
    return "; ".join(
        f"{one.name}: {one.before or display.UNKNOWN} → {one.after or display.UNKNOWN}"
        for one in row.changes
    )
