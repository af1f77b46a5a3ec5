"""Two people edit the same record: nobody writes back what the other one changed meanwhile."""

import re
from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from partners.accounts import services as accounts
from partners.deals import services as deals
from partners.models import Deal, DealStageEvent, Partner
from prm.common.models import AuditEntry, User
from tests.factories import at, make_deal, make_partner, make_stage, make_user

pytestmark = pytest.mark.django_db
NOW = at("2026-08-01")
INPUT = re.compile(r"<input [^>]*>")


@pytest.fixture
def anna() -> Client:
    client = Client()
    client.force_login(make_user("anna@example.com", staff_role="operations"))
    return client


@pytest.fixture
def ben() -> User:
    return make_user("ben@example.com", staff_role="channel_manager", name="Ben")


class Page:
    """An open form: what a browser would send from it."""

    def __init__(self, client: Client, url: str, html: str = "") -> None:
        self.client, self.url = client, url
        html = (html or client.get(url).content.decode()).partition("<main")[2]
        form = next(one for one in html.split("<form") if 'class="form"' in one[:200])
        self.fields: dict[str, str] = {}
        for tag in INPUT.findall(form.partition("</form>")[0]):
            found = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
            if found.get("type") == "checkbox":
                self.fields |= {found["name"]: "on"} if " checked" in tag else {}
            else:
                self.fields[found["name"]] = unescape(found.get("value", ""))
        for name, options in re.findall(r'<select name="(\w+)"(.*?)</select>', form, re.S):
            (chosen,) = re.findall(r'value="([^"]*)"\s+selected', options) or [""]
            self.fields[name] = chosen

    def save(self, **typed: str) -> Any:
        return self.client.post(self.url, self.fields | typed)


def deal_page(client: Client, deal: Deal) -> Page:
    return Page(client, reverse("deals:deal_edit", args=[deal.public_id]))


def partner_page(client: Client, partner: Partner, name: str) -> Page:
    return Page(client, reverse(f"partners:{name}", args=[partner.public_id]))


@pytest.fixture
def deal() -> Deal:
    return make_deal(make_partner("Acme"), name="Big one", stage=make_stage("qualified"))


def test_a_new_name_does_not_move_the_deal_back_to_its_old_stage(
    anna: Client, ben: User, deal: Deal
) -> None:
    page, proposal = deal_page(anna, deal), make_stage("proposal")
    deals.move_deal_to_stage(deal, proposal, by=ben, now=NOW)
    events = DealStageEvent.objects.count()
    assert page.save(name="Bigger one").status_code == 302
    deal.refresh_from_db()
    assert (deal.name, deal.stage) == ("Bigger one", proposal)
    assert DealStageEvent.objects.count() == events  # a name is no move
    entry = AuditEntry.objects.filter(action="deal.change").latest("pk")
    assert entry.after == {"name": "Bigger one"}


def test_a_deal_field_that_both_changed_is_asked_back_and_then_stored(
    anna: Client, ben: User, deal: Deal
) -> None:
    page = deal_page(anna, deal)
    deals.change_deal(deal, by=ben, now=NOW, name="Ben’s name", expected_close_on=date(2026, 9, 1))
    answer = page.save(name="Anna’s name", is_co_sell="on")
    html = answer.content.decode()
    assert answer.status_code == 422
    assert html.count("to “Ben’s name” a moment ago") == 2
    again = Page(anna, page.url, html)
    assert again.fields["name"] == "Anna’s name"
    assert again.fields["expected_close_on"] == "2026-09-01"  # Ben's, and nobody's quarrel
    assert again.save().status_code == 302
    deal.refresh_from_db()
    assert (deal.name, deal.is_co_sell) == ("Anna’s name", True)
    assert deal.expected_close_on == date(2026, 9, 1)


@pytest.mark.parametrize(
    ("field", "bens", "annas", "shown"),
    [
        ("amount", Decimal(82000), "90k", "82000"),
        ("currency", "USD", "CHF", "USD"),
        ("expected_close_on", date(2026, 9, 1), "2026-10-01", "1 Sep 2026"),
    ],
)
def test_what_somebody_else_entered_is_shown_as_people_write_it(
    anna: Client, ben: User, deal: Deal, field: str, bens: Any, annas: str, shown: str
) -> None:
    page = deal_page(anna, deal)
    deals.change_deal(deal, by=ben, now=NOW, **{field: bens})
    answer = page.save(**{field: annas})
    assert answer.status_code == 422
    assert f"“{shown}” a moment ago" in answer.content.decode()


def test_whoever_enters_the_same_as_somebody_else_is_not_asked(
    anna: Client, ben: User, deal: Deal
) -> None:
    page = deal_page(anna, deal)
    deals.change_deal(deal, by=ben, now=NOW, amount=Decimal(82000))
    assert page.save(amount="82k").status_code == 302


def test_a_new_city_does_not_take_back_another_name_or_parent(anna: Client, ben: User) -> None:
    acme, parent = make_partner("Acme", city="Bonn"), make_partner("Ingram")
    page = partner_page(anna, acme, "partner_edit")
    accounts.change_partner(acme, by=ben, now=NOW, name="Acme Ltd", parent=parent, is_test=True)
    assert page.save(city="Köln").status_code == 302
    acme.refresh_from_db()
    assert (acme.name, acme.city, acme.parent, acme.is_test) == ("Acme Ltd", "Köln", parent, True)
    page = partner_page(anna, acme, "partner_edit")
    accounts.change_partner(acme, by=ben, now=NOW, parent=None)
    answer = page.save(parent="Nobody")
    assert answer.status_code == 422
    assert "Somebody else changed" in answer.content.decode()


def test_a_new_tier_does_not_hand_a_partner_back(anna: Client, ben: User) -> None:
    acme, today = make_partner("Acme", tier="gold", region="DACH"), timezone.now().date()
    page = partner_page(anna, acme, "partner_profile")
    accounts.change_profile(acme, valid_from=today, by=ben, now=NOW, manager=ben, region="Nordics")
    assert page.save(tier="silver", valid_from=str(today)).status_code == 302
    current = acme.profiles.get(valid_to=None)
    assert (current.tier, current.region, current.manager) == ("silver", "Nordics", ben)
    entry = AuditEntry.objects.filter(action="partner.change_profile").latest("pk")
    assert entry.after == {"tier": "silver"}
    accounts.change_profile(acme, valid_from=today, by=ben, now=NOW, tier="bronze")
    stale = page.save(tier="platinum", valid_from=str(today))
    assert stale.status_code == 422
    assert "to “bronze” a moment ago" in stale.content.decode()


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("partner_profile", {}),
        ("partner_profile", {"valid_from": "2026-09-14"}),  # a day alone
        ("partner_edit", {}),
    ],
)
def test_a_form_without_a_change_says_so_and_leaves_no_trace(
    anna: Client, name: str, typed: dict[str, str]
) -> None:
    acme = make_partner("Acme", tier="gold")
    assert partner_page(anna, acme, name).save(**typed).status_code == 302
    html = anna.get(acme.get_absolute_url()).content.decode()
    assert "Nothing was changed." in html
    assert "Your changes are saved." not in html
    assert acme.profiles.count() == 1
    assert not AuditEntry.objects.filter(action__startswith="partner.change").exists()


def test_a_deal_saved_without_a_change_says_so(anna: Client, deal: Deal) -> None:
    assert deal_page(anna, deal).save().status_code == 302
    assert "Nothing was changed." in anna.get(deal.get_absolute_url()).content.decode()
    assert deal_page(anna, deal).save(name="Bigger one").status_code == 302
    assert "Your changes are saved." in anna.get(deal.get_absolute_url()).content.decode()


def test_a_manager_who_left_stays_until_somebody_else_is_chosen(anna: Client, ben: User) -> None:
    acme = make_partner("Acme", tier="gold", manager=ben)
    User.objects.filter(pk=ben.pk).update(is_active=False)
    page = partner_page(anna, acme, "partner_profile")
    assert page.fields["manager"] == str(ben.pk)
    assert page.save(tier="silver").status_code == 302
    current = acme.profiles.get(valid_to=None)
    assert (current.tier, current.manager) == ("silver", ben)
    page = partner_page(anna, acme, "partner_profile")
    assert page.save(manager="").status_code == 302
    assert acme.profiles.get(valid_to=None).manager is None
