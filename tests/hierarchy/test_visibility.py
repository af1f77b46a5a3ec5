"""A distributor sees deals of resellers below it at that time, unless hidden (E1)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from partners.deals.below import distributor_of, hide_deal, totals
from partners.hierarchy.services import place_below, take_out
from partners.merging.services import merge_partner, unmerge_partner
from partners.models import Deal, DealBelow, Membership, Partner, PartnerLink
from prm.common import access
from prm.common.models import User
from tests.api.conftest import token_client
from tests.factories import at, make_deal, make_member, make_partner, make_user

pytestmark = pytest.mark.django_db
NOW = at("2026-10-05")
PAGE = "/portal/deals/resellers/"


@dataclass
class Tree:
    """North, then South above Shop; Top above North; Kiosk below Shop. And their deals."""

    partners: dict[str, Partner]
    deals: dict[str, Deal]

    def sees(self, user: User) -> set[str]:
        """The names of the deals that somebody sees as those of companies below."""
        actor = access.actor_for(user)
        return set(access.scope(actor, DealBelow).values_list("name", flat=True))


@pytest.fixture
def tree() -> Tree:
    names = ("Top", "North", "South", "Shop", "Kiosk", "Stranger")
    partners = {name: make_partner(name) for name in names}
    for child, parent, first, end in (
        ("North", "Top", "2020-01-01", None),
        ("Shop", "North", "2025-01-01", "2026-07-01"),
        ("Shop", "South", "2026-07-01", None),
        ("Kiosk", "Shop", "2026-01-01", None),
    ):
        PartnerLink.objects.create(
            child=partners[child], parent=partners[parent], valid_from=first, valid_to=end
        )
    for child, parent in (("North", "Top"), ("Shop", "South"), ("Kiosk", "Shop")):
        Partner.objects.filter(name=child).update(parent=partners[parent])
    deals = {}
    for name, owner, opened, more in (
        ("before", "Shop", "2024-12-31", {}),
        ("first day", "Shop", "2025-01-01", {}),
        ("in the north", "Shop", "2026-06-30", {"won": "2026-08-01", "amount": Decimal(11)}),
        ("in the south", "Shop", "2026-07-01", {"won": "2026-08-01", "amount": Decimal(13)}),
        ("hidden", "Shop", "2026-08-01", {"is_hidden": True, "won": "2026-08-02"}),
        ("kiosk early", "Kiosk", "2026-03-01", {}),
        ("kiosk late", "Kiosk", "2026-08-01", {}),
        ("kiosk alone", "Kiosk", "2025-12-31", {}),
        ("of north", "North", "2026-03-01", {}),
        ("undated", "Shop", "2026-08-01", {}),
        ("direct", "", "2026-08-01", {}),
    ):
        deals[name] = make_deal(partners.get(owner), name=name, opened=opened, **more)
    Deal.objects.filter(name="undated").update(opened_at=None, approved_at=None)
    return Tree(partners, deals)


# Every company, with all that it sees of those below: the records are all the deals of the tree.
SEEN = {
    "Top": {"first day", "in the north", "kiosk early", "of north"},
    "North": {"first day", "in the north", "kiosk early"},
    "South": {"in the south", "kiosk late"},
    "Shop": {"kiosk early", "kiosk late"},
    "Kiosk": set(),
    "Stranger": set(),
}


@pytest.mark.parametrize("role", Membership.Role.values)
@pytest.mark.parametrize("company", SEEN)
def test_every_role_of_every_company_sees_exactly_what_stood_below_it_at_that_time(
    tree: Tree, company: str, role: str
) -> None:
    member = make_member(tree.partners[company], "", role)
    assert tree.sees(member.user) == SEEN[company]
    own = access.scope(access.actor_for(member.user), Deal)
    assert set(own) == set(Deal.objects.filter(partner=tree.partners[company]))


@pytest.mark.parametrize("role", sorted(access.STAFF_ROLES))
def test_the_vendor_s_people_see_deals_by_their_own_rule_only(tree: Tree, role: str) -> None:
    assert tree.sees(make_user(staff_role=role)) == set()


def test_a_reseller_moved_to_another_distributor_does_not_open_its_old_deals(tree: Tree) -> None:
    stranger = make_member(tree.partners["Stranger"], "", "admin")
    north = make_member(tree.partners["North"], "", "admin")
    place_below(tree.partners["Shop"], tree.partners["Stranger"], valid_from=date(2026, 9, 1),
                by=None, now=NOW)  # fmt: skip
    make_deal(tree.partners["Shop"], name="new", opened="2026-09-01")
    assert tree.sees(stranger.user) == {"new"}
    assert tree.sees(north.user) == SEEN["North"]
    assert Partner.objects.get(name="Shop").parent == tree.partners["Stranger"]


def test_hidden_deals_are_counted_in_no_roll_up(tree: Tree) -> None:
    south = access.actor_for(make_member(tree.partners["South"], "", "admin").user)
    sums = totals(access.scope(south, DealBelow))
    assert sums == {"open": 1, "won": 1, "won_rc": Decimal(13), "resellers": 2}
    for hidden, number in ((True, 0), (True, 0), (False, 1)):
        hide_deal(tree.deals["in the south"], hidden=hidden, by=None, now=NOW)
        assert totals(access.scope(south, DealBelow))["won"] == number


def test_a_deal_names_who_stood_above_when_it_was_opened(tree: Tree) -> None:
    found = {name: distributor_of(deal) for name, deal in tree.deals.items()}
    assert {name: row and row.name for name, row in found.items()} == {
        "before": None, "first day": "North", "in the north": "North", "in the south": "South",
        "hidden": "South", "kiosk early": "Shop", "kiosk late": "Shop", "kiosk alone": None,
        "of north": "Top", "undated": "South", "direct": None,
    }  # fmt: skip


def test_whoever_left_the_hierarchy_opens_nothing_more(tree: Tree) -> None:
    south = make_member(tree.partners["South"], "", "admin")
    take_out(tree.partners["Shop"], valid_from=date(2026, 9, 1), by=None, now=NOW)
    make_deal(tree.partners["Shop"], name="alone", opened="2026-09-01")
    assert tree.sees(south.user) == SEEN["South"]


def test_people_of_a_merged_distributor_see_what_stood_below_it_and_no_longer_after(
    tree: Tree,
) -> None:
    stranger = make_member(tree.partners["Stranger"], "", "admin")
    merge_partner(tree.partners["South"], into=tree.partners["Stranger"], by=None, now=NOW)
    assert tree.sees(stranger.user) == SEEN["South"]
    unmerge_partner(tree.partners["South"], by=None, now=NOW)
    assert tree.sees(stranger.user) == set()


def window(member: Membership) -> Client:
    client = Client()
    client.force_login(member.user)
    return client


def test_the_portal_page_lists_them_with_sums_and_without_links(tree: Tree) -> None:
    south = window(make_member(tree.partners["South"], "", "sales"))
    assert PAGE in south.get("/portal/deals/").content.decode()
    shown = south.get(PAGE, {"state": "all"}).content.decode()
    assert "1 open, 1 won" in shown
    assert ("in the south" in shown, "in the north" in shown, "hidden</" in shown) == (
        True, False, False,
    )  # fmt: skip
    deal = tree.deals["in the south"]
    assert str(deal.public_id) not in shown
    assert south.get(f"/portal/deals/{deal.public_id}/").status_code == 404
    stranger = window(make_member(tree.partners["Stranger"], "", "sales"))
    assert PAGE not in stranger.get("/portal/deals/").content.decode()
    assert "in the south" not in stranger.get(PAGE, {"state": "all"}).content.decode()


@pytest.mark.parametrize(("role", "status"), [("sales", 302), ("admin", 302), ("learner", 403)])
def test_the_reseller_hides_its_deal_on_its_page(tree: Tree, role: str, status: int) -> None:
    shop, deal = window(make_member(tree.partners["Shop"], "", role)), tree.deals["in the south"]
    page = f"/portal/deals/{deal.public_id}/"
    assert ("Hide it" in shop.get(page).content.decode()) == (status == 302)
    assert shop.post(f"{page}hide/", {"hidden": "1"}).status_code == status
    deal.refresh_from_db()
    assert deal.is_hidden == (status == 302)


def test_the_api_tells_the_same_and_hides_under_the_same_rules(tree: Tree) -> None:
    south = token_client(make_member(tree.partners["South"], "", "sales").user)
    rows = south.get("/api/v1/deals-of-resellers/").json()["results"]
    assert {row["name"] for row in rows} == SEEN["South"]
    path = f"/api/v1/deals/{tree.deals['in the south'].public_id}/hide/"
    sent: dict[str, Any] = {"data": {"hidden": True}, "content_type": "application/json"}
    assert south.post(path, **sent).status_code == 404
    shop = token_client(make_member(tree.partners["Shop"], "", "sales").user)
    assert shop.post(path, **sent).json()["is_hidden"] is True
    assert len(south.get("/api/v1/deals-of-resellers/").json()["results"]) == 1
