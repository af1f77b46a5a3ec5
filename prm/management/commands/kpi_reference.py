"""``manage.py kpi_reference``: write docs/kpis.md from the KPI declarations."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import translation

from kpis.definitions import KPIS
from kpis.definitions.base import Kpi

PAGE = Path(settings.BASE_DIR) / "docs" / "kpis.md"
UNITS = {
    "money": "money in the reporting currency",
    "share": "fraction (0.25 is 25 %)",
    "count": "number",
    "days": "days",
    "minutes": "minutes",
    "index": "index",
    "ranking": "ranking",
}
BETTER = {"higher": "higher is better", "lower": "lower is better", "context": "neither is better"}
HEAD = """\
# KPI reference

Written by `./run manage kpi_reference` from the declarations in `kpis/definitions/`; do not edit.
How to read a KPI by command or API, its periods and scopes: [api.md](api.md).

A value is null with a reason when it cannot be said; it is never a made-up zero. Ratios of many
partners are sums divided by sums, medians and distinct counts are recounted for each period.
"""


class Command(BaseCommand):
    """The reference cannot grow old: a test compares it with the declarations."""

    help = "Write docs/kpis.md from the KPI declarations."

    def handle(self, **options: Any) -> None:
        PAGE.write_text(reference())
        self.stdout.write(f"{len(KPIS)} KPIs written to {PAGE}")


def reference() -> str:
    """The whole page, in English whatever the settings say."""
    with translation.override("en"):
        pillars = list(dict.fromkeys(str(kpi.pillar) for kpi in KPIS.values()))
        parts = [HEAD]
        for pillar in pillars:
            parts.append(f"\n## {pillar}\n")
            parts += [_section(kpi) for kpi in KPIS.values() if str(kpi.pillar) == pillar]
        return "".join(parts)


def _section(kpi: Kpi) -> str:
    default, *others = (f"`{name}` ({one.label})" for name, one in kpi.variants.items())
    lines = [
        f"\n### {kpi.name}",
        f"\n`{kpi.key}` · {kpi.question}\n",
        f"* **Formula**: {kpi.formula}",
        f"* **Date**: {kpi.date}",
        f"* **Unit**: {UNITS[kpi.unit]}; {BETTER[kpi.direction]}; class {kpi.aggregation}",
        f"* **Readings**: {', '.join([default + ', the default', *others])}",
    ]
    if kpi.breakdowns:
        lines.append(f"* **Breaks down by**: {', '.join(kpi.breakdowns)}")
    if kpi.help:
        lines.append(f"* **Good to know**: {kpi.help}")
    if not kpi.for_partners:
        lines.append("* Partners do not see it.")
    lines.append(f"* Definition version {kpi.version}")
    return "\n".join(lines) + "\n"
