"""A reseller that moved takes its old deals to nobody: on no page, in no file, by no address."""

from datetime import date

import pytest
from django.test import Client

from partners.hierarchy.services import place_below
from partners.models import Membership, PartnerLink
from prm.common import access
from tests.access.harness import NEEDED, READS, rest_of
from tests.access.oracles import body_of
from tests.access.walk import routes
from tests.api.conftest import token_client
from tests.factories import at, make_deal, make_member, make_partner

NOW = at("2026-10-05")
OLD, NEW = "old-deal-q8x", "new-deal-q8x"
pytestmark = pytest.mark.django_db


def answers(member: Membership) -> dict[str, str]:
    """Everything that somebody can read without naming an object: pages, files, API."""
    desk, program = Client(), token_client(member.user)
    desk.force_login(member.user)
    roles = access.actor_for(member.user).roles
    found = {}
    for route in routes():
        rule = access.POLICY.get(route.name)
        if (
            rule is None
            or "public_id" in route.params
            or not roles & rule.methods.get("GET", set())
        ):
            continue
        client = program if access.is_api(route.path) else desk
        base = route.url(**rest_of(route)) + NEEDED.get(route.name, "")
        for query in ("", *READS, "?state=all"):
            url = base + (query.replace("?", "&") if "?" in base else query)
            found[url] = body_of(client.get(url)).decode("utf-8", "replace")
    return found


def test_a_moved_reseller_opens_its_old_deals_to_the_new_distributor_nowhere() -> None:
    shop, north, south = (make_partner(name) for name in ("Shop", "North", "South"))
    PartnerLink.objects.create(child=shop, parent=north, valid_from="2025-01-01")
    shop.parent = north
    shop.save()
    old = make_deal(shop, name=OLD, opened="2026-03-01", won="2026-04-01")
    place_below(shop, south, valid_from=date(2026, 9, 1), by=None, now=NOW)
    new = make_deal(shop, name=NEW, opened="2026-09-02")
    of_south, of_north = (make_member(one, "", "admin", "sales") for one in (south, north))
    seen = answers(of_south)
    assert len(seen) > 60
    assert any(NEW in text for text in seen.values())
    shown = [url for url, text in seen.items() if OLD in text or str(old.public_id) in text]
    assert not shown
    kept = answers(of_north)
    assert any(OLD in text for text in kept.values())  # the distributor of then keeps them
    assert not [url for url, text in kept.items() if NEW in text or str(new.public_id) in text]


@pytest.mark.parametrize("path", ["/portal/deals/{}/", "/api/v1/deals/{}/", "/deals/{}/"])
def test_the_address_of_an_old_deal_is_like_one_that_nothing_has(path: str) -> None:
    shop, south = make_partner("Shop"), make_partner("South")
    old = make_deal(shop, name=OLD, opened="2026-03-01")
    place_below(shop, south, valid_from=date(2026, 9, 1), by=None, now=NOW)
    member = make_member(south, "", "admin", "sales")
    client = Client()
    client.force_login(member.user)
    unknown = "0192f000-0000-7000-8000-00000000dead"
    statuses = {client.get(path.format(one)).status_code for one in (old.public_id, unknown)}
    assert statuses <= {403} or statuses == {404}
