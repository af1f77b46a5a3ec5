"""The ideal profile of partners, derived from those that bring most revenue."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count
from django.utils.translation import gettext as _

from kpis import scopes, values
from kpis.store import Store
from partners.models import Customer, IdealProfile, Membership, PartnerProfile
from partners.recruiting.fitting import criteria_of, current_profile, state_profile
from partners.recruiting.rules import WEIGHTS, Criterion
from prm.common import periods
from prm.common.errors import Conflict
from prm.common.models import User

TOP = 0.2  # part of the earning partners that counts as top performers
FEWEST = 5
OFTEN = 0.15  # part of the top performers from which on a type is typical


def top_performers(store: Store, now: datetime) -> list[int]:
    """The fifth of the earning partners with most net revenue in twelve months, five at least."""
    period = periods.current("t12m", now, store.settings)
    earning = [row[0] for row in store.by_partner(period) if row[2] > 0]
    return earning[: max(FEWEST, round(len(earning) * TOP))]


def derive_profile(*, by: User | None, now: datetime) -> IdealProfile:
    """State the ideal profile that today's top performers have in common; it can be edited then.

    Types that are more frequent among them than among all, regions with many customers for each
    partner, as many people as the middle one of them has; certificates stay as they were. Raises
    Conflict with fewer than five earning partners.
    """
    store = values.store_for(scopes.PROGRAM, "pit", now)
    top = top_performers(store, now)
    if len(top) < FEWEST:
        raise Conflict(
            _("There are too few partners with revenue in twelve months to learn from: %(n)s.")
            % {"n": len(top)}
        )
    before = {one.key: one for one in criteria_of(current_profile())}
    kept = before.get("certificates", Criterion("certificates", 0))
    types, regions, people = _types(top), _regions(), _people(top)
    criteria = [
        Criterion("type", WEIGHTS["type"] if types else 0, types),
        Criterion("region", WEIGHTS["region"] if regions else 0, regions),
        Criterion("people", WEIGHTS["people"], (), people),
        Criterion("customers", WEIGHTS["customers"], (), 1),
        kept,
    ]
    basis = {"partners": len(top), "period": periods.current("t12m", now, store.settings).key}
    return state_profile(criteria, by=by, now=now, basis=basis)


def _types(top: Sequence[int]) -> tuple[str, ...]:
    """Typical types of the top performers: more frequent there than among all."""
    profiles = PartnerProfile.objects.filter(valid_to=None, partner__merged_into=None).exclude(
        type=""
    )
    all_of = Counter(profiles.values_list("type", flat=True))
    theirs = Counter(profiles.filter(partner__in=top).values_list("type", flat=True))
    total, own = sum(all_of.values()), sum(theirs.values())
    if not own:
        return ()
    return tuple(
        name
        for name, n in theirs.most_common()
        if n / own >= OFTEN and n / own >= all_of[name] / total
    )


def _regions() -> tuple[str, ...]:
    """Regions with more customers for each partner than on average: there we need partners."""
    customers = Counter(
        dict(
            Customer.objects.exclude(region="")
            .order_by()
            .values_list("region")
            .annotate(n=Count("pk"))
        )
    )
    active = PartnerProfile.objects.filter(valid_to=None, partner__merged_into=None)
    partners = Counter(active.exclude(region="").values_list("region", flat=True))
    if not customers or not partners:
        return ()
    average = sum(customers.values()) / sum(partners.values())
    return tuple(
        region for region in sorted(customers) if customers[region] > average * partners[region]
    )


def _people(top: Sequence[int]) -> int:
    """How many people use the portal at the middle one of the top performers, one at least."""
    counted = Counter(
        Membership.objects.filter(partner__in=top, is_active=True).values_list(
            "partner_id", flat=True
        )
    )
    numbers = sorted(counted[one] for one in top)
    return max(1, numbers[len(numbers) // 2])
