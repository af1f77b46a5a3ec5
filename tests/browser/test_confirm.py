"""Steps that take something away ask first, name the thing and the effect, and give focus back."""

from typing import Any

import pytest

from prm.common.models import User
from tests.factories import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_deactivating_names_the_person_and_the_effect_and_can_be_cancelled(visitor: Any) -> None:
    boss = make_user("boss@example.com", staff_role="admin", name="Boss")
    mia = make_user("mia@example.com", staff_role="operations", name="Mia Berg")
    visit = visitor(boss, 390).open(f"/settings/people/{mia.public_id}/")
    page = visit.page
    button = page.get_by_role("button", name="Deactivate")
    button.click()
    dialog = page.get_by_role("dialog", name="Deactivate")
    assert "Mia Berg is signed out everywhere" in dialog.inner_text()
    assert visit.complaints() == []
    page.keyboard.press("Escape")
    assert button.evaluate("button => button === document.activeElement")
    assert User.objects.get(pk=mia.pk).is_active
    button.click()
    dialog.get_by_role("button", name="Deactivate").click()
    page.get_by_text("Mia Berg cannot sign in any more.").wait_for()
    assert not User.objects.get(pk=mia.pk).is_active


def test_without_scripts_the_step_is_a_plain_post(visitor: Any) -> None:
    boss = make_user("boss@example.com", staff_role="admin", name="Boss")
    mia = make_user("mia@example.com", staff_role="operations", name="Mia Berg")
    page = visitor(boss, java_script_enabled=False).open(f"/settings/people/{mia.public_id}/").page
    page.get_by_role("button", name="Deactivate").click()
    page.get_by_text("Mia Berg cannot sign in any more.").wait_for()
