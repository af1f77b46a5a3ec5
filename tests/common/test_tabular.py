"""Exports that no spreadsheet can be tricked with, and that read back as they were."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prm.common.tabular import csv_lines, plain_text, safe_text

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
    [[cell]] = csv.reader(io.StringIO("".join(csv_lines([text], []))))
    assert cell == f"'{text}"
    assert plain_text(cell) == text


@given(st.text())
def test_marking_a_text_is_undone_by_reading_it(text: str) -> None:
    if not text.startswith("'"):
        assert plain_text(safe_text(text)) == text
    assert plain_text(safe_text(safe_text(text))) in {safe_text(text), text}


def test_numbers_stay_numbers_and_instants_are_utc() -> None:
    row = [Decimal("-1.50"), -3, None, True, date(2026, 7, 1), datetime(2026, 7, 1, 10, tzinfo=UTC)]
    line = list(csv_lines(["a"], [row]))[1]
    assert line.strip() == "-1.50,-3,,1,2026-07-01,2026-07-01T10:00:00Z"
