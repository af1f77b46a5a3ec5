"""Applications and costs from files: good rows are stored, others are refused with what to do."""

from pathlib import Path

import pytest
from django.core.management.base import CommandError

from partners.models import Application, Cost
from tests.factories import make_partner
from tests.imports.sets import counts, run

pytestmark = pytest.mark.django_db


def load(tmp_path: Path, resource: str, text: str) -> str:
    path = tmp_path / f"{resource}.csv"
    path.write_text(text)
    try:
        return run("import_csv", resource, str(path), "--source", "crm")
    except CommandError:
        return ""


def test_applications_come_from_a_file_and_again_change_nothing(tmp_path: Path) -> None:
    make_partner("Acme", source="crm", external_id="P1")
    text = (
        "application_id,partner_id,applied_at,decided_at,status,company,email,channel\n"
        "A1,P1,2026-06-20,2026-07-08,approved,Acme,ANN@acme.example,fair\n"
        "A2,,2026-07-15,2026-07-29,declined,Other,,\n"
        "A3,,2026-09-20,,pending,Third,,\n"
    )
    assert counts(load(tmp_path, "application", text)) == (3, 0, 0, 0)
    assert counts(load(tmp_path, "application", text)) == (0, 0, 3, 0)
    rows = Application.objects.order_by("external_id")
    assert [row.state for row in rows] == ["approved", "rejected", "pending"]
    assert (rows[0].email, rows[0].channel, rows[1].channel) == (
        "ann@acme.example", "fair", "direct",
    )  # fmt: skip


@pytest.mark.parametrize(
    "row",
    [
        "A1,,2026-06-20,2026-07-08,approved",
        "A1,,2026-06-20,,declined",
        "A1,,2026-06-20,2026-07-08,pending",
        "A1,,2026-06-20,2026-06-08,declined",
        "A1,,2036-06-20,,pending",
        "A1,,2026-06-20,,maybe",
        "A1,nobody,2026-06-20,2026-07-08,approved",
    ],
)
def test_an_application_that_cannot_be_is_refused(tmp_path: Path, row: str) -> None:
    load(
        tmp_path, "application", f"application_id,partner_id,applied_at,decided_at,status\n{row}\n"
    )
    assert not Application.objects.exists()


def test_costs_come_in_euros_or_with_their_currency(tmp_path: Path) -> None:
    make_partner("Acme", source="crm", external_id="P1")
    text = (
        "partner_id,at,kind,amount,currency,amount_eur,channel\n"
        "P1,2026-07-01,onboarding,,,4000,\n"
        ",2026-07-02,recruiting,250.5,USD,,fair\n"
    )
    assert counts(load(tmp_path, "cost", text)) == (2, 0, 0, 0)
    assert counts(load(tmp_path, "cost", text)) == (0, 0, 2, 0)
    rows = Cost.objects.order_by("at").values_list("amount", "currency", "channel")
    assert [(float(a), b, c) for a, b, c in rows] == [(4000, "EUR", ""), (250.5, "USD", "fair")]


@pytest.mark.parametrize(
    "row", [",2026-07-01,tools,,,", ",2026-07-01,tools,1,EUR,1", ",2026-07-01,tools,1,,",
            ",2026-07-01,tools,-1,EUR,", ",2026-07-01,bribes,1,EUR,"],
)  # fmt: skip
def test_a_cost_that_cannot_be_is_refused(tmp_path: Path, row: str) -> None:
    load(tmp_path, "cost", f"partner_id,at,kind,amount,currency,amount_eur\n{row}\n")
    assert not Cost.objects.exists()
