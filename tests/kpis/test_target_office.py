"""Targets and baselines in the back office."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from kpis.models import Baseline, Target
from prm.common.models import AuditEntry, User
from tests.factories import make_partner

FORM = {
    "kpi": "win_rate",
    "variant": "",
    "scope": "program",
    "period": "2027",
    "value": "0.5",
    "reason": "",
}


@pytest.fixture
def office(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root@example.com", "secret-pass-1"))
    return client


def add(office: Client, model: str, **more: str) -> tuple[int, str]:
    answer = office.post(reverse(f"admin:kpis_{model}_add"), FORM | more)
    return answer.status_code, answer.content.decode()


def test_a_target_added_in_the_back_office_is_a_version_with_its_author(office: Client) -> None:
    make_partner("Acme", source="crm", external_id="P1")
    assert add(office, "target", scope="partner:P1") == (302, "")
    assert add(office, "target", scope="partner:crm/P1", value="0.6") == (302, "")
    rows = Target.objects.order_by("version").values_list("version", "value", "variant")
    assert list(rows) == [(1, Decimal("0.5"), "partner"), (2, Decimal("0.6"), "partner")]
    assert {row.by.email for row in Target.objects.all()} == {"root@example.com"}
    assert AuditEntry.objects.filter(action="kpi.set_target").count() == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kpi", "wins"),
        ("scope", "galaxy"),
        ("scope", "partner:P9"),
        ("period", "2027-Q5"),
        ("value", "half"),
        ("variant", "median"),
    ],
)
def test_what_cannot_be_a_target_is_said_and_nothing_is_stored(
    office: Client, field: str, value: str
) -> None:
    status, page = add(office, "target", **{field: value})
    assert status == 200
    assert "errorlist" in page
    assert not Target.objects.exists()


def test_a_baseline_changes_only_with_a_reason_and_no_version_is_edited(office: Client) -> None:
    assert add(office, "baseline")[0] == 302
    status, page = add(office, "baseline", value="0.6")
    assert (status, "Say why the baseline changes." in page) == (200, True)
    assert add(office, "baseline", value="0.6", reason="new price list")[0] == 302
    first = Baseline.objects.get(version=1)
    office.post(reverse("admin:kpis_baseline_change", args=[first.pk]), FORM | {"value": "9"})
    first.refresh_from_db()
    assert first.value == Decimal("0.5")
