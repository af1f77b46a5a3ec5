"""The pages of segments: the list, the editor without script, one segment, and where they show."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from kpis.engine.drain import drain
from kpis.engine.rebuild import rebuild
from kpis.segments import CellEvaluator
from partners.models import DynamicSegment, SegmentStay
from partners.segments.ruledoc import from_json
from partners.segments.services import archive_segment, create_segment
from prm.common.models import User
from tests import factories
from tests.world import World

pytestmark = pytest.mark.django_db
DACH = {"all": [{"field": "region", "operator": "in", "values": ["DACH"]}]}
NEW = {"name": "Sellers", "purpose": "", "join": "all", "do": "save"}
REGION = {"b0r0-what": "region", "b0r0-operator": "in", "b0r0-values": ["DACH"]}
SALES = {"b1r0-what": "kpi:partner_sourced_revenue/net", "b1r0-operator": "ge",
         "b1r0-period": "rolling:12", "b1r0-value": "500"}  # fmt: skip


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(answer: Any) -> str:
    plain = re.sub(r"<[^>]+>", " ", answer.content.decode().partition("<main")[2])
    return re.sub(r"\s+", " ", unescape(plain))


def make(world: World, owner: User | None = None, rule: Any = DACH, **more: Any) -> DynamicSegment:
    values = {"name": "In DACH", **more}
    now = timezone.now()
    row = create_segment(rule=from_json(rule), by=owner or world.admin, now=now, **values)
    CellEvaluator().refresh(row, now)
    return row


def url(name: str, row: DynamicSegment | None = None) -> str:
    return reverse(f"segments:{name}", args=[row.public_id] if row else [])


def test_an_empty_list_says_what_a_segment_is_and_offers_to_make_one(world: World) -> None:
    assert "No dynamic segments yet" in text_of(browser(world.admin).get(url("segment_list")))
    reader = browser(factories.make_user(staff_role="executive"))
    assert url("segment_new") not in reader.get(url("segment_list")).content.decode()


def test_the_list_tells_rule_members_and_who_came_and_went(world: World) -> None:
    row = make(world)
    old = timezone.now() - timedelta(days=40)
    SegmentStay.objects.filter(partner=world.globex).update(came_at=old)
    shown = text_of(browser(world.admin).get(url("segment_list")))
    assert "In DACH Region is DACH 2 1 0" in shown
    assert "In DACH Region is DACH 1 1 0" in text_of(browser(world.ana).get(url("segment_list")))
    archive_segment(row, by=None, now=timezone.now())
    assert "In DACH" not in text_of(browser(world.admin).get(url("segment_list")))
    assert "In DACH" in text_of(browser(world.admin).get(url("segment_list") + "?state=archived"))


def test_the_list_asks_as_few_questions_for_many_as_for_few(world: World) -> None:
    client = browser(world.admin)
    make(world)

    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(url("segment_list")).status_code == 200
        return len(seen)

    asked()
    few = asked()
    for n in range(9):
        make(world, name=f"More {n}")
    assert asked() == few


def test_without_script_a_rule_is_built_row_by_row_and_saved(world: World) -> None:
    client, page = browser(world.admin), url("segment_new")
    drain(timezone.now())
    typed: dict[str, Any] = {**NEW, "blocks": "1", "b0r0-what": "region", "do": "show"}
    answer = client.post(page, typed)
    assert answer.status_code == 200
    assert 'name="b0r0-values"' in answer.content.decode()
    answer = client.post(page, {**typed, **REGION, "do": "block"})
    assert 'value="1,1"' in answer.content.decode()
    assert "2 partners of 2" in text_of(answer)
    answer = client.post(page, {**NEW, **REGION, **SALES, "blocks": "1,1", "do": "line:1"})
    assert 'value="1,2"' in answer.content.decode()
    assert not DynamicSegment.objects.exists()
    answer = client.post(page, {**NEW, **REGION, **SALES, "blocks": "1,2"})
    row = DynamicSegment.objects.get()
    assert answer.headers["Location"] == row.get_absolute_url()
    assert row.rule == {
        "all": [
            DACH["all"][0],
            {"kpi": "partner_sourced_revenue/net", "period": "last_12_months", "operator": "ge",
             "value": "500", "currency": "EUR"},
        ]
    }  # fmt: skip
    assert row.stays.filter(valid_to=None).count() == 2
    answer = client.post(page, {**NEW, **REGION, **SALES, "blocks": "1,1", "do": "drop:0.0"})
    assert 'value="1"' in answer.content.decode()
    assert "Revenue won" in text_of(answer)


def test_what_is_wrong_is_said_and_everything_typed_stays(world: World) -> None:
    client, page = browser(world.admin), url("segment_new")
    answer = client.post(page, {**NEW, "name": "", **REGION, "b1r0-what": "people",
                                "b1r0-operator": "ge", "b1r0-values": "many",
                                "blocks": "1,1"})  # fmt: skip
    shown = text_of(answer)
    assert answer.status_code == 422
    assert "Fill in “Name”" in shown
    assert "number under “Value”" in shown
    assert 'value="many"' in answer.content.decode()
    answer = client.post(page, {**NEW, "blocks": "1"})
    assert answer.status_code == 422
    assert "Add at least one condition" in text_of(answer)
    make(world, name="Sellers")
    answer = client.post(page, {**NEW, **REGION, "blocks": "1"})
    assert answer.status_code == 422
    assert "Another segment has this name" in text_of(answer)


def test_counts_that_nobody_could_mean_break_nothing(world: World) -> None:
    client, page = browser(world.ana), reverse("segments:segment_new")
    huge = "9" * 5000
    for more in ({"blocks": huge}, {"blocks": "1", "do": f"line:{huge}"}):
        assert client.post(page, {**NEW, **REGION, **more}).status_code in {200, 302, 422}


def test_a_change_over_a_newer_rule_is_refused(world: World) -> None:
    row = make(world)
    typed = {**NEW, **REGION, "blocks": "1", "edit": "0"}
    answer = browser(world.admin).post(url("segment_edit", row), typed)
    assert answer.status_code == 422
    assert "Somebody changed this rule" in text_of(answer)


@pytest.mark.parametrize(
    ("role", "may_own", "may_other"),
    [
        ("admin", True, True), ("operations", True, True), ("channel_manager", True, False),
        ("executive", False, False), ("finance_prepare", False, False),
        ("finance_approve", False, False),
    ],
)  # fmt: skip
def test_who_may_change_a_segment(world: World, role: str, may_own: bool, may_other: bool) -> None:
    user = factories.make_user(staff_role=role)
    for row, may in ((make(world, user, name="Own"), may_own), (make(world), may_other)):
        client = browser(user)
        assert client.get(url("segment", row)).status_code == 200
        assert (client.get(url("segment_edit", row)).status_code == 200) == may
        for step, is_done in (("evaluate", may), ("archive", may), ("restore", may)):
            led_to = client.post(url(step, row)).headers.get("Location")  # a refusal: elsewhere
            assert (led_to == row.get_absolute_url()) == is_done, step
        row.refresh_from_db()
        assert row.state == "active"


def test_partners_never_see_segments(world: World) -> None:
    row = make(world)
    client = browser(world.pat.user)
    pages = [url("segment_list"), url("segment", row), url("segment_edit", row)]
    assert {client.get(page).status_code for page in pages} <= {403, 404}
    assert client.get("/api/v1/segments/").status_code == 403


def test_the_page_of_a_segment_tells_who_is_in_it_and_why(world: World) -> None:
    row = make(world)
    admin = text_of(browser(world.admin).get(url("segment", row)))
    assert "Region is DACH" in admin
    assert "Acme" in admin
    assert "Region: DACH" in admin
    assert "Globex" in admin
    manager = text_of(browser(world.ana).get(url("segment", row)))
    assert "Acme" in manager
    assert "Globex" not in manager
    archive_segment(row, by=None, now=timezone.now())
    gone = text_of(browser(world.admin).get(url("segment", row) + "?show=all"))
    assert "the segment was archived" in gone


def test_the_partner_list_is_narrowed_to_the_members(world: World) -> None:
    rule = {"all": [{"field": "name", "operator": "is", "values": ["acme"]}]}
    row = make(world, rule=rule)
    page = reverse("partners:partner_list")
    shown = text_of(browser(world.admin).get(page, {"in": row.public_id}))
    assert "Dynamic segment: In DACH" in shown
    assert "1 partner" in shown
    assert "Globex" not in shown.partition("In DACH")[2].partition("Dynamic segment")[0]


def test_the_page_of_a_partner_tells_its_segments(world: World) -> None:
    make(world)
    page = reverse("segments:of_partner", args=[world.acme.public_id])
    assert "In DACH since" in text_of(browser(world.ana).get(page))
    foreign = reverse("segments:of_partner", args=[world.globex.public_id])
    assert browser(world.ana).get(foreign).status_code == 404
    whole = browser(world.ana).get(world.acme.get_absolute_url()).content.decode()
    assert page in whole


def test_a_kpi_page_offers_the_segments_as_scope(world: World) -> None:
    row = make(world)
    page = reverse("kpis:kpi_detail", args=["partner_sourced_revenue"])
    answer = browser(world.ana).get(page, {"scope": f"dynamic_segment:{row.public_id}"})
    assert answer.status_code == 200
    assert f'value="dynamic_segment:{row.public_id}" selected' in answer.content.decode()


def test_a_rule_of_ones_own_tells_nothing_of_a_partner_of_somebody_else(world: World) -> None:
    factories.make_deal(world.globex, won="2026-07-15")
    rebuild(timezone.now())
    spy = create_segment(
        name="One", by=world.ana, now=timezone.now(),
        rule=from_json({"all": [{"field": "name", "operator": "contains", "values": ["Globex"]}]}),
    )  # fmt: skip
    client, place = browser(world.ana), f"?scope=dynamic_segment:{spy.public_id}"
    answer = client.post(reverse("segments:evaluate", args=[spy.public_id]), follow=True)
    assert "0 partners came in, 0 left." in text_of(answer)
    assert SegmentStay.objects.get(segment=spy).partner == world.globex
    figures = reverse("kpis:kpi_detail", args=["partner_sourced_revenue"])
    for page in (figures, reverse("kpis:kpi_rows", args=["partner_sourced_revenue"])):
        assert client.get(page + place).status_code in {302, 403}  # to one's own home, or refused
        assert browser(world.admin).get(page + place).status_code == 200
    asked = f"/api/v1/kpis/partner_sourced_revenue/?period=2026-Q3&{place[1:]}"
    assert client.get(asked).status_code == 403
    assert f"dynamic_segment:{spy.public_id}" not in client.get(figures).content.decode()
    DynamicSegment.objects.filter(pk=spy.pk).update(owner=world.admin)
    assert client.get(figures + place).status_code == 200
