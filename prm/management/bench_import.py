"""Times the import beside its limits, in one run: bare COPY below, bulk_create for comparison."""

import csv
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from partners.models import Customer, Deal, Partner, PartnerProfile
from prm.common.imports import services
from prm.common.models import User

BULK_ROWS = 20_000  # of bulk_create: enough for a steady rate, little enough to wait for
START = datetime(2024, 1, 1, 10, tzinfo=UTC)
CUSTOMER = ["customer_id", "name", "region", "segment", "country"]
DEAL = [
    "deal_id",
    "partner_id",
    "customer_id",
    "name",
    "product",
    "opened_at",
    "approved_at",
    "stage",
    "closed_at",
    "amount",
    "currency",
    "co_sell",
]


class Undone(Exception):
    """Ends a measured transaction without leaving rows."""


def measure(
    rows: int = 100_000, partners: int = 1_000, now: datetime | None = None
) -> list[dict[str, Any]]:
    """Import ``rows`` customers and deals; one row of figures for each way, rates in rows/s.

    Nothing stays: all of it happens in one transaction that is taken back.
    """
    results: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder, NothingStays():
        _make_partners(partners)
        customers = Path(folder) / "customer.csv"
        deals = Path(folder) / "deal.csv"
        _write(customers, CUSTOMER, (_customer(i) for i in range(rows)))
        _write(deals, DEAL, (_deal(i, rows, partners) for i in range(rows)))
        at = now or START + timedelta(days=1_000)
        for name, path, model in (("customer", customers, Customer), ("deal", deals, Deal)):
            limit = _timed(rows, partial(_bare_copy, path))
            bulk = _timed(min(rows, BULK_ROWS), partial(_bulk, model, min(rows, BULK_ROWS)))
            first = _timed(rows, partial(_import, name, path, at, expect="created"))
            again = _timed(rows, partial(_import, name, path, at, expect="unchanged"))
            results += [
                {"what": f"{name}: bare COPY as text (limit)", "rows_per_second": limit},
                {"what": f"{name}: bulk_create", "rows_per_second": bulk},
                {
                    "what": f"{name}: import, first",
                    "rows_per_second": first,
                    "of_copy": first / limit,
                    "times_bulk_create": first / bulk,
                },
                {"what": f"{name}: import, again unchanged", "rows_per_second": again},
            ]
    return results


class NothingStays:
    def __enter__(self) -> None:
        self.block = transaction.atomic()
        self.block.__enter__()

    def __exit__(self, *error: Any) -> None:
        transaction.set_rollback(True)
        self.block.__exit__(*error)


def _timed(rows: int, work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return rows / (time.perf_counter() - began)


def _write(path: Path, header: list[str], rows: Any) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def _customer(i: int) -> list[Any]:
    return [f"C{i}", f"Customer {i} & Sons", ("DACH", "UK", "US")[i % 3], "smb", "DE"]


def _deal(i: int, customers: int, partners: int) -> list[Any]:
    opened = START + timedelta(hours=i % 17_000)
    closed = opened + timedelta(days=20 + i % 120)
    stage = ("won", "lost", "won", "proposal")[i % 4]
    partner = f"P{i % partners}" if i % 3 else ""
    return [
        f"D{i}",
        partner,
        f"C{i * 7 % customers}",
        f"Renewal {i}",
        "Suite",
        opened.isoformat(),
        "",
        stage,
        "" if stage == "proposal" else closed.isoformat(),
        f"{1000 + i % 90_000}.50",
        "EUR",
        i % 2,
    ]


def _make_partners(count: int) -> None:
    made = Partner.objects.bulk_create(
        [Partner(name=f"Partner {i}", source="bench", external_id=f"P{i}") for i in range(count)]
    )
    PartnerProfile.objects.bulk_create(
        [PartnerProfile(partner=partner, valid_from=START.date()) for partner in made]
    )


def _bare_copy(path: Path) -> None:
    """The text of a file into a temporary table: nothing can be faster."""
    header = path.open(encoding="utf-8").readline().strip().split(",")
    with connection.cursor() as cursor, path.open("rb") as file:
        cursor.execute(
            f"CREATE TEMPORARY TABLE bench_copy ({', '.join(f'{c} text' for c in header)})"
        )
        cursor.copy_expert("COPY bench_copy FROM STDIN CSV HEADER", file)
        cursor.execute("DROP TABLE bench_copy")


def _bulk(model: Any, rows: int) -> None:
    """The same rows by the ORM, then taken out again."""
    with transaction.atomic():
        if model is Customer:
            made = [
                Customer(
                    source="bulk", external_id=row[0], name=row[1], region=row[2], segment=row[3]
                )
                for row in map(_customer, range(rows))
            ]
            Customer.objects.bulk_create(made, batch_size=2_000)
        else:
            ids = dict(Partner.objects.filter(source="bench").values_list("external_id", "pk"))
            deals = (_deal(i, rows, len(ids)) for i in range(rows))
            Deal.objects.bulk_create([_bulk_deal(row, ids) for row in deals], batch_size=2_000)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        transaction.set_rollback(True)


def _bulk_deal(row: list[Any], ids: dict[str, int]) -> Deal:
    cells = dict(zip(DEAL, row, strict=True))
    opened = datetime.fromisoformat(cells["opened_at"])
    closed = datetime.fromisoformat(cells["closed_at"]) if cells["closed_at"] else None
    return Deal(
        source="bulk",
        external_id=cells["deal_id"],
        partner_id=ids.get(cells["partner_id"]),
        name=cells["name"],
        product=cells["product"],
        state=cells["stage"] if closed else "open",
        opened_at=opened,
        approved_at=opened,
        closed_at=closed,
        amount=Decimal(cells["amount"]),
        currency="EUR",
        is_co_sell=bool(cells["co_sell"]),
    )


def _import(resource: str, path: Path, now: datetime, *, expect: str) -> User | None:
    run = services.new_run(path.name, resource=resource, source="bench", by=None, now=now)
    services.run_import(run, now=now, path=path)
    if getattr(run, expect) != run.rows_read:
        raise Undone(f"{run.resource}: {run.error or run.rejected}")
    return None
