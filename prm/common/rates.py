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


def known_rates_on(day: date) -> dict[str, Decimal]:
    """Return the rate of every currency that has one on a day, the reporting currency's (1) too."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE code AS (
                (SELECT currency FROM common_fxrate ORDER BY currency LIMIT 1)
                UNION ALL
                SELECT (
                    SELECT currency FROM common_fxrate
                    WHERE currency > code.currency ORDER BY currency LIMIT 1
                ) FROM code WHERE code.currency IS NOT NULL
            )
            SELECT currency, prm_rate(currency, %s) FROM (
                SELECT currency FROM code WHERE currency IS NOT NULL
                UNION SELECT prm_setting('report_currency')
            ) AS known
            """,
            [day],
        )
        return {code: rate for code, rate in cursor.fetchall() if rate is not None}
