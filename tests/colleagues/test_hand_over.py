"""Portfolio, territories and open tasks of one manager go to another one together."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from partners.accounts.colleagues import hand_over
from partners.models import Partner, PartnerProfile, Territory
from prm.common import access
from prm.common.errors import Conflict, InvalidInput
from prm.common.models import Task, User
from prm.common.worklist.services import add_task
from tests.factories import at, make_partner, make_user

pytestmark = pytest.mark.django_db
NOW, TODAY = at("2026-10-05"), date(2026, 10, 5)


@pytest.fixture
def ana() -> User:
    return make_user("ana@vendor.example", staff_role="channel_manager", name="Ana")


@pytest.fixture
def ben() -> User:
    return make_user("ben@vendor.example", staff_role="channel_manager", name="Ben")


def portfolio(user: User) -> set[str]:
    known = access.scope(access.actor_for(user), Partner)
    return set(known.values_list("name", flat=True))


def test_everything_goes_from_a_day_on_and_the_past_stays(ana: User, ben: User) -> None:
    partner = make_partner("One", manager=ana)
    make_partner("In the north", region="North")
    for owner in (ana, ben):
        Territory.objects.create(manager=owner, region="South")
    Territory.objects.create(manager=ana, region="North")
    task = add_task(title="Call", by=None, now=NOW, owner=ana, company=partner.public_id)
    own = add_task(title="Holiday", by=None, now=NOW, owner=ana)
    assert portfolio(ana) == {"One", "In the north"}
    told = hand_over(ana, ben, valid_from=TODAY, by=None, now=NOW)
    assert told == {"partners": 1, "territories": 2, "tasks": 1}
    assert (portfolio(ana), portfolio(ben)) == (set(), {"One", "In the north"})
    assert list(Territory.objects.values_list("manager__name", "region").order_by("region")) == [
        ("Ben", "North"), ("Ben", "South"),
    ]  # fmt: skip
    assert {row.title: row.owner for row in Task.objects.all()} == {"Call": ben, "Holiday": ana}
    assert (task.pk, own.pk) != (None, None)
    rows = PartnerProfile.objects.filter(partner=partner).order_by("valid_from")
    assert [(row.manager, row.valid_to) for row in rows] == [(ana, TODAY), (ben, None)]


def test_all_of_it_goes_or_nothing(ana: User, ben: User) -> None:
    make_partner("One", manager=ana)
    late = make_partner("Late", manager=ana, since="2026-12-01")
    with pytest.raises(Conflict, match="Late"):
        hand_over(ana, ben, valid_from=TODAY, by=None, now=NOW)
    assert (portfolio(ana), portfolio(ben)) == ({"One", late.name}, set())


@pytest.mark.parametrize("role", ["executive", "finance_prepare"])
def test_only_somebody_else_who_manages_can_take_it(ana: User, role: str) -> None:
    for taker in (ana, make_user(staff_role=role), make_user()):
        with pytest.raises(InvalidInput):
            hand_over(ana, taker, valid_from=TODAY, by=None, now=NOW)


def test_the_page_says_what_there_is_and_hands_it_over(ana: User, ben: User) -> None:
    make_partner("One", manager=ana)
    desk = Client()
    desk.force_login(make_user(staff_role="operations"))
    page = reverse("partners:hand_over", args=[ana.public_id])
    person = desk.get(reverse("people:person_detail", args=[ana.public_id])).content.decode()
    assert page in person
    assert "One" in desk.get(page).content.decode()
    assert desk.post(page, {}).status_code == 422
    sent = {"manager": ben.pk, "valid_from": "2026-10-05", "with_territories": "on"}
    assert desk.post(page, sent).status_code == 302
    assert portfolio(ben) == {"One"}
