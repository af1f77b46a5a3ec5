"""What a file of targets holds, in a sentence, and how other systems call its columns."""

from django.utils.translation import gettext_lazy as lazy

import kpis.imports  # noqa: F401  (registers what is described here)
from prm.common.imports.resources import describe, label_columns

label_columns(
    variant=lazy("Reading"),
    scope=lazy("Holds for"),
    period=lazy("Period"),
)
describe(
    "program_target",
    lazy("Targets and baselines of the KPIs, for the programme, a region, a tier or one partner."),
    kind="type|art|typ",
    key="kpi|metric|measure|kennzahl|kpi key|messgröße",
    variant="reading|lesart|variante",
    scope="for|of|segment|bereich|geltung|gilt für",
    period="quarter|month|year|when|zeitraum|periode|quartal|monat|jahr",
    value="target|goal|amount|baseline|ziel|zielwert|wert|basiswert|sollwert",
    reason="why|note|comment|grund|begründung|bemerkung",
)
