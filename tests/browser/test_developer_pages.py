"""Token page, API page and back office in a real browser."""

from typing import Any

import pytest

from prm.common.models import User
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("who", ["ana", "pat"])
def test_a_token_is_made_copied_and_revoked(who: str, visitor: Any, world: World) -> None:
    user = world.pat.user if who == "pat" else world.ana
    visit = visitor(user, 1440).open("/settings/tokens/")
    assert (visit.status, visit.complaints()) == (200, [])
    page = visit.page
    page.fill("#id_name", "CRM sync")
    page.check("input[value='deals:read']")
    page.get_by_role("button", name="Make token").click()
    page.wait_for_selector("#new-token")
    assert page.inner_text("#new-token").startswith("prm_")
    assert visit.complaints() == []
    page.get_by_role("button", name="Revoke CRM sync").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke token").click()
    page.get_by_text("CRM sync is revoked.").wait_for()
    assert visit.complaints() == []


@pytest.mark.parametrize(("who", "width"), [("ana", 1440), ("ana", 390), ("pat", 390)])
def test_the_api_page_is_clean_with_everything_open(
    who: str, width: int, visitor: Any, world: World
) -> None:
    user = world.pat.user if who == "pat" else world.ana
    visit = visitor(user, width).open("/api/")
    assert (visit.status, visit.complaints()) == (200, [])
    visit.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert visit.complaints() == []


OFFICE = ["", "common/user/", "common/user/add/", "partners/deal/", "partners/partner/add/"]


def test_the_back_office_keeps_the_csp(visitor: Any, world: World) -> None:
    root = User.objects.create_superuser("root@example.com", "secret-pass-1")
    window = visitor(root, 1440)
    for tail in [*OFFICE, f"partners/deal/{world.deal.pk}/change/"]:
        visit = window.open(f"/admin/{tail}")
        assert visit.status == 200
        assert visit.page.evaluate("window.cspReports") == [], tail
        assert visit.errors == [], tail
