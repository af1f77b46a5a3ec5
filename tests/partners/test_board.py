"""The board of open deals: columns, sums, moving a deal, what it costs."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from partners.deals.board import CARDS
from partners.deals.services import move_deal_to_stage
from partners.models import Deal, DealStageEvent
from prm.common.errors import Conflict
from prm.common.models import AuditEntry
from tests.factories import at, make_deal, make_partner, make_rate, make_stage, make_user
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Client:
    client = Client()
    client.force_login(make_user(staff_role="operations"))
    return client


@pytest.fixture
def stages() -> list[Any]:
    return [make_stage(key, order=n) for n, key in enumerate(("qualified", "proposal"))]


def board(client: Client, query: str = "") -> Any:
    response = client.get(reverse("deals:deal_board") + query)
    assert response.status_code == 200
    return response.context["board"]


def move(client: Client, deal: Deal, **sent: str) -> Any:
    return client.post(reverse("deals:deal_move", args=[deal.public_id]), sent)


def test_a_column_counts_and_adds_its_open_deals_in_the_reporting_currency(
    desk: Client, stages: list[Any]
) -> None:
    make_rate("USD", "2020-01-01", "0.5")
    qualified, proposal = stages
    make_deal(stage=qualified, amount=Decimal(100))
    make_deal(stage=qualified, amount=Decimal(100), currency="USD")
    make_deal(stage=qualified, amount=None)
    make_deal(stage=qualified, amount=Decimal(7), currency="SEK")  # no rate
    make_deal(stage=qualified, won="2026-07-15")
    make_deal(stage=None, amount=Decimal(5))
    first, second, last = board(desk).columns
    assert (first.stage, first.number, first.total, first.unvalued) == (qualified, 4, 150, 2)
    assert (second.stage, second.number) == (proposal, 0)
    assert (last.stage, last.number, last.total) == (None, 1, 5)


def test_the_nearest_closes_come_first_and_the_rest_is_in_the_list(
    desk: Client, stages: list[Any]
) -> None:
    for day in range(CARDS + 2, 0, -1):
        make_deal(stage=stages[0], name=f"Deal {day}", expected_close_on=date(2026, 9, day))
    column = board(desk).columns[0]
    assert [deal.name for deal in column.deals] == [f"Deal {day}" for day in range(1, CARDS + 1)]
    assert column.more == 2
    listed = desk.get(column.list_url)
    assert listed.context["page"].total == CARDS + 2
    assert "2 more in Qualified" in desk.get(reverse("deals:deal_board")).content.decode()


def test_filters_of_the_list_narrow_the_board_and_lead_back(
    desk: Client, stages: list[Any]
) -> None:
    acme, globex = make_partner("Acme"), make_partner("Globex")
    make_deal(acme, stage=stages[0], name="Cloud", amount=None)
    make_deal(globex, stage=stages[0], name="Cloud too")
    assert board(desk, "?q=cloud").number == 2
    assert board(desk, f"?partner={acme.public_id}").number == 1
    assert board(desk, "?problem=missing_amount").number == 1
    assert board(desk, "?state=won&stage=proposal").number == 2
    html = desk.get(reverse("deals:deal_board") + "?q=cloud").content.decode()
    assert 'href="/deals/?q=cloud"' in html
    listed = desk.get(reverse("deals:deal_list") + "?q=cloud&page=2").content.decode()
    assert 'href="/deals/board/?q=cloud"' in listed
    assert "No open deals match" in desk.get("/deals/board/?q=nothing-like-it").content.decode()


def test_the_board_has_the_lists_chips_and_views_of_open_deals(
    desk: Client, stages: list[Any]
) -> None:
    make_deal(stage=stages[0], name="Cloud", amount=None)
    for name, query in (("No amount", "problem=missing_amount"), ("Won", "state=won")):
        form = {"list_key": "deals", "name": name, "query": query}
        desk.post(reverse("views:view_save"), form)
    html = desk.get("/deals/board/?problem=missing_amount").content.decode()
    assert "<span>Problem: <b>No amount</b></span>" in html
    assert "Overdue" in html
    assert 'href="?state=won"' not in html
    assert "Won<" not in html.replace(" ", "").replace("\n", "")
    assert 'href="?problem=missing_amount" aria-current="true"' in html
    counts = desk.get("/deals/board/?part=counts").context["counts"]
    assert counts == ["1", "0", "0", "1"]


def test_a_move_is_history_and_audit_and_leads_back_to_the_card(
    desk: Client, stages: list[Any]
) -> None:
    deal = make_deal(stage=stages[0], name="Big one")
    answer = move(desk, deal, stage="proposal", back="q=big&evil=//x&state=won")
    assert answer.status_code == 302
    assert answer["Location"] == f"/deals/board/?q=big#deal-{deal.public_id}"
    deal.refresh_from_db()
    assert deal.stage == stages[1]
    assert DealStageEvent.objects.get(deal=deal).stage == stages[1]
    assert AuditEntry.objects.get(action="deal.change").after["stage"]


def test_an_unknown_stage_or_a_closed_deal_moves_nothing(desk: Client, stages: list[Any]) -> None:
    deal = make_deal(stage=stages[0])
    for sent in ({}, {"stage": "nowhere"}, {"stage": "x\0"}):
        assert "choose one of the stages" in str(
            desk.get(move(desk, deal, **sent)["Location"]).content
        )
    won = make_deal(stage=stages[0], won="2026-07-15", name="Won one")
    with pytest.raises(Conflict, match="not open any more"):
        move_deal_to_stage(won, stages[1], by=None, now=at("2026-08-01"))
    assert move(desk, won, stage="proposal").status_code == 302
    for row in (deal, won):
        row.refresh_from_db()
        assert row.stage == stages[0]
    assert not DealStageEvent.objects.exists()


def test_only_managers_move_and_only_deals_that_they_may_know_of(
    world: World, stages: list[Any]
) -> None:
    reader, ana, pat = Client(), Client(), Client()
    reader.force_login(make_user(staff_role="executive"))
    ana.force_login(world.ana)
    pat.force_login(world.pat.user)
    assert "Move" not in reader.get(reverse("deals:deal_board")).content.decode()
    assert move(reader, world.deal, stage="proposal").status_code == 403
    assert move(pat, world.deal, stage="proposal").status_code == 403
    assert pat.get(reverse("deals:deal_board")).status_code == 403
    assert move(ana, world.foreign_deal, stage="proposal").status_code == 404
    assert move(ana, world.direct_deal, stage="proposal").status_code == 404
    html = ana.get(reverse("deals:deal_board")).content.decode()
    assert "Open one" in html
    assert "zq7f3a" not in html
    assert board(ana).number == 1


def test_the_board_costs_the_same_for_one_and_for_a_hundred_deals(
    desk: Client, stages: list[Any]
) -> None:
    def fill(number: int) -> None:
        for _ in range(number):
            for stage in stages:
                make_deal(make_partner(), stage=stage)

    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            board(desk)
        return len(captured.captured_queries)

    fill(1)
    one = cost()
    fill(50)
    assert cost() == one
    assert one <= 14


def test_sums_and_the_nearest_closes_come_from_the_index_of_the_board() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    stage, other = make_stage(), make_stage("other")
    Deal.objects.bulk_create(
        Deal(currency="EUR", stage=stage if n % 50 == 0 else other) for n in range(2000)
    )
    rows = Deal.objects.filter(state="open", stage=stage)
    plan = rows.order_by("expected_close_on", "pk")[:CARDS].explain()
    assert "partners_deal_board" in plan
    assert "Presorted Key: expected_close_on" in plan or "Sort" not in plan


@pytest.mark.parametrize("path", ["/deals/", "/deals/board/"])
def test_a_short_text_is_told_to_go_on(desk: Client, path: str) -> None:
    make_deal(name="Bergen")
    said = "Type three letters or more"
    short = desk.get(f"{path}?q=er").content.decode()
    assert said in short
    assert "Bergen" not in short
    enough = desk.get(f"{path}?q=ber").content.decode()
    assert said not in enough
    assert "Bergen" in enough


def test_partners_people_find_their_deals_by_two_letters(world: World) -> None:
    make_deal(world.acme, name="Bergen")
    client = Client()
    client.force_login(world.pat.user)
    page = client.get("/portal/deals/?q=er").content.decode()
    assert "Bergen" in page
    assert "three letters" not in page
