"""The bell and the inbox: unread until opened, one query, nothing of other people."""

import gzip
import re
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from prm.common.models import Notice, User
from prm.common.notices.kinds import GONE
from prm.common.notices.services import notify
from tests.factories import make_deal, make_member, make_partner
from tests.notices.conftest import NOW, PLAIN
from tests.world import World

pytestmark = pytest.mark.django_db
LIST = "/notifications/"


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def tell(user: User, n: int = 1, **more: Any) -> Notice:
    for number in range(n):
        notify(PLAIN, [user], **({"key": f"{number}", "url": "/tasks/", "now": NOW} | more))
    return Notice.objects.filter(to=user).latest("pk")


def at_the_bell(client: Client, path: str) -> str:
    html = client.get(path).content.decode()
    found = re.search(r'aria-label="Notifications(?:, (\S+) unread)?"', html)
    assert found, "every page has the bell"
    return found[1] or ""


@pytest.mark.parametrize(("who", "path"), [("ana", "/deals/"), ("pat", "/portal/deals/")])
def test_the_bell_counts_what_is_unread(who: str, path: str, world: World) -> None:
    user = world.pat.user if who == "pat" else world.ana
    client = browser(user)
    assert at_the_bell(client, path) == ""
    notice = tell(user, 3)
    assert at_the_bell(client, path) == "3"
    client.post(reverse("notices:notice_open", args=[notice.public_id]))
    assert at_the_bell(client, path) == "2"
    tell(user, 120)
    assert at_the_bell(client, path) == "99+"


@pytest.mark.parametrize("count", [0, 1, 150])
def test_the_bell_costs_one_query(world: World, count: int, django_assert_num_queries: Any) -> None:
    from prm.common import access
    from prm.common.notices.selectors import unread_number

    tell(world.ana, count) if count else None
    actor = access.actor_for(world.ana)
    with django_assert_num_queries(1):
        assert unread_number(actor) == min(count, 100)


def test_opening_a_notice_marks_it_read_and_leads_to_its_page(world: World) -> None:
    notice = tell(world.ana, url="/deals/?state=won")
    answer = browser(world.ana).post(reverse("notices:notice_open", args=[notice.public_id]))
    assert answer["Location"] == "/deals/?state=won"
    notice.refresh_from_db()
    assert notice.read_at is not None


def test_looking_at_the_list_writes_nothing(world: World) -> None:
    notice = tell(world.ana)
    browser(world.ana).get(LIST)
    notice.refresh_from_db()
    assert notice.read_at is None


def test_all_are_marked_read_and_one_unread_again(world: World) -> None:
    client = browser(world.ana)
    notice = tell(world.ana, 3)
    tell(world.admin)
    answer = client.post(reverse("notices:read_all"), {"back": "state=unread&evil=1"})
    assert answer["Location"] == f"{LIST}?state=unread"
    assert [str(one) for one in get_messages(answer.wsgi_request)] == [
        "3 notifications are marked as read."
    ]
    assert Notice.objects.filter(read_at=None).get().to == world.admin
    client.post(reverse("notices:notice_read", args=[notice.public_id]))
    assert Notice.objects.filter(to=world.ana, read_at=None).get() == notice


def test_the_list_filters_by_state_and_kind_and_has_an_empty_state(world: World) -> None:
    client = browser(world.ana)
    assert "Nothing yet" in client.get(LIST).content.decode()
    notice = tell(world.ana, about=world.deal)
    assert "About Open one: 0" in client.get(f"{LIST}?state=unread").content.decode()
    assert "About Open one" not in client.get(f"{LIST}?state=read").content.decode()
    assert "About Open one" not in client.get(f"{LIST}?kind=task_overdue").content.decode()
    client.post(reverse("notices:notice_read", args=[notice.public_id]))
    assert "All caught up" in client.get(f"{LIST}?state=unread").content.decode()


def test_the_file_of_the_list_says_the_sentences(world: World) -> None:
    tell(world.ana, about=world.deal)
    answer = browser(world.ana).get(f"{LIST}?export=csv")
    assert "About Open one: 0" in answer.getvalue().decode()


def test_what_is_gone_says_nothing_and_leads_nowhere(world: World) -> None:
    pat = world.pat.user
    notice = tell(pat, about=world.deal, args={"n": "zq7f3a"})
    world.deal.partner = world.globex
    world.deal.save()
    client = browser(pat)
    for page in (LIST, f"{LIST}?export=csv"):
        answer = client.get(page)
        body = answer.getvalue() if answer.streaming else answer.content
        assert str(GONE).encode() in body
        assert b"zq7f3a" not in body
        assert b"Open one" not in body
    answer = client.post(reverse("notices:notice_open", args=[notice.public_id]))
    assert answer["Location"] == LIST


def test_a_foreign_notice_is_not_there(world: World) -> None:
    notice = tell(world.ana)
    for step in ("notice_open", "notice_read"):
        answer = browser(world.admin).post(reverse(f"notices:{step}", args=[notice.public_id]))
        assert answer.status_code == 404
    notice.refresh_from_db()
    assert notice.read_at is None


def test_a_person_of_two_companies_goes_on_as_the_right_one(world: World) -> None:
    second, pat = make_partner("Second"), world.pat.user
    make_member(second, user=pat)
    deal = make_deal(second, name="Theirs")
    url = reverse("deals:portal_deal_detail", args=[deal.public_id])
    notice = tell(pat, about=deal, url=url)
    client = browser(pat)
    assert client.get(url).status_code == 404  # acts for Acme
    answer = client.post(reverse("notices:notice_open", args=[notice.public_id]), follow=True)
    assert answer.redirect_chain[-1][0] == url
    assert "Theirs" in answer.content.decode()


@pytest.mark.parametrize("who", ["ana", "pat"])
def test_the_list_costs_the_same_for_few_and_many(
    who: str, world: World, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    user = world.pat.user if who == "pat" else world.ana
    client = browser(user)
    tell(user, about=world.deal)
    client.get(LIST)
    with django_assert_max_num_queries(14) as few:
        client.get(f"{LIST}?size=100")
    for number in range(2, 100):
        tell(user, about=make_deal(world.acme), key=f"x{number}")
    with django_assert_num_queries(len(few.captured_queries)):
        client.get(f"{LIST}?size=100")


def test_a_page_of_notices_weighs_at_most_15_kb(world: World) -> None:
    tell(world.ana, 25)
    assert len(gzip.compress(browser(world.ana).get(LIST).content, 6)) <= 15 * 1024
