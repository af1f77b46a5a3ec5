"""Non-interference: whatever a competitor does, the own pages stay the same (O4)."""

from datetime import date
from decimal import Decimal

from django.utils import timezone

from kpis.engine.rebuild import rebuild
from partners.models import Contract
from tests import factories
from tests.access.cast import Caller, Cast
from tests.access.harness import Walk


def mutate(cast: Cast) -> None:
    """The competitor and the vendor's direct business go on: new, changed and ended rows."""
    world = cast.world
    customer = factories.make_customer("Brand new", region="DACH")
    for number in range(30):
        factories.make_deal(world.globex, customer=customer, name=f"more {number}")
        factories.make_deal(world.globex, customer=customer, won="2026-07-20", name=f"won {number}")
        factories.make_deal(world.globex, customer=customer, lost="2026-08-01")
    factories.make_deal(None, customer=customer, won="2026-07-21", amount=Decimal(777))
    world.foreign_deal.amount = Decimal(5)
    world.foreign_deal.name = "renamed"
    world.foreign_deal.save()
    world.globex.name = "Aaa first of all"
    world.globex.save()
    Contract.objects.filter(partner=world.globex).update(ends_on=date(2026, 8, 1))
    factories.make_registration(world.globex, name="more")
    factories.make_login(factories.make_member(world.globex), "2026-08-05")
    factories.make_partner("Third party", tier="gold", type="reseller", region="DACH")
    rebuild(timezone.now())


def interference(cast: Cast, caller: Caller, only: tuple[str, ...] = ()) -> list[str]:
    """The addresses whose answers changed for ``caller`` when only others did something."""
    rebuild(timezone.now())
    before = Walk(cast, caller, only).crawl()
    mutate(cast)
    after = Walk(cast, caller, only).crawl()
    return [f"changed for {caller.name}: {url}" for url in before if before[url] != after[url]]
