"""The duplicates report: what it finds in a real set, what it leaves out, and who may see it."""

import json
from itertools import combinations
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from partners.merging.selectors import duplicates
from partners.merging.services import doubt_again, keep_apart, merge_partner
from partners.models import Apart
from prm.common import access
from prm.common.access import Actor
from prm.common.errors import InvalidInput
from tests.factories import at, make_partner, make_user
from tests.imports.sets import sample_folder
from tests.merging.cncf import load_cncf

pytestmark = pytest.mark.django_db
NOW = at("2026-10-05")
PAGE = "/partners/duplicates/"


@pytest.fixture
def olga() -> Actor:
    return access.actor_for(make_user("olga@vendor.example", staff_role="operations"))


def names(actor: Actor) -> list[tuple[str, str]]:
    return [(pair.one.name, pair.other.name) for pair in duplicates(actor) if not pair.apart]


def test_the_report_on_the_real_set_has_all_44_firms_that_stand_twice(olga: Actor) -> None:
    truth = json.loads((sample_folder("cncf_partners") / "truth.json").read_text())
    firms = load_cncf()
    assert len(firms) == truth["companies_in_2plus_programs_by_crunchbase"] == 44
    reported = [frozenset(pair) for pair in names(olga)]
    of_firms = {frozenset(two) for all_ in firms.values() for two in combinations(all_, 2)}
    found = [firm for firm, all_ in firms.items()
             if any(frozenset(two) in reported for two in combinations(all_, 2))]  # fmt: skip
    assert len(found) == 44
    others = [pair for pair in reported if pair not in of_firms]
    # four records of the two Reply companies share a domain; two names merely sound alike
    assert len(others) <= 6, others


def test_brackets_legal_forms_and_paths_do_not_hide_a_double(olga: Actor) -> None:
    make_partner("Kubermatic (KCSP)", domain="https://www.kubermatic.com/services")
    make_partner("Kubermatic GmbH (KTP)", domain="kubermatic.com")
    pair = duplicates(olga)[0]
    assert (pair.is_sure, pair.reasons) == (
        True, ["same web domain (kubermatic.com)", "same name"],
    )  # fmt: skip


def test_free_mail_domains_and_unlike_names_make_no_pair(olga: Actor) -> None:
    make_partner("Anna Consulting", domain="gmail.com")
    make_partner("Bernd Systems", domain="gmail.com")
    make_partner("Acme North", domain="acme-north.example")
    make_partner("Acme Pottery", domain="pottery.example")
    assert names(olga) == []


def test_nearly_the_same_name_is_reported_after_the_sure_pairs(olga: Actor) -> None:
    make_partner("Northwind Solutions")
    make_partner("Northwind Solution")
    make_partner("Zeta", domain="zeta.example")
    make_partner("Zeta", domain="www.zeta.example")
    assert names(olga) == [("Zeta", "Zeta"), ("Northwind Solutions", "Northwind Solution")]


def test_two_companies_are_left_out_until_somebody_doubts_it_again(olga: Actor) -> None:
    one, other = make_partner("Zeta"), make_partner("Zeta")
    for _ in range(2):
        said = keep_apart(other, one, by=olga.user, now=NOW)
    assert (names(olga), Apart.objects.count()) == ([], 1)
    doubt_again(said, by=olga.user, now=NOW)
    assert len(names(olga)) == 1
    with pytest.raises(InvalidInput):
        keep_apart(one, one, by=olga.user, now=NOW)


def test_a_merged_record_is_no_longer_reported(olga: Actor) -> None:
    one, other = make_partner("Zeta"), make_partner("Zeta")
    merge_partner(other, into=one, by=None, now=NOW)
    assert names(olga) == []


def window(role: str) -> Client:
    client = Client()
    client.force_login(make_user(f"{role}@vendor.example", staff_role=role))
    return client


def test_the_page_shows_a_pair_with_its_reasons_and_says_them_apart() -> None:
    one, other = make_partner("Zeta", domain="zeta.example"), make_partner("Zeta (MSP)")
    desk = window("admin")
    shown = desk.get(PAGE).content.decode()
    assert "Same name" in shown
    assert reverse("merging:merge", args=[other.public_id]) in shown
    sent = {"one": one.public_id, "other": other.public_id}
    told = desk.post("/partners/duplicates/apart/", sent, follow=True).content.decode()
    assert "are two companies" in told
    assert "Zeta (MSP)" in desk.get(f"{PAGE}?state=apart").content.decode()
    again = reverse("merging:doubt_again", args=[Apart.objects.get().public_id])
    assert desk.post(again, follow=True).status_code == 200
    assert Apart.objects.count() == 0


@pytest.mark.parametrize("sent", [{}, {"one": "x", "other": "y"}])
def test_ids_that_mean_nothing_change_nothing(sent: dict[str, Any]) -> None:
    answer = window("admin").post("/partners/duplicates/apart/", sent, follow=True)
    assert "Choose two partners." in answer.content.decode()
    assert Apart.objects.count() == 0


@pytest.mark.parametrize(
    ("role", "status"),
    [("operations", 200), ("channel_manager", 403), ("executive", 403), ("finance_approve", 403)],
)
def test_only_who_runs_the_programme_sees_the_report(role: str, status: int) -> None:
    assert window(role).get(PAGE).status_code == status
