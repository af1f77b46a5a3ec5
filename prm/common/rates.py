"""Exchange rates of one day, read at once for all currencies that a page adds up."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.db import connection


def rates_on(day: date, currencies: Iterable[str]) -> dict[str, Decimal]:
    """Return what one unit of each currency is in the reporting currency; unknown ones lack."""
    wanted = sorted(set(currencies))
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT code, prm_rate(code, %s) FROM unnest(%s::text[]) AS code", [day, wanted]
        )
        return {code: rate for code, rate in cursor.fetchall() if rate is not None}
