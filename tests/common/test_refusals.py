"""What only the database can refuse becomes a sentence at every door."""

import threading
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from partners.accounts import services
from partners.models import Customer, Membership, PartnerProfile
from prm.common.errors import Conflict
from tests.api.conftest import token_client
from tests.factories import at, make_deal, make_member, make_partner, make_user
from tests.kpis.sessions import run, session

racing = pytest.mark.django_db(transaction=True)


def while_another_writes(statement: str, ours: Callable[[], Any]) -> Any:
    """Our request meets a row that another session wrote but did not commit until we wait."""
    other, answers = session(), []

    def request() -> None:
        answers.append(ours())
        connection.close()

    run(other, statement)
    thread = threading.Thread(target=request)
    thread.start()
    watch = session()
    watch.autocommit = True
    waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~ 'INSERT'"
    for _ in range(500):
        if run(watch, waiting + " AND datname = current_database()") or not thread.is_alive():
            break
        thread.join(0.02)
    other.commit()
    thread.join(20)
    other.close()
    watch.close()
    return answers[0]


def office_client() -> Client:
    client = Client()
    client.force_login(make_user(staff_role="admin", is_staff=True, is_superuser=True))
    return client


@racing
def test_the_second_of_two_posts_with_one_external_id_is_409() -> None:
    client = token_client(make_user(staff_role="admin"))
    body = {"name": "Ours", "source": "crm", "external_id": "7"}
    answer = while_another_writes(
        "INSERT INTO partners_customer (name, source, external_id) VALUES ('Theirs', 'crm', '7')",
        lambda: client.post("/api/v1/customers/", body, format="json"),
    )
    assert answer.status_code == 409
    assert "Change that one." in answer.json()["detail"]
    assert [row.name for row in Customer.objects.all()] == ["Theirs"]


@racing
def test_the_second_of_two_territories_in_the_back_office_is_told_so() -> None:
    client, ana = office_client(), make_user(staff_role="channel_manager")
    answer = while_another_writes(
        f"INSERT INTO partners_territory (manager_id, region) VALUES ({ana.pk}, 'DACH')",
        lambda: client.post(
            "/admin/partners/territory/add/", {"manager": ana.pk, "region": "DACH"}
        ),
    )
    assert answer.status_code == 200
    assert "Somebody stored the same a moment ago" in answer.content.decode()


@racing
def test_a_membership_with_sign_ins_stays_at_its_company_and_the_form_says_what_to_do() -> None:
    acme, globex = make_partner("Acme"), make_partner("Globex")
    member = make_member(acme, "pat@example.com", "sales")
    services.record_login(member.user, now=at("2026-07-01"))
    form = {
        "source": "prm", "external_id": member.external_id, "partner": globex.pk,
        "user": member.user_id, "roles": "sales,finance", "is_active": "on",
    }  # fmt: skip
    path = f"/admin/partners/membership/{member.pk}/change/"
    page = office_client().post(path, form)
    assert page.status_code == 200
    told = page.content.decode()
    assert "Deactivate this membership" in told
    assert "sales,finance" in told  # what was typed is still there
    assert Membership.objects.get().partner == acme


@racing
def test_a_page_that_meets_a_refusal_of_the_database_says_so(monkeypatch: Any) -> None:
    from prm.common import tokenviews

    def meets(*_args: Any, **_more: Any) -> None:
        PartnerProfile.objects.create(partner=make_partner(), valid_from=date(2026, 1, 1))

    monkeypatch.setattr(tokenviews.tokens, "create_token", meets)
    client = office_client()
    form = {"name": "t", "scopes": ["deals:read"], "days": "30"}
    answer = client.post("/settings/tokens/", form, follow=True)
    assert "Choose days that are free" in answer.content.decode()


@pytest.mark.django_db
def test_a_change_before_the_end_of_the_last_profile_is_refused_with_its_day() -> None:
    partner = make_partner(since="2020-01-01")
    partner.profiles.update(valid_to=date(2026, 4, 1))
    with pytest.raises(Conflict, match="1 Apr 2026"):
        services.change_profile(
            partner, valid_from=date(2026, 3, 1), by=None, now=at("2026-07-01"), tier="gold"
        )
    services.change_profile(
        partner, valid_from=date(2026, 4, 1), by=None, now=at("2026-07-01"), tier="gold"
    )
    assert partner.profiles.count() == 2


@pytest.mark.django_db
def test_the_back_office_shows_a_service_s_refusal_with_all_that_was_typed() -> None:
    deal = make_deal(make_partner(), won="2026-07-15")
    form = {"name": "A better name", "amount": "", "currency": "EUR", "product": ""}
    page = office_client().post(f"/admin/partners/deal/{deal.pk}/change/", form)
    assert page.status_code == 200
    told = page.content.decode()
    assert "A won deal needs an amount" in told
    assert 'value="A better name"' in told
