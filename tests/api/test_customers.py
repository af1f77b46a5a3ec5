"""Customers through the API: who sees one that has no deal yet."""

from partners.models import Customer, Deal
from prm.common import access
from tests import factories
from tests.api.conftest import token_client
from tests.world import World


def test_a_manager_opens_a_deal_with_the_customer_that_it_just_added(world: World) -> None:
    client = token_client(world.ana)
    made = client.post("/api/v1/customers/", {"name": "Vandelay"}, format="json")
    assert made.status_code == 201, made.content
    read = client.get(f"/api/v1/customers/{made.json()['id']}/")
    assert read.status_code == 200
    assert read.json() == made.json()
    body = {
        "partner": str(world.acme.public_id),
        "customer": made.json()["id"],
        "currency": "EUR",
    }
    opened = client.post("/api/v1/deals/", body, format="json")
    assert opened.status_code == 201, opened.content
    assert Deal.objects.get(public_id=opened.json()["id"]).customer.name == "Vandelay"


def test_partners_people_do_not_see_a_customer_without_deals(world: World) -> None:
    new = factories.make_customer("Vandelay")
    client = token_client(world.pat.user)
    assert client.get(f"/api/v1/customers/{new.public_id}/").status_code == 404
    names = [row["name"] for row in client.get("/api/v1/customers/").json()["results"]]
    assert names == ["Initech"]


def test_a_customer_leaves_the_manager_s_sight_with_another_portfolio_s_first_deal(
    world: World,
) -> None:
    new = factories.make_customer("Vandelay")
    registered = factories.make_customer("Sterling Cooper")
    ana = access.actor_for(world.ana)

    def seen() -> set[str]:
        names = access.scope(ana, Customer).values_list("name", flat=True)
        assert len(names) == len(set(names))
        return set(names)

    assert seen() == {"Initech", "Vandelay", "Sterling Cooper"}
    factories.make_deal(world.globex, customer=new)
    factories.make_registration(world.globex, customer=registered)
    assert seen() == {"Initech"}


def test_a_customer_of_direct_deals_only_is_not_the_managers(world: World) -> None:
    new = factories.make_customer("Vandelay")
    factories.make_deal(None, customer=new)
    assert not access.scope(access.actor_for(world.ana), Customer).filter(pk=new.pk).exists()
