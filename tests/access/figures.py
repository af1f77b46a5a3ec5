"""Every KPI on every route that takes one, with what each route can be asked for."""

from collections.abc import Iterable, Iterator

from kpis.definitions import KPIS
from kpis.definitions.base import Kpi
from tests.access.walk import Route

# The month in which both partners won a deal; the start page of a KPI would show this quarter.
PERIOD = "?period=2026-07"


def addresses(routes: Iterable[Route]) -> Iterator[tuple[Route, str]]:
    """Route and address, for every KPI."""
    for route in routes:
        if set(route.params) == {"key"}:
            for key, kpi in KPIS.items():
                for query in _queries(route.name, kpi):
                    yield route, route.url(key=key) + PERIOD + query


def _queries(name: str, kpi: Kpi) -> list[str]:
    by = [f"&by={one}" for one in kpi.breakdowns]
    variants = [f"&variant={one}" for one in kpi.variants]
    return {
        "api:kpi-detail": variants,
        "api:kpi-breakdown": by,
        "api:kpi-rows": ["", "&part=denominator"],
        "kpis:kpi_detail": ["", by[-1], f"{by[-1]}&export=parts"],
        "kpis:kpi_rows": ["", "&export=csv", "&part=denominator&export=csv"],
    }.get(name, [""])
