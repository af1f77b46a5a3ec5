"""The value of a KPI, its series and breakdown, as the result contract (kpis.md section 2)."""

from datetime import datetime
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _

from kpis import aims, drill, scopes, stats
from kpis.definitions import KPIS
from kpis.definitions.base import Ask, Kpi, Variant
from kpis.drill import Rows
from kpis.models import DirtyMark, DirtyTotal
from kpis.result import Answer, Result, no
from kpis.scopes import Scope
from kpis.store import Store, query
from partners.models import Partner
from prm.common import periods
from prm.common.access import Actor
from prm.common.errors import InvalidInput
from prm.common.models import User
from prm.common.periods import Period

MODES = ("pit", "current")


def kpi_of(key: str) -> Kpi:
    """The declaration. Raises Http404 for an unknown key."""
    if key not in KPIS:
        raise Http404
    return KPIS[key]


def variant_of(kpi: Kpi, name: str) -> Variant:
    """The named reading, or the default one. Raises InvalidInput with the known names."""
    if name and name not in kpi.variants:
        raise InvalidInput(
            _("%(kpi)s has the variants %(names)s.")
            % {"kpi": kpi.key, "names": ", ".join(kpi.variants)},
            "variant",
        )
    return kpi.variants[name or kpi.default]


def store_for(scope: Scope | str, mode: str, now: datetime, store: Store | None = None) -> Store:
    """The numbers of a scope; a given store shares what it has already read."""
    if mode not in MODES:
        raise InvalidInput(_("The mode is pit (as it was) or current (as it is now)."), "mode")
    scope = scopes.parse(scope) if isinstance(scope, str) else scope
    if store is None:
        return Store(scope, mode, now)
    return store.at(scope) if store.mode == mode else Store(scope, mode, now, store.settings)


def value(
    key: str,
    *,
    period: Period | str,
    scope: Scope | str = "program",
    variant: str = "",
    mode: str = "pit",
    as_of: datetime | None = None,
    now: datetime,
    store: Store | None = None,
    with_variants: bool = False,
) -> Result:
    """One KPI for one scope and period.

    ``as_of`` asks stocks for another instant than the period's end. ``with_variants`` fills
    ``variants`` with the values of all readings. Raises InvalidInput for a wrong question.
    """
    kpi = kpi_of(key)
    reading = variant_of(kpi, variant)
    known = store_for(scope, mode, now, store)
    period = periods.parse(period, known.settings) if isinstance(period, str) else period
    ask = Ask(known, period, as_of)
    answer = answer_to(reading, ask)
    result = _result(kpi, variant or kpi.default, ask, answer)
    _compare(kpi, reading, ask, answer, result)
    if with_variants:
        result.variants = {
            name: answer_to(other, ask).value for name, other in kpi.variants.items()
        }
    return result


def answer_to(reading: Variant, ask: Ask) -> Answer:
    """The value with its parts; a period that has not begun has no data."""
    if ask.period.starts_at > ask.store.now:
        return no("no_data")
    return reading.compute(ask)


def _result(kpi: Kpi, variant: str, ask: Ask, answer: Answer) -> Result:
    store, period = ask.store, ask.period
    unit = kpi.variants[variant].unit or kpi.unit
    low, high = answer.ci or (None, None)
    return Result(
        key=kpi.key,
        scope=store.scope.text,
        label=store.scope.label,
        period=period.key,
        mode=store.mode,
        as_of=ask.as_of or min(period.ends_at, store.now),
        variant=variant,
        unit=unit,
        currency=store.settings.currency if unit == "money" else None,
        direction=kpi.direction,
        definition_version=kpi.version,
        value=answer.value,
        reason=answer.reason,
        numerator=answer.numerator,
        denominator=answer.denominator,
        n=answer.n,
        ci_low=low,
        ci_high=high,
        ci_method=answer.ci_method,
        freshness=_freshness(store),
        items=answer.items,
    )


def _freshness(store: Store) -> str:
    """``current``, or ``recomputing`` while marks wait for the drain."""
    if "freshness" not in store._cache:
        waits = DirtyMark.objects.exists() or DirtyTotal.objects.exists()
        store._cache["freshness"] = "recomputing" if waits else "current"
    return str(store._cache["freshness"])


def _compare(kpi: Kpi, reading: Variant, ask: Ask, answer: Answer, result: Result) -> None:
    """Target, baseline, status, and the change against the period before."""
    aims.fill(kpi, ask, result)
    if answer.value is None or ask.as_of is not None:
        return
    before_period = _before(ask)
    if before_period is None:
        return
    before = answer_to(reading, ask.previous(before_period))
    if before.value is None:
        return
    result.previous = before.value
    result.delta = answer.value - before.value  # type: ignore[operator]
    result.delta_reliable = _is_reliable(result.unit, answer, before)


def _before(ask: Ask) -> Period | None:
    key = ("before", ask.period.key)
    cache = ask.store.at(scopes.PROGRAM)._cache
    if key not in cache:
        try:
            cache[key] = periods.shifted(ask.period, -1, ask.store.settings)
        except InvalidInput:
            cache[key] = None
    return cache[key]  # type: ignore[no-any-return]


def _is_reliable(unit: str, answer: Answer, before: Answer) -> bool:
    """Whether an arrow may be shown: 5 or more on both sides, interval of the change without 0."""
    if (answer.n or 0) < 5 or (before.n or 0) < 5:
        return False
    if unit != "share" or not isinstance(answer.numerator, int) or not answer.denominator:
        return True
    if not before.denominator or not isinstance(before.numerator, int):
        return True
    hits, of = float(answer.numerator), float(answer.denominator)
    hits2, of2 = float(before.numerator), float(before.denominator)
    if hits > of or hits2 > of2:
        return True
    low, high = stats.newcombe(hits, of, hits2, of2)
    return low > 0 or high < 0


def series(
    key: str,
    *,
    end: Period | str,
    count: int = 12,
    scope: Scope | str = "program",
    variant: str = "",
    mode: str = "pit",
    now: datetime,
    store: Store | None = None,
) -> list[Result]:
    """The last ``count`` periods of the kind of ``end``, oldest first."""
    kpi = kpi_of(key)
    reading = variant_of(kpi, variant)
    known = store_for(scope, mode, now, store)
    end = periods.parse(end, known.settings) if isinstance(end, str) else end
    points = []
    for period in periods.ending_with(end, count, known.settings):
        ask = Ask(known, period)
        result = _result(kpi, variant or kpi.default, ask, answer_to(reading, ask))
        aims.fill(kpi, ask, result)
        points.append(result)
    return points


def breakdown(
    key: str,
    *,
    by: str,
    period: Period | str,
    scope: Scope | str = "program",
    variant: str = "",
    mode: str = "pit",
    now: datetime,
    actor: Actor | None = None,
    store: Store | None = None,
    limit: int = 50,
) -> list[Result]:
    """The parts of the programme by type, tier, region, segment, manager, partner or region of
    the customer, largest first. Partners outside the actor's rows are left out.

    Raises InvalidInput for a dimension that this KPI does not have.
    """
    kpi = kpi_of(key)
    if by not in kpi.breakdowns:
        raise InvalidInput(
            _("%(kpi)s breaks down by %(names)s.")
            % {"kpi": kpi.key, "names": ", ".join(kpi.breakdowns)},
            "by",
        )
    known = store_for(scope, mode, now, store)
    period = periods.parse(period, known.settings) if isinstance(period, str) else period
    reading = variant_of(kpi, variant)
    results = []
    for part in _parts(by, known, period, actor, limit):
        ask = Ask(known.at(part), period)
        results.append(_result(kpi, variant or kpi.default, ask, answer_to(reading, ask)))
    results.sort(key=lambda one: (one.value is None, -(float(one.value or 0)), one.label))
    return results


def _parts(by: str, store: Store, period: Period, actor: Actor | None, limit: int) -> list[Scope]:
    """The scopes that a dimension falls into."""
    if by == "partner":
        ids = [row[0] for row in store.by_partner(period)]
        rows = drill.partners_for(actor).filter(pk__in=ids[: limit * 20])
        known = {partner.pk: partner for partner in rows}
        return [scopes.of_partner(known[pk]) for pk in ids if pk in known][:limit]
    if by == "manager":
        return [
            scopes.of_manager(user)
            for user in User.objects.filter(managed_profiles__isnull=False).distinct()
        ]
    if by == "customer_region":
        regions = query("SELECT DISTINCT region FROM partners_customer ORDER BY 1")
        return [scopes.of_dimension(by, row[0]) for row in regions]
    values = query(f"SELECT DISTINCT {by} FROM kpis_profilespan WHERE partner_id > 0 ORDER BY 1")
    return [scopes.of_dimension(by, row[0]) for row in values]


def rows(
    key: str,
    *,
    period: Period | str,
    scope: Scope | str = "program",
    variant: str = "",
    mode: str = "pit",
    now: datetime,
    actor: Actor | None,
    part: str = "numerator",
    offset: int = 0,
    limit: int = 100,
) -> Rows:
    """The base rows behind the numerator or denominator; they add up to it."""
    kpi = kpi_of(key)
    reading = variant_of(kpi, variant)
    known = store_for(scope, mode, now)
    period = periods.parse(period, known.settings) if isinstance(period, str) else period
    facts: Any = reading.denominator if part == "denominator" else reading.numerator
    return drill.rows_behind(facts, known, period, actor, offset, limit)


def partner_scope(partner: Partner) -> Scope:
    """The scope of a partner, for pages."""
    return scopes.of_partner(partner)
