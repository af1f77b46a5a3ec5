"""Lists: the address is the state, exports are harmless, pages cost two queries."""

from dataclasses import replace
from typing import Any

import pytest
from django.db.models import QuerySet
from django.http import HttpRequest
from django.test import RequestFactory

from partners.models import Customer
from prm.common import lists
from prm.common.exports import file_of
from prm.common.listpages import page_of
from prm.common.lists import Column, Filter, Listing, at
from tests.factories import make_customer

pytestmark = pytest.mark.django_db


def listing(**more: Any) -> Listing[Customer]:
    def in_region(rows: QuerySet[Customer], value: str) -> QuerySet[Customer]:
        return rows.filter(region=value)

    return Listing(
        columns=(
            Column("name", "Name", at("name"), "name"),
            Column("region", "Region", at("region"), "region", is_number=True),
            Column("country", "Country", at("country")),
        ),
        filters=(Filter("region", "Region", [("", "All"), ("north", "North")], in_region),),
        search=lambda rows, text: rows.filter(name__icontains=text),
        default_sort="name",
        page_size=2,
        **more,
    )


def asked(query: str) -> HttpRequest:
    return RequestFactory().get(f"/customers/?{query}")


@pytest.fixture
def customers() -> QuerySet[Customer]:
    for name, region in (("Ada", "north"), ("Bob", "south"), ("Cy", "north")):
        make_customer(name, region=region)
    return Customer.objects.all()


def names(query: str, rows: QuerySet[Customer]) -> list[str]:
    return [row.name for row in page_of(asked(query), rows, listing()).rows]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Ada", "Bob"]),
        ("page=2", ["Cy"]),
        ("sort=-name", ["Cy", "Bob"]),
        ("region=north", ["Ada", "Cy"]),
        ("q=B", ["Bob"]),
        ("q=B%00", ["Bob"]),
        ("q=%00", ["Ada", "Bob"]),
        ("page=99", ["Cy"]),
        ("page=-1", ["Ada", "Bob"]),
        ("page=x&sort=country&region=nowhere", ["Ada", "Bob"]),
        ("sort=password", ["Ada", "Bob"]),
    ],
)
def test_the_address_decides_and_nonsense_is_ignored(
    query: str, expected: list[str], customers: QuerySet[Customer]
) -> None:
    assert names(query, customers) == expected


def test_a_page_costs_three_queries_for_any_number_of_rows(
    customers: QuerySet[Customer], django_assert_num_queries: Any
) -> None:
    for i in range(30):
        make_customer(f"More {i}")
    with django_assert_num_queries(3):
        page = page_of(asked("q=More"), customers, listing())
    assert (page.first, page.last, page.total) == (1, 2, 30)


def test_beyond_the_limit_the_count_says_at_least(
    customers: QuerySet[Customer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "COUNT_LIMIT", 2)
    page = page_of(asked(""), customers, listing())
    assert page.total_text == "2+"
    assert page.next_url == ""


def test_links_keep_what_the_list_knows_of_the_address(customers: QuerySet[Customer]) -> None:
    page = page_of(asked("region=north&size=50&partner=7&page=3"), customers, listing())
    assert page.csv_url == "?region=north&size=50&export=csv"
    assert page.kept == [("size", "50")]
    assert page.heads[0].url == "?region=north&size=50&sort=-name"
    assert page.heads[2].url == ""


def test_words_sort_up_first_and_numbers_down_first(customers: QuerySet[Customer]) -> None:
    heads = page_of(asked("sort=region"), customers, listing()).heads
    assert heads[0].url == "?sort=name"
    assert heads[1].url == "?sort=-region"
    assert heads[1].sorted == "ascending"


def test_the_export_has_all_rows_and_no_formula(customers: QuerySet[Customer]) -> None:
    make_customer("=HYPERLINK(0)", region="north")
    response = file_of(asked("sort=-name&export=csv"), customers, listing(), "customers")
    text = b"".join(response.streaming_content).decode()
    assert text.startswith("\ufeffName,Region,Country\r\n")
    assert text.splitlines()[1:] == [
        "Cy,north,",
        "Bob,south,",
        "Ada,north,",
        "'=HYPERLINK(0),north,",
    ]
    assert response["Content-Disposition"] == 'attachment; filename="customers.csv"'


def test_a_missing_link_reads_as_nothing() -> None:
    assert at("customer.name")(type("Deal", (), {"customer": None})()) is None


def test_filters_that_keep_every_row_away_are_told_from_an_empty_list(
    customers: QuerySet[Customer],
) -> None:
    assert page_of(asked("q=Nobody"), customers, listing()).hides_rows
    assert not page_of(asked(""), customers, listing()).hides_rows
    Customer.objects.all().delete()
    assert not page_of(asked("q=Nobody"), customers, listing()).hides_rows


def test_a_file_has_what_stands_in_the_cell_of_a_seen_column(
    customers: QuerySet[Customer],
) -> None:
    name, region, country = listing().columns
    beside = replace(
        listing(can_choose=True),
        columns=(name, replace(region, is_usual=False, beside="name"), country),
    )

    def heads(query: str) -> str:
        response = file_of(asked(f"{query}&export=csv"), customers, beside, "customers")
        return b"".join(response.streaming_content).decode().splitlines()[0]

    assert heads("") == "\ufeffName,Region,Country"
    assert heads("cols=country") == "\ufeffCountry"
    assert heads("cols=region") == "\ufeffRegion"
    assert [head.key for head in page_of(asked(""), customers, beside).heads] == ["name", "country"]
