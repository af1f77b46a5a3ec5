"""KPIs through the API: the result contract, and who reads what."""

from decimal import Decimal

import pytest
from django.utils import timezone

from kpis.definitions import KPIS
from kpis.engine.rebuild import rebuild
from kpis.result import Result
from partners.models import Deal
from prm.common.models import Setting
from tests.api.conftest import token_client
from tests.world import World

KPI = "/api/v1/kpis/"


@pytest.fixture
def built(world: World) -> World:
    """The fixed cast with computed cells."""
    rebuild(timezone.now())
    return world


def test_the_list_declares_every_kpi_to_staff_and_only_own_ones_to_partners(world: World) -> None:
    staff = token_client(world.ana).get(KPI).json()
    assert [row["key"] for row in staff] == list(KPIS)
    partner = token_client(world.pat.user).get(KPI).json()
    assert [row["key"] for row in partner] == [key for key, kpi in KPIS.items() if kpi.for_partners]
    assert all(not row["breakdowns"] for row in partner)
    names = {(row["key"], one["name"]) for row in partner for one in row["variants"]}
    assert ("win_rate", "partner") in names
    assert ("win_rate", "direct") not in names


def test_a_value_has_the_whole_contract_and_money_is_text(built: World) -> None:
    url = f"{KPI}partner_sourced_revenue/?period=2026-07&scope=partner:{built.acme.public_id}"
    body = token_client(built.ana).get(url).json()
    assert set(vars(Result).get("__dataclass_fields__", {})) - {"items", "report_currency"} <= set(
        body
    )
    assert (body["value"], body["currency"], body["period"]) == ("1000.00", "EUR", "2026-07")
    assert body["variants"]["gross"] == "1000.00"


def test_series_breakdown_and_rows_agree_with_the_value(built: World) -> None:
    client = token_client(built.admin)
    url = f"{KPI}partner_sourced_revenue/"
    value = client.get(f"{url}?period=2026-07").json()["value"]
    assert value == "1000000937.00"
    points = client.get(f"{url}series/?period=2026-07&count=3").json()["points"]
    assert [point["period"] for point in points] == ["2026-05", "2026-06", "2026-07"]
    assert points[-1]["value"] == value
    parts = client.get(f"{url}breakdown/?period=2026-07&by=partner").json()["parts"]
    assert sum(Decimal(part["value"]) for part in parts) == Decimal(value)
    rows = client.get(f"{url}rows/?period=2026-07").json()
    assert rows["total"] == value
    assert sum(Decimal(row["amount"]) for row in rows["rows"]) == Decimal(value)


def test_rows_that_count_are_numbers_and_money_has_its_currencys_decimals(built: World) -> None:
    client = token_client(built.admin)
    wins = client.get(f"{KPI}win_rate/rows/?period=2026-07").json()
    assert (wins["total"], [row["amount"] for row in wins["rows"]]) == (2, [1, 1])
    own = f"period=2026-07&scope=partner:{built.acme.public_id}"
    (won,) = client.get(f"{KPI}partner_sourced_revenue/rows/?{own}").json()["rows"]
    assert (won["amount"], won["original_amount"], won["currency"]) == ("1000.00", "1000.00", "EUR")
    Setting.objects.filter(key="report_currency").update(value="JPY")
    assert client.get(f"{KPI}partner_sourced_revenue/?{own}").json()["value"] == "1000"


def test_a_managers_breakdown_and_rows_name_only_own_partners(built: World) -> None:
    client = token_client(built.ana)
    url = f"{KPI}partner_sourced_revenue/"
    parts = client.get(f"{url}breakdown/?period=2026-07&by=partner").json()["parts"]
    assert [part["label"] for part in parts] == ["Acme"]
    rows = client.get(f"{url}rows/?period=2026-07").json()
    assert [row["partner_name"] for row in rows["rows"]] == ["Acme"]
    assert rows["hidden"] == {"rows": 1, "total": "999999937.00"}


def test_a_partners_person_reads_the_own_company_by_default(built: World) -> None:
    client = token_client(built.pat.user)
    own = client.get(f"{KPI}partner_sourced_revenue/?period=2026-07").json()
    assert own["value"] == "1000.00"
    assert own["scope"] == f"partner:{built.acme.public_id}"
    rows = client.get(f"{KPI}partner_sourced_revenue/rows/?period=2026-07").json()
    assert "hidden" not in rows
    assert [row["deal_name"] for row in rows["rows"]] == ["Won one"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("scope=program", 403),
        ("scope=direct", 403),
        ("scope=tier:gold", 403),
        ("scope=region:DACH", 403),
        ("scope=manager:ana@example.com", 403),
        ("scope=manager:nobody@example.com", 403),
        ("scope=partner:00000000-0000-7000-8000-000000000000", 404),
        ("scope=partner:{foreign}", 404),
        ("scope=partner:prm/{external}", 404),
        ("variant=direct", 400),
        ("variant=difference", 400),
    ],
)
def test_a_partners_person_reads_nothing_else(built: World, query: str, status: int) -> None:
    query = query.format(foreign=built.globex.public_id, external=built.globex.external_id)
    answer = token_client(built.pat.user).get(f"{KPI}win_rate/?period=2026-07&{query}")
    assert answer.status_code == status


@pytest.mark.parametrize("action", ["", "series/", "rows/"])
def test_kpis_of_the_vendor_alone_do_not_exist_for_partners(built: World, action: str) -> None:
    client = token_client(built.pat.user)
    for key, kpi in KPIS.items():
        answer = client.get(f"{KPI}{key}/{action}?period=2026-07")
        assert answer.status_code == (200 if kpi.for_partners else 404), key
    assert client.get(f"{KPI}win_rate/breakdown/?period=2026-07&by=tier").status_code == 403


def test_readings_for_partners_are_made_of_own_facts_only() -> None:
    for key, kpi in KPIS.items():
        for name, variant in kpi.variants.items():
            if variant.for_partners:
                facts = variant.numerator + variant.denominator
                assert {side for part in facts for side in part.sides} <= {"partner"}, (key, name)


def test_nothing_that_a_partner_reads_moves_with_others_business(built: World) -> None:
    client = token_client(built.pat.user)
    urls = [
        f"{KPI}{key}/{action}?period={period}&variant={name}"
        for key, kpi in KPIS.items()
        for name, variant in kpi.variants.items()
        if variant.for_partners
        for action in ("", "rows/")
        for period in ("2026-07", "2026")
    ]
    before = {url: _lasting(client.get(url).json()) for url in urls}
    Deal.objects.exclude(partner=built.acme).update(amount=Decimal("123456789"))
    Deal.objects.filter(partner=None).update(state="won", closed_at="2026-07-20T10:00Z")
    built.globex.contracts.update(ends_on="2026-07-20")
    rebuild(timezone.now())
    after = {url: _lasting(client.get(url).json()) for url in urls}
    assert {url for url in urls if before[url] != after[url]} == set()


def _lasting(body: dict) -> dict:
    return {name: value for name, value in body.items() if name not in {"as_of", "freshness"}}


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?period=",
        "?period=x",
        "?period=2026-13",
        "?period=9999999",
        "?period=t12m:2026",
        "?period=t12m:9999-12",
        "?period=0000",
        "?period=1899-01",
        "?period=2026-07&scope=x",
        "?period=2026-07&scope=partner:",
        "?period=2026-07&scope=partner:/",
        "?period=2026-07&scope=a%00b",
        "?period=2026-07&variant=x",
        "?period=2026-07&mode=x",
        "?period=2026-07&as_of=x",
        "?period=2026-07&as_of=2026-02-31",
        "?period=2026-07&as_of=2026-07-10T10:00:00Z",
        "?period=2026-07&as_of=9999-12-31T00:00:00Z",
        "?period=2026-07&unknown=1",
    ],
)
def test_a_bad_question_is_refused_in_words(built: World, query: str) -> None:
    answer = token_client(built.admin).get(f"{KPI}win_rate/{query}")
    assert answer.status_code in {400, 404}, answer.content
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    "tail",
    [
        "series/?period=2026-07&count=0",
        "series/?period=2026-07&count=61",
        "series/?period=2026-07&count=1e9",
        "rows/?period=2026-07&limit=201",
        "rows/?period=2026-07&offset=-1",
        "rows/?period=2026-07&part=x",
        "breakdown/?period=2026-07",
        "breakdown/?period=2026-07&by=password",
        "breakdown/?period=2026-07&by=tier;drop",
    ],
)
def test_bounds_are_kept(built: World, tail: str) -> None:
    assert token_client(built.admin).get(f"{KPI}win_rate/{tail}").status_code == 400


def test_an_unknown_kpi_is_404(built: World) -> None:
    assert token_client(built.admin).get(f"{KPI}nothing/?period=2026-07").status_code == 404
