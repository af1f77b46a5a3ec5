"""Files of any usual making give the same rows; files that are none are refused with a reason."""

import io
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from partners.models import Contract, Customer, Deal
from prm.common.errors import InvalidInput
from prm.common.imports import mapping as mappings
from prm.common.imports import resources
from tests.factories import make_partner
from tests.imports.helpers import file_of, load, outcome, problems

pytestmark = pytest.mark.django_db
TEXT = "customer_id,name,region\nC1,Müller & Söhne,DACH\nC2,Ångström AB,NORDICS\n"
NAMES = ["Müller & Söhne", "Ångström AB"]


def names() -> list[str]:
    return list(Customer.objects.order_by("external_id").values_list("name", flat=True))


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("cp1252"),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\r").encode(),
        TEXT.replace("\n", "\r\n", 1).encode(),
        TEXT.replace(",", ";").encode(),
        TEXT.replace(",", "\t").encode(),
        ("sep=;\n" + TEXT.replace(",", ";")).encode(),
        ("\n\n" + TEXT + "\n ,, \n").encode(),
        TEXT.replace("customer_id", "Customer_ID ").encode(),
    ],
    ids=lambda content: repr(content[:30]),
)
def test_encodings_line_ends_and_separators_are_found_out(tmp_path: Path, content: bytes) -> None:
    run = load("customer", file_of(tmp_path, content))
    assert (outcome(run), names()) == ((2, 0, 0, 0), NAMES), run.error


def test_a_workbook_gives_the_same_rows_with_typed_cells(tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(["deal_id", "stage", "opened_at", "closed_at", "amount", "currency"])
    book.active.append(
        [
            "D1",
            "won",
            datetime.fromisoformat("2026-07-01"),
            datetime.fromisoformat("2026-07-15T10:30"),
            0.1 + 0.2,
            "EUR",
        ]
    )
    book.save(tmp_path / "deal.xlsx")
    run = load("deal", tmp_path / "deal.xlsx", mapping={"decimal_comma": True})
    assert outcome(run) == (1, 0, 0, 0), list(run.problems.values())
    deal = Deal.objects.get()
    assert str(deal.amount) == "0.3000"
    # a day without time is local noon; a time without offset is local time
    assert deal.opened_at.isoformat() == "2026-07-01T10:00:00+00:00"
    assert deal.closed_at.isoformat() == "2026-07-15T08:30:00+00:00"


def test_quoted_line_breaks_keep_the_line_numbers_of_the_file(tmp_path: Path) -> None:
    text = 'customer_id,name\nC1,"two\nlines"\nC2,too,many\nC3,good\n'
    run = load("customer", file_of(tmp_path, text))
    assert outcome(run) == (2, 0, 0, 1)
    assert problems(run) == [(4, "")]
    assert "3 cells, the header has 2" in run.problems.get().reason


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b'C1,"open\nC2,x\n', "never closed"),
        (b'C1,"a"b\n', "do not match"),
        (b"C1," + b"x" * 200_000 + b"\n", "longer than 131,072"),
        (b"C1,a\0b\n", "characters that cannot be read"),
        ("C1,Müller\nC2,Größe\n".encode() + b"C3,bad \xff byte\n", "cannot be read"),
    ],
)
def test_rows_that_cannot_be_read_are_named(tmp_path: Path, row: bytes, reason: str) -> None:
    run = load("customer", file_of(tmp_path, b"customer_id,name\n" + row + b"C9,good\n"))
    assert run.rejected == 1
    assert reason in run.problems.get().reason


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"a,b\n1,2\n", "has no column"),
        (b"deal_id\nD1\n", "has no column stage"),
        (b"stage,stage\nwon,won\n", "two columns stage"),
        (b"\xd0\xcf\x11\xe0old", "old .xls"),
        (b"PK\x03\x04broken", "cannot be opened"),
        (b"%PDF\0\0\0\1\2" + bytes(200), "no text"),
        ((",".join(f"c{i}" for i in range(10_000)) + "\n").encode(), "10000 columns"),
        (b"stage\n" + b"x" * 9_000_000, "longer than 8,000,000"),
    ],
)
def test_a_file_that_is_no_table_fails_with_what_to_do(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    run = load("deal", file_of(tmp_path, content))
    assert run.state == "failed"
    assert reason in run.error


def test_a_text_file_that_is_called_xlsx_is_no_workbook(tmp_path: Path) -> None:
    run = load("deal", file_of(tmp_path, "deal_id,stage\nD1,won\n", "Deals.XLSX"))
    assert run.state == "failed"
    assert "called .xlsx but is no workbook" in run.error
    assert "let its name end in .csv" in run.error


def test_a_zip_bomb_is_refused_before_it_unpacks(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 200_000_000)
    run = load("deal", file_of(tmp_path, packed.getvalue(), "bomb.xlsx"))
    assert "unpacks to more than" in run.error


SHEET = (
    "<worksheet xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'>{}</worksheet>"
)
HUGE = "<dimension ref='A1:XFD1048576'/>"


def workbook(folder: Path, sheet: str) -> Path:
    """A workbook whose one sheet says just this."""
    book, target = Workbook(), folder / "far.xlsx"
    book.save(folder / "plain.xlsx")
    with zipfile.ZipFile(folder / "plain.xlsx") as plain, zipfile.ZipFile(target, "w") as archive:
        for name in plain.namelist():
            is_sheet = name.endswith("sheet1.xml")
            archive.writestr(name, SHEET.format(sheet) if is_sheet else plain.read(name))
    return target


def cell(place: str, text: str) -> str:
    row = place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    value = f"<c r='{place}' t='inlineStr'><is><t>{text}</t></is></c>"
    return f"<row r='{row}'>{value}</row>"


@pytest.mark.parametrize(
    "rows",
    [
        cell("A1", "stage") + cell("A1048577", "won"),
        cell("A1", "stage") + cell("A99999999999", "won"),
        cell("A1", "stage") + "".join(cell(f"XFD{row}", "won") for row in range(2, 700)),
    ],
)
def test_a_small_workbook_with_a_cell_far_away_is_refused_and_does_not_run_for_hours(
    tmp_path: Path, rows: str
) -> None:
    run = load("deal", workbook(tmp_path, f"{HUGE}<sheetData>{rows}</sheetData>"))
    assert run.state == "failed"
    assert "far below or far to the right" in run.error


def test_what_a_sheet_says_of_its_own_size_is_not_believed(tmp_path: Path) -> None:
    rows = cell("A1", "stage") + cell("A20000", "won")
    run = load("deal", workbook(tmp_path, f"{HUGE}<sheetData>{rows}</sheetData>"))
    assert (run.state, run.rows_read) == ("done", 1)


def test_a_workbook_with_entities_is_refused(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("xl/workbook.xml", '<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>')
    run = load("deal", file_of(tmp_path, packed.getvalue(), "entity.xlsx"))
    assert "definitions" in run.error


def test_decimal_comma_thousands_and_stated_dates(tmp_path: Path) -> None:
    text = "deal_id;stage;closed_at;amount;currency\nD1;won;3.7.2026;1.234,50;EUR\n"
    mapping = {"decimal_comma": True, "dates": ["%d.%m.%Y"]}
    assert outcome(load("deal", file_of(tmp_path, text), mapping=mapping)) == (1, 0, 0, 0)
    deal = Deal.objects.get()
    assert (str(deal.amount), str(deal.closed_on)) == ("1234.5000", "2026-07-03")


def test_a_comma_number_without_the_setting_is_refused(tmp_path: Path) -> None:
    text = 'deal_id,stage,closed_at,amount,currency\nD1,won,2026-07-03,"1.234,56",EUR\n'
    run = load("deal", file_of(tmp_path, text))
    assert problems(run) == [(2, "amount")]
    assert "1.234,56 is no number like 1234.50" in run.problems.get().reason


def test_blank_and_null_texts_are_nothing(tmp_path: Path) -> None:
    text = "customer_id,name,region,domain\nC1,One,,NULL\nC2,Two,n/a,null\n"
    load("customer", file_of(tmp_path, text), mapping={"blank": ["n/a"]})
    assert list(Customer.objects.order_by("pk").values_list("region", "domain")) == [
        ("", ""),
        ("", ""),
    ]


def test_a_mapping_composes_maps_filters_and_takes_the_first(tmp_path: Path) -> None:
    make_partner("Acme", source="crm", external_id="7", contract=False)
    text = "Key,Kind,Since,City\n7,yes,2026-01-01,Bonn\n7,yes,2026-02-01,Bonn\n7,no,2026-03-01,x\n"
    mapping = {
        "columns": {"partner_id": "Key", "start_date": "Since"},
        "constants": {"end_reason": "left"},
        "compose": {"external_id": "{Key}-{City}"},
        "values": {"end_reason": {"left": "not_renewed"}},
        "only_where": {"Kind": "yes"},
        "first_of_duplicates": True,
    }
    run = load("contract", file_of(tmp_path, text), mapping=mapping)
    assert outcome(run) == (1, 0, 0, 0)
    contract = Contract.objects.get()
    assert (contract.external_id, contract.end_reason) == ("7-Bonn", "not_renewed")
    assert str(contract.starts_on) == "2026-01-01"


@pytest.mark.parametrize(
    ("mapping", "part"),
    [
        ({"colums": {}}, "colums"),
        ({"columns": {"nmae": "x"}}, "columns.nmae"),
        ({"dates": ["%d"]}, "%d"),
        ({"dates": ["dd.mm.yyyy"]}, "dd.mm.yyyy"),
        ({"decimal_comma": "yes"}, "decimal_comma"),
        ({"thousands": "x"}, "thousands"),
        ({"values": {"name": "x"}}, "values.name"),
        ({"time_zone": "Mars"}, "time_zone"),
        ({"delimiter": "ab"}, "delimiter"),
    ],
)
def test_a_wrong_mapping_names_the_wrong_part(mapping: dict, part: str) -> None:
    with pytest.raises(InvalidInput, match=part):
        mappings.parse(mapping, resources.get("customer"))


def test_columns_that_are_not_used_are_told(tmp_path: Path) -> None:
    run = load("customer", file_of(tmp_path, "name,colour\nAcme,red\n"))
    assert run.notes == ["Columns not used: colour"]


def test_a_first_line_longer_than_any_name_is_told_not_a_fault(tmp_path: Path) -> None:
    run = load("customer", file_of(tmp_path, b"x" * 140_000))
    assert (run.state, "131,072" in run.error) == ("failed", True)
