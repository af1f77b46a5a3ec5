# ruff: noqa: DTZ001 (a workbook knows no time zones)
"""Files of lists: what is seen, and nothing that a spreadsheet would run."""

from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.test import Client, RequestFactory
from django.urls import reverse
from openpyxl import load_workbook

from prm.common import exports
from prm.common.exports import file_response, xlsx_response
from tests.factories import make_deal, make_partner, make_user

pytestmark = pytest.mark.django_db
DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"]


def cells(response: Any) -> list[list[Any]]:
    book = load_workbook(BytesIO(b"".join(response.streaming_content)))
    return [list(row) for row in book.worksheets[0].iter_rows()]


def test_a_text_is_never_a_formula_in_a_workbook() -> None:
    _head, *rows = cells(xlsx_response(["Text"], [[text] for text in DANGEROUS], "texts"))
    assert [row[0].data_type for row in rows] == ["s"] * len(DANGEROUS)
    assert rows[0][0].value == "=1+1"


def test_numbers_and_days_keep_their_kind_in_a_workbook() -> None:
    values = [
        Decimal("12.50"),
        7,
        date(2026, 7, 1),
        datetime(2026, 7, 1, 9, 30),
        "bad\x00\x0b",
        None,
    ]
    _head, row = cells(xlsx_response(["a"] * 6, [values], "kinds"))
    assert [cell.value for cell in row] == [
        12.5, 7, datetime(2026, 7, 1), datetime(2026, 7, 1, 9, 30), "bad", None,
    ]  # fmt: skip
    assert [cell.data_type for cell in row[:4]] == ["n", "n", "d", "d"]


def test_a_workbook_that_would_be_too_long_offers_csv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "XLSX_LIMIT", 2)
    request = RequestFactory().get("/deals/?export=xlsx&state=all")
    request._messages = CookieStorage(request)  # type: ignore[attr-defined]
    response = file_response(request, ["a"], iter([]), "deals", count=lambda: 3)
    assert response.status_code == 302
    assert response["Location"] == "/deals/?state=all"
    assert "CSV" in str(next(iter(get_messages(request))))


@pytest.fixture
def desk() -> Client:
    client = Client()
    client.force_login(make_user(staff_role="operations"))
    return client


def test_the_file_has_the_columns_filters_and_order_that_are_seen(desk: Client) -> None:
    acme = make_partner("Acme")
    make_deal(acme, name="B")
    make_deal(acme, name="A")
    make_deal(acme, name="Won", won="2026-07-15")
    query = "?cols=customer,amount&sort=-name&state=open&export="
    response = desk.get(reverse("deals:deal_list") + query + "csv")
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    assert text.splitlines()[0] == "Deal,Customer,Amount,Currency"
    assert [line.split(",")[0] for line in text.splitlines()[1:]] == ["B", "A"]
    rows = cells(desk.get(reverse("deals:deal_list") + query + "xlsx"))
    assert [cell.value for cell in rows[0]] == ["Deal", "Customer", "Amount", "Currency"]
    assert [(row[0].value, row[2].value) for row in rows[1:]] == [("B", 1000), ("A", 1000)]


def test_a_list_sorted_by_a_rank_is_exported_in_that_order(desk: Client) -> None:
    for name, open_deals in (("Few", 1), ("Many", 3), ("None", 0)):
        partner = make_partner(name)
        for _ in range(open_deals):
            make_deal(partner)
    url = reverse("partners:partner_list") + "?sort=-open&cols=open&export=csv"
    text = b"".join(desk.get(url).streaming_content).decode("utf-8-sig")
    assert text.splitlines()[1:] == ["Many,3", "Few,1", "None,0"]


def test_only_ticked_partners_that_one_may_know_of_are_exported(desk: Client) -> None:
    acme, globex, _other = make_partner("Acme"), make_partner("Globex"), make_partner("Other")
    url = reverse("partners:partner_export") + "?cols=tier&sort=name&export=csv"
    data = {"sel": [str(acme.public_id), str(globex.public_id), "nonsense"]}

    def names(client: Client) -> list[str]:
        lines = b"".join(client.post(url, data).streaming_content).decode("utf-8-sig").splitlines()
        return [line.split(",")[0] for line in lines[1:]]

    assert names(desk) == ["Acme", "Globex"]
    ana = Client()
    ana.force_login(make_user("ana@vendor.example", staff_role="channel_manager"))
    assert names(ana) == []
