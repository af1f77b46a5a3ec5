"""New partners: kpis.md 18."""

from django.utils.translation import gettext_lazy as _

from kpis.definitions.base import Ask, Kpi, Variant
from kpis.definitions.parts import RECRUIT, RECRUITS
from kpis.result import Answer, no
from kpis.store import query


def recruited(ask: Ask) -> Answer:
    """First contracts that began in the period."""
    if not ask.store.has_partners:
        return no("no_data")
    n = ask.store.count("membership", "recruits", ask.period)
    return Answer(n, numerator=n, n=n)


def reactivated(ask: Ask) -> Answer:
    """Partners that came back after twelve months or more without a contract."""
    if ask.store.scope.kind != "program":
        return no("no_data")
    rows = query(
        """
        SELECT count(DISTINCT coalesce(partner.merged_into_id, partner.id))
        FROM partners_contract AS contract
        JOIN partners_partner AS partner ON partner.id = contract.partner_id
        CROSS JOIN LATERAL (
            SELECT max(coalesce(earlier.ends_on, 'infinity')) AS ended
            FROM partners_contract AS earlier
            JOIN partners_partner AS sibling ON sibling.id = earlier.partner_id
            WHERE coalesce(sibling.merged_into_id, sibling.id)
                    = coalesce(partner.merged_into_id, partner.id)
                AND earlier.starts_on < contract.starts_on
        ) AS before
        WHERE contract.starts_on >= %s AND contract.starts_on < %s
            AND before.ended + interval '12 months' <= contract.starts_on
            AND NOT partner.is_test""",
        (ask.period.starts_on, ask.period.ends_on),
    )
    n = int(rows[0][0])
    return Answer(n, numerator=n, n=n)


KPIS = [
    Kpi(
        "new_partners_recruited",
        _("New partners"),
        RECRUIT,
        _("How many partners signed?"),
        _("First contracts that begin in the period; a merged partner is not recruited twice."),
        _("first day of the contract"),
        "count",
        "higher",
        "SUM",
        {
            "new": Variant(recruited, _("new"), numerator=(RECRUITS,)),
            "reactivated": Variant(reactivated, _("back after 12 months or more"), whole_only=True),
        },
        breakdowns=("type", "tier", "region", "segment", "manager"),
    ),
]
