"""Whose browser it is stands in the session's row: nobody else's is opened to find it."""

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from prm.common.models import User
from prm.common.people import services
from prm.common.tasks import forget_sessions
from tests.factories import make_user

pytestmark = pytest.mark.django_db
Store: Any = import_module(settings.SESSION_ENGINE).SessionStore
Session: Any = Store.get_model_class()


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def admin() -> User:
    return make_user("boss@example.com", staff_role="admin", name="Boss")


def test_a_persons_page_opens_no_other_session(admin: User, monkeypatch: Any) -> None:
    opened: list[str] = []
    decode = SessionBase.decode

    def counted(store: SessionBase, data: Any) -> Any:
        opened.append(str(data))
        return decode(store, data)

    person, desk = make_user("ana@example.com", staff_role="executive"), client_of(admin)
    for _browser in range(2):
        client_of(person)
    for _other in range(20):
        client_of(make_user(staff_role="executive"))
    monkeypatch.setattr(SessionBase, "decode", counted)
    page = desk.get(reverse("people:person_detail", args=[person.public_id]))
    assert page.context["sessions"] == 2
    assert len(opened) == 1  # the reader's own
    opened.clear()
    assert services.sign_out_everywhere(person, by=admin, now=timezone.now()) == 2
    assert not opened
    assert Session.objects.count() == 21


def test_a_session_names_its_person_from_sign_in_to_sign_out(admin: User) -> None:
    admin.set_password("correct horse battery")
    admin.save()
    client = Client()
    client.post(
        reverse("account_login"), {"login": admin.email, "password": "correct horse battery"}
    )
    assert client.get("/").status_code == 200
    assert Session.objects.get(session_key=client.session.session_key).user == admin
    client.post(reverse("account_logout"))
    assert not Session.objects.filter(user=admin).exists()


def test_a_browser_without_a_person_belongs_to_nobody(admin: User) -> None:
    store = Store()
    store["seen"] = 1
    store.save()
    assert Session.objects.get().user is None
    assert services.sign_out_everywhere(admin, by=None, now=timezone.now()) == 0
    assert Store(store.session_key)["seen"] == 1


def test_a_new_password_ends_the_sessions_of_before(admin: User) -> None:
    browsers = [client_of(admin), client_of(admin)]
    admin.set_password("another one")
    admin.save()
    assert [one.get("/").status_code for one in browsers] == [302, 302]
    assert not Session.objects.filter(user=admin).exists()


@pytest.mark.parametrize("clear", [forget_sessions, lambda: call_command("clearsessions")])
def test_sessions_that_have_ended_are_not_counted_and_are_cleared(admin: User, clear: Any) -> None:
    client_of(admin)
    kept = client_of(admin)
    old = Session.objects.exclude(session_key=kept.session.session_key)
    old.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert services.sign_out_everywhere(make_user(), by=None, now=timezone.now()) == 0
    clear()
    assert Session.objects.get().session_key == kept.session.session_key


def test_deactivation_ends_the_next_request_of_every_browser(admin: User) -> None:
    person = make_user(staff_role="executive")
    browsers = [client_of(person), client_of(person)]
    services.deactivate(person, by=admin, now=timezone.now())
    assert [one.get("/").status_code for one in browsers] == [302, 302]
    services.reactivate(person, by=admin, now=timezone.now())
    assert [one.get("/").status_code for one in browsers] == [302, 302]  # signed out for good
    assert not Session.objects.filter(user=person).exists()
