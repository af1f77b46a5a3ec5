"""Costs in the back office go by the services: checked, told once, and the figures follow."""

import pytest
from django.test import Client
from django.utils import timezone

from partners.models import Cost
from prm.common.models import AuditEntry
from prm.common.signals import facts_changed
from tests.factories import at, make_partner, make_user

pytestmark = pytest.mark.django_db


def body(cost: Cost, **more: str) -> dict[str, str]:
    local = timezone.localtime(cost.at)
    return {
        "partner": str(cost.partner_id), "at_0": f"{local:%Y-%m-%d}", "at_1": f"{local:%H:%M:%S}",
        "kind": cost.kind, "channel": "", "note": "", "amount": str(cost.amount),
        "currency": cost.currency,
    } | more  # fmt: skip


def test_a_cost_is_corrected_by_its_service() -> None:
    admin = make_user("root@vendor.example", staff_role="admin", is_staff=True, is_superuser=True)
    cost = Cost.objects.create(
        partner=make_partner(), at=at("2026-05-05"), kind="recruiting", amount=100, currency="EUR"
    )
    heard, client = [], Client()
    client.force_login(admin)
    facts_changed.connect(lambda **more: heard.append(more["sender"]), weak=False, dispatch_uid="h")
    page = f"/admin/partners/cost/{cost.pk}/change/"
    answer = client.post(page, body(cost, amount="250.00", note="Fair"))
    facts_changed.disconnect(dispatch_uid="h")
    assert answer.status_code == 302, answer.content.decode()[:2000]
    cost.refresh_from_db()
    assert (cost.amount, cost.note, cost.amount_rc) == (250, "Fair", 250)
    entry = AuditEntry.objects.get(object_id=str(cost.public_id))
    assert (entry.action, entry.actor) == ("cost.change", admin)
    assert {"amount", "note"} <= set(entry.after)
    assert heard == [Cost]
    refused = client.post(page, body(cost, amount="-1"))
    assert refused.status_code in {200, 422}
    cost.refresh_from_db()
    assert cost.amount == 250
