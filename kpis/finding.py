"""Finds KPIs by their name, their question or their key."""

from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kpis.definitions import KPIS
from prm.common.access import Actor
from prm.common.search.registry import LIMIT, Group, Hit, finds, has_words


@finds(40)
def kpis(_actor: Actor, text: str) -> Group:
    """KPIs whose words hold the text; those with it in their name come first."""
    known = [
        kpi for kpi in KPIS.values() if text and has_words(text, kpi.name, kpi.question, kpi.key)
    ]
    known.sort(key=lambda kpi: not has_words(text, kpi.name))
    hits = [
        Hit(kpi.name, reverse("kpis:kpi_detail", args=[kpi.key]), kpi.pillar)
        for kpi in known[:LIMIT]
    ]
    all_url = f"{reverse('kpis:kpi_list')}?{urlencode({'q': text})}"
    return Group(_("KPIs"), "chart-line", hits, all_url if len(known) > LIMIT else "")
