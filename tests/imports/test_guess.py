"""What a file seems to mean: columns, dates, numbers; and mapping files written back."""

import csv
import tomllib
from pathlib import Path

import pytest
from django.utils.translation import override

from prm.common.imports import guess, resources
from prm.common.imports.mapping import as_toml, parse

GOLDEN = Path(__file__).parent.parent / "golden" / "csv"


def columns(resource: str, text: str) -> dict[str, str]:
    """The guessed columns of a small CSV file."""
    header, *rows = list(csv.reader(text.splitlines()))
    cells = [[row[place] for row in rows if row[place]] for place in range(len(header))]
    return guess.guess_columns(resources.get(resource), header, cells)


@pytest.mark.parametrize(
    ("resource", "text", "expected"),
    [
        (
            "deal",
            "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value\n"
            "1C1I7A6R,Moses Frase,GTX,Cancity,Won,2016-10-20,2017-03-01,1054\n",
            {
                "deal_id": "opportunity_id",
                "product": "product",
                "customer_id": "account",
                "stage": "deal_stage",
                "opened_at": "engage_date",
                "closed_at": "close_date",
                "amount": "close_value",
            },
        ),
        (
            "partner",
            "ResellerKey,BusinessType,ResellerName,City,StateProvinceName,Country_Region\n"
            "1,Value Added Reseller,A Bike Store,Seattle,Washington,United States\n",
            {
                "partner_id": "ResellerKey",
                "type": "BusinessType",
                "name": "ResellerName",
                "city": "City",
                "country": "Country_Region",
            },
        ),
        (
            "deal",
            "Vorgangsnummer,Händler,Kunde,Titel,Stand,Angelegt am,Abschlussdatum,Nettowert,"
            "Währung\n"
            "1,A,B,C,won,1.7.2026,2.8.2026,\"1,50\",EUR\n",
            {
                "deal_id": "Vorgangsnummer",
                "partner_id": "Händler",
                "customer_id": "Kunde",
                "name": "Titel",
                "stage": "Stand",
                "opened_at": "Angelegt am",
                "closed_at": "Abschlussdatum",
                "amount": "Nettowert",
                "currency": "Währung",
            },
        ),
        ("fx_rate", "Währung,Gültig ab,Kurs\nUSD,2026-01-01,0.9\n",
         {"currency": "Währung", "valid_from": "Gültig ab", "rate": "Kurs"}),
        ("customer", "foo,bar\n1,2\n", {}),
    ],
)  # fmt: skip
def test_columns_are_found_by_the_words_of_other_systems(
    resource: str, text: str, expected: dict[str, str]
) -> None:
    assert columns(resource, text) == expected


def test_a_column_is_not_taken_for_a_field_that_its_values_cannot_be() -> None:
    assert "closed_at" not in columns("deal", "stage,closed\nwon,yes\nlost,no\n")


def test_every_golden_file_is_matched_with_its_own_names() -> None:
    for resource in resources.ordered():
        path = GOLDEN / f"{resource.name}.csv"
        if path.exists():
            found = columns(resource.name, path.read_text())
            assert all(field == name for field, name in found.items()), (resource.name, found)
            needed = [c.name for c in resource.columns if c.needed or c.required]
            assert set(needed) <= set(found), resource.name


@pytest.mark.parametrize(
    ("values", "formats", "doubtful"),
    [
        (["2026-11-30", "2026-11-30T14:30:00Z"], (), False),
        (["30.11.2026", "01.02.2026"], ("%d.%m.%Y",), False),
        (["11/30/2026", "01/02/2026"], ("%m/%d/%Y",), False),
        (["01/02/2026", "03/04/2026"], ("%d/%m/%Y",), True),
        (["30/11/2026 14:30", "01/02/2026 09:00"], ("%d/%m/%Y %H:%M",), False),
        (["11/30/2026 2:30 PM"], ("%m/%d/%Y %I:%M %p",), False),
        (["30-Nov-26"], ("%d-%b-%y",), False),
        (["soon", "later"], (), False),
    ],
)
def test_dates_are_guessed(values: list[str], formats: tuple[str, ...], doubtful: bool) -> None:
    assert guess.guess_dates(values) == (formats, doubtful)


@pytest.mark.parametrize(
    ("values", "notation"),
    [
        (["1234.50", "3"], "1234.50"),
        (["1,234.50", "3"], "1,234.50"),
        (["1.234,50", "3"], "1.234,50"),
        (["1234,50"], "1.234,50"),
        (["1 234,50"], "1 234,50"),
        (["1'234.50"], "1'234.50"),
        (["1234", "5"], "1234.50"),
        ([], "1234.50"),
    ],
)
def test_numbers_are_guessed(values: list[str], notation: str) -> None:
    assert guess.guess_notation(values) == notation
    assert guess.notation_of(guess.notation_parts(notation)) == notation


def test_the_words_of_other_systems_for_a_stage_are_known() -> None:
    deal = resources.get("deal")
    found = guess.guess(deal, ["Stage"], [["Closed Won", "closed-lost", "Gewonnen", "won", "Demo"]])
    words = {"Closed Won": "won", "closed-lost": "lost", "Gewonnen": "won"}
    assert found.as_mapping() == {"columns": {"stage": "Stage"}, "values": {"stage": words}}


def test_every_resource_has_a_sentence() -> None:
    assert [one.name for one in resources.ordered() if not resources.words_of(one.name).about] == []


def test_a_mapping_written_as_toml_is_read_back_the_same() -> None:
    data = {
        "dates": ["%d.%m.%Y", '%Y "%m" %d'],
        "decimal_comma": True,
        "thousands": "'",
        "columns": {"deal_id": "Opportunity ID \\ n°\t1", "stage": "Status"},
        "constants": {"currency": "USD"},
        "compose": {"name": "{Product}, {Region}"},
        "only_where": {"The origin": ["partner", "re\nseller"]},
        "values": {"stage": {"Closed Won": "won", "*": "open", "": "lost\x7f"}},
    }
    text = as_toml(data)
    assert tomllib.loads(text) == data
    parse(tomllib.loads(text), resources.get("deal"))
    assert tomllib.loads(as_toml({})) == {}


def test_an_address_of_a_company_is_not_taken_for_its_manager() -> None:
    """ "Owner email" is another name of the manager; "Email" alone says less."""
    assert "manager" not in columns("partner", "Company,Email\nHeron,info@heron.example\n")
    found = columns("partner", "Company,Owner email (work)\nHeron,a@us.example\n")
    assert found["manager"] == "Owner email (work)"


@pytest.mark.parametrize("resource", resources.ordered(), ids=lambda one: one.name)
def test_every_column_is_called_as_people_read_it_in_every_language(
    resource: resources.Resource,
) -> None:
    for column in resource.all_columns:
        assert column.name in resources._LABELS, column.name
        assert "_" not in column.label
    with override("de"):
        assert resources.label_of("partner_id") == "Partner-ID"
        assert resources.label_of("expected_close_on") == "Erwarteter Abschluss"
