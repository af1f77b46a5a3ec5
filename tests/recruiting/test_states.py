"""The machines of recruiting, pair by pair: state × action, and who may."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from partners.models import AccessRequest, Application, ApplicationInvitation, Partner
from partners.recruiting import accessing, inviting, services
from prm.common import access
from prm.common.errors import DomainError, InvalidTransition
from tests.factories import at, make_application, make_form, make_partner

pytestmark = pytest.mark.django_db
NOW = at("2026-07-06")


def _approve(row: Application) -> Any:
    return services.approve_application(row, by=None, now=NOW, valid_from=date(2026, 7, 6))


ACTIONS: dict[str, Callable[[Application], Any]] = {
    "confirm": lambda row: services.confirm_application(row, now=NOW),
    "approve": _approve,
    "reject": lambda row: services.reject_application(row, reason="other", by=None, now=NOW),
    "ask": lambda row: services.ask_for_detail(row, text="Why?", by=None, now=NOW),
    "answer": lambda row: services.answer_detail(row, text="So.", now=NOW),
    "withdraw": lambda row: services.withdraw_application(row, by=None, now=NOW),
}
EXPECTED = {
    ("unconfirmed", "confirm"): "pending",
    ("pending", "approve"): "approved",
    ("pending", "reject"): "rejected",
    ("pending", "ask"): "returned",
    ("pending", "withdraw"): "withdrawn",
    ("returned", "answer"): "pending",
    ("returned", "reject"): "rejected",
    ("returned", "withdraw"): "withdrawn",
}


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("state", Application.State.values)
def test_an_application_moves_along_its_table_alone(state: str, action: str) -> None:
    more = {"partner": make_partner("Old")} if state == "approved" else {}
    row = make_application(make_form(), state=state, **more)
    target = EXPECTED.get((state, action))
    if target is None:
        with pytest.raises(InvalidTransition):
            ACTIONS[action](row)
        row.refresh_from_db()
        assert row.state == state
    else:
        assert ACTIONS[action](row).state == target
        row.refresh_from_db()
        assert row.state == target


def test_the_table_of_the_model_is_the_expected_one() -> None:
    table = {
        (state, action): target
        for state, steps in Application.NEXT.items()
        for action, target in steps.items()
    }
    assert table == EXPECTED | {("unconfirmed", "expire"): "expired"}


ACCESS_ACTIONS: dict[str, Callable[[AccessRequest], Any]] = {
    "confirm": lambda row: accessing.confirm_access(row, now=NOW),
    "approve": lambda row: accessing.approve_access(row, by=None, now=NOW, roles=["sales"]),
    "reject": lambda row: accessing.reject_access(row, by=None, now=NOW),
}
ACCESS_EXPECTED = {
    ("unconfirmed", "confirm"): "pending",
    ("pending", "approve"): "approved",
    ("pending", "reject"): "rejected",
}


@pytest.mark.parametrize("action", ACCESS_ACTIONS)
@pytest.mark.parametrize("state", AccessRequest.State.values)
def test_a_request_for_access_moves_along_its_table_alone(state: str, action: str) -> None:
    decided = at("2026-07-05") if state in {"approved", "rejected", "expired"} else None
    row = AccessRequest.objects.create(
        name="Ann", email="ann@acme.example", partner=make_partner("Acme"), state=state,
        asked_at=at("2026-07-01"), decided_at=decided,
    )  # fmt: skip
    target = ACCESS_EXPECTED.get((state, action))
    if target is None:
        with pytest.raises(InvalidTransition):
            ACCESS_ACTIONS[action](row)
    else:
        assert ACCESS_ACTIONS[action](row).state == target


INVITATION_ACTIONS: dict[str, Callable[[ApplicationInvitation], Any]] = {
    "renew": lambda row: inviting.invite_again(row, by=None, now=NOW),
    "withdraw": lambda row: inviting.withdraw_invitation(row, by=None, now=NOW),
}
INVITATION_EXPECTED = {
    ("open", "renew"): "open",
    ("expired", "renew"): "open",
    ("open", "withdraw"): "withdrawn",
}


@pytest.mark.parametrize("action", INVITATION_ACTIONS)
@pytest.mark.parametrize("state", ApplicationInvitation.State.values)
def test_an_invitation_moves_along_its_table_alone(state: str, action: str) -> None:
    row = ApplicationInvitation.objects.create(
        form=make_form(), email="ann@acme.example", digest="0" * 64, state=state,
        sent_at=at("2026-07-01"), expires_at=at("2026-08-01"),
        used_at=at("2026-07-02") if state == "used" else None,
    )  # fmt: skip
    target = INVITATION_EXPECTED.get((state, action))
    if target is None:
        with pytest.raises(InvalidTransition):
            INVITATION_ACTIONS[action](row)
    else:
        assert INVITATION_ACTIONS[action](row).state == target


STEPS = ("approve", "reject", "ask", "withdraw")
DECIDERS = {"admin", "operations", "channel_manager"}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("role", sorted(access.STAFF_ROLES | access.PARTNER_ROLES))
def test_only_who_manages_decides(step: str, role: str) -> None:
    from django.urls import get_resolver

    assert get_resolver().url_patterns
    for route in (f"recruiting:application_{step}", f"api:application-{step}"):
        assert (role in access.POLICY[route].methods["POST"]) is (role in DECIDERS)


@pytest.mark.parametrize("step", ["approve", "reject"])
@pytest.mark.parametrize("role", sorted(access.STAFF_ROLES | access.PARTNER_ROLES))
def test_access_is_given_by_administrators_of_the_partner_and_by_us(step: str, role: str) -> None:
    may = role in DECIDERS | {"partner:admin"}
    assert (role in access.POLICY[f"api:access-request-{step}"].methods["POST"]) is may


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "approved", "decided_at": at("2026-07-05")},  # without a partner
        {"state": "rejected"},  # without a day
        {"state": "pending", "decided_at": at("2026-07-05")},
        {"decided_at": at("2026-06-01"), "state": "rejected"},  # before it was sent
        {"fit_score": 101},
    ],
)
def test_the_database_refuses_what_cannot_be(wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Application.objects.create(company="X", **{"applied_at": at("2026-07-01"), **wrong})


def test_two_of_one_address_cannot_wait_for_one_form() -> None:
    form = make_form()
    make_application(form, email="ann@acme.example")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_application(form, email="ann@acme.example")


def test_nothing_is_made_when_the_person_cannot_join() -> None:
    from tests.factories import make_user

    make_user("ada@vendor.example", staff_role="admin")
    row = make_application(make_form(), email="ada@vendor.example")
    with pytest.raises(DomainError):
        _approve(row)
    row.refresh_from_db()
    assert (row.state, Partner.objects.count()) == ("pending", 0)
