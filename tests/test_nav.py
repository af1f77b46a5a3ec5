"""The menu: only what a person may open, and where they are."""

import re

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from kpis.engine.rebuild import rebuild
from prm import nav
from prm.common import access, config
from prm.common.models import User
from tests.factories import make_user
from tests.world import World

pytestmark = pytest.mark.django_db


def labels(user: User, path: str = "/") -> list[str]:
    request = RequestFactory().get(path)
    request.user = user
    return [str(entry.label) for group in nav.navigation(request) for entry in group.entries]


def test_each_role_sees_only_links_that_it_may_follow(world: World) -> None:
    assert "Imports" in labels(world.admin)
    assert "Imports" not in labels(world.ana)
    assert labels(world.pat.user) == ["Home", "Deals", "People", "Company", "Profile"]


@pytest.mark.parametrize("role", sorted(access.STAFF_ROLES))
def test_every_link_of_the_desk_opens(role: str) -> None:
    user = make_user(staff_role=role)
    client = Client()
    client.force_login(user)
    request = RequestFactory().get("/")
    request.user = user
    for group in nav.navigation(request):
        for entry in group.entries:
            assert client.get(entry.url).status_code == 200, entry.url


def test_the_current_page_is_marked_also_below_its_link(world: World) -> None:
    def current(path: str) -> list[str]:
        request = RequestFactory().get(path)
        request.user = world.admin
        groups = nav.navigation(request)
        return [str(e.label) for group in groups for e in group.entries if e.is_current]

    assert current("/") == ["Overview"]
    assert current(reverse("kpis:kpi_detail", args=["win_rate"])) == ["KPIs"]
    assert current(world.acme.get_absolute_url()) == ["Partners"]


def test_the_programmes_name_stands_in_the_frame(world: World) -> None:
    config.put(config.NAME, "Aldermoor")
    client = Client()
    client.force_login(world.admin)
    assert "Aldermoor" in client.get(reverse("deals:deal_list")).content.decode()


def test_shared_pages_keep_the_face_of_the_person(world: World) -> None:
    for user, template in ((world.admin, "desk.html"), (world.pat.user, "portal.html")):
        client = Client()
        client.force_login(user)
        response = client.get(reverse("account_change_password"))
        assert template in [used.name for used in response.templates]


@pytest.mark.parametrize("page", ["account_login", "account_request_login_code"])
def test_the_doors_open_without_a_session(page: str) -> None:
    assert Client().get(reverse(page)).status_code == 200


@pytest.mark.parametrize(
    "page", ["account_change_password", "mfa_index", "account_reauthenticate", "account_logout"]
)
def test_pages_about_the_own_account_have_real_buttons(page: str, world: World) -> None:
    client = Client()
    client.post(reverse("account_login"), {"login": "pat@example.com", "password": "secret-pass-1"})
    response = client.get(reverse(page))
    html = response.content.decode()
    assert response.status_code == 200
    assert "<h1" in html
    assert re.search(r'<(button|a)\s+class="btn', html.partition("<main")[2])
    assert "< button" not in html


def test_a_mailed_code_signs_in(world: World, mailoutbox: list) -> None:
    client = Client()
    client.post(reverse("account_request_login_code"), {"email": "pat@example.com"})
    (code,) = re.findall(r"^([A-Z0-9-]{6,})$", mailoutbox[0].body, re.MULTILINE)
    response = client.post(reverse("account_confirm_login_code"), {"code": code})
    assert response.status_code == 302
    assert response.url == "/portal/"


def test_pages_never_carry_inline_style_script_or_handlers(world: World) -> None:
    rebuild(timezone.now())
    client = Client()
    client.force_login(world.admin)
    for name in ("kpis:overview", "kpis:kpi_list", "partners:partner_list", "deals:deal_list"):
        html = client.get(reverse(name)).content.decode()
        assert not re.search(r"<[^>]*\sstyle=", html)
        assert not re.search(r"<[^>]*\son\w+=", html)
        assert not re.search(r"<script(?![^>]*(src=|type=\"application/json\"))", html)
