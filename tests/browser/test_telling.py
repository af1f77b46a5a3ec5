"""A task travels: given on the desk, found at the bell, done on a partner's phone."""

from typing import Any

import pytest
from django.urls import reverse

from prm.common.models import Notice, Task
from tests.browser.test_pages import story
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
__all__ = ["story"]  # the fixture
PHONE = {"width": 390, "has_touch": True, "is_mobile": True}


def test_a_task_given_on_the_desk_is_done_on_a_partners_phone(visitor: Any, story: World) -> None:
    desk = visitor(story.ana).open(story.acme.get_absolute_url()).page
    desk.get_by_role("link", name="Add task").click()
    desk.fill("#id_title", "Send us the addendum")
    desk.select_option("#id_who", label=str(story.pat.user))
    desk.get_by_role("button", name="Add task").click()
    desk.wait_for_selector("text=The task is added.")
    visit = visitor(story.pat.user, **PHONE).open(reverse("kpis:portal_home"))
    phone = visit.page
    phone.get_by_role("link", name="Notifications, 1 unread").click()
    phone.get_by_role("button", name="You have a task: Send us the addendum", exact=True).click()
    phone.wait_for_url("**/tasks/*/")
    assert phone.get_by_role("link", name="Notifications", exact=True).is_visible()  # none unread
    phone.get_by_role("button", name="Mark as done").click()
    phone.wait_for_selector("text=“Send us the addendum” is done.")
    assert Task.objects.get(title="Send us the addendum").closed_by == story.pat.user
    assert Notice.objects.filter(to=story.pat.user, read_at=None).count() == 0
    assert visit.complaints() == []


def test_the_matrix_is_saved_with_the_keyboard(visitor: Any, story: World) -> None:
    page = visitor(story.ana).open("/profile/").page
    page.focus("#id_app_partner_given")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("o")  # "Once a day"
    page.fill("#id_quiet_begins", "22:00")
    page.get_by_role("button", name="Save notifications").click()
    page.wait_for_selector("[data-error-summary]:focus")
    assert page.input_value("#id_quiet_begins") == "22:00"
    page.fill("#id_quiet_ends", "06:30")
    page.get_by_role("button", name="Save notifications").click()
    page.wait_for_selector("text=Your notifications are saved.")
    assert not page.is_checked("#id_app_partner_given")
    assert page.input_value("#id_mail_partner_given") == "daily"
