"""A person with memberships in several companies acts for one of them at a time."""

import pytest
from django.test import Client

from partners.models import LoginEvent, Membership, Partner
from tests.factories import make_deal, make_member, make_partner, make_user

pytestmark = pytest.mark.django_db
SWITCH, DEALS = "/portal/company/choose/", "/portal/deals/"


@pytest.fixture
def pair() -> tuple[Partner, Partner]:
    acme, globex = make_partner("Acme"), make_partner("Globex")
    make_deal(acme, name="Deal of Acme")
    make_deal(globex, name="Deal of Globex")
    return acme, globex


@pytest.fixture
def both(pair: tuple[Partner, Partner]) -> Client:
    person = make_user("pat@example.com")
    for partner in pair:
        make_member(partner, user=person)
    client = Client()
    client.force_login(person)
    return client


def test_the_switch_changes_whose_deals_are_shown(
    both: Client, pair: tuple[Partner, Partner]
) -> None:
    first = both.get(DEALS).content.decode()
    assert "Deal of Acme" in first
    assert "Deal of Globex" not in first
    sign_ins = LoginEvent.objects.count()
    assert both.post(SWITCH, {"company": pair[1].public_id}).url == "/portal/"
    second = both.get(DEALS).content.decode()
    assert "Deal of Globex" in second
    assert "Deal of Acme" not in second
    assert LoginEvent.objects.count() == sign_ins


def test_a_company_of_others_is_refused_and_nothing_changes(both: Client) -> None:
    other = make_partner("Hooli")
    told = both.post(SWITCH, {"company": other.public_id}, follow=True).content.decode()
    assert "Choose one of your own companies" in told
    assert "Deal of Acme" in both.get(DEALS).content.decode()


def test_who_is_no_longer_at_the_chosen_company_acts_for_the_other(
    both: Client, pair: tuple[Partner, Partner]
) -> None:
    both.post(SWITCH, {"company": pair[1].public_id})
    Membership.objects.filter(partner=pair[1]).update(is_active=False)
    assert "Deal of Acme" in both.get(DEALS).content.decode()


def test_only_people_with_several_companies_see_the_switch(
    both: Client, pair: tuple[Partner, Partner]
) -> None:
    shown = both.get(DEALS).content.decode()
    assert f'value="{pair[1].public_id}"' in shown
    assert shown.partition(SWITCH)[2].count('aria-current="true"') >= 1
    single = Client()
    single.force_login(make_member(pair[0], "gil@example.com").user)
    assert SWITCH not in single.get(DEALS).content.decode()
