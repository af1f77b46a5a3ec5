"""One deal in the desk and in the portal: its story, its changes, its decisions."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from partners.deals.services import change_deal, lose_deal, reopen_deal
from partners.deals.timeline import steps_of, timeline
from partners.models import Deal, DealAdjustment, DealStageEvent, DealTouch, Partner
from prm.common import access
from prm.common.config import program
from prm.common.models import AuditEntry
from tests.factories import (
    at,
    make_deal,
    make_event,
    make_member,
    make_partner,
    make_stage,
    make_user,
)

pytestmark = pytest.mark.django_db


def signed_in(**more: Any) -> Client:
    client = Client()
    client.force_login(make_user(**more))
    return client


@pytest.fixture
def desk() -> Client:
    return signed_in(staff_role="operations")


@pytest.fixture
def acme() -> Partner:
    return make_partner("Acme", tier="gold", type="reseller", region="DACH")


def page(client: Client, name: str, *args: Any) -> str:
    response = client.get(reverse(name, args=args))
    assert response.status_code == 200
    return response.content.decode()


def story(who: Any, deal: Deal) -> list[tuple[str, list[str]]]:
    found = timeline(access.actor_for(who), deal, program())
    return [(str(moment.title), moment.details) for moment in found]


def test_the_deal_page_tells_its_history_newest_first(desk: Client, acme: Partner) -> None:
    deal = make_deal(acme, name="Big one")
    make_event(deal, "2026-07-01", stage=make_stage("qualified"))
    make_event(
        deal, "2026-07-20", stage=make_stage("proposal"), amount=Decimal(1200), currency="EUR"
    )
    html = page(desk, "deals:deal_detail", deal.public_id)
    assert html.index("Proposal") < html.index("Qualified")
    assert "€1,200.00" in html


def edit(deal: Deal, client: Client, **changes: str) -> Any:
    data = {"name": deal.name, "amount": "1000", "currency": "EUR"} | changes
    return client.post(reverse("deals:deal_edit", args=[deal.public_id]), data)


def test_an_edited_amount_is_stored_and_becomes_history(desk: Client, acme: Partner) -> None:
    deal = make_deal(acme, name="Big one")
    response = edit(deal, desk, amount="82k", expected_close_on="2026-12-01")
    assert response.status_code == 302
    deal.refresh_from_db()
    assert deal.amount == Decimal(82000)
    assert DealStageEvent.objects.filter(deal=deal, amount=Decimal(82000)).count() == 1
    assert AuditEntry.objects.filter(action="deal.change").count() == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"amount": "a lot"}, "Enter an amount like 82,000 or 82k."),
        ({"amount": "1.2345"}, "at most 2 decimals for EUR"),
        ({"currency": "EU"}, "Enter a currency like EUR."),
        ({"currency": "XXX"}, "XXX is no currency code"),
        ({"expected_close_on": "31 Feb"}, "Enter a day like 2026-11-30."),
    ],
)
def test_a_wrong_entry_comes_back_with_the_form_and_what_to_do(
    changes: dict[str, str], sentence: str, desk: Client, acme: Partner
) -> None:
    deal = make_deal(acme, name="Big one")
    response = edit(deal, desk, **changes)
    html = response.content.decode()
    assert response.status_code == 422
    assert html.count(sentence) >= 2  # in the summary and at the field
    assert "data-error-summary" in html
    assert f'value="{next(iter(changes.values()))}"' in html
    deal.refresh_from_db()
    assert deal.amount == Decimal(1000)


def test_a_deal_is_won_lost_and_reopened_from_its_page(desk: Client, acme: Partner) -> None:
    deal = make_deal(acme, name="Big one")

    def do(action: str, **data: str) -> Deal:
        url = reverse(f"deals:deal_{action}", args=[deal.public_id])
        assert desk.post(url, data).status_code == 302
        deal.refresh_from_db()
        return deal

    assert do("win", closed_on="2026-07-15").state == "won"
    assert str(deal.closed_on) == "2026-07-15"
    assert do("reopen", reason="typo").state == "open"
    assert do("lose", closed_on="2026-07-16", reason="price").state == "lost"


@pytest.mark.parametrize(
    ("action", "sent", "sentence"),
    [
        ("win", {"closed_on": "2999-01-01"}, "between the opening of the deal and today"),
        ("win", {"closed_on": "soon"}, "Enter a day like 2026-11-30."),
        ("lose", {"closed_on": "soon", "reason": "price"}, "Enter a day like 2026-11-30."),
        ("reopen", {}, "Say why this deal is open again."),
    ],
)
def test_a_decision_that_cannot_be_comes_back_open_with_what_to_fix(
    action: str, sent: dict[str, str], sentence: str, desk: Client, acme: Partner
) -> None:
    day = {"lost": "2026-07-15"} if action == "reopen" else {}
    deal = make_deal(acme, name="Big one", **day)
    response = desk.post(reverse(f"deals:deal_{action}", args=[deal.public_id]), sent)
    html = response.content.decode()
    assert response.status_code == 422
    assert html.count(sentence) == 2  # in the summary and at the field
    assert re.search(rf'<dialog[^>]+id="{action}"[^>]*\sopen>', html)
    for value in sent.values():
        assert f'value="{value}"' in html
    before = deal.state
    deal.refresh_from_db()
    assert deal.state == before


def test_a_deal_without_an_amount_is_not_won_and_says_what_to_do(
    desk: Client, acme: Partner
) -> None:
    deal = make_deal(acme, amount=None)
    url = reverse("deals:deal_win", args=[deal.public_id])
    response = desk.post(url, {"closed_on": "2026-07-15"})
    assert response.status_code == 422
    assert "Enter the amount before" in response.content.decode()


def test_executives_read_deals_but_do_not_change_them(acme: Partner) -> None:
    client = signed_in(staff_role="executive")
    deal = make_deal(acme, name="Big one")
    html = page(client, "deals:deal_detail", deal.public_id)
    assert "Mark as won" not in html
    assert client.post(reverse("deals:deal_win", args=[deal.public_id])).status_code == 403


def test_each_step_says_what_it_changed_and_who_made_it(acme: Partner) -> None:
    ada = make_user(name="Ada", staff_role="admin")
    one, two = make_stage("qualified", order=1), make_stage("proposal", order=2)
    deal = make_deal(acme, name="Big", stage=one, amount=Decimal(1000))
    make_event(
        deal, "2026-07-01", stage=one, amount=Decimal(1000), currency="EUR",
        expected_close_on=date(2026, 8, 1),
    )  # fmt: skip
    changes = {"stage": two, "amount": Decimal(1200), "expected_close_on": date(2026, 9, 1)}
    deal = change_deal(deal, by=ada, now=at("2026-07-10"), **changes)
    deal = change_deal(deal, by=ada, now=at("2026-07-11"), name="Bigger", is_co_sell=True)
    deal = lose_deal(deal, by=ada, now=at("2026-07-20"), reason="price", closed_at=at("2026-07-19"))
    deal = reopen_deal(deal, by=ada, now=at("2026-07-25"), reason="they called")
    assert story(ada, deal) == [
        ("Open again: Proposal", ["they called", "by Ada"]),
        ("Lost", ["price", "by Ada"]),
        ("Changed", ["Name: Bigger, was Big", "Sold together: yes, was no", "by Ada"]),
        ("Proposal", ["€1,200.00, was €1,000.00", "expected 1 Sep 2026, was 1 Aug 2026", "by Ada"]),
        ("Qualified", ["€1,000.00", "expected 1 Aug 2026"]),
    ]


def test_a_partner_reads_its_story_without_the_vendors_own_matters(acme: Partner) -> None:
    ada = make_user(name="Ada Secret", staff_role="admin")
    pat = make_member(acme)
    deal = make_deal(acme, name="Big", stage=make_stage())
    change_deal(deal, by=ada, now=at("2026-07-10"), amount=Decimal(5))
    change_deal(deal, by=ada, now=at("2026-07-11"), name="Other name")
    for helper, kind in ((acme, "demo_call"), (make_partner("Globex"), "foreign"), (None, "own")):
        DealTouch.objects.create(deal=deal, partner=helper, at=at("2026-07-12"), kind=kind)
    DealAdjustment.objects.create(
        deal=deal, at=at("2026-08-20"), kind="refund", amount=Decimal(-100), currency="EUR"
    )
    assert [title for title, _details in story(ada, deal)].count("Changed") == 1
    assert story(pat.user, deal) == [
        ("Refund", ["−€100.00"]), ("Acme helped", ["Demo call"]), ("Qualified", ["€5.00"])
    ]  # fmt: skip
    client = Client()
    client.force_login(pat.user)
    html = page(client, "deals:portal_deal_detail", deal.public_id)
    for secret in ("Ada Secret", "Globex", "Foreign", "Own"):
        assert secret not in html


def test_the_stages_show_what_is_done_and_where_the_deal_stands(acme: Partner) -> None:
    ada = access.actor_for(make_user(staff_role="admin"))
    stages = [make_stage(key, order=n) for n, key in enumerate(("one", "two", "three"))]

    def shown(deal: Deal) -> list[str]:
        return [
            "done" if step.is_done else "here" if step.is_current else "" for step in
            steps_of(ada, deal)
        ]  # fmt: skip

    assert shown(make_deal(acme, stage=stages[1])) == ["done", "here", ""]
    assert shown(make_deal(acme, stage=stages[1], won="2026-07-15")) == ["done"] * 3
    assert shown(make_deal(acme, stage=stages[1], lost="2026-07-15")) == ["done", "", ""]
    assert shown(make_deal(acme)) == ["", "", ""]


def test_a_deal_page_costs_the_same_for_one_and_for_a_hundred_steps(
    desk: Client, acme: Partner
) -> None:
    deal = make_deal(acme)

    def fill(number: int) -> None:
        for day in range(number):
            make_event(deal, f"2026-07-{day % 28 + 1:02}", stage=make_stage())
            DealTouch.objects.create(deal=deal, partner=acme, at=at("2026-07-12"), kind="x")

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            page(desk, "deals:deal_detail", deal.public_id)
        return len(captured.captured_queries)

    fill(1)
    one = cost()
    fill(99)
    assert cost() == one


def test_an_empty_edit_form_comes_back_with_what_to_fix(desk: Client, acme: Partner) -> None:
    deal = make_deal(acme)
    assert desk.post(reverse("deals:deal_edit", args=[deal.public_id])).status_code == 422
