"""Dynamic segments as a scope: whose facts count, by who was in the segment when.

As it was (``pit``): a month counts for the partners that were in the segment at its end, in the
running month for those that are in it now; so months add up to quarters and years. As it is
(``current``): all months count for the partners that are in it now. What was merged into a partner
counts for it (E4), its stays too.
"""

from kpis.engine.families import BY_NAME
from kpis.scopes import Scope

_SEATS = (
    "EXISTS (SELECT FROM partners_segmentstay AS seat"
    " JOIN partners_partner AS seated ON seated.id = seat.partner_id{months}"
    " WHERE seat.segment_id = %s AND coalesce(seated.merged_into_id, seated.id) = {partner}"
    " AND {when})"
)
_AT_END = (
    "seat.valid_from < own.ends_on AND (seat.valid_to IS NULL OR seat.valid_to >= own.ends_on)"
)


def of_month(scope: Scope, partner: str, month: str, mode: str) -> tuple[str, tuple[int, ...]]:
    """Whether a partner's month counts: SQL over expressions of both, with parameters."""
    joint = f" JOIN common_fiscalmonth AS own ON own.starts_on = {month}"
    return _condition(scope, partner, joint, mode)


def of_day(scope: Scope, partner: str, day: str, mode: str) -> tuple[str, tuple[int, ...]]:
    """Whether a partner's fact of a day counts: the day's month decides."""
    joint = f" JOIN common_fiscalmonth AS own ON {day} >= own.starts_on AND {day} < own.ends_on"
    return _condition(scope, partner, joint, mode)


def of_facts(scope: Scope, family: str, mode: str) -> tuple[str, tuple[int, ...]]:
    """Whether facts of a family count: aliases ``fact`` and ``span``."""
    if "fact.month" in BY_NAME[family].where:  # what stands at each month's end
        return of_month(scope, "span.canonical_id", "fact.month", mode)
    return of_day(scope, "span.canonical_id", "fact.day", mode)


def _condition(scope: Scope, partner: str, joint: str, mode: str) -> tuple[str, tuple[int, ...]]:
    is_pit = mode == "pit"
    text = _SEATS.format(
        partner=partner, months=joint if is_pit else "",
        when=_AT_END if is_pit else "seat.valid_to IS NULL",
    )  # fmt: skip
    return text, (scope.id,)
