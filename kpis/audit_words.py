"""How the audit calls targets and what is done to them."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kpis.definitions import KPIS
from prm.common import audit
from prm.common.logbooks import sentences

sentences.SAYS.update(
    {
        "kpi.set_target": _("set %(thing)s"),
        "kpi.set_baseline": _("set %(thing)s"),
    }
)


def _aim(values: dict[str, str]) -> str:
    """A target by its KPI, period and, where it is not the whole programme, its scope."""
    kpi = KPIS.get(values.get("kpi", ""))
    scope = values.get("scope", "")
    parts = (kpi.name if kpi else values.get("kpi"), values.get("period"), scope)
    return ", ".join(str(part) for part in parts if part and part != "program")


sentences.NAMES.update({"kpis.target": _aim, "kpis.baseline": _aim})
audit.KINDS.update({"kpis.target": _("Target"), "kpis.baseline": _("Baseline")})
audit.FIELDS.update(
    {
        "kpi": _("KPI"),
        "period": _("Period"),
        "scope": pgettext_lazy("what a figure is of", "Scope"),
        "variant": pgettext_lazy("of a figure", "Reading"),
    }
)
