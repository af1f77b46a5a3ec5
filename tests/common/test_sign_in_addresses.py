"""People are found by their address, so nobody chooses one alone."""

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse

from tests.factories import make_user
from tests.world import World

pytestmark = pytest.mark.django_db
NEW = "new.hire@globex.example"


@pytest.mark.parametrize("action", ["action_add", "action_primary", "action_send"])
def test_nobody_adds_an_address_to_the_own_account(world: World, action: str) -> None:
    client, before = Client(), world.pat.user.email
    client.force_login(world.pat.user)
    answer = client.post("/accounts/email/", {"email": NEW, action: ""})
    assert answer.status_code == 404
    assert client.get(reverse("account_email")).status_code == 404
    world.pat.user.refresh_from_db()
    assert world.pat.user.email == before
    assert not EmailAddress.objects.filter(email=NEW).exists()


def test_an_address_that_an_administrator_replaced_signs_nobody_in() -> None:
    person = make_user("leaver@acme.example")
    person.set_password("grove-cpkengbe")
    person.save()
    EmailAddress.objects.create(user=person, email=person.email or "", primary=True)
    office = Client()
    office.force_login(make_user(staff_role="admin", is_staff=True, is_superuser=True))
    page = reverse("admin:common_user_change", args=[person.pk])
    sent = {"email": "stays@acme.example", "name": "Stays", "staff_role": "", "is_active": "on"}
    answer = office.post(page, sent)
    assert answer.status_code == 302
    person.refresh_from_db()
    assert person.email == "stays@acme.example"
    for address, status in (("leaver@acme.example", 200), ("stays@acme.example", 302)):
        sign_in = {"login": address, "password": "grove-cpkengbe"}
        assert Client().post(reverse("account_login"), sign_in).status_code == status


def test_the_bare_address_leads_a_partners_person_to_the_portal(world: World) -> None:
    client = Client()
    client.force_login(world.pat.user)
    answer = client.get("/")
    assert (answer.status_code, answer["Location"]) == (302, "/portal/")
