"""Deals of several currencies in one order: by what they are worth in the programme's."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from partners.models import Partner
from tests.factories import make_deal, make_partner, make_rate, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


@pytest.fixture
def today() -> Any:
    with time_machine.travel(datetime(2026, 8, 20, 10, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def acme() -> Partner:
    return make_partner("Acme")


@pytest.fixture
def desk() -> Client:
    client = Client()
    client.force_login(make_user(staff_role="admin"))
    return client


@pytest.fixture
def rates() -> None:
    """In euro: a dollar 0.90, then 0.80 from July on; a yen 0.006."""
    make_rate("USD", "2026-01-01", "0.90")
    make_rate("USD", "2026-07-01", "0.80")
    make_rate("JPY", "2026-01-01", "0.006")


def names(desk: Client, query: str) -> list[str]:
    response = desk.get(reverse("deals:deal_list") + f"?{query}&export=csv")
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return [line.split(",")[0] for line in text.splitlines()[1:]]


@pytest.mark.usefixtures("rates")
def test_deals_are_ordered_by_their_value_in_the_programmes_currency(
    desk: Client, acme: Partner
) -> None:
    for name, amount, currency in (
        ("Yen", 100_000, "JPY"),  # 600
        ("Dollar", 1_000, "USD"),  # 800 at today's rate
        ("Euro", 700, "EUR"),
        ("Peso", 9_000_000, "MXN"),  # no rate is known
    ):
        make_deal(acme, name=name, amount=Decimal(amount), currency=currency)
    make_deal(acme, name="Nothing", amount=None)
    assert names(desk, "sort=-amount")[:3] == ["Dollar", "Euro", "Yen"]
    assert names(desk, "sort=amount")[:3] == ["Yen", "Euro", "Dollar"]
    # what has no value stands last in both orders
    assert set(names(desk, "sort=-amount")[3:]) == {"Peso", "Nothing"}
    assert set(names(desk, "sort=amount")[3:]) == {"Peso", "Nothing"}


@pytest.mark.usefixtures("rates")
def test_a_closed_deal_keeps_the_rate_of_its_closing_day(desk: Client, acme: Partner) -> None:
    make_deal(acme, name="Won in June", amount=Decimal(1000), currency="USD", won="2026-06-10",
              opened="2026-05-01")  # 900, not 800  # fmt: skip
    make_deal(acme, name="Won in euro", amount=Decimal(850), won="2026-07-15")
    assert names(desk, "state=won&sort=-amount") == ["Won in June", "Won in euro"]


@pytest.mark.usefixtures("rates")
def test_the_head_says_the_currency_and_the_row_its_value(desk: Client, acme: Partner) -> None:
    make_deal(acme, name="Dollar", amount=Decimal(1000), currency="USD")
    url = reverse("deals:deal_list")
    html = desk.get(url + "?sort=-amount").content.decode()
    assert '<span class="sub">Value in EUR</span>' in html
    assert '<span class="sub">€800</span>' in html
    assert '<span class="sub">Value in EUR</span>' not in desk.get(url).content.decode()


@pytest.mark.usefixtures("rates")
def test_ordering_by_value_costs_the_same_for_one_and_for_many(
    desk: Client, acme: Partner, django_assert_max_num_queries: Any
) -> None:
    def cost() -> int:
        with django_assert_max_num_queries(20) as captured:
            desk.get(reverse("deals:deal_list") + "?sort=-amount&size=100")
        return len(captured.captured_queries)

    make_deal(acme)
    first = cost()
    for _ in range(99):
        make_deal(acme, currency="USD")
    assert cost() == first
