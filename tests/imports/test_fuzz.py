"""However odd the cells: each row is stored exactly as it stands, or named as refused."""

import csv
import io
import random
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from partners.models import Customer, Deal
from prm.common.imports import services
from prm.common.tabular import plain_text
from tests.imports.helpers import file_of, load

pytestmark = pytest.mark.django_db
CELLS = [
    "", " ", "NULL", "null", "0", "-0.00", "1.234,56", "1,234.56", "١٢٣", "1e309", "NaN", "inf",
    "12345678901234567890", "0.001", "31.02.2026", "2026-02-31", "2026-07-01", "2026-13-01",
    "2026-07-15T10:00:00Z", "0000-00-00", "infinity", "now", "=1+1", "@x", "-5", "+7", "'=x",
    "won", "lost", "WON", "submitted", "proposal", "EUR", "eur", "USD", "XXX", "\u202eabc",
    "zero\u200bwidth", "émigré", "名前", "a\nb", 'quo"te', "semi;colon", "tab\tbed", "\\N", "\\.",
    "{}", "%s", "%(value)s", "x" * 400, "'; DROP TABLE partners_deal; --", "\ufeff", "🙂",
]  # fmt: skip
DEAL = ["deal_id", "name", "opened_at", "stage", "closed_at", "amount", "currency", "co_sell"]


def fuzzed(header: list[str], rows: int, seed: int) -> list[list[str]]:
    """Rows with odd cells, some of another length; the ids are good, so that rows can be found."""
    chance = random.Random(seed)
    found = []
    for n in range(rows):
        row = [f"R{n}", *(chance.choice(CELLS) for _ in header[1:])]
        if chance.random() < 0.05:
            row = row[: chance.randrange(1, len(row))] if chance.random() < 0.5 else [*row, "more"]
        if chance.random() < 0.2 and header is DEAL:
            row = [row[0], "fine", "2026-07-01", "won", "2026-07-15", "10.50", "EUR", "1"]
        found.append(row)
    return found


def write(path: Path, header: list[str], rows: list[list[str]]) -> Path:
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    path.write_bytes(text.getvalue().encode())
    return path


def refused_ids(run: object) -> set[str]:
    with services.error_path(run).open(encoding="utf-8-sig", newline="") as file:
        return {row[3] for row in list(csv.reader(file))[1:]}


@pytest.mark.parametrize("rows", [3_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_odd_customers_are_stored_as_they_stand_or_named(tmp_path: Path, rows: int) -> None:
    header = ["customer_id", "name", "region", "segment"]
    cells = fuzzed(header, rows, seed=1)
    run = load("customer", write(tmp_path / "customer.csv", header, cells))
    assert run.state == "done", run.error
    assert run.created + run.rejected == run.rows_read == rows
    stored = {row[0]: row for row in Customer.objects.values_list("external_id", "name", "region")}
    refused = refused_ids(run)
    assert len(stored) == run.created
    for row in cells:
        assert (row[0] in stored) != (row[0] in refused), row
        if row[0] in stored:
            _id, name, region = stored[row[0]]
            wanted = [
                "" if text in {"", "NULL", "null"} else plain_text(text)
                for text in map(str.strip, row[1:3])
            ]
            assert (name, region) == (wanted[0] or row[0], wanted[1])


@pytest.mark.parametrize("rows", [3_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_odd_deals_are_stored_as_they_stand_or_named(tmp_path: Path, rows: int) -> None:
    cells = fuzzed(DEAL, rows, seed=2)
    run = load("deal", write(tmp_path / "deal.csv", DEAL, cells))
    assert run.state == "done", run.error
    assert run.created + run.rejected == run.rows_read == rows
    stored = {deal.external_id: deal for deal in Deal.objects.all()}
    refused = refused_ids(run)
    assert len(stored) == run.created > rows // 10
    for row in cells:
        assert (row[0] in stored) != (row[0] in refused), row
        if row[0] in stored and row[5].strip() not in {"", "NULL", "null"}:
            assert stored[row[0]].amount == round(float(plain_text(row[5])), 2)
    again = load("deal", tmp_path / "deal.csv")
    assert (again.created, again.updated, again.rejected) == (0, 0, run.rejected)


@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=400))
def test_any_bytes_end_with_counts_or_a_sentence(tmp_path: Path, content: bytes) -> None:
    run = load("customer", file_of(tmp_path, b"customer_id,name\n" + content))
    if run.state == "failed":
        assert re.search(r"[.]$", run.error)
    else:
        assert run.created + run.updated + run.unchanged + run.rejected == run.rows_read
