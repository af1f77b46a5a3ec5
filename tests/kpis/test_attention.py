"""What needs attention: what is found, and where it leads."""

import re
from datetime import date, timedelta
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from kpis.engine.rebuild import rebuild
from kpis.models import Verification
from tests.factories import make_deal, make_login, make_registration, make_user
from tests.kpis.test_pages import NOW, admin_of_nothing, client_of, desk, page, today
from tests.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
__all__ = ["admin_of_nothing", "desk", "today"]  # fixtures


def test_what_needs_attention_is_found_and_leads_to_the_rows(world: World, desk: Client) -> None:
    make_registration(world.acme)
    make_deal(world.acme, name="Late one", expected_close_on=date(2026, 8, 1), amount=None)
    html = page(desk, "kpis:attention")
    assert "1 deal registration waits longer than 48 hours" in html
    assert "2 partners with open deals have not signed in for 60 days" in html
    assert "Open deals past their expected close: 1" in html
    late = page(desk, "deals:deal_list", query="?state=all&problem=overdue_close")
    assert "Late one" in late
    assert "1 deal<" in late
    make_login(world.pat, "2026-08-19")
    assert "1 partner with open deals has not signed in" in page(desk, "kpis:attention")
    quiet = page(desk, "partners:partner_list", query="?activity=quiet")
    assert "Globex" in quiet
    assert "Acme" not in quiet


def test_a_waiting_registration_leads_a_manager_to_the_rows_that_were_counted(
    world: World, desk: Client
) -> None:
    for partner in (world.acme, world.globex):
        make_registration(partner, name=f"Waits at {partner.name}")
    rebuild(NOW)
    ana = client_of(world.ana)
    html = page(ana, "kpis:attention")
    assert "1 deal registration waits longer than 48 hours" in html
    (link,) = re.findall(r'href="(/kpis/partner_pipeline_open/[^"]*)"', html)
    rows = ana.get(unescape(link)).content.decode()
    assert "Waits at Acme" in rows
    assert world.globex.name not in rows


def test_a_failed_comparison_with_the_facts_is_an_alarm_until_the_next_one(
    world: World, desk: Client
) -> None:
    found = [{"family": "sales", "partner": 1, "month": "2026-07-01"}] * 3
    Verification.objects.create(at=NOW, differences=3, details=found, seconds=1)
    html = page(desk, "kpis:attention")
    assert "3 stored figures differ from the facts" in html
    assert "/admin/" not in html  # not marked for the back office
    office = client_of(make_user(staff_role="admin", is_staff=True))
    assert reverse("admin:kpis_verification_changelist") in page(office, "kpis:attention")
    Verification.objects.create(at=NOW + timedelta(days=1), differences=0, seconds=1)
    assert "differ from the facts" not in page(desk, "kpis:attention")


def test_when_nothing_is_wrong_nobody_is_bothered(admin_of_nothing: Client) -> None:
    assert "All caught up" in page(admin_of_nothing, "kpis:attention")
