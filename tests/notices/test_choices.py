"""How people want to be told: the matrix on the profile, quiet hours, what must come."""

from datetime import time
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from prm.common.errors import Conflict, InvalidInput
from prm.common.models import AuditEntry, Notice, NoticeChoice, QuietHours, User
from prm.common.notices.models import When
from prm.common.notices.selectors import choices_for
from prm.common.notices.services import choose, notify
from tests.notices.conftest import MUST, NOW, PLAIN
from tests.world import World

pytestmark = pytest.mark.django_db
URL = "/profile/notifications/"


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def usual(user: User) -> dict[str, str]:
    """What the form would send if nobody touched it."""
    found = {"quiet_begins": "", "quiet_ends": ""}
    for choice in choices_for(user):
        if not choice.kind.is_mandatory:
            found |= {f"app_{choice.kind.key}": "on"} if choice.in_app else {}
            found[f"mail_{choice.kind.key}"] = choice.mail
    return found


def test_the_matrix_shows_what_one_can_get_and_nothing_else(world: World) -> None:
    desk = browser(world.ana).get("/profile/").content.decode()
    portal = browser(world.pat.user).get("/profile/").content.decode()
    assert "A partner is given to you" in desk
    assert "A partner is given to you" not in portal
    assert "A deal of yours is won" in portal
    assert "A deal of yours is won" not in desk
    assert "Your import has ended" not in desk
    assert "Your import has ended" in browser(world.admin).get("/profile/").content.decode()


def test_a_choice_is_stored_audited_and_followed(world: World) -> None:
    data = usual(world.ana) | {"mail_plain": "never"}
    del data["app_plain"]
    answer = browser(world.ana).post(URL, data)
    assert answer["Location"] == "/profile/#notifications"
    row = NoticeChoice.objects.get(person=world.ana)
    assert (row.kind, row.in_app, row.mail) == ("plain", False, When.NEVER)
    entry = AuditEntry.objects.get(action="user.choose_notices")
    assert entry.after == {"plain": "never"}
    assert notify(PLAIN, [world.ana], key="k", url="", now=NOW) == 0
    assert not Notice.objects.exists()


def test_mail_alone_leaves_the_inbox_empty(world: World) -> None:
    choose(world.ana, {"plain": (False, "at_once")}, by=world.ana, now=NOW)
    notify(PLAIN, [world.ana], key="k", url="", now=NOW)
    notice = Notice.objects.get()
    assert (notice.in_app, notice.mail_due_at) == (False, NOW)
    assert "Nothing yet" in browser(world.ana).get("/notifications/").content.decode()


def test_saving_what_stands_changes_nothing(world: World) -> None:
    browser(world.ana).post(URL, usual(world.ana))
    assert not NoticeChoice.objects.exists()
    assert not AuditEntry.objects.filter(action="user.choose_notices").exists()


def test_a_mandatory_kind_has_no_switch_and_says_why(world: World) -> None:
    html = browser(world.ana).get("/profile/").content.decode()
    assert "app_must" not in html
    assert MUST.why in html
    assert "Cannot be switched off." in html


def test_a_mandatory_kind_cannot_be_switched_off_by_the_form(world: World) -> None:
    browser(world.ana).post(URL, usual(world.ana) | {"mail_must": "never"})
    assert not NoticeChoice.objects.exists()
    NoticeChoice.objects.create(person=world.ana, kind="must", in_app=False, mail="never")
    notify(MUST, [world.ana], key="k", url="", now=NOW)  # however the row came there
    notice = Notice.objects.get()
    assert (notice.in_app, notice.mail_due_at) == (True, NOW)


def test_the_service_refuses_what_cannot_be_chosen(world: World) -> None:
    for choices, error in (
        ({"must": (False, "never")}, Conflict),
        ({"nothing": (True, "never")}, InvalidInput),
        ({"import_done": (True, "never")}, InvalidInput),  # Ana imports nothing
        ({"plain": (True, "sometimes")}, InvalidInput),
    ):
        with pytest.raises(error):
            choose(world.ana, choices, by=world.ana, now=NOW)
    assert not NoticeChoice.objects.exists()


@pytest.mark.parametrize(
    ("begins", "ends", "advice"),
    [
        ("22:00", "", "Enter both times, or none."),
        ("22:00", "22:00", "Choose an end that differs from the beginning."),
        ("late", "06:00", "Enter a time like 22:00."),
    ],
)
def test_wrong_quiet_hours_say_what_to_do(
    world: World, begins: str, ends: str, advice: str
) -> None:
    data = usual(world.ana) | {"quiet_begins": begins, "quiet_ends": ends, "mail_plain": "weekly"}
    answer = browser(world.ana).post(URL, data)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert html.count(advice) == 2  # in the summary and at the field
    assert 'value="weekly" selected' in html
    assert world.ana.name in html  # the other form is whole
    assert not QuietHours.objects.exists()


def test_quiet_hours_are_stored_and_ended(world: World) -> None:
    client = browser(world.ana)
    client.post(URL, usual(world.ana) | {"quiet_begins": "22:00", "quiet_ends": "06:30"})
    hours = QuietHours.objects.get(person=world.ana)
    assert (hours.begins, hours.ends) == (time(22), time(6, 30))
    assert 'value="22:00"' in client.get("/profile/").content.decode()
    client.post(URL, usual(world.ana))
    assert not QuietHours.objects.exists()


def test_another_time_zone_moves_what_waits(world: World) -> None:
    from prm.common.profile.services import describe_oneself
    from tests.notices.conftest import DAILY

    notify(DAILY, [world.ana], key="k", url="", now=NOW)
    before = Notice.objects.get().mail_due_at
    describe_oneself(world.ana, name="Ana", language="", time_zone="Asia/Tokyo", now=NOW)
    after = Notice.objects.get().mail_due_at
    assert (after.hour, before != after) == (22, True)  # 7:00 in Tokyo


def test_the_matrix_costs_the_same_query_for_any_number_of_choices(
    world: World, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        choices_for(world.ana)
    choose(world.ana, {"plain": (True, "weekly"), "daily": (True, "never")}, by=None, now=NOW)
    with django_assert_num_queries(1):
        choices_for(world.ana)


def test_the_profile_leads_from_the_inbox(world: World) -> None:
    assert reverse("profile:edit") + "#notifications" in (
        browser(world.pat.user).get("/notifications/").content.decode()
    )
