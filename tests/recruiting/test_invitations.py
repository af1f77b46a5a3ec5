"""Invitations to apply: one use, some time, no secret stored; visits counted without names."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from partners.models import Application, ApplicationInvitation, VisitCount
from partners.recruiting import counting, inviting
from prm.common.errors import DomainError
from prm.common.models import AuditEntry
from tests.factories import make_form, make_user
from tests.recruiting.conftest import GIVEN, Send, link_in

pytestmark = pytest.mark.django_db


def invited(mailoutbox: list[Any], **more: Any) -> str:
    """The path in the mail of an invitation."""
    given = {"email": "ann@newcomer.example", "company": "Newcomer Ltd", "name": "Ann"}
    inviting.invite_to_apply(
        make_form(by_invitation=True), by=make_user(staff_role="admin"), now=timezone.now(),
        **(given | more),
    )  # fmt: skip
    return link_in(mailoutbox[-1])


def test_the_link_of_an_invitation_opens_the_filled_form_once(
    send: Send, mailoutbox: list[Any]
) -> None:
    path = invited(mailoutbox, channel="trade-fair")
    assert "Newcomer Ltd" in Client().get(path).content.decode()
    assert send(path, **GIVEN).status_code == 302
    row = Application.objects.get()
    # the mail proved the address, so that nothing is left to confirm
    assert (row.state, row.channel) == ("pending", "trade-fair")
    assert Client().get(path).status_code == 410
    assert ApplicationInvitation.objects.get().state == "used"


def test_another_address_than_the_invited_one_is_confirmed_first(
    send: Send, mailoutbox: list[Any]
) -> None:
    path = invited(mailoutbox)
    send(path, **{**GIVEN, "email": "bob@newcomer.example"})
    assert Application.objects.get().state == "unconfirmed"


def test_two_that_send_the_same_link_at_once_make_one_application(
    clock: Any, mailoutbox: list[Any]
) -> None:
    from partners.recruiting.services import submit_application

    invited(mailoutbox)
    row = ApplicationInvitation.objects.select_related("form").get()
    same = ApplicationInvitation.objects.select_related("form").get()
    values = {"company": "X", "email": "x@y.example", "contact_name": "X", "domain": "y.example"}
    submit_application(row.form, now=timezone.now(), invitation=row, **values)
    with pytest.raises(DomainError):
        submit_application(same.form, now=timezone.now(), invitation=same, **values)
    assert Application.objects.count() == 1


def test_an_invitation_ends_with_its_time(send: Send, mailoutbox: list[Any], clock: Any) -> None:
    path = invited(mailoutbox, days=10)
    clock.shift(timedelta(days=10, seconds=-1))
    assert Client().get(path).status_code == 200
    clock.shift(timedelta(seconds=1))
    assert Client().get(path).status_code == 410
    assert inviting.expire_invitations(timezone.now()) == 1
    assert inviting.expire_invitations(timezone.now()) == 0


def test_a_new_link_kills_the_old_one(mailoutbox: list[Any], clock: Any) -> None:
    old = invited(mailoutbox)
    inviting.invite_again(ApplicationInvitation.objects.get(), by=None, now=timezone.now())
    new = link_in(mailoutbox[-1])
    assert old != new
    assert (Client().get(old).status_code, Client().get(new).status_code) == (410, 200)


def test_a_withdrawn_invitation_opens_nothing(mailoutbox: list[Any], clock: Any) -> None:
    path = invited(mailoutbox)
    inviting.withdraw_invitation(ApplicationInvitation.objects.get(), by=None, now=timezone.now())
    assert Client().get(path).status_code == 410


def test_the_secret_is_kept_nowhere_but_in_the_mail(mailoutbox: list[Any]) -> None:
    secret = invited(mailoutbox).split("/")[-2]
    row = ApplicationInvitation.objects.get()
    assert secret not in str(vars(row))
    assert secret not in str([vars(one) for one in AuditEntry.objects.all()])


@pytest.mark.parametrize("secret", ["x", "x" * 500, "%00", "..%2f"])
def test_a_guessed_secret_opens_nothing(secret: str) -> None:
    assert Client().get(f"/apply/invited/{secret}/").status_code in {404, 410}


def test_a_form_by_invitation_has_no_public_way_in(send: Send) -> None:
    make_form(by_invitation=True)
    assert "by invitation only" in Client().get("/apply/prm/").content.decode().lower()
    assert "<form" not in Client().get("/apply/prm/form/").content.decode()


# --- visits ---


def test_visits_and_starts_are_counted_by_day_and_source(clock: Any) -> None:
    form = make_form(channels=["linkedin"])
    for _n in range(3):
        Client().get("/apply/prm/?source=linkedin")
    Client().get("/apply/prm/?source=invented")
    Client().get("/apply/prm/form/?source=linkedin")
    Client().head("/apply/prm/?source=linkedin")
    Client().get("/apply/prm/?source=linkedin", headers={"Sec-Purpose": "prefetch"})
    assert not VisitCount.objects.exists()  # reading a page writes nothing
    assert counting.add_up(timezone.now()) == 5
    assert counting.add_up(timezone.now()) == 0
    Client().get("/apply/prm/?source=linkedin")
    counting.add_up(timezone.now())
    rows = VisitCount.objects.order_by("channel", "step").values_list("channel", "step", "n")
    assert list(rows) == [
        ("linkedin", "started", 1), ("linkedin", "visited", 4), ("other", "visited", 1),
    ]  # fmt: skip
    assert {row.form for row in VisitCount.objects.all()} == {form}


def test_a_cache_that_forgot_loses_counts_and_nothing_else(clock: Any) -> None:
    make_form()
    Client().get("/apply/prm/")
    cache.clear()
    assert counting.add_up(timezone.now()) == 0
    assert Client().get("/apply/prm/").status_code == 200
