"""Finds partners by a part of their name, even with a slip of the pen."""

from urllib.parse import urlencode

from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from partners.accounts.listing import search
from partners.accounts.models import Partner
from prm.common import access
from prm.common.access import Actor
from prm.common.search.registry import LIMIT, Group, Hit, finds

ALIKE = 4  # letters from which on a name that only sounds alike is offered


@finds(20)
def partners(actor: Actor, text: str) -> Group:
    """Partners whose name begins with, contains, or nearly reads like the text."""
    url = reverse("partners:partner_list")
    hits = [_hit(partner) for partner in _matches(actor, text)] if text else []
    return Group(
        _("Partners"),
        "users",
        hits,
        f"{url}?{urlencode({'q': text})}" if len(hits) == LIMIT else "",
    )


def _matches(actor: Actor, text: str) -> list[Partner]:
    known = access.scope(actor, Partner).filter(merged_into=None)
    rows: QuerySet[Partner] = search(known, text).annotate(begins=Q(name__istartswith=text))
    exact = list(rows.order_by(F("begins").desc(), "name", "pk")[:LIMIT])
    if exact or len(text) < ALIKE:
        return exact
    return list(known.filter(name__trigram_word_similar=text).order_by("name", "pk")[:LIMIT])


def _hit(partner: Partner) -> Hit:
    sub = " · ".join(filter(None, (partner.city, partner.country, partner.domain)))
    return Hit(partner.name, partner.get_absolute_url(), sub)
