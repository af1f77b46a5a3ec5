"""Placing a partner below another one, with days; the database keeps parent and link equal."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from partners.accounts.services import change_partner
from partners.hierarchy.rules import overlap, reached
from partners.hierarchy.services import place_below, take_out
from partners.models import Partner, PartnerLink
from prm.common.errors import Conflict, InvalidInput
from tests.api.conftest import token_client
from tests.factories import at, make_partner, make_user

NOW = at("2026-10-05")
DAYS = st.dates(date(2026, 1, 1), date(2026, 2, 1))


def links(partner: Partner) -> list[tuple[str, str, str]]:
    rows = PartnerLink.objects.filter(child=partner).order_by("valid_from")
    return [(row.parent.name, str(row.valid_from), str(row.valid_to)) for row in rows]


@pytest.mark.django_db
def test_another_parent_from_a_day_on_ends_the_link_until_then() -> None:
    child, one, two = make_partner("Child"), make_partner("One"), make_partner("Two")
    place_below(child, one, valid_from=date(2026, 1, 1), by=None, now=NOW)
    place_below(child, two, valid_from=date(2026, 6, 1), kind="franchise", by=None, now=NOW)
    take_out(child, valid_from=date(2026, 9, 1), by=None, now=NOW)
    assert links(child) == [
        ("One", "2026-01-01", "2026-06-01"),
        ("Two", "2026-06-01", "2026-09-01"),
    ]
    child.refresh_from_db()
    assert child.parent is None
    with pytest.raises(Conflict):
        take_out(child, valid_from=date(2026, 9, 2), by=None, now=NOW)
    with pytest.raises(Conflict, match="free"):
        place_below(child, one, valid_from=date(2026, 5, 1), by=None, now=NOW)
    with pytest.raises(InvalidInput, match="today or an earlier"):
        place_below(child, one, valid_from=date(2026, 10, 6), by=None, now=NOW)


@pytest.mark.django_db
def test_nobody_comes_to_stand_below_itself_on_any_day() -> None:
    top, middle, low = make_partner("Top"), make_partner("Middle"), make_partner("Low")
    place_below(middle, top, valid_from=date(2026, 1, 1), by=None, now=NOW)
    place_below(low, middle, valid_from=date(2026, 2, 1), by=None, now=NOW)
    for child, parent in ((top, low), (top, middle), (top, top)):
        with pytest.raises(InvalidInput, match="below it"):
            place_below(child, parent, valid_from=date(2026, 3, 1), by=None, now=NOW)
    take_out(low, valid_from=date(2026, 4, 1), by=None, now=NOW)
    place_below(top, low, valid_from=date(2026, 4, 1), by=None, now=NOW)  # no day is shared


@pytest.mark.django_db
def test_whichever_door_writes_the_parent_the_open_link_follows() -> None:
    one, two = make_partner("One"), make_partner("Two")
    child = make_partner("Child", parent=one)
    assert [row[0] for row in links(child)] == ["One"]
    PartnerLink.objects.filter(child=child).update(valid_from="2026-01-01")
    change_partner(child, by=None, now=NOW, parent=two)
    assert [row[0] for row in links(child)] == ["One", "Two"]
    Partner.objects.filter(pk=child.pk).update(parent=None)
    assert [row[0] for row in links(child)] == ["One"]  # a link of no day never was
    assert PartnerLink.objects.filter(child=child, valid_to=None).count() == 0


@pytest.mark.django_db
def test_the_database_refuses_two_parents_at_once() -> None:
    child, one, two = make_partner(), make_partner(), make_partner()
    PartnerLink.objects.create(child=child, parent=one, valid_from="2026-01-01")
    with pytest.raises(IntegrityError), transaction.atomic():
        PartnerLink.objects.create(child=child, parent=two, valid_from="2026-05-01")


@given(DAYS, DAYS, DAYS, DAYS, st.dates(date(2026, 1, 1), date(2026, 2, 1)))
def test_spans_share_exactly_the_days_that_are_in_both(
    a: date, b: date, c: date, d: date, day: date
) -> None:
    one, other = tuple(sorted((a, b))), tuple(sorted((c, d)))
    shared = overlap(one, other)  # type: ignore[arg-type]
    both = one[0] <= day < one[1] and other[0] <= day < other[1]
    assert (shared is not None and shared[1] is not None and shared[0] <= day < shared[1]) == both


def test_a_circle_in_the_data_ends_the_search() -> None:
    edges = {1: 2, 2: 3, 3: 1}
    found = reached([1], lambda ids: [(n, (edges[n], date(2026, 1, 1), None)) for n in ids])
    assert {reach.partner for reach in found} == {2, 3}


@pytest.mark.django_db
def test_the_page_places_takes_out_and_says_what_is_wrong() -> None:
    child = make_partner("Child")
    make_partner("One")
    desk, page = Client(), reverse("hierarchy:hierarchy", args=[child.public_id])
    desk.force_login(make_user(staff_role="operations"))
    sent = {"parent": "One", "kind": "distributor", "valid_from": "2026-01-01"}
    wrong = desk.post(page, sent | {"parent": "Child"})
    assert (wrong.status_code, "below it" in wrong.content.decode()) == (422, True)
    assert desk.post(page, sent).status_code == 302
    assert links(child) == [("One", "2026-01-01", "None")]
    out = reverse("hierarchy:take_out", args=[child.public_id])
    assert desk.post(out, {"valid_from": "2025-01-01"}).status_code == 422
    assert desk.post(out, {"valid_from": "2026-03-01"}).status_code == 302
    assert links(child) == [("One", "2026-01-01", "2026-03-01")]


@pytest.mark.django_db
def test_a_parent_of_another_portfolio_is_not_named() -> None:
    ana = make_user("ana@vendor.example", staff_role="channel_manager")
    child = make_partner("Child", manager=ana, parent=make_partner("Zq7 secret"))
    desk = Client()
    desk.force_login(ana)
    page = reverse("hierarchy:hierarchy", args=[child.public_id])
    shown = desk.get(page).content.decode()
    assert ("Zq7 secret" in shown, "somebody else looks after" in shown) == (False, True)
    rows = token_client(ana).get("/api/v1/hierarchy/").json()["results"]
    assert [(row["child"]["name"], row["parent"]) for row in rows] == [("Child", None)]


@pytest.mark.django_db
def test_the_api_places_and_ends() -> None:
    child, one = make_partner("Child"), make_partner("One")
    program = token_client(make_user("olga@vendor.example", staff_role="operations"))
    body = {"child": str(child.public_id), "parent": str(one.public_id), "kind": "subsidiary",
            "valid_from": "2026-01-01"}  # fmt: skip
    made = program.post("/api/v1/hierarchy/", body, content_type="application/json")
    assert made.status_code == 201
    end = f"/api/v1/hierarchy/{made.json()['id']}/end/"
    sent = {"valid_from": "2026-02-01"}
    answer = program.post(end, sent, content_type="application/json")
    assert answer.json()["valid_to"] == "2026-02-01"
    assert program.post(end, sent, content_type="application/json").status_code == 409
