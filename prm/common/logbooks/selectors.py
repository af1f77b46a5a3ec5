"""What happened: the mails and the audit, for those who run the programme."""

from django.db import connection
from django.db.models import QuerySet

from prm.common import access
from prm.common.access import Actor
from prm.common.models import AuditEntry, OutboxMail

# Each action once, by hops through the index: the table grows by every change.
ACTIONS = """
    WITH RECURSIVE hop AS (
        (SELECT action FROM common_auditentry ORDER BY action LIMIT 1)
        UNION ALL
        SELECT (
            SELECT action FROM common_auditentry
            WHERE action > hop.action ORDER BY action LIMIT 1
        ) FROM hop WHERE hop.action IS NOT NULL
    )
    SELECT action FROM hop WHERE action IS NOT NULL
"""


@access.rows_of(OutboxMail)
def mails_of(actor: Actor) -> QuerySet[OutboxMail]:
    """All mails for those who run the programme."""
    return (
        OutboxMail.objects.all() if actor.has(*access.RUNS_PROGRAM) else OutboxMail.objects.none()
    )


@access.rows_of(AuditEntry)
def audit_of(actor: Actor) -> QuerySet[AuditEntry]:
    """The whole audit for those who run the programme."""
    return (
        AuditEntry.objects.all() if actor.has(*access.RUNS_PROGRAM) else AuditEntry.objects.none()
    )


def known_actions() -> list[str]:
    """Every action that the audit holds, by name."""
    with connection.cursor() as cursor:
        cursor.execute(ACTIONS)
        return [row[0] for row in cursor.fetchall()]
