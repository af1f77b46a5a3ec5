"""Pages of tasks on both faces: list, one task, its steps; and where else tasks show."""

import gzip
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from prm.common.models import Notice, Task, User
from prm.common.worklist.services import add_task, remind
from tests.factories import make_member, make_partner, make_user
from tests.worklist.conftest import NOW
from tests.world import World

pytestmark = pytest.mark.django_db
TODAY, DAY = date(2026, 8, 5), timedelta(days=1)
LIST, NEW = "/tasks/", "/tasks/new/"


@pytest.fixture(autouse=True)
def today() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def task(world: World, title: str = "Sign the addendum", **more: Any) -> Task:
    fields = {"side": "company", "company": world.acme.public_id, "by": world.admin, "now": NOW}
    return add_task(title=title, **(fields | more))


def page(user: User, url: str) -> str:
    return browser(user).get(url).content.decode()


def step(user: User, name: str, of: Task, **data: str) -> Any:
    url = reverse(f"worklist:task_{name}", args=[of.public_id])
    return browser(user).post(url, data)


def test_both_faces_list_their_tasks(world: World) -> None:
    task(world)
    task(world, "Think about Acme", side="ours")
    desk, portal = page(world.ana, LIST), page(world.pat.user, LIST)
    assert "Sign the addendum" in desk
    assert "Think about Acme" in desk
    assert "Sign the addendum" in portal
    assert "Think about Acme" not in portal
    assert "Sign the addendum" not in page(world.gil.user, LIST)


def test_the_list_is_cut_into_mine_overdue_and_done(world: World) -> None:
    late = task(world, "Late", due_on=TODAY - DAY)
    task(world, "Mine", side="ours", owner=world.ana)
    done = task(world, "Finished")
    step(world.pat.user, "finish", done)
    rests = task(world, "Rests", due_on=TODAY - DAY)
    step(world.ana, "snooze", rests, until=str(TODAY + DAY))
    shown = {
        "": {"Late", "Mine"},
        "?whose=mine": {"Mine"},
        "?due=overdue": {"Late"},
        "?state=done": {"Finished"},
        "?state=resting": {"Rests"},
        "?state=all": {"Late", "Mine", "Finished", "Rests"},
        "?whose=company": {"Late"},
        f"?company={world.acme.public_id}": {"Late", "Mine"},
        f"?company={world.globex.public_id}": set(),
        "?company=nonsense": set(),
        "?q=lat": {"Late"},
        "?q=acm": {"Late", "Mine"},
    }
    for query, titles in shown.items():
        html = page(world.ana, LIST + query)
        found = {one for one in ("Late", "Mine", "Finished", "Rests") if f">{one}</a>" in html}
        assert found == titles, query
    assert late.title in page(world.pat.user, f"{LIST}?due=overdue")


def test_done_is_one_press_from_the_list_and_comes_back_to_it(world: World) -> None:
    one = task(world)
    answer = step(world.pat.user, "finish", one, back="/tasks/?due=overdue")
    assert answer["Location"] == "/tasks/?due=overdue"
    one.refresh_from_db()
    assert (one.state, one.closed_by) == ("done", world.pat.user)
    other = task(world, "Other")
    assert step(world.ana, "finish", other, back="https://evil.example/")["Location"] == (
        reverse("worklist:task_detail", args=[other.public_id])
    )


def test_a_foreign_task_is_not_there(world: World) -> None:
    one = task(world)
    for name in ("finish", "dismiss", "reopen", "snooze", "wake", "detail"):
        assert step(world.gil.user, name, one).status_code == 404
    assert page(world.gil.user, reverse("worklist:task_detail", args=[one.public_id]))
    one.refresh_from_db()
    assert one.state == "open"


def test_who_looks_on_reads_and_does_nothing(world: World) -> None:
    one = task(world)
    for user in (
        make_member(world.acme, "eyes@example.com", "read_only").user,
        make_user("boss@example.com", staff_role="executive"),
    ):
        html = page(user, reverse("worklist:task_detail", args=[one.public_id]))
        assert "Sign the addendum" in html
        assert "Mark as done" not in html
        assert step(user, "finish", one).status_code == 403
        assert browser(user).get(NEW).status_code == 403


def test_a_manager_gives_a_task_to_a_person_of_a_partner(world: World) -> None:
    url = f"{NEW}?company={world.acme.public_id}"
    html = page(world.ana, url)
    who = f"company:{world.pat.user.public_id}"
    assert who in html
    assert str(world.gil.user.public_id) not in html
    data = {"title": "Name a contact", "who": who, "due_on": "2026-08-20", "priority": "1"}
    answer = browser(world.ana).post(url, data)
    one = Task.objects.get()
    assert answer["Location"] == reverse("worklist:task_detail", args=[one.public_id])
    assert (one.side, one.company, one.owner) == ("company", world.acme.public_id, world.pat.user)
    assert (one.due_on, one.priority, one.made_by) == (date(2026, 8, 20), 1, world.ana)
    assert Notice.objects.get().to == world.pat.user


def test_a_partner_is_found_by_its_name(world: World) -> None:
    data = {"title": "Call", "company": "acme", "who": "company:", "priority": "2"}
    browser(world.ana).post(NEW, data)
    assert Task.objects.get().company == world.acme.public_id
    for name in ("Globex zq7f3a-partner-name", "Nobody"):  # foreign and unknown look alike
        answer = browser(world.ana).post(NEW, data | {"company": name})
        assert answer.status_code == 422
        assert "No partner has this name" in answer.content.decode()
    answer = browser(world.ana).post(NEW, data | {"company": ""})
    assert "Choose the partner who is to do it." in answer.content.decode()


def test_a_foreign_company_in_the_address_is_not_there(world: World) -> None:
    for company in (world.globex.public_id, "nonsense"):
        assert browser(world.ana).get(f"{NEW}?company={company}").status_code == 404


def test_a_partners_person_gives_tasks_in_the_own_company_only(world: World) -> None:
    url = f"{NEW}?company={world.globex.public_id}"
    html = page(world.pat.user, url)
    assert str(world.ana.public_id) not in html
    assert "zq7f3a" not in html
    data = {"title": "Order badges", "who": "company:", "priority": "2"}
    browser(world.pat.user).post(url, data)
    one = Task.objects.get()
    assert (one.side, one.company) == ("company", world.acme.public_id)
    answer = browser(world.pat.user).post(url, data | {"who": f"ours:{world.ana.public_id}"})
    assert answer.status_code == 422


def test_handing_on_resting_and_closing_say_what_to_do(world: World) -> None:
    one, pat = task(world), world.pat.user
    colleague = make_member(world.acme, "col@example.com", "technical").user
    url = reverse("worklist:task_detail", args=[one.public_id])
    browser(pat).post(url, {"who": f"company:{colleague.public_id}", "due_on": "2026-08-30"})
    one.refresh_from_db()
    assert (one.owner, one.due_on) == (colleague, date(2026, 8, 30))
    foreign = browser(pat).post(url, {"who": f"company:{world.gil.user.public_id}"})
    assert foreign.status_code == 422
    assert (
        "Choose a day that is ahead."
        in step(pat, "snooze", one, until="2026-08-05").content.decode()
    )
    assert "Say why it need not be done." in step(pat, "dismiss", one).content.decode()
    step(pat, "dismiss", one, reason="Done by phone")
    assert "Done by phone" in page(world.ana, url)
    step(world.ana, "reopen", one)
    one.refresh_from_db()
    assert (one.state, one.reason) == ("open", "")


def test_the_vendors_names_for_its_steps_stay_on_the_desk(world: World) -> None:
    one = task(world)
    url = reverse("worklist:task_detail", args=[one.public_id])
    assert "What was done" in page(world.ana, url)
    assert "What was done" not in page(world.pat.user, url)


def test_the_portals_home_shows_tasks_before_what_deals_lack(world: World) -> None:
    task(world, due_on=TODAY - DAY, owner=world.pat.user)
    html = page(world.pat.user, "/portal/")
    steps = html[html.index("Next steps") : html.index("Your revenue by month")]
    assert "Sign the addendum" in steps
    assert "Overdue since 4 Aug 2026. For pat@example.com." in steps
    assert "Sign the addendum" not in page(world.gil.user, "/portal/")


def test_the_desk_is_told_of_its_own_late_tasks(world: World) -> None:
    task(world, "Call", side="ours", owner=world.ana, due_on=TODAY - DAY)
    assert "1 task of yours is overdue" in page(world.ana, "/attention/")
    assert "overdue" not in page(world.admin, "/attention/")


def test_a_partners_page_shows_its_open_tasks(world: World) -> None:
    task(world)
    task(world, "Globex’s", company=world.globex.public_id)
    html = page(world.ana, world.acme.get_absolute_url())
    assert "Sign the addendum" in html
    assert "Globex’s" not in html
    assert f"{NEW}?company={world.acme.public_id}" in html


def test_a_late_tasks_notice_leads_to_it(world: World) -> None:
    one = task(world, owner=world.pat.user, due_on=TODAY - DAY)
    remind(NOW)
    html = page(world.pat.user, "/notifications/")
    assert "Overdue since 4 Aug 2026: Sign the addendum" in html
    step(world.pat.user, "finish", one)
    html = page(world.pat.user, "/notifications/")
    assert "Closed (Done): Sign the addendum" in html
    notice = Notice.objects.get(kind="task_overdue")
    assert notice.url == reverse("worklist:task_detail", args=[one.public_id])


@pytest.mark.parametrize("who", ["ana", "pat"])
def test_the_list_costs_the_same_for_few_and_many(
    who: str, world: World, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    user = world.pat.user if who == "pat" else world.ana
    client = browser(user)
    task(world, owner=world.pat.user)
    client.get(LIST)
    with django_assert_max_num_queries(15) as few:
        client.get(f"{LIST}?size=100")
    for number in range(99):
        partner = make_partner(manager=world.ana) if who == "ana" else world.acme
        owner = make_member(partner).user
        task(world, f"Task {number}", company=partner.public_id, owner=owner)
    with django_assert_num_queries(len(few.captured_queries)):
        html = client.get(f"{LIST}?size=100").content.decode()
    assert "100 tasks" in html


def test_a_page_of_tasks_weighs_at_most_15_kb(world: World) -> None:
    for number in range(25):
        task(world, f"Something to do, number {number}", owner=world.pat.user)
    html = browser(world.ana).get(LIST).content
    assert len(gzip.compress(html, 6)) <= 15 * 1024
