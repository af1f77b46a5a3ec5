"""Saved views: own and shared, above the list that they belong to, and nothing foreign in them."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from prm.common.models import AuditEntry, SavedView, User
from prm.common.savedviews.services import MOST
from tests.factories import make_deal, make_member, make_partner, make_user

pytestmark = pytest.mark.django_db


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def ana() -> User:
    return make_user("ana@vendor.example", staff_role="operations")


@pytest.fixture
def ben() -> User:
    return make_user("ben@vendor.example", staff_role="operations")


def save(user: User, name: str = "Mine", query: str = "state=all", **more: str) -> Any:
    data = {"list_key": "deals", "name": name, "query": query, **more}
    return browser(user).post(reverse("views:view_save"), data)


def test_a_saved_view_keeps_only_what_the_list_knows(ana: User) -> None:
    query = "state=won&page=9&export=csv&evil=1&sort=password&cols=amount,nothing&size=999"
    response = save(ana, query=query)
    view = SavedView.objects.get()
    assert view.query == "state=won&cols=name,amount"
    assert response["Location"] == f"{reverse('deals:deal_list')}?{view.query}"
    assert AuditEntry.objects.filter(action="view.save").count() == 1


def test_a_view_stands_above_its_list_with_its_count(ana: User) -> None:
    make_deal(make_partner(), won="2026-07-15")
    save(ana, "All that was won", "state=won")
    page = reverse("deals:deal_list")
    html = browser(ana).get(page + "?state=won").content.decode()
    place = re.search(r'All that was won\s*<span class="num tally"\s+id="([^"]+)"', html)
    assert place
    assert "Edit view" in html
    counts = browser(ana).get(page + "?part=counts").content.decode()
    shown = dict(re.findall(r'id="(segment-count-\d+)"\s+hx-swap-oob="true">([^<]*)<', counts))
    assert shown[place[1]] == "1"
    assert (
        "All that was won"
        not in browser(ana).get(reverse("partners:partner_list")).content.decode()
    )


def test_colleagues_see_a_view_only_once_it_is_shared(ana: User, ben: User) -> None:
    save(ana, "Quietly mine")
    save(ana, "For everybody", is_shared="on")
    html = browser(ben).get(reverse("deals:deal_list")).content.decode()
    assert "For everybody" in html
    assert "Shared by" in html
    assert "Quietly mine" not in html
    shared = SavedView.objects.get(name="For everybody")
    for route in ("views:view_edit", "views:view_delete"):
        assert browser(ben).post(reverse(route, args=[shared.public_id])).status_code == 404


def test_views_of_the_portal_are_never_shared(ana: User) -> None:
    acme, globex = make_partner("Acme"), make_partner("Globex")
    pat, gil = make_member(acme).user, make_member(globex).user
    save(ana, "Vendor eyes only", is_shared="on")
    save(pat, "Pats own", list_key="portal-deals", is_shared="on")
    assert SavedView.objects.get(name="Pats own").is_shared is False
    portal = reverse("deals:portal_deal_list")
    assert "Pats own" in browser(pat).get(portal).content.decode()
    assert "Vendor eyes only" not in browser(pat).get(portal).content.decode()
    assert "Pats own" not in browser(gil).get(portal).content.decode()
    assert save(pat, "Desk", list_key="deals").status_code == 422


def test_a_view_is_renamed_shared_and_deleted_by_its_owner(ana: User) -> None:
    save(ana)
    view = SavedView.objects.get()
    url = reverse("views:view_edit", args=[view.public_id])
    browser(ana).post(url, {"name": "Better", "is_shared": "on"})
    view.refresh_from_db()
    assert (view.name, view.is_shared) == ("Better", True)
    browser(ana).post(reverse("views:view_delete", args=[view.public_id]))
    assert not SavedView.objects.exists()
    done = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"view.save", "view.rename", "view.share", "view.delete"} <= done


def test_the_same_name_replaces_and_a_taken_one_is_refused(ana: User) -> None:
    save(ana, "One", "state=all")
    save(ana, "One", "state=won")
    assert SavedView.objects.get().query == "state=won"
    save(ana, "Two", "state=lost")
    url = reverse("views:view_edit", args=[SavedView.objects.get(name="Two").public_id])
    response = browser(ana).post(url, {"name": "One"})
    assert response.status_code == 422
    assert "Choose another one" in response.content.decode()


def test_a_view_without_a_name_comes_back_with_what_to_do(ana: User) -> None:
    response = save(ana, "  ")
    assert response.status_code == 422
    assert response.content.decode().count("Give the view a name.") >= 2


def test_any_number_of_views_costs_the_same(ana: User, django_assert_max_num_queries: Any) -> None:
    client, url = browser(ana), reverse("deals:deal_list")

    def cost() -> int:
        with django_assert_max_num_queries(16) as captured:
            client.get(url)
        return len(captured.captured_queries)

    save(ana, "First", "state=all")
    one = cost()
    for i in range(12):
        save(ana, f"View {i}", f"state=all&q={i}" if i % 2 else "state=lost")
    assert cost() == one


def test_one_s_own_view_stays_however_many_colleagues_share(ana: User, ben: User) -> None:
    for n in range(MOST):
        save(ben, f"A shared one {n}", is_shared="on")
    save(ana, "Zebra")
    page = browser(ana).get(reverse("deals:deal_list"))
    names = [
        str(one.label) for one in page.context["page"].segments if one.edit_url or one.shared_by
    ]
    assert names[0] == "Zebra"
    assert len(names) == MOST
