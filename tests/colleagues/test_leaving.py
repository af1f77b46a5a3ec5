"""Who was removed is out at the next request, on every route, by every way in that was open."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.core import mail as outbox
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from partners.accounts import colleagues
from partners.accounts.news import tell_manager  # noqa: F401 - its kinds declare themselves
from partners.models import Membership, Partner
from prm.common import access
from prm.common.models import Notice, Task, User
from prm.common.notices.deliveries import deliver_due
from prm.common.worklist.services import add_task
from tests.access.harness import rest_of
from tests.access.walk import routes
from tests.api.conftest import token_client
from tests.factories import at, make_deal, make_member, make_partner

NOW = at("2026-10-05")
pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Partner:
    return make_partner("Acme")


@pytest.fixture
def leaver(acme: Partner) -> Membership:
    make_member(acme, "boss@acme.example", "admin")
    return make_member(acme, "amy@acme.example", "admin", "sales")


def test_no_route_answers_a_session_or_a_token_of_who_was_removed(leaver: Membership) -> None:
    desk, program = Client(), token_client(leaver.user)
    desk.force_login(leaver.user)
    roles = frozenset({"partner:admin", "partner:sales"})
    known = [
        (route, method)
        for route in routes()
        if (rule := access.POLICY.get(route.name)) and rule.is_for(roles)
        for method in rule.methods
        if "public_id" not in route.params
    ]
    assert len(known) > 40
    assert desk.get("/portal/").status_code == 200
    colleagues.remove_person(leaver, by=None, now=timezone.now())
    for route, method in known:
        url, is_api = route.url(**rest_of(route)), access.is_api(route.path)
        client: Any = program if is_api else desk
        answer = getattr(client, method.lower())(url)
        assert answer.status_code == (401 if is_api else 302), (method, url)
        if not is_api:
            assert "/login/" in answer["Location"], url


def test_an_open_export_and_an_own_object_are_closed_to_who_was_removed(
    leaver: Membership, acme: Partner
) -> None:
    deal = make_deal(acme, name="secret one")
    desk = Client()
    desk.force_login(leaver.user)
    urls = ["/portal/deals/?export=csv", f"/portal/deals/{deal.public_id}/"]
    assert [desk.get(url).status_code for url in urls] == [200, 200]
    colleagues.remove_person(leaver, by=None, now=timezone.now())
    assert [desk.get(url).status_code for url in urls] == [302, 302]


def test_the_code_of_a_mail_that_was_asked_for_before_no_longer_signs_in(
    leaver: Membership,
) -> None:
    window = Client()
    window.post(reverse("account_request_login_code"), {"email": leaver.user.email})
    found = re.search(r"\b[A-Z]{4}-[A-Z]{4}\b", outbox.outbox[-1].body)
    assert found is not None, outbox.outbox[-1].body
    colleagues.remove_person(leaver, by=None, now=timezone.now())
    window.post(reverse("account_confirm_login_code"), {"code": found[0]})
    assert window.get("/portal/deals/").status_code == 302


def test_a_link_to_set_a_new_password_is_dead(leaver: Membership) -> None:
    user = leaver.user
    user.set_password("an old one that was good")
    user.save()
    key = default_token_generator.make_token(user)
    assert default_token_generator.check_token(user, key)
    colleagues.remove_person(leaver, by=None, now=timezone.now())
    assert not default_token_generator.check_token(User.objects.get(pk=user.pk), key)


def test_what_waited_to_be_mailed_is_not_mailed(leaver: Membership, acme: Partner) -> None:
    boss = Membership.objects.get(user__email="boss@acme.example").user
    add_task(
        title="A secret of the company", by=boss, now=NOW, side=Task.Side.COMPANY,
        company=acme.public_id, owner=leaver.user,
    )  # fmt: skip
    assert Notice.objects.filter(to=leaver.user, mail_due_at__isnull=False).exists()
    colleagues.remove_person(leaver, by=None, now=NOW)
    before = len(outbox.outbox)
    deliver_due(NOW + timedelta(days=2))
    told = [one for one in outbox.outbox[before:] if leaver.user.email in one.to]
    assert not told, [(one.subject, one.body) for one in told]
    assert not Notice.objects.filter(to=leaver.user, mailed_at__isnull=False).exists()
