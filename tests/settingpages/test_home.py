"""The home of the settings: each person sees, and finds, what the role may open."""

import pytest
from django.test import Client

from prm.common import access
from prm.common.models import User
from prm.common.programme.sections import sections_for
from prm.common.search.registry import found
from tests.factories import make_user
from tests.world import World

pytestmark = pytest.mark.django_db
EVERYBODY = {"API tokens", "API", "Sign-in and security"}


@pytest.mark.parametrize("role", sorted(access.STAFF_ROLES))
def test_every_card_opens(role: str) -> None:
    user = make_user(staff_role=role)
    client = Client()
    client.force_login(user)
    assert client.get("/settings/").status_code == 200
    sections = [one for _title, group in sections_for(access.actor_for(user)) for one in group]
    assert {str(one.title) for one in sections} >= EVERYBODY
    for section in sections:
        # allauth asks for the password again before it shows the second factor
        assert client.get(section.url).status_code in {200, 302}, section.url
        if section.route:
            assert client.get(section.url).status_code == 200, section.url


def test_a_manager_sees_only_what_everybody_has() -> None:
    actor = access.actor_for(make_user(staff_role="channel_manager"))
    titles = {str(one.title) for _title, group in sections_for(actor) for one in group}
    assert titles == EVERYBODY


def test_only_who_runs_the_back_office_is_led_there() -> None:
    admin = User.objects.create_superuser("root@example.com", "secret-pass-1")
    other = make_user(staff_role="admin")
    shown = [
        "Back office" in {str(one.title) for _t, group in sections_for(actor) for one in group}
        for actor in (access.actor_for(admin), access.actor_for(other))
    ]
    assert shown == [True, False]


def test_settings_are_found_by_their_words_by_who_may_open_them(world: World) -> None:
    def hits(user: User, text: str) -> list[str]:
        groups = found(access.actor_for(user), text)
        return [
            str(hit.title) for group in groups if group.label == "Settings" for hit in group.hits
        ]

    assert hits(world.admin, "audit") == ["Audit log"]
    assert hits(world.admin, "logo") == ["Name and brand"]
    assert hits(world.ana, "audit") == []
    assert hits(world.ana, "token") == ["API tokens"]
    assert hits(world.pat.user, "token") == []
    assert hits(world.admin, "") == []
