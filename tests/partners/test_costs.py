"""Costs on the desk and in the API: listed, added, corrected, by whom."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from partners.models import Cost
from prm.common.models import AuditEntry
from tests.access.cast import browser, by_token
from tests.factories import at, make_rate, make_user
from tests.world import World

pytestmark = pytest.mark.django_db
NEW, LIST = "/costs/new/", "/costs/"
GIVEN = {"kind": "campaign", "on": "2026-07-01", "amount": "1,200", "currency": "usd",
         "partner": "Acme", "channel": "fair", "note": "Booth"}  # fmt: skip


@pytest.fixture
def cost(world: World) -> Cost:
    """Support for Acme."""
    make_rate("USD", "2020-01-01", "0.5")
    return Cost.objects.create(
        kind="support", amount=100, currency="EUR", at=at("2026-07-01"), partner=world.acme,
        note="Hotline",
    )  # fmt: skip


def test_a_cost_is_added_for_a_partner_and_counts_in_the_reporting_currency(
    world: World, cost: Cost
) -> None:
    assert browser(world.ana).post(NEW, GIVEN).status_code == 302
    made = Cost.objects.exclude(pk=cost.pk).get()
    assert (made.partner, made.kind, made.channel) == (world.acme, "campaign", "fair")
    assert (made.amount, made.currency, made.amount_rc) == (1200, "USD", 600)
    assert str(made.on) == "2026-07-01"
    page = browser(world.ana).get(LIST).content.decode()
    assert "$1,200.00" in page
    assert "€600.00" in page


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("on", "2999-01-01", "not in the future"),
        ("currency", "XXQ", "no currency code"),
        ("amount", "1.234", "two ways"),
        ("partner", "Nobody", "No partner has this name"),
        ("partner", "Globex", "No partner has this name"),  # of another manager
        ("partner", "", "Name the partner"),
    ],
)
def test_what_cannot_be_says_what_to_do(
    field: str, value: str, said: str, world: World, cost: Cost
) -> None:
    answer = browser(world.ana).post(NEW, GIVEN | {field: value})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert Cost.objects.count() == 1


def seen(client: Client, cost: Cost) -> dict[str, Any]:
    form = client.get(cost.get_absolute_url()).context["form"]
    return dict(form.seen())


def test_a_correction_changes_figures_and_keeps_what_was_in_the_audit(
    world: World, cost: Cost
) -> None:
    client = browser(world.admin)
    values = {"kind": "support", "on": "2026-07-01", "amount": "150", "currency": "EUR",
              "partner": "Acme", "channel": "", "note": "Hotline"}  # fmt: skip
    assert client.post(cost.get_absolute_url(), values | seen(client, cost)).status_code == 302
    cost.refresh_from_db()
    assert (cost.amount_rc, cost.at) == (Decimal(150), at("2026-07-01"))
    entry = AuditEntry.objects.get(action="cost.change")
    assert list(entry.before) == list(entry.after) == ["amount"]
    assert (Decimal(entry.before["amount"]), Decimal(entry.after["amount"])) == (100, 150)
    assert "Support 150 EUR" in client.get("/settings/audit/").content.decode()


def test_readers_read_and_others_learn_nothing(world: World, cost: Cost) -> None:
    reader = browser(make_user("exec@example.com", staff_role="executive"))
    page = reader.get(LIST).content.decode()
    assert "Hotline" in page
    assert "Add a cost" not in page
    assert reader.get(cost.get_absolute_url()).status_code == 403
    ben = browser(make_user("ben@example.com", staff_role="channel_manager"))
    assert "Hotline" not in ben.get(LIST).content.decode()
    assert ben.get(cost.get_absolute_url()).status_code == 404
    assert browser(world.pat.user).get(LIST).status_code == 403


def test_the_api_corrects_under_the_same_rules(world: World, cost: Cost) -> None:
    client = by_token(world.admin, ["costs:write", "costs:read"])
    url = reverse("api:cost-detail", args=[cost.public_id])
    answer = client.patch(url, {"amount": "90.00"}, content_type="application/json")
    assert answer.status_code == 200, answer.json()
    assert answer.json()["amount"] == "90.0000"
    bad = client.patch(url, {"amount": "-1.00"}, content_type="application/json")
    assert bad.status_code == 400
