"""Each refused row is named with line, column and what to do; the good rows are stored."""

import csv
from pathlib import Path

import pytest

from partners.models import Customer, Deal, Membership, Partner, PartnerProfile, Registration
from prm.common.imports import services
from prm.common.imports.resources import facts_exist
from prm.common.models import FxRate
from tests.factories import (
    make_customer,
    make_deal,
    make_member,
    make_partner,
    make_registration,
    make_user,
)
from tests.imports.helpers import file_of, load, outcome, problems

pytestmark = pytest.mark.django_db
DEAL = (
    "deal_id,partner_id,customer_id,opened_at,registered_at,approved_at,rejected_at,stage,"
    "closed_at,amount,currency,co_sell\n"
)
GOOD = "D0,P1,C1,2026-07-01,,,,won,2026-07-15,10,EUR,0\n"


@pytest.fixture(autouse=True)
def cast(db: None) -> None:
    make_partner("Acme", source="crm", external_id="P1")
    make_customer("Initech", source="crm", external_id="C1")


@pytest.mark.parametrize(
    ("row", "column", "says"),
    [
        ("D1,P9,C1,2026-07-01,,,,won,2026-07-15,10,EUR,0", "partner_id", "no partner P9"),
        ("D1,P1,C9,2026-07-01,,,,won,2026-07-15,10,EUR,0", "customer_id", "no customer C9"),
        ("D1,P1,C1,2026-02-31,,,,won,2026-07-15,10,EUR,0", "opened_at", "2026-02-31 is no day"),
        ("D1,P1,C1,01/02/2026,,,,won,2026-07-15,10,EUR,0", "opened_at", "date format"),
        ("D1,P1,C1,2026-07-01,,,,won,2026-07-15,NaN,EUR,0", "amount", "NaN is no number"),
        ("D1,P1,C1,2026-07-01,,,,won,2026-07-15,1e309,EUR,0", "amount", "1e309"),
        ("D1,P1,C1,2026-07-01,,,,won,2026-07-15,١٢٣,EUR,0", "amount", "is no number"),
        ("D1,P1,C1,2026-07-01,,,,won,2026-07-15,-5,EUR,0", "amount", "less than 0"),
        ("D1,P1,C1,2026-07-01,,,,won,2026-07-15,1.005,EUR,0", "amount", "more decimals"),
        ("D1,P1,C1,2026-07-01,,,,won,2026-07-15,1.5,JPY,0", "amount", "more decimals"),
        ("D1,P1,C1,2026-07-01,,,,won,2026-07-15,10,EURO,0", "currency", "EURO is no currency"),
        ("D1,P1,C1,2026-07-01,,,,won,2026-07-15,10,,0", "currency", "Fill in the currency"),
        ("D1,P1,C1,2026-07-01,,,,won,2026-07-15,,EUR,0", "amount", "enter 0"),
        ("D1,P1,C1,2026-07-01,,,,won,,10,EUR,0", "closed_at", "Fill in when"),
        ("D1,P1,C1,2026-07-01,,,,won,2026-06-15,10,EUR,0", "closed_at", "before the deal"),
        ("D1,P1,C1,2026-07-01,,,,won,2059-06-15,10,EUR,0", "closed_at", "in the future"),
        ("D1,P1,C1,2059-07-01,,,,proposal,,10,EUR,0", "opened_at", "in the future"),
        ("D1,P1,C1,,2059-07-01,,,submitted,,10,EUR,0", "registered_at", "in the future"),
        ("D1,P1,C1,2026-07-01,,2059-07-01,,proposal,,10,EUR,0", "approved_at", "in the future"),
        ("D1,P1,C1,2026-07-01,,,2059-07-01,rejected,,10,EUR,0", "rejected_at", "in the future"),
        ("D1,P1,C1,2026-07-01,,,,proposal,2026-07-15,10,EUR,0", "closed_at", "no closing date"),
        ("D1,P1,C1,2026-07-01,,,,won,2026-07-15,10,EUR,perhaps", "co_sell", "yes nor no"),
        ("D1,,C1,2026-07-01,2026-07-01,,,submitted,,10,EUR,0", "partner_id", "belongs to a"),
        ("D1,P1,C1,2026-07-01,2026-07-01,,,proposal,,10,EUR,0", "approved_at", "approved_at"),
        ("D1,P1,C1,2026-07-01,2026-07-01,,,rejected,,10,EUR,0", "rejected_at", "Fill in when"),
        ("D1,P1,C1,2026-07-01,,2026-07-02,,submitted,,10,EUR,0", "stage", "approved_at"),
        ("D0,P1,C1,2026-07-01,,,,won,2026-07-15,10,EUR,0", "deal_id", "same id as line 2"),
        ("D1,P1,C1", "", "3 cells, the header has 12"),
    ],
)
def test_a_bad_deal_is_refused_with_line_and_column(
    tmp_path: Path, row: str, column: str, says: str
) -> None:
    run = load("deal", file_of(tmp_path, DEAL + GOOD + row + "\n"))
    assert outcome(run) == (1, 0, 0, 1), run.error
    problem = run.problems.get()
    assert (problem.line, problem.column) == (3, column)
    assert says in problem.reason
    assert list(Deal.objects.values_list("external_id", flat=True)) == ["D0"]


def test_the_error_file_has_every_refused_row_with_its_cells(tmp_path: Path) -> None:
    bad = "=1+1,P1,C1,x,,,,won,2026-07-15,y,EUR,0\n"
    run = load("deal", file_of(tmp_path, DEAL + bad + GOOD))
    assert problems(run) == [(2, "opened_at"), (2, "amount")]
    with services.error_path(run).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0][:4] == ["line", "column", "reason", "deal_id"]
    assert [row[:2] for row in rows[1:]] == [["2", "opened_at"], ["2", "amount"]]
    assert rows[1][3] == "'=1+1"  # no spreadsheet runs it


def test_all_or_nothing_stores_none(tmp_path: Path) -> None:
    path = file_of(tmp_path, DEAL + GOOD + "D1,P9,,,,,,won,,,,\n")
    run = load("deal", path, all_or_nothing=True)
    assert (run.state, run.created, run.rejected) == ("failed", 0, 1)
    assert not Deal.objects.exists()
    assert run.problems.exists()


def test_a_dry_run_counts_and_stores_nothing(tmp_path: Path) -> None:
    run = load("deal", file_of(tmp_path, DEAL + GOOD + "D1,P9,,,,,,won,,,,\n"), dry_run=True)
    assert (run.state, run.created, run.rejected) == ("done", 1, 1)
    assert not Deal.objects.exists()


def test_the_database_is_not_reached_by_what_its_rules_would_refuse(tmp_path: Path) -> None:
    text = (
        "currency,valid_from,rate\nUSD,2026-01-01,99999999999\nUSD,2026-01-01,0\nEUR,2026-01-01,2\n"
    )
    run = load("fx_rate", file_of(tmp_path, text))
    assert problems(run) == [(2, "rate"), (3, "rate"), (4, "rate")]
    assert not FxRate.objects.exists()


def test_an_id_that_two_other_sources_have_is_ambiguous(tmp_path: Path) -> None:
    for source in ("a", "b"):
        make_partner(source=source, external_id="P2")
    run = load("contract", file_of(tmp_path, "partner_id,start_date\nP2,2026-01-01\n"))
    assert "Several sources have a partner P2" in run.problems.get().reason
    one = load("contract", file_of(tmp_path, "partner_id,start_date\nP2,2026-01-01\n"), source="a")
    assert outcome(one) == (1, 0, 0, 0)


def test_overlapping_history_rows_are_refused(tmp_path: Path) -> None:
    PartnerProfile.objects.all().delete()
    text = (
        "partner_id,tier,valid_from,valid_to\nP1,gold,2026-01-01,2026-03-01\n"
        "P1,silver,2026-02-01,\nP1,old,2025-01-01,2024-01-01\n"
    )
    run = load("partner_attr_history", file_of(tmp_path, text))
    assert problems(run) == [(2, "valid_from"), (3, "valid_from"), (4, "valid_to")]
    assert not PartnerProfile.objects.exists()


def test_merges_in_circles_and_unknown_survivors_are_refused(tmp_path: Path) -> None:
    text = "partner_id,merged_into\nA,B\nB,A\nC,C\nD,nobody\nE,\n"
    run = load("partner", file_of(tmp_path, text))
    assert problems(run) == [(n, "merged_into") for n in (2, 3, 4, 5)]
    assert Partner.objects.filter(source="crm").count() == 2


def test_a_partner_that_would_stand_above_itself_is_refused(tmp_path: Path) -> None:
    load("partner", file_of(tmp_path, "partner_id,parent_id\nB,A\nA,\n"))
    rows = "partner_id,parent_id\nA,B\nC,C\nD,E\nE,F\nF,D\nG,B\n"
    run = load("partner", file_of(tmp_path, rows))
    assert outcome(run) == (1, 0, 0, 5)
    assert problems(run) == [(line, "parent_id") for line in (2, 3, 4, 5, 6)]
    assert Partner.objects.get(external_id="G").parent.external_id == "B"


def test_our_own_people_and_other_peoples_addresses_cannot_be_taken(tmp_path: Path) -> None:
    make_user("boss@example.com", staff_role="admin")
    partner = Partner.objects.get(external_id="P1")
    make_member(partner, "pat@example.com", source="crm", external_id="U1")
    text = (
        "user_id,partner_id,email,roles\nU2,P1,boss@example.com,\nU1,P1,other@example.com,\n"
        "U3,P1,nonsense,\nU4,P1,PAT@example.com,\nU5,P1,new@example.com,king\n"
    )
    run = load("partner_user", file_of(tmp_path, text))
    assert problems(run) == [(2, "email"), (3, "email"), (4, "email"), (5, "email"), (6, "roles")]
    assert Membership.objects.count() == 1


def test_a_refund_needs_a_won_deal_and_a_minus(tmp_path: Path) -> None:
    make_deal(source="crm", external_id="D1")
    make_deal(source="crm", external_id="D2", won="2026-07-15")
    text = (
        "deal_id,at,kind,amount\nD1,2026-08-01,refund,-5\nD2,2026-08-01,refund,5\n"
        "D2,2026-08-02,gift,-5\nD2,2026-08-03,refund,0\n"
    )
    run = load("deal_adjustment", file_of(tmp_path, text))
    assert problems(run) == [(2, "deal_id"), (3, "amount"), (4, "kind"), (5, "amount")]


def test_settings_stand_once_facts_exist(tmp_path: Path) -> None:
    make_deal()
    text = "key,value\nprogram_tz,America/New_York\nreport_currency,EUR\nown_key,7\n"
    run = load("setting", file_of(tmp_path, text))
    assert outcome(run) == (1, 0, 1, 1)
    assert "figures rest on it" in run.problems.get().reason


def test_contracts_and_registrations_alone_are_facts_too() -> None:
    acme = Partner.objects.get()
    assert facts_exist()  # the contract
    acme.contracts.all().delete()
    assert not facts_exist()
    make_registration(acme)
    assert facts_exist()


def test_a_row_that_has_a_deal_is_not_submitted_again(tmp_path: Path) -> None:
    make_deal(Partner.objects.get(), source="crm", external_id="D1")
    row = "D1,P1,C1,2026-07-01,2026-07-01,,,submitted,,10,EUR,0\n"
    run = load("deal", file_of(tmp_path, DEAL + row))
    assert problems(run) == [(2, "stage")]
    assert not Registration.objects.exists()


def test_long_texts_are_refused(tmp_path: Path) -> None:
    run = load("customer", file_of(tmp_path, f"customer_id,name\nC5,{'x' * 301}\n"))
    assert problems(run) == [(2, "name")]
    assert Customer.objects.count() == 1
