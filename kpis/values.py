"""The value of a KPI, its series and breakdown, as the result contract (kpis.md section 2)."""

from datetime import datetime

from django.http import Http404
from django.utils.translation import gettext as _

from kpis import aims, drill, readers, scopes, stats
from kpis.compare import Comparison, other_ask
from kpis.definitions import KPIS
from kpis.definitions.base import Ask, Facts, Kpi, Variant
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
SURE = 5  # cases on both sides from which on a change may be called good or bad


def kpi_of(key: str, actor: Actor | None = None) -> Kpi:
    """The declaration. Raises Http404 for an unknown key and for what is not the actor's matter."""
    if key not in KPIS or not readings(KPIS[key], actor):
        raise Http404
    return KPIS[key]


def readings(kpi: Kpi, actor: Actor | None = None) -> tuple[str, ...]:
    """The variants that this actor may read: partners' people those of their own facts alone."""
    may_all = actor is None or actor.is_staff
    return tuple(name for name, one in kpi.variants.items() if may_all or one.for_partners)


def variant_of(kpi: Kpi, name: str, actor: Actor | None = None) -> str:
    """The name of a reading, or the default one's. Raises InvalidInput with the known names."""
    known = readings(kpi, actor)
    if (name or kpi.default) not in known:
        raise InvalidInput(
            _("%(kpi)s has the variants %(names)s.") % {"kpi": kpi.key, "names": ", ".join(known)},
            "variant",
        )
    return name or kpi.default


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
    actor: Actor | None = None,
    store: Store | None = None,
    with_variants: bool = False,
    against: Comparison | None = None,
) -> Result:
    """One KPI for one scope and period.

    ``as_of`` asks stocks for another instant than the period's end. ``actor`` is who reads:
    partners' people get their own readings only, and rankings name whom the actor may know of.
    ``against`` is what the change is told to, else the period before, if both are over.
    ``with_variants`` fills ``variants`` with all these readings. Raises InvalidInput for a wrong
    question, Http404 for a KPI that is not the actor's matter.
    """
    kpi = kpi_of(key, actor)
    name = variant_of(kpi, variant, actor)
    if as_of is not None:
        _check_instant(kpi, name)
    known = store_for(scope, mode, now, store)
    period = periods.parse(period, known.settings) if isinstance(period, str) else period
    ask = Ask(known, period, as_of, actor)
    answer = answer_to(kpi.variants[name], ask)
    result = _result(kpi, name, ask, answer)
    aims.fill(kpi, ask, result)
    if answer.value is not None and as_of is None:
        _compare(kpi, ask, answer, result, against)
    if with_variants:
        result.variants = {name: answer.value} | {
            other: answer_to(kpi.variants[other], ask).value
            for other in readings(kpi, actor)
            if other != name and (as_of is None or kpi.variants[other].takes_instant)
        }
    return result


def blank(key: str, *, period: Period, store: Store) -> Result:
    """A KPI's result without its value, for lists that do not show it."""
    kpi = KPIS[key]
    return _result(kpi, kpi.default, Ask(store, period), Answer())


def _check_instant(kpi: Kpi, name: str) -> None:
    if kpi.variants[name].takes_instant:
        return
    others = [f"{one.key} {name}" for one in KPIS.values() for name in one.instants]
    raise InvalidInput(
        _(
            "%(kpi)s %(variant)s counts a whole period: leave as_of out. An instant goes with"
            " %(names)s."
        )
        % {"kpi": kpi.key, "variant": name, "names": ", ".join(others)},
        "as_of",
    )


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
        label=str(store.scope.label),
        period=period.key,
        mode=store.mode,
        as_of=ask.as_of or min(period.ends_at, store.now),
        variant=variant,
        unit=unit,
        currency=store.settings.currency if unit == "money" else None,
        direction=kpi.direction,
        definition_version=kpi.version,
        report_currency=store.settings.currency,
        value=answer.value,
        reason=answer.reason,
        numerator=answer.numerator,
        denominator=answer.denominator,
        n=answer.n,
        ci_low=low,
        ci_high=high,
        ci_method=answer.ci_method,
        freshness=store.once_for_all("freshness", _freshness),
        items=answer.items,
    )


def _freshness() -> str:
    """``current``, or ``recomputing`` while marks wait for the drain."""
    waits = DirtyMark.objects.exists() or DirtyTotal.objects.exists()
    return "recomputing" if waits else "current"


def _compare(
    kpi: Kpi, ask: Ask, answer: Answer, result: Result, against: Comparison | None
) -> None:
    """The change against another period."""
    other = other_ask(kpi, result.variant, ask, against) if against else _before(kpi, ask, result)
    if other is None:
        return
    before = answer_to(kpi.variants[result.variant], other)
    if before.value is None:
        return
    result.previous = before.value
    result.delta = answer.value - before.value  # type: ignore[operator]
    result.delta_reliable = _is_reliable(result.unit, answer, before)


def _before(kpi: Kpi, ask: Ask, result: Result) -> Ask | None:
    """The whole period before. A running sum has no change to it: a part against a whole."""
    if kpi.is_flow(result.variant) and not ask.period.is_closed(ask.store.now):
        return None
    period = ask.store.before(ask.period)
    return ask.previous(period) if period else None


def _is_reliable(unit: str, answer: Answer, before: Answer) -> bool:
    """Whether an arrow may be shown: 5 or more on both sides, interval of the change without 0."""
    if min(answer.n or 0, before.n or 0) < SURE:
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
    actor: Actor | None = None,
    store: Store | None = None,
) -> list[Result]:
    """The last ``count`` periods of the kind of ``end``, oldest first; ``actor`` as in `value`."""
    kpi = kpi_of(key, actor)
    name = variant_of(kpi, variant, actor)
    known = store_for(scope, mode, now, store)
    end = periods.parse(end, known.settings) if isinstance(end, str) else end
    spans = known.last_periods(end, count)
    known.foresee(spans)
    points = []
    for period in spans:
        ask = Ask(known, period, actor=actor)
        result = _result(kpi, name, ask, answer_to(kpi.variants[name], ask))
        aims.fill(kpi, ask, result)
        points.append(result)
    return points


def breakdown(
    key: str,
    *,
    by: str,
    period: Period | str,
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
    kpi = kpi_of(key, actor)
    if by not in kpi.breakdowns:
        raise InvalidInput(
            _("%(kpi)s breaks down by %(names)s.")
            % {"kpi": kpi.key, "names": ", ".join(kpi.breakdowns)},
            "by",
        )
    name = variant_of(kpi, variant, actor)
    known = store_for(scopes.PROGRAM, mode, now, store)
    period = periods.parse(period, known.settings) if isinstance(period, str) else period
    results = []
    for part in _parts(by, known, period, actor, limit):
        ask = Ask(known.at(part), period, actor=actor)
        results.append(_result(kpi, name, ask, answer_to(kpi.variants[name], ask)))
    results.sort(key=lambda one: (one.value is None, -(float(one.value or 0)), one.label))
    return results


def _parts(by: str, store: Store, period: Period, actor: Actor | None, limit: int) -> list[Scope]:
    """The scopes that a dimension falls into."""
    if by == "partner":
        ids = readers.known_among(actor, [row[0] for row in store.by_partner(period)])[:limit]
        partners = Partner.objects.select_related("merged_into").in_bulk(ids)
        return [scopes.of_partner(partners[pk]) for pk in ids]
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


def facts_behind(kpi: Kpi, variant: str, part: str) -> tuple[Facts, ...]:
    """What the rows behind the numerator or denominator of a reading are."""
    reading = kpi.variants[variant]
    return reading.denominator if part == "denominator" else reading.numerator


def rows(
    key: str,
    *,
    period: Period | str,
    scope: Scope | str = "program",
    variant: str = "",
    mode: str = "pit",
    now: datetime,
    actor: Actor,
    part: str = "numerator",
    offset: int = 0,
    limit: int = 100,
    sort: str = drill.NEWEST,
    narrow: drill.Narrow = drill.EVERY,
) -> Rows:
    """The base rows behind the numerator or denominator; they add up to it."""
    kpi = kpi_of(key, actor)
    facts = facts_behind(kpi, variant_of(kpi, variant, actor), part)
    known = store_for(scope, mode, now)
    period = periods.parse(period, known.settings) if isinstance(period, str) else period
    return drill.rows_behind(facts, known, period, actor, offset, limit, sort, narrow)
