"""A partner's parent and survivor are named only to those who may know of them."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from partners.merging.services import merge_partner
from partners.models import Partner
from prm.common.models import User
from tests.api.conftest import token_client
from tests.factories import at, make_partner, make_user

pytestmark = pytest.mark.django_db
NOW = at("2026-08-31")
SECRET = "Zq7 Holding"


@pytest.fixture
def ana() -> User:
    return make_user("ana@vendor.example", staff_role="channel_manager")


@pytest.fixture
def child(ana: User) -> Partner:
    """Ana's partner below one of Ben's; another one of Ana's was merged into Ben's."""
    ben = make_user("ben@vendor.example", staff_role="channel_manager")
    parent = make_partner(SECRET, manager=ben)
    child = make_partner("Child", manager=ana)
    Partner.objects.filter(pk=child.pk).update(parent=parent)
    merge_partner(make_partner("Stub", manager=ana), into=parent, by=None, now=NOW)
    return child


def read(user: User, child: Partner) -> dict[str, str]:
    """Page, form and API answers about the child and the stub."""
    window, program = Client(), token_client(user)
    window.force_login(user)
    pages = {
        "page": reverse("partners:partner_detail", args=[child.public_id]),
        "form": reverse("partners:partner_edit", args=[child.public_id]),
    }
    stub = Partner.objects.get(name="Stub")
    found = {name: window.get(path).content.decode() for name, path in pages.items()}
    for one in (child, stub):
        answer = program.get(f"/api/v1/partners/{one.public_id}/")
        found[f"api {one.name}"] = json.dumps(answer.json())
    found["api list"] = json.dumps(program.get("/api/v1/partners/").json())
    return found


def test_a_parent_of_another_portfolio_is_named_nowhere(ana: User, child: Partner) -> None:
    for place, text in read(ana, child).items():
        assert SECRET not in text, place


def test_who_sees_all_partners_reads_the_names_of_the_family(child: Partner) -> None:
    told = read(make_user("olga@vendor.example", staff_role="operations"), child)
    for place, text in told.items():
        assert SECRET in text, place


def test_saving_the_form_keeps_a_parent_that_it_does_not_name(ana: User, child: Partner) -> None:
    window = Client()
    window.force_login(ana)
    path = reverse("partners:partner_edit", args=[child.public_id])
    window.post(path, {"name": "Child of two", "parent": ""})
    child.refresh_from_db()
    assert (child.name, child.parent and child.parent.name) == ("Child of two", SECRET)
