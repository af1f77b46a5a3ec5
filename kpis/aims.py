"""Targets, baselines and the status that follows (kpis.md (h); architecture.md 8)."""

from decimal import Decimal
from typing import Any

from kpis.definitions.base import Ask, Kpi
from kpis.models import Baseline, Target
from kpis.result import Result
from kpis.store import Store

GREEN, AMBER = 1.0, 0.85
Key = tuple[str, str, str]


def _versions(store: Store, model: type[Target] | type[Baseline]) -> dict[Key, list[Any]]:
    """All stated values of this scope in one query, oldest version first."""

    def read() -> dict[Key, list[Any]]:
        found: dict[Key, list[Any]] = {}
        rows = model.objects.filter(scope=store.scope.text, set_at__lte=store.now)
        for row in rows.order_by("version"):
            found.setdefault((row.kpi, row.variant, row.period), []).append(row)
        return found

    return store.once(model._meta.model_name, read)


def fill(kpi: Kpi, ask: Ask, result: Result) -> None:
    """Write target, baseline, attainment, pace and status into the result."""
    key = (kpi.key, result.variant, ask.period.key)
    targets = _versions(ask.store, Target).get(key, [])
    baselines = _versions(ask.store, Baseline).get(key, [])
    if baselines:
        result.baseline = _typed(baselines[-1].value, result.unit)
    if targets:
        target = valid_version(targets, ask)
        result.target, result.target_version = _typed(target.value, result.unit), target.version
        result.attainment = attainment(result)
    _colour(kpi, ask, result)


def _typed(value: Decimal, unit: str) -> Decimal | float:
    return value if unit == "money" else float(value)


def valid_version(versions: list[Any], ask: Ask) -> Any:
    """The version valid at the period's start; a later one counts only with a reason (a note)."""
    chosen = versions[0]
    for row in versions[1:]:
        if row.set_at <= ask.period.starts_at or row.reason:
            chosen = row
    return chosen


def attainment(result: Result) -> float | None:
    """actual / target, or target / actual where lower is better; None without a ratio."""
    if result.value is None or not result.target:
        return None
    if result.direction == "lower":
        return float(result.target) / float(result.value) if result.value > 0 else None
    return float(result.value) / float(result.target)


def _colour(kpi: Kpi, ask: Ask, result: Result) -> None:
    """Closed periods by attainment; open ones stay grey with attainment and linear pace."""
    if result.attainment is None or kpi.direction == "context":
        return
    if not ask.period.is_closed(ask.store.now):
        elapsed = ask.period.elapsed_share(ask.store.now)
        additive = kpi.aggregation_of(result.variant) == "SUM"
        if elapsed >= 0.1:
            result.pace = result.attainment / elapsed if additive else result.attainment
        return
    if kpi.needs_n and (result.n or 0) < kpi.needs_n:
        return
    good, warn = result.attainment >= GREEN, result.attainment >= AMBER
    result.status = "good" if good else "warn" if warn else "bad"
