"""Exports that no spreadsheet can be tricked with, and that read back as they were."""

import csv
import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from prm.common.tabular import csv_text, plain_text, safe_text, xlsx_bytes

PAYLOADS = [
    start + text
    for start in ("", " ", '"', "'", '" ')
    for text in (
        "=1+1",
        "+1",
        "-1+cmd",
        "@SUM(A1)",
        "\tx",
        "\rx",
        "＝1+1",
        '=HYPERLINK("http://x")',
    )
]


@pytest.mark.parametrize("text", PAYLOADS)
def test_no_cell_of_a_csv_begins_like_a_formula(text: str) -> None:
    [[cell]] = csv.reader(io.StringIO(csv_text([text], [])))
    assert cell == f"'{text}"
    assert plain_text(cell) == text


@pytest.mark.parametrize("text", PAYLOADS)
def test_a_workbook_holds_texts_not_formulas_or_links(text: str) -> None:
    packed = xlsx_bytes("t", ["a"], [[text]])
    sheet = zipfile.ZipFile(io.BytesIO(packed)).read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet
    assert b"hyperlink" not in sheet.lower().replace(b"=hyperlink", b"")
    cell = load_workbook(io.BytesIO(packed)).active["A2"]
    assert cell.data_type in {"s", "inlineStr"}


@given(st.text())
def test_marking_a_text_is_undone_by_reading_it(text: str) -> None:
    if not text.startswith("'"):
        assert plain_text(safe_text(text)) == text
    assert plain_text(safe_text(safe_text(text))) in {safe_text(text), text}


def test_numbers_stay_numbers_and_instants_are_utc() -> None:
    row = [Decimal("-1.50"), -3, None, True, date(2026, 7, 1), datetime(2026, 7, 1, 10, tzinfo=UTC)]
    assert csv_text(["a"], [row]).splitlines()[1] == ("-1.50,-3,,1,2026-07-01,2026-07-01T10:00:00Z")
    values = [
        cell.value for cell in load_workbook(io.BytesIO(xlsx_bytes("t", ["a"], [row]))).active[2]
    ]
    assert values[:4] == [-1.5, -3, None, True]


def test_control_characters_do_not_break_a_workbook() -> None:
    packed = xlsx_bytes("a/b:c", ["x"], [["a\x00b\x1fc"]])
    assert load_workbook(io.BytesIO(packed)).active["A2"].value == "abc"
