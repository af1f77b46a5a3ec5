"""Which of some named companies are customers: what recruiting asks about applicants."""

from collections.abc import Sequence

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Q
from django.db.models.functions import Lower

from partners.accounts.alike import NEARLY, domain_of, likeness, name_key
from partners.deals.models import Customer
from partners.recruiting.overlap import SOURCES

MOST = 50  # names that are looked up, and customers whose name is compared with one


def known_among(names: Sequence[str]) -> int:
    """How many of these names or web domains are customers of ours."""
    return sum(_is_known(name) for name in names[:MOST])


def _is_known(name: str) -> bool:
    domain, key = domain_of(name), name_key(name)
    if domain and Customer.objects.filter(domain__iexact=domain).exists():
        return True
    if len(key) < 3:
        return False
    alike = Customer.objects.annotate(small=Lower("name")).filter(
        Q(small=name.lower()) | Q(name__trigram_similar=key)
    )
    nearest = alike.order_by(TrigramSimilarity("name", key).desc(), "pk")
    return any(
        likeness(name, known) >= NEARLY for known in nearest.values_list("name", flat=True)[:MOST]
    )


SOURCES.append(known_among)
