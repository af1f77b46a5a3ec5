"""A company applies in a real browser, without scripts too, and becomes a partner that signs in."""

import re
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.urls import reverse

from partners.models import Application, Partner
from partners.recruiting import forms
from tests.browser.test_pages import story
from tests.factories import make_application, make_form
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
__all__ = ["story"]
QUESTIONS = [
    {"key": "why", "label": "Why us?", "kind": "long", "required": True},
    {"key": "start", "label": "Start?", "kind": "choice", "choices": ["Now", "Later"],
     "required": True},
]  # fmt: skip


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test types faster than a person; and has its own limits."""
    monkeypatch.setattr(forms, "QUICKEST", 0.0)
    cache.clear()


def path_in(mail: Any) -> str:
    """Where a mail leads."""
    found = re.search(r"https?://[^/\s]+(/\S+)", mail.body)
    assert found
    return found[1]


@pytest.mark.parametrize("has_script", [True, False])
def test_a_company_applies_is_approved_and_invited(
    has_script: bool, visitor: Any, world: World, mailoutbox: list[Any]
) -> None:
    make_form("partners", questions=QUESTIONS, types=["Reseller", "MSP"])
    nobody = visitor(None, 390, java_script_enabled=has_script)
    page = nobody.open("/apply/").page
    page.get_by_role("link", name="Programme partners").click()
    page.get_by_role("link", name="Apply", exact=True).click()
    page.get_by_role("button", name="Send application").click()
    assert page.locator("[data-error-summary] li").count() >= 6
    for label, text in (("Company", "Newcomer Ltd"), ("Website", "newcomer.example"),
                        ("Country", "Germany"), ("Why us?", "Because"), ("Your name", "Ann"),
                        ("Your work e-mail", "ann@newcomer.example")):  # fmt: skip
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_label("What kind of company are you?").select_option("MSP")
    page.get_by_label("Now").check()
    page.get_by_role("button", name="Send application").click()
    page.wait_for_url("**/apply/sent/")
    page = nobody.open(path_in(mailoutbox[0])).page
    page.get_by_role("button", name="Confirm my application").click()
    page.wait_for_url("**/apply/status/**")
    assert page.get_by_text("We are reading it").is_visible()
    row = Application.objects.get()
    desk = visitor(world.admin).open(row.get_absolute_url()).page
    desk.get_by_role("link", name="Approve").click()
    desk.get_by_label("Tier").fill("gold")
    desk.get_by_role("button", name="Approve and invite").click()
    desk.wait_for_selector("text=Newcomer Ltd is a partner now")
    assert Partner.objects.filter(name="Newcomer Ltd").count() == 1
    door = nobody.open(path_in(mailoutbox[-1])).page
    assert door.get_by_role("button", name="Send code").is_visible()


@pytest.mark.parametrize("width", [320, 390, 1440])
def test_the_public_pages_are_clean(width: int, visitor: Any, world: World) -> None:
    make_form("partners", questions=QUESTIONS, countries=["Germany"], mail_domains=["*.example"])
    make_form("closed", is_open=False)
    make_form("invited", by_invitation=True)
    nobody = visitor(None, width)
    for path in ("/apply/", "/apply/partners/", "/apply/partners/form/", "/apply/closed/",
                 "/apply/invited/", "/apply/access/", "/apply/sent/"):  # fmt: skip
        visit = nobody.open(path)
        assert (path, visit.status, visit.complaints()) == (path, 200, [])
        visit.page.close()


@pytest.mark.parametrize("width", [390, 1440])
def test_the_desk_of_recruiting_is_clean(width: int, visitor: Any, story: World) -> None:
    row = Application.objects.get()
    window = visitor(story.admin, width)
    for path in ("/applications/", row.get_absolute_url(), f"{row.get_absolute_url()}approve/",
                 "/applications/forms/", "/applications/forms/new/", "/applications/profile/",
                 "/applications/invitations/", "/applications/access/",
                 "/applications/funnel/"):  # fmt: skip
        visit = window.open(path)
        assert (path, visit.status, visit.complaints()) == (path, 200, [])
        visit.page.close()


def test_keys_lead_through_the_queue_unless_one_types(visitor: Any, world: World) -> None:
    form = make_form()
    with time_machine.travel("2026-07-01"):
        first, second = make_application(form), make_application(form)
    page = visitor(world.admin).open(first.get_absolute_url()).page
    page.keyboard.press("j")
    page.wait_for_url(f"**{second.get_absolute_url()}")
    page.keyboard.press("k")
    page.wait_for_url(f"**{first.get_absolute_url()}")
    page.keyboard.press("d")
    dialog = page.locator("dialog#reject")
    assert dialog.is_visible()
    dialog.get_by_label("Message to the applicant").press_sequentially("a j")
    assert page.url.endswith(first.get_absolute_url())
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    page.keyboard.press("a")
    page.wait_for_url(f"**{reverse('recruiting:application_approve', args=[first.public_id])}")
