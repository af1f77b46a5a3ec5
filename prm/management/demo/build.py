"""Makes the demo world in one transaction: draw, write, and play the last scenes."""

from collections.abc import Callable

from django.db import transaction

from partners.models import Customer, Deal, Partner, Stage, Territory
from prm.common import config
from prm.common.models import FxRate, User
from prm.management.demo import (
    cast,
    companystory,
    corners,
    newcomers,
    recruitstory,
    story,
    visits,
    words,
)
from prm.management.demo.history import make_adjustments, make_events, make_touches
from prm.management.demo.market import make_market
from prm.management.demo.network import make_network, make_stints
from prm.management.demo.people import make_logins, make_people, make_staff
from prm.management.demo.plan import Plan
from prm.management.demo.profiles import make_profiles
from prm.management.demo.registering import make_registrations
from prm.management.demo.sales import make_deals
from prm.management.demo.store import Store
from prm.management.demo.writing import SOURCE, Writer

LOGINS_PER_PARTNER, MOST_LOGINS = 130, 300_000
FACTS = (Partner, Customer, Deal, FxRate)


def is_here() -> bool:
    """Whether the demo world is in this database already."""
    first = cast.PARTNERS[0].name
    return Partner.objects.filter(source=SOURCE, name=first).exists()


def facts_held() -> dict[str, int]:
    """How many facts of each kind this database holds already."""
    counts = {str(model._meta.verbose_name_plural): model.objects.count() for model in FACTS}
    return {name: n for name, n in counts.items() if n}


@transaction.atomic
def build(plan: Plan, say: Callable[[str], None]) -> Store:
    """All or nothing. ``say`` prints a progress line."""
    config.put(config.NAME, words.VENDOR)
    config.put(config.CURRENCY, words.REPORT_CURRENCY)
    managers = make_staff(plan)
    _give_territories(managers)
    store = Store(say, plan.random("ids"))
    writer = Writer(plan, store, [user.pk for user in managers], _stage_ids())
    network = make_network(plan)
    stints = make_stints(plan, network)
    market = make_market(plan)
    deals = make_deals(plan, network, stints, market)
    registrations = make_registrations(plan, network, stints, market, deals)
    writer.rates(market)
    writer.partners(network)
    writer.profiles(make_profiles(plan, network))
    writer.contracts(stints)
    people = make_people(plan, network)
    writer.people(people)
    logins = min(MOST_LOGINS, LOGINS_PER_PARTNER * plan.partners)
    writer.logins(make_logins(plan, network, people, logins), people)
    writer.customers(market)
    writer.registrations(registrations)
    writer.deals(deals)
    writer.events(make_events(plan, deals), deals)
    writer.touches(make_touches(plan, network, market, deals))
    writer.adjustments(make_adjustments(plan, deals), deals)
    visits.play(plan)
    corners.make_calendars(plan)
    story.play(plan)
    recruitstory.play(plan)
    newcomers.play(plan)
    companystory.play(plan)
    corners.play(plan)
    store.progress("The story is told")
    return store


def _give_territories(managers: list[User]) -> None:
    Territory.objects.bulk_create(
        [Territory(manager=managers[place], region=region) for place, region in cast.TERRITORIES]
    )


def _stage_ids() -> list[int]:
    ids = []
    for order, (key, name, probability) in enumerate(words.STAGES, 1):
        values = {"name": name, "order": order * 10, "probability": probability}
        ids.append(Stage.objects.update_or_create(key=key, defaults=values)[0].pk)
    return ids
