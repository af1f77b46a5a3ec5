"""Every page of both faces, as people with other screens, eyes and settings see it."""

from collections.abc import Callable
from typing import Any

import pytest

from prm.common import access
from tests.browser import looks
from tests.browser.conftest import Visit
from tests.browser.test_pages import objects_of, pages_of, story, user_of
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
__all__ = ["story"]  # the fixture
PHONE = {"width": 390, "has_touch": True, "is_mobile": True}


def on_a_desk(visit: Visit) -> list[str]:
    """A large window with mouse and keyboard."""
    found = visit.complaints() + looks.dark(visit)
    found += looks.large_text(visit) + looks.spaced_text(visit)
    found += looks.forced_colours(visit) + looks.reduced_motion(visit)
    return found + looks.sizes(visit, 768)


def on_a_phone(visit: Visit) -> list[str]:
    """A small screen under a finger."""
    found = visit.complaints() + looks.dark(visit)
    found += looks.large_text(visit) + looks.spaced_text(visit)
    return found + looks.sizes(visit, 320)


def in_both_themes(visit: Visit) -> list[str]:
    """What somebody sees who sees less of the same pages."""
    return visit.complaints() + looks.dark(visit)


WALKS: dict[str, tuple[str, dict[str, Any], Callable[[Visit], list[str]]]] = {
    "desk": ("admin", {}, on_a_desk),
    "desk on a phone": ("admin", PHONE, on_a_phone),
    "portfolio": ("ana", {}, in_both_themes),
    "portal": ("pat", {}, on_a_desk),
    "portal on a phone": ("pat", PHONE, on_a_phone),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", WALKS)
def test_every_page_holds_up_however_it_is_looked_at(name: str, visitor: Any, story: World) -> None:
    who, screen, look = WALKS[name]
    user = user_of(story, who)
    window = visitor(user, **screen)
    wrong = {}
    for path in pages_of(access.actor_for(user), objects_of(story, user)):
        visit = window.open(path)
        if found := [*([] if visit.status == 200 else [visit.status]), *look(visit)]:
            wrong[path] = found
        visit.page.close()
    assert wrong == {}
