"""Slips of the pen: countries that are none, words that nobody uses, names that are missing."""

from pathlib import Path

import pytest

from partners.accounts.api import NewPartner
from partners.accounts.forms import PartnerForm
from partners.deals.api import NewCustomer
from partners.models import Customer, Partner
from prm.common.countries import COUNTRIES
from tests.factories import make_partner
from tests.imports.helpers import file_of, load, outcome, problems

pytestmark = pytest.mark.django_db


def test_a_code_that_is_no_country_is_refused_and_one_that_is_gets_capitals(
    tmp_path: Path,
) -> None:
    rows = "partner_id,name,country\nP1,One,ZZ\nP2,Two,de\nP3,Three,uk\nP4,Four,日本\n"
    run = load("partner", file_of(tmp_path, rows + "P5,Five,Philipines\nP6,Six,\n"))
    assert problems(run) == [(2, "country"), (4, "country")]
    (first, _second) = run.problems.values_list("reason", flat=True)
    assert first.startswith("ZZ is no country. Write its two letters of ISO 3166-1, like DE or GB")
    stored = dict(Partner.objects.values_list("external_id", "country"))
    assert stored == {"P2": "DE", "P4": "日本", "P5": "Philipines", "P6": ""}


def test_customers_have_the_same_countries(tmp_path: Path) -> None:
    run = load("customer", file_of(tmp_path, "customer_id,name,country\nC1,One,ZZ\nC2,Two,FR\n"))
    assert problems(run) == [(2, "country")]
    assert Customer.objects.get().country == "FR"


def test_forms_and_the_api_know_the_same_countries() -> None:
    for door in (PartnerForm.base_fields["country"].run_validators,
                 NewPartner().fields["country"].run_validation,
                 NewCustomer().fields["country"].run_validation):  # fmt: skip
        for text in ("DE", "gb", "Philipines", ""):
            door(text)
        with pytest.raises(Exception, match="ZZ is no country"):
            door("ZZ")


def test_the_codes_are_those_of_the_unicode_consortium() -> None:
    """Without its regions that are no countries, reserved codes and codes for tests."""
    babel = pytest.importorskip("babel")
    known = {code for code in babel.Locale("en").territories if len(code) == 2 and code.isalpha()}
    others = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}
    assert known - others == COUNTRIES


def test_words_that_nobody_used_are_told_before_they_are_stored(tmp_path: Path) -> None:
    make_partner("Old", type="reseller", tier="gold")
    rows = "P1,One,reseller,gold,DE\nP2,Two,resellr,silver,Atlantis\nP3,Three,msp,silver,DE\n"
    file = file_of(tmp_path, "partner_id,name,type,tier,country\n" + rows)
    run = load("partner", file, dry_run=True)
    assert Partner.objects.count() == 1
    after = ". Correct them if they are slips."
    start = "New in {}, with the number of rows: "
    assert run.notes == [
        start.format("Type") + "msp (1), resellr (1)" + after,
        start.format("Tier") + "silver (2)" + after,
        start.format("Country") + "Atlantis (1)" + after,
    ]
    load("partner", file)
    assert load("partner", file).notes == []


def test_of_many_new_words_the_rarest_are_told(tmp_path: Path) -> None:
    rows = [f"P{n}-{m},N,kind {n:02}" for n in range(1, 14) for m in range(n)]
    run = load("partner", file_of(tmp_path, "partner_id,name,type\n" + "\n".join(rows)))
    (note,) = run.notes
    assert "kind 01 (1), kind 02 (2)" in note
    assert "kind 10 (10), 3 more." in note
    assert "kind 11" not in note


@pytest.mark.parametrize("resource", ["partner", "customer"])
def test_a_blank_name_is_refused(tmp_path: Path, resource: str) -> None:
    file = file_of(tmp_path, f"{resource}_id,name\nX1,One\nX2,\n")
    run = load(resource, file)
    assert outcome(run) == (1, 0, 0, 1)
    assert problems(run) == [(3, "name")]
    assert run.problems.get().reason == "The name is missing. Fill it in."


def test_without_a_column_for_names_new_rows_are_called_by_their_id_and_it_is_told(
    tmp_path: Path,
) -> None:
    load("partner", file_of(tmp_path, "partner_id,name\nP1,One\n"))
    run = load("partner", file_of(tmp_path, "partner_id,city\nP1,Bern\nP2,Basel\n"))
    assert run.notes == ["No column holds the name: the id becomes the name of 1 new row."]
    assert list(Partner.objects.order_by("pk").values_list("name", "city")) == [
        ("One", "Bern"),
        ("P2", "Basel"),
    ]


def test_a_name_that_exists_is_told_with_the_id_that_stands_here(tmp_path: Path) -> None:
    make_partner("Heron", external_id="H-7", source="crm")
    rows = file_of(tmp_path, "name,city\nHERON,Oslo\nSwift,Bergen\n")
    (note,) = load("partner", rows, dry_run=True).notes
    assert note.startswith(
        "1 new row has a name that exists already: Heron (line 2; here H-7 from crm)."
    )
    assert Partner.objects.count() == 1
    load("partner", rows)
    assert load("partner", rows).notes == []  # the rows are no longer new


def test_customers_are_compared_by_name_only_where_the_name_is_the_id(tmp_path: Path) -> None:
    Customer.objects.create(name="Kiwi", external_id="K", source="crm")
    by_id = file_of(tmp_path, "customer_id,name\nC1,Kiwi\n")
    assert load("customer", by_id, dry_run=True).notes == []
    (note,) = load("customer", file_of(tmp_path, "name\nKiwi\n"), dry_run=True).notes
    assert "Kiwi (line 2; here K from crm)" in note


def test_a_web_address_is_cut_down_to_its_domain_and_a_word_is_refused(tmp_path: Path) -> None:
    rows = (
        "partner_id,name,domain\nP1,One,https://www.Heron.example/about?x=1\nP2,Two,heron\n"
        "P3,Three,müller.example:8080\nP4,Four,\nP5,Five,a b.example\n"
    )
    run = load("partner", file_of(tmp_path, rows))
    assert problems(run) == [(3, "domain"), (6, "domain")]
    reason = run.problems.values_list("reason", flat=True).first()
    assert reason == "heron is no web domain. Write it like example.com."
    stored = dict(Partner.objects.values_list("external_id", "domain"))
    assert stored == {"P1": "heron.example", "P3": "müller.example", "P4": ""}


def test_forms_and_the_api_read_web_domains_alike() -> None:
    doors = (PartnerForm.base_fields["domain"].clean, NewPartner().fields["domain"].run_validation,
             NewCustomer().fields["domain"].run_validation)  # fmt: skip
    for door in doors:
        assert door("HTTPS://www.Heron.example/about") == "heron.example"
        assert door("") == ""
        with pytest.raises(Exception, match="heron is no web domain"):
            door("heron")


def test_a_problem_names_a_column_that_the_file_has(tmp_path: Path) -> None:
    """The id of a partner is its name where the file has no ids."""
    run = load("partner", file_of(tmp_path, "name,city\nOne,Oslo\n,Bergen\none,X\nOne,Y\n"))
    assert problems(run) == [(3, "name"), (5, "name")]
    assert "partner_id" not in " ".join(run.problems.values_list("reason", flat=True))
