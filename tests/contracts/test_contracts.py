"""Contracts: signed, renewed, ended; and who is reminded of their end, once."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from partners.accounts.agreements import sign_contract
from partners.contracts import services
from partners.contracts.renewals import remind_of_renewals
from partners.models import Contract, Partner
from prm.common.errors import Conflict, InvalidInput
from prm.common.models import Notice, Task, User
from prm.common.worklist.services import reassign
from tests.api.conftest import token_client
from tests.factories import at, make_member, make_partner, make_user

pytestmark = pytest.mark.django_db
NOW, TODAY = at("2026-10-05"), date(2026, 10, 5)


@pytest.fixture
def ana() -> User:
    return make_user("ana@vendor.example", staff_role="channel_manager", name="Ana")


@pytest.fixture
def acme(ana: User) -> Partner:
    return make_partner("Acme", manager=ana, contract=False)


def contract_of(partner: Partner, days: int | None, **more: object) -> Contract:
    ends_on = None if days is None else TODAY + timedelta(days=days)
    return Contract.objects.create(
        partner=partner, starts_on=date(2025, 1, 1), ends_on=ends_on, **more
    )


@pytest.mark.parametrize(
    ("days", "notice", "is_due"),
    [(91, 90, False), (90, 90, True), (1, 90, True), (0, 90, False), (-5, 90, False),
     (None, 90, False), (30, 14, False), (14, 14, True)],
)  # fmt: skip
def test_a_reminder_is_due_so_many_days_before_the_end(
    acme: Partner, days: int | None, notice: int, is_due: bool
) -> None:
    contract_of(acme, days, notice_days=notice)
    assert remind_of_renewals(NOW) == is_due


def test_our_manager_gets_a_task_and_a_notice_and_the_company_s_admins_a_notice_each_once(
    acme: Partner, ana: User
) -> None:
    boss = make_member(acme, "", "admin")
    make_member(acme, "", "sales")
    contract = contract_of(acme, 60)
    for _ in range(3):
        remind_of_renewals(NOW)
    task = Task.objects.get()
    assert (task.owner, task.company, task.due_on) == (ana, acme.public_id, contract.last_day)
    assert task.url == reverse("contracts:contract", args=[contract.public_id])
    assert set(Notice.objects.values_list("to", "kind")) == {
        (ana.pk, "contract_ending"), (boss.user_id, "own_contract_ending"),
    }  # fmt: skip
    assert Notice.objects.count() == 2


def test_who_was_reminded_stands_in_nobody_s_way_and_a_task_stays_with_whom_it_was_given_to(
    acme: Partner, ana: User
) -> None:
    ben = make_user("ben@vendor.example", staff_role="channel_manager", name="Ben")
    contract_of(acme, 60)
    assert (remind_of_renewals(NOW), remind_of_renewals(NOW)) == (1, 0)
    reassign(Task.objects.get(), ben, by=ana, now=NOW)
    assert (remind_of_renewals(NOW), Task.objects.get().owner) == (0, ben)
    User.objects.filter(pk=ben.pk).update(is_active=False)
    assert (remind_of_renewals(NOW), Task.objects.get().owner) == (1, ana)


def test_renewing_follows_without_a_gap_and_finishes_the_task(acme: Partner, ana: User) -> None:
    contract = contract_of(acme, 60)
    remind_of_renewals(NOW)
    following = services.renew_contract(contract, ends_on=None, by=ana, now=NOW)
    assert (following.starts_on, following.ends_on) == (contract.ends_on, None)
    assert Task.objects.get().state == "done"
    assert remind_of_renewals(NOW) == 0
    with pytest.raises(Conflict):
        services.renew_contract(contract, ends_on=None, by=ana, now=NOW)
    with pytest.raises(Conflict, match="runs on"):
        services.renew_contract(following, ends_on=None, by=ana, now=NOW)


def test_who_decides_that_it_ends_is_not_reminded_any_more(acme: Partner, ana: User) -> None:
    contract = contract_of(acme, 60)
    remind_of_renewals(NOW)
    end = {"ends_on": TODAY + timedelta(days=30), "by": ana, "now": NOW}
    with pytest.raises(InvalidInput):
        services.end_contract(contract, reason=" ", **end)
    assert services.end_contract(contract, reason="expired", **end).end_reason == "expired"
    assert (Task.objects.get().state, remind_of_renewals(NOW)) == ("dismissed", 0)


def test_two_contracts_never_cover_one_day(acme: Partner, ana: User) -> None:
    sign = {"by": ana, "now": NOW}
    sign_contract(acme, starts_on=date(2026, 1, 1), ends_on=date(2026, 7, 1), **sign)
    with pytest.raises(Conflict):
        sign_contract(acme, starts_on=date(2026, 6, 30), **sign)
    sign_contract(acme, starts_on=date(2026, 7, 1), **sign)
    with pytest.raises(InvalidInput):
        sign_contract(acme, starts_on=date(2025, 2, 1), ends_on=date(2025, 1, 1), **sign)
    assert Contract.objects.count() == 2


def test_the_pages_sign_renew_end_and_suspend(acme: Partner, ana: User) -> None:
    desk = Client()
    desk.force_login(ana)
    new = reverse("contracts:contract_new", args=[acme.public_id])
    assert new in desk.get(acme.get_absolute_url()).content.decode()
    wrong = {"starts_on": "2026-01-01", "last_day": "2025-01-01", "notice_days": "90"}
    assert desk.post(new, wrong).status_code == 422
    assert desk.post(new, wrong | {"last_day": "2026-12-31"}).status_code == 302
    contract = Contract.objects.get()
    assert (contract.ends_on, contract.last_day) == (date(2027, 1, 1), date(2026, 12, 31))
    page = reverse("contracts:contract", args=[contract.public_id])
    assert "Renew" in desk.get(page).content.decode()
    desk.post(f"{page}suspend/", {"suspended": "1"})
    contract.refresh_from_db()
    assert contract.status == "suspended"
    end = {"last_day": "2026-11-30"}
    assert desk.post(f"{page}end/", end).status_code == 422
    assert desk.post(f"{page}end/", end | {"reason": "Closed"}).status_code == 422  # how it ends
    assert desk.post(f"{page}renew/", {"last_day": "2027-12-31"}).status_code == 302
    assert Contract.objects.count() == 2
    assert "Acme" in desk.get(reverse("contracts:contract_list")).content.decode()


def test_a_manager_has_no_contracts_of_other_portfolios(ana: User) -> None:
    foreign = contract_of(make_partner("Foreign", contract=False), 60)
    desk = Client()
    desk.force_login(ana)
    assert desk.get(reverse("contracts:contract", args=[foreign.public_id])).status_code == 404
    assert desk.post(f"/contracts/{foreign.public_id}/suspend/").status_code == 404
    assert "Foreign" not in desk.get(reverse("contracts:contract_list")).content.decode()


def test_the_api_signs_renews_ends_and_suspends(acme: Partner, ana: User) -> None:
    program, sent = token_client(ana), {"content_type": "application/json"}
    body = {"partner": str(acme.public_id), "starts_on": "2026-01-01", "ends_on": "2027-01-01"}
    made = program.post("/api/v1/contracts/", body, **sent)
    assert made.status_code == 201
    path = f"/api/v1/contracts/{made.json()['id']}/"
    assert program.post(f"{path}suspend/", {"suspended": True}, **sent).json()["status"] == (
        "suspended"
    )
    renewed = program.post(f"{path}renew/", {"ends_on": None}, **sent)
    assert renewed.json()["starts_on"] == "2027-01-01"
    assert program.post(f"{path}renew/", {"ends_on": None}, **sent).status_code == 409
    pat = token_client(make_member(acme, "", "sales").user)
    assert len(pat.get("/api/v1/contracts/").json()["results"]) == 2
    assert pat.post("/api/v1/contracts/", body, **sent).status_code == 403
