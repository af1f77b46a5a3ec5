"""The back office shows no secrets of signing in."""

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from prm.common.models import AuditEntry
from tests.factories import make_user

pytestmark = pytest.mark.django_db
FACTORS = "/admin/mfa/authenticator/"


@pytest.fixture
def office() -> Client:
    client = Client()
    client.force_login(make_user(staff_role="admin", is_staff=True, is_superuser=True))
    return client


def test_a_lost_second_factor_is_taken_away_on_record_and_its_secret_never_shown(
    office: Client,
) -> None:
    person = make_user("ana@example.com", staff_role="channel_manager")
    factor = Authenticator.objects.create(user=person, type="totp", data={"secret": "ONLY-FOR-ANA"})
    for path in (FACTORS, f"{FACTORS}{factor.pk}/change/", f"{FACTORS}{factor.pk}/delete/"):
        page = office.get(path)
        assert page.status_code == 200
        assert "ONLY-FOR-ANA" not in page.content.decode()
    office.post(f"{FACTORS}{factor.pk}/delete/", {"post": "yes"})
    assert not Authenticator.objects.exists()
    record = AuditEntry.objects.get(action="second_factor.remove")
    assert (record.object_id, record.before) == (str(person.public_id), {"type": "totp"})


def test_pages_of_the_sign_in_package_are_not_in_the_back_office(office: Client) -> None:
    assert "/admin/account/" not in office.get("/admin/").content.decode()
    assert office.get("/admin/account/emailaddress/").status_code == 404
