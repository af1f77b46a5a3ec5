"""The first numbers of our advisory locks, in one place, so that no two mean the same."""

from django.db import connection

NOTICES = 74  # what one person is told is put into mails
AIMS = 75  # one person states targets and baselines at a time
RATES = 76  # 0: month rates are rewritten (also in SQL, kpis/0002); 1: a rebuild's last shard
SHARD = 77  # cells of a shard are recomputed
TOTALS = 78  # totals of a family are rebuilt
JOB = 79  # a job runs
IMPORT = 80  # a resource of a source is imported
FULL = 81  # the full statement of a family runs for the drain
PARENTS = 82  # a partner gets another parent: two at once could close a circle
IDEAL_PROFILE = 90  # somebody states what partners we look for


def hold(number: int, key: int = 0) -> None:
    """Wait for a lock and hold it until the transaction ends. Taken before any row is locked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [number, key])
