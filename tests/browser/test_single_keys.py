"""Shortcuts of a single key can be switched off (WCAG 2.1.4); those with Ctrl stay."""

from typing import Any

import pytest
from django.test import Client

from prm.common.models import User
from tests.factories import make_partner, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("is_on", [True, False])
def test_a_single_key_acts_only_for_those_who_want_it(is_on: bool, visitor: Any) -> None:
    make_partner("Acme Systems")
    user = make_user(staff_role="operations", name="Ops")
    client = Client()
    client.force_login(user)
    values = {"name": "Ops", **({"single_keys": "on"} if is_on else {})}
    assert client.post("/profile/", values).status_code == 302
    assert User.objects.get(pk=user.pk).single_keys is is_on
    page = visitor(user, 1440).open("/partners/").page
    page.locator("h1").click()
    page.keyboard.press("/")
    focused = page.evaluate("document.activeElement.matches('[data-search]')")
    assert focused is is_on
    page.locator("h1").click()
    page.keyboard.press("Control+k")
    page.locator("#jump-to a").first.wait_for()
