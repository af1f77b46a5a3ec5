"""Writes the audit: who did what to which row. Rows are only ever added."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_stubs_ext import StrOrPromise

from prm.common.logs import current_ip, current_request_id
from prm.common.models import AuditEntry, User

# What the rows on record are of, in people's words; features add theirs.
KINDS: dict[str, StrOrPromise] = {
    "common.user": _("Person"),
    "common.setting": _("Setting"),
    "common.fxrate": _("Exchange rate"),
    "common.businesscalendar": _("Calendar"),
    "common.import": pgettext_lazy("one of several", "Import"),
    "common.importmapping": _("Mapping"),
    "common.savedview": _("View"),
    "common.apitoken": _("API token"),
    "common.outboxmail": _("Mail"),
    "common.task": _("Task"),
}
# What is on record beside the fields of a row, and fields whose own name is not for people.
FIELDS: dict[str, StrOrPromise] = {
    "all_or_nothing": _("All rows or none"),
    "at": _("When"),
    "attempts": _("Tries"),
    "currency": _("Currency"),
    "data": _("Mapping"),
    "days": _("Days off"),
    "external_id": _("Id in its source"),
    "file": _("File"),
    "hours": _("Quiet hours"),
    "is_active": _("Active"),
    "is_shared": _("Shared with everybody"),
    "kind": _("Kind"),
    "list": _("List"),
    "mapping": _("Mapping"),
    "on": _("Day"),
    "query": _("Filters"),
    "rate": _("Rate"),
    "read": _("Rows read"),
    "reason": _("Reason"),
    "rejected": _("Refused"),
    "created": _("New"),
    "resource": _("What it holds"),
    "scopes": _("Scopes"),
    "sessions": _("Signed-in browsers that were ended"),
    "source": _("Source"),
    "state": _("Status"),
    "tokens": _("API tokens that were revoked"),
    "type": _("Type"),
    "unchanged": _("Unchanged"),
    "updated": _("Changed"),
    "user": _("Person"),
    "valid_from": _("Valid from"),
    "valid_to": _("First day no longer valid"),
    "value": _("Value"),
    "year": _("Year"),
}
# Rows that are a part of another one: what is recorded with it may be a field of theirs.
PARTS: dict[str, str] = {}
# What the name of a row of these kinds is made of, so that many names cost one query.
LINKS: dict[str, tuple[str, ...]] = {}


def plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    if isinstance(value, (Decimal, datetime, date)):
        return str(value)
    if isinstance(value, models.Model):
        return str(getattr(value, "public_id", value.pk))
    return value


def snapshot(obj: models.Model, fields: list[str]) -> dict[str, Any]:
    """The named fields of a row, for before and after."""
    return {name: plain(getattr(obj, name)) for name in fields}


def record(action: str, obj: models.Model, **more: Any) -> AuditEntry:
    """Add one audit row in the transaction of the change; what it says: see ``entry``."""
    row = entry(action, obj, **more)
    row.save(force_insert=True)
    return row


def record_many(entries: Iterable[AuditEntry]) -> None:
    """Add many audit rows at once, in the transaction of the changes."""
    AuditEntry.objects.bulk_create(entries)


def entry(
    action: str,
    obj: models.Model,
    *,
    by: User | None,
    now: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
) -> AuditEntry:
    """An audit row that is not stored yet. ``by`` None is the system."""
    return AuditEntry(
        at=now,
        actor=by,
        actor_label=str(by) if by else "system",
        action=action,
        object_type=obj._meta.label_lower,
        object_id=str(getattr(obj, "public_id", obj.pk)),
        before={key: plain(value) for key, value in (before or {}).items()},
        after={key: plain(value) for key, value in (after or {}).items()},
        reason=reason,
        request_id=current_request_id.get(),
        ip=current_ip.get(),
    )


def times(by: User | None, action: str, *, since: datetime) -> int:
    """How often a person has done something since then."""
    return AuditEntry.objects.filter(actor=by, action=action, at__gt=since).count()


def entries_of(obj: models.Model) -> QuerySet[AuditEntry]:
    """What is on record about a row that the asker may know of, newest first."""
    rows = AuditEntry.objects.filter(
        object_type=obj._meta.label_lower, object_id=str(getattr(obj, "public_id", obj.pk))
    )
    return rows.order_by("-at", "-pk")
