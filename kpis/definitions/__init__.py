"""All KPIs by key. To add one: a ``Kpi(...)`` in a module of this folder, a line in its test."""

from kpis.definitions import (
    accelerate,
    concentration,
    enable,
    onboard,
    recruit,
    sell,
    strategize,
    tiers,
)
from kpis.definitions.base import Kpi

KPIS: dict[str, Kpi] = {}
for _module in (
    strategize, concentration, recruit, onboard, sell, enable, tiers, accelerate,
):  # fmt: skip
    for _kpi in _module.KPIS:
        if _kpi.key in KPIS:
            raise ValueError(f"The KPI {_kpi.key} is declared twice.")
        KPIS[_kpi.key] = _kpi
