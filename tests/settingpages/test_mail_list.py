"""The mail log as a list: columns, segments, saved views."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from prm.common.mail import MAX_ATTEMPTS
from prm.common.models import OutboxMail, SavedView
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Client:
    client = Client()
    client.force_login(make_user(staff_role="operations"))
    return client


def make_mail(to: str, **more: Any) -> OutboxMail:
    now = timezone.now()
    return OutboxMail.objects.create(
        key=to, to=to, subject="Hello", text="…", created_at=now, due_at=now, **more
    )


def test_the_mail_log_counts_its_segments_and_keeps_views(desk: Client) -> None:
    make_mail("ada@example.com", sent_at=timezone.now())
    make_mail("bob@example.com", attempts=MAX_ATTEMPTS, error="=refused by the server")
    url = reverse("logs:mail_list")
    assert desk.get(url + "?part=counts").context["counts"] == ["2", "1", "0"]
    form = {"list_key": "mails", "name": "Refused", "query": "state=failed&cols=to,error&x=1"}
    answer = desk.post(reverse("views:view_save"), form)
    assert SavedView.objects.get().query == "state=failed&cols=to,error"
    html = desk.get(answer["Location"]).content.decode()
    assert "=refused by the server" in html
    assert "Hello" not in html
    assert "ada@" not in html
    mail = OutboxMail.objects.get(to="bob@example.com")
    assert reverse("logs:mail_detail", args=[mail.public_id]) in html  # the name leads there
    csv = desk.get(url + "?state=failed&cols=to,error&export=csv")
    text = b"".join(csv.streaming_content).decode("utf-8-sig")
    assert text.splitlines() == ["To,Error", "bob@example.com,'=refused by the server"]


def test_a_filtered_empty_log_offers_to_clear_the_filters(desk: Client) -> None:
    make_mail("ada@example.com")
    html = desk.get(reverse("logs:mail_list") + "?state=failed&cols=to,state").content.decode()
    assert "No mails match" in html
    assert 'href="?cols=to,state"' in html
