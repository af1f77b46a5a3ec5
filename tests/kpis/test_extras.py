"""Pages of KPIs with cards of their own open with their facts, in every reading and scope."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from kpis.extras import CARDS
from tests.factories import make_deal, make_login, make_member
from tests.world import World

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 10, 20, 10, tzinfo=UTC)


@pytest.mark.parametrize("key", sorted(CARDS))
@pytest.mark.parametrize("scope", ["program", "type:reseller", "customer_region:DACH"])
def test_a_page_with_cards_of_its_own_opens_in_every_scope(
    world: World, key: str, scope: str
) -> None:
    make_login(make_member(world.acme), "2026-07-20")
    make_deal(world.acme, won="2026-07-20")
    browser = Client()
    browser.force_login(world.admin)
    with time_machine.travel(NOW, tick=False):
        for period in ("2026-Q3", "2026-Q4", "2026-10"):
            answer = browser.get(
                reverse("kpis:kpi_detail", args=[key]), {"period": period, "scope": scope}
            )
            assert answer.status_code == 200, (key, scope, period)
