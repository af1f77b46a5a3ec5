"""The checklist of a new installation is read from the facts, and leads to what is missing."""

from decimal import Decimal
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.utils import timezone

from kpis.models import Target
from kpis.setup import checklist
from prm.common import access, config
from tests.factories import make_deal, make_partner, make_user

pytestmark = pytest.mark.django_db


def test_each_fact_ticks_off_its_step(django_assert_num_queries: Any) -> None:
    admin = make_user(staff_role="admin")
    actor = access.actor_for(admin)

    def done() -> list[bool]:
        return [step.is_done for step in checklist(actor).steps]

    assert done() == [False] * 6
    config.put(config.NAME, "Aldermoor")
    assert done() == [True, False, False, False, False, False]
    config.put(config.FISCAL_START, "4")
    assert done() == [True, True, False, False, False, False]
    make_user(staff_role="channel_manager")
    make_partner("Acme")
    assert done() == [True, True, True, True, False, False]
    make_deal()
    Target.objects.create(
        kpi="win_rate", scope="program", period="2026", version=1, value=Decimal(1),
        set_at=timezone.now(), by=admin,
    )  # fmt: skip
    with django_assert_num_queries(5):
        assert checklist(actor).done == 6


def test_people_of_partners_do_not_count_as_colleagues() -> None:
    admin = make_user(staff_role="admin")
    make_user("pat@example.com")
    make_user("gone@example.com", staff_role="executive", is_active=False)
    assert not checklist(access.actor_for(admin)).steps[2].is_done


def test_a_step_is_a_link_only_for_who_may_do_it_and_while_it_is_open() -> None:
    config.put(config.NAME, "Aldermoor")
    html = {
        role: render_to_string(
            "components/checklist.html",
            {"checklist": checklist(access.actor_for(make_user(staff_role=role)))},
        )
        for role in ("admin", "operations", "executive")
    }
    assert 'href="/settings/people/"' in html["admin"]
    assert 'href="/settings/people/"' not in html["operations"]
    assert 'href="/imports/new/?resource=partner"' in html["operations"]
    assert "href=" not in html["executive"]
    assert "/settings/programme/" not in html["admin"]  # done already


def test_the_ground_is_settled_once_partners_are_here() -> None:
    actor = access.actor_for(make_user(staff_role="admin"))
    step = checklist(actor).steps[1]
    assert (step.url, step.is_done) == ("/settings/ground/", False)
    make_partner("Acme")
    assert checklist(actor).steps[1].is_done
