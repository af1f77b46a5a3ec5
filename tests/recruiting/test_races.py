"""Many people at one moment: one partner, one application; the others read who was first."""

import threading
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection

from partners.models import Application, ApplicationInvitation, Membership, Partner
from partners.recruiting import inviting, services
from prm.common.errors import DomainError
from tests.factories import at, make_application, make_form

pytestmark = pytest.mark.django_db(transaction=True)
NOW, MANY = at("2026-07-06"), 8


def at_once(step: Callable[[int], Any]) -> list[str]:
    """Take a step in many threads that start together; what came of each."""
    gate, found = threading.Barrier(MANY), ["" for _n in range(MANY)]

    def run(number: int) -> None:
        try:
            gate.wait(20)
            step(number)
            found[number] = "done"
        except DomainError as refusal:
            found[number] = refusal.code
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(MANY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


def test_many_approvals_at_once_make_one_partner() -> None:
    row = make_application(make_form())

    def approve(_n: int) -> None:
        mine = Application.objects.get(pk=row.pk)
        services.approve_application(mine, by=None, now=NOW, valid_from=date(2026, 7, 6))

    found = at_once(approve)
    assert sorted(found) == ["done", *["invalid_transition"] * (MANY - 1)]
    assert (Partner.objects.count(), Membership.objects.count()) == (1, 1)


def test_approval_and_rejection_at_once_end_in_one_of_them() -> None:
    row = make_application(make_form())

    def decide(number: int) -> None:
        mine = Application.objects.get(pk=row.pk)
        if number % 2:
            services.approve_application(mine, by=None, now=NOW, valid_from=date(2026, 7, 6))
        else:
            services.reject_application(mine, reason="other", by=None, now=NOW)

    assert at_once(decide).count("done") == 1
    row.refresh_from_db()
    assert Partner.objects.count() == (1 if row.state == "approved" else 0)


def test_one_link_of_an_invitation_used_at_once_makes_one_application() -> None:
    form = make_form()
    inviting.invite_to_apply(form, email="ann@acme.example", by=None, now=NOW)

    def send(number: int) -> None:
        row = ApplicationInvitation.objects.select_related("form").get()
        services.submit_application(
            form, now=NOW, invitation=row, company="Acme", contact_name="Ann",
            email=f"ann{number}@acme.example", domain="acme.example",
        )  # fmt: skip

    found = at_once(send)
    assert found.count("done") == 1
    assert Application.objects.count() == 1


def test_colleagues_that_confirm_at_once_wait_once() -> None:
    form = make_form()
    rows = [
        make_application(form, state="unconfirmed", email=f"p{n}@acme.example") for n in range(MANY)
    ]

    def confirm(number: int) -> None:
        mine = Application.objects.select_related("form").get(pk=rows[number].pk)
        services.confirm_application(mine, now=NOW)

    assert at_once(confirm).count("done") == 1
    assert Application.objects.filter(state="pending").count() == 1
