"""Finds applications by a part of the company's name."""

from django.utils.translation import gettext_lazy as _

from partners.recruiting.models import Application
from prm.common import access
from prm.common.access import Actor
from prm.common.search.registry import LIMIT, Group, Hit, finds


@finds(35)
def applications(actor: Actor, text: str) -> Group:
    """Applications whose company, person or address holds the text."""
    hits = []
    if text and actor.is_staff:
        rows = access.scope(actor, Application).filter(company__icontains=text)
        hits = [
            Hit(
                str(row),
                row.get_absolute_url(),
                f"{row.get_state_display()} · {row.applied_on:%Y-%m-%d}",
            )
            for row in rows.order_by("-applied_at")[:LIMIT]
        ]
    return Group(_("Applications"), "inbox", hits)
