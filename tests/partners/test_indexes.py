"""Questions that are asked of a million deals find an index."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.http import QueryDict

from partners.accounts.listing import idle
from partners.deals.listing import deal_listing, problem_counts, problem_rules
from partners.deals.selectors import matching, matching_few
from partners.merging.services import merge_partner
from partners.models import Deal, Partner
from prm.common.access import actor_for
from prm.common.config import program
from prm.common.lists import asked_of, narrowed, ordered
from prm.common.pages import _after
from tests.conftest import owner_connection
from tests.factories import at, make_customer, make_deal, make_partner, make_user

pytestmark = pytest.mark.django_db
TODAY = date(2026, 8, 1)


def plan(deals: QuerySet[Any], bitmap: str = "off") -> str:
    """How the database would answer, if the table were large."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = {bitmap}")
        if bitmap == "on":  # or a few rows are read by their key and filtered
            cursor.execute("SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off")
    return deals.explain()


@pytest.mark.parametrize(
    ("kind", "index"),
    [
        ("missing_rate", "partners_deal_missing_rate"),
        ("overdue_close", "partners_deal_open"),
        ("missing_amount", "partners_deal_missing_amount"),
        ("missing_opened_at", "partners_deal_missing_opened"),
    ],
)
def test_each_kind_of_lack_is_counted_by_an_index_of_its_own(kind: str, index: str) -> None:
    Deal.objects.bulk_create(Deal(currency="EUR", amount=1) for _ in range(4000))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE partners_deal")
    found = plan(Deal.objects.filter(problem_rules(TODAY)[kind]).values("pk"))
    # a small table makes the board's index, of the open deals too, look as cheap
    assert index in found or (kind == "overdue_close" and "partners_deal_board" in found)


def test_each_kind_of_lack_is_counted(django_assert_num_queries: Any) -> None:
    acme = make_partner()
    make_deal(acme)
    make_deal(acme, currency="USD", won="2026-07-15")
    make_deal(acme, currency="USD", lost="2026-07-15")
    make_deal(acme, expected_close_on="2026-07-31", amount=None)
    make_deal(acme, expected_close_on="2026-08-01", opened_at=None)
    make_deal(acme, opened_at=None, approved_at=None, lost="2026-07-15")
    with django_assert_num_queries(1):
        counts = problem_counts(Deal.objects.all(), TODAY)
    assert counts == {
        "missing_rate": 2, "overdue_close": 1, "missing_amount": 1, "missing_opened_at": 2,
    }  # fmt: skip
    assert problem_counts(Deal.objects.none(), TODAY) == dict.fromkeys(counts, 0)


@pytest.fixture
def vacuumed() -> Iterator[None]:
    """What the planner knows of deals after a vacuum: all of them can be read from an index."""
    link = owner_connection()
    link.autocommit = True
    with link.cursor() as cursor:
        cursor.execute(
            "SELECT pg_restore_relation_stats('schemaname', 'public', 'relname', 'partners_deal',"
            " 'relpages', 1000, 'reltuples', 40000::real, 'relallvisible', 1000)"
        )
        yield
        cursor.execute("SELECT pg_clear_relation_stats('public', 'partners_deal')")
    link.close()


@pytest.mark.usefixtures("vacuumed")
def test_partners_without_a_deal_in_90_days_are_found_by_indexes_alone() -> None:
    Deal.objects.bulk_create(Deal(currency="EUR", amount=1) for _ in range(4000))
    found = plan(idle(Partner.objects.all(), at("2026-08-01")))
    assert "Index Only Scan using partners_deal_open" in found
    assert "Index Only Scan using partners_deal_partner_closed" in found
    assert found.count(" on partners_deal") == 2


def test_a_deal_opened_or_closed_in_90_days_keeps_a_partner_busy() -> None:
    now, old = at("2026-08-01"), "2026-01-05"  # 90 days before: 2026-05-03
    without, long_open = make_partner("Without"), make_partner("Long open")
    make_deal(long_open, opened=old)
    make_deal(make_partner("Lost before"), opened=old, lost="2026-05-02")
    make_deal(make_partner("Opened"), opened="2026-05-03")
    make_deal(make_partner("Closed"), opened=old, lost="2026-05-03")
    make_deal(make_partner("Void"), opened=old, state="void", closed_at=at("2026-06-01"))
    stub = make_partner("Stub")
    make_deal(stub, opened="2026-07-01")
    merge_partner(stub, into=without, by=None, now=now)
    make_partner("Trial", is_test=True)
    make_deal(won="2026-07-15")  # direct: nobody's
    found = idle(Partner.objects.surviving(), now).values_list("name", flat=True)
    assert sorted(found) == ["Long open", "Lost before"]


@pytest.mark.parametrize("descending", [False, True])
def test_the_next_page_of_changed_deals_begins_in_the_index(*, descending: bool) -> None:
    deal = make_deal()
    sign = "-" if descending else ""
    behind = _after("updated_at", (deal.updated_at, deal.public_id), descending=descending)
    rows = Deal.objects.filter(behind).order_by(f"{sign}updated_at", f"{sign}public_id")
    found = plan(rows)
    assert "partners_deal_updated" in found
    assert "Index Cond: (ROW(updated_at, public_id)" in found
    assert "Sort" not in found
    assert "partners_deal_updated" in plan(Deal.objects.filter(updated_at__gte=at("2999-01-01")))


def test_the_largest_won_deals_come_from_an_index_in_their_order() -> None:
    for state in ("won", "lost"):
        make_deal(**{state: "2026-07-15"})
    listing = deal_listing(actor_for(make_user(staff_role="admin")), program(), at("2026-08-01"))
    asked = asked_of(QueryDict("state=won&sort=-amount"), listing)
    found = plan(ordered(asked, narrowed(asked, Deal.objects.all())).values("pk"))
    assert "using partners_deal_worth" in found
    assert "Sort" not in found


def test_deals_are_found_by_name_customer_and_foreign_id() -> None:
    by_name = make_deal(name="Cloud for Initech")
    by_customer = make_deal(customer=make_customer("INITECH Ltd"))
    by_id = make_deal(external_id="initech")
    make_deal(name="Other", external_id="initech-2")
    found = matching(Deal.objects.all(), "Initech")
    assert set(found) == {by_name, by_customer, by_id}
    text = plan(found, bitmap="on")
    assert "partners_deal_name_parts" in text
    assert "partners_customer_name_parts" in text


@pytest.mark.parametrize("text", ["e", "er", "e-", "%%%", "--- -"])
def test_a_text_without_three_letters_means_an_id_only(text: str) -> None:
    by_id = make_deal(external_id=text.upper(), name="Other")
    make_deal(name=f"Ber {text} gen", customer=make_customer(f"Ber {text} gen"))
    found = matching(Deal.objects.all(), text)
    assert list(found) == [by_id]
    assert "_parts" not in plan(found, bitmap="on")
    assert "external_id" in plan(found, bitmap="on")


def test_a_partner_searches_its_own_deals_without_reading_others() -> None:
    acme = make_partner()
    first = make_deal(acme, name="Bergen")
    second = make_deal(acme, customer=make_customer("Ernst"), name="Other")
    make_deal(acme, name="Nothing")
    make_deal(make_partner(), name="Bergen two")
    known = Deal.objects.filter(partner=acme)
    assert set(matching_few(known, "er")) == {first, second}
    assert "_parts" not in plan(matching_few(known, "er"), bitmap="on")
