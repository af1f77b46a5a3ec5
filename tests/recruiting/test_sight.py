"""What a manager waited for or decided stays in sight, and shows no partner of somebody else."""

import pytest
from django.test import Client

from partners.models import Territory
from partners.recruiting import services
from tests.api.conftest import token_client
from tests.factories import at, make_application, make_form, make_partner, make_user

pytestmark = pytest.mark.django_db
NOW = at("2026-07-06")


def test_a_manager_keeps_sight_of_an_application_that_is_somebody_elses_partner() -> None:
    admin = make_user("root@vendor.example", staff_role="admin")
    ana = make_user("ana@vendor.example", staff_role="channel_manager")
    Territory.objects.create(manager=ana, region="DACH")
    partner = make_partner("Hidden Ltd", region="Nordics")
    row = make_application(make_form(), company="Acme GmbH", region="DACH")
    services.approve_application(row, by=admin, now=NOW, valid_from=NOW.date(), partner=partner)
    window = Client()
    window.force_login(ana)
    page = window.get(row.get_absolute_url())
    assert (page.status_code, b"Acme GmbH" in page.content) == (200, True)
    assert b"Hidden Ltd" not in page.content
    shown = token_client(ana).get(f"/api/v1/applications/{row.public_id}/").json()
    assert (shown["state"], shown["partner"]) == ("approved", None)
    full = token_client(admin).get(f"/api/v1/applications/{row.public_id}/").json()
    assert full["partner"]["name"] == "Hidden Ltd"
