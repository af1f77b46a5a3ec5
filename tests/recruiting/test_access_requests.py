"""Access to an existing company: nobody learns which companies exist; who decides, and for whom."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from partners.models import AccessRequest, Membership
from partners.recruiting import accessing
from prm.common import access
from prm.common.errors import Conflict, InvalidInput
from prm.common.models import AuditEntry, User
from tests.access.oracles import likeness
from tests.factories import at, make_member, make_partner, make_user
from tests.recruiting.conftest import Send, link_in

pytestmark = pytest.mark.django_db
PAGE = "/apply/access/"
GIVEN = {"name": "Ann", "email": "ann@acme.example", "company": "Acme"}
NOW = at("2026-07-06")


def asked(email: str = "ann@acme.example") -> AccessRequest:
    """A confirmed request."""
    row = accessing.request_access(name="Ann", email=email, now=NOW)
    return accessing.confirm_access(row, now=NOW)


def test_nothing_is_left_of_who_never_confirmed() -> None:
    accessing.request_access(name="Ann", email="ann@acme.example", now=NOW)
    accessing.expire_unconfirmed(NOW + timedelta(days=8))
    accessing.forget_expired(NOW + timedelta(days=99))
    assert not AccessRequest.objects.exists()
    kept = AuditEntry.objects.filter(object_type="partners.accessrequest")
    assert [row for row in kept if "ann" in f"{row.before}{row.after}"] == []


def test_known_and_unknown_companies_and_people_get_the_same_bytes_and_mails(
    send: Send, mailoutbox: list[Any]
) -> None:
    partner = make_partner("Acme", domain="acme.example")
    make_member(partner, "known@acme.example")
    answers = [
        send(PAGE, **{**GIVEN, "email": email})
        for email in ("ann@acme.example", "known@acme.example", "ann@nowhere.example")
    ]
    assert likeness(answers[0]) == likeness(answers[1]) == likeness(answers[2])
    texts = {re.sub(r"http\S+", "~", mail.body) for mail in mailoutbox}
    assert len(texts) == 1
    done = [likeness(Client().post(link_in(mail))) for mail in mailoutbox]
    assert done[0] == done[1] == done[2]


def test_a_request_finds_its_company_by_the_domain_of_the_address() -> None:
    acme = make_partner("Acme", domain="www.acme.example")
    make_partner("Other", domain="other.example")
    assert asked("ann@mail.acme.example").partner == acme


@pytest.mark.parametrize("email", ["ann@gmail.com", "ann@nowhere.example", "ann@twice.example"])
def test_free_mail_unknown_and_ambiguous_domains_match_nobody(email: str) -> None:
    make_partner("Free", domain="gmail.com")
    make_partner("One", domain="twice.example")
    make_partner("Two", domain="twice.example")
    assert asked(email).partner is None


def test_administrators_of_the_partner_see_requests_for_it_alone() -> None:
    acme, globex = (
        make_partner(name, domain=f"{name.lower()}.example") for name in ("Acme", "Globex")
    )
    pat = make_member(acme, "pat@acme.example", "admin")
    mine, theirs = asked(), asked("gil@globex.example")
    accessing.request_access(name="Not yet", email="no@acme.example", now=NOW)
    known = access.scope(access.actor_for(pat.user), AccessRequest)
    assert list(known) == [mine]
    client = Client()
    client.force_login(pat.user)
    assert client.get(f"/portal/people/requests/{mine.public_id}/").status_code == 200
    assert client.get(f"/portal/people/requests/{theirs.public_id}/").status_code == 404
    assert globex.access_requests.get() == theirs


def test_the_portal_gives_access_to_the_own_company_whatever_is_sent(
    mailoutbox: list[Any],
) -> None:
    acme = make_partner("Acme", domain="acme.example")
    make_partner("Globex", domain="globex.example")
    pat = make_member(acme, "pat@acme.example", "admin")
    row = asked()
    client = Client()
    client.force_login(pat.user)
    url = f"/portal/people/requests/{row.public_id}/"
    client.post(url, {"roles": ["sales", "technical"], "partner": "Globex"})
    member = Membership.objects.get(user__email="ann@acme.example")
    assert (member.partner, member.roles) == (acme, ["sales", "technical"])
    assert mailoutbox[-1].to == ["ann@acme.example"]
    assert "/accounts/login/code/" in mailoutbox[-1].body


def test_only_administrators_of_the_partner_decide() -> None:
    acme = make_partner("Acme", domain="acme.example")
    seller = make_member(acme, "sue@acme.example", "sales")
    row = asked()
    client = Client()
    client.force_login(seller.user)
    assert client.get("/portal/people/requests/").status_code == 403
    answer = client.post(f"/portal/people/requests/{row.public_id}/", {"roles": ["admin"]})
    assert answer.status_code == 403
    assert not Membership.objects.filter(user__email="ann@acme.example").exists()


def test_without_a_company_the_desk_names_one() -> None:
    row = asked("ann@nowhere.example")
    with pytest.raises(InvalidInput):
        accessing.approve_access(row, by=None, now=NOW, roles=["sales"])
    client = Client()
    client.force_login(make_user(staff_role="admin"))
    url = f"/applications/access/{row.public_id}/"
    assert client.post(url, {"roles": ["sales"]}).status_code == 422
    make_partner("Acme")
    assert client.post(url, {"roles": ["sales"], "partner": "acme"}).status_code == 302
    assert Membership.objects.get(user__email="ann@nowhere.example").partner.name == "Acme"


def test_a_person_of_ours_cannot_become_one_of_a_partners() -> None:
    make_partner("Acme", domain="acme.example")
    make_user("ann@acme.example", staff_role="admin")
    row = asked()
    with pytest.raises(Conflict):
        accessing.approve_access(row, by=None, now=NOW, roles=["sales"])
    row.refresh_from_db()
    assert row.state == "pending"


def test_who_has_an_account_gets_one_more_company_with_it() -> None:
    make_partner("Acme", domain="acme.example")
    first = make_member(make_partner("Old"), "ann@acme.example")
    accessing.approve_access(asked(), by=None, now=NOW, roles=["sales"])
    assert first.user.memberships.count() == 2
    assert User.objects.filter(email="ann@acme.example").count() == 1


def test_refused_people_read_our_words(mailoutbox: list[Any]) -> None:
    row = asked()
    accessing.reject_access(row, note="We do not know you.", by=None, now=NOW)
    assert "We do not know you." in mailoutbox[-1].body


def test_asking_twice_waits_once() -> None:
    asked()
    assert asked().state == "expired"
    assert AccessRequest.objects.filter(state="pending").count() == 1


def test_the_link_of_a_request_that_was_confirmed_says_so_once_more(
    send: Send, mailoutbox: list[Any]
) -> None:
    send(PAGE, **GIVEN)
    path = link_in(mailoutbox[0])
    done = Client().post(path)
    confirmed_at = AccessRequest.objects.get().confirmed_at
    again = Client().get(path)
    assert likeness(again)[-1] == likeness(done)[-1]
    assert Client().post(path).status_code == 200
    assert AccessRequest.objects.get().confirmed_at == confirmed_at


def test_who_decides_reads_that_a_person_was_removed_and_no_names_of_foreign_partners() -> None:
    ana = make_user("ana@vendor.example", staff_role="channel_manager")
    acme = make_partner("Acme", domain="acme.example", manager=ana)
    boss = make_member(acme, "boss@acme.example", "admin")
    rival = make_member(make_partner("Globex"), "ann@acme.example")
    row = asked()
    pages = (
        (ana, f"/applications/access/{row.public_id}/"),
        (boss.user, f"/portal/people/requests/{row.public_id}/"),
    )

    def read(user: User, path: str) -> str:
        client = Client()
        client.force_login(user)
        return client.get(path).content.decode()

    ours, theirs = (read(*page) for page in pages)
    assert "Signs in for another partner already" in ours
    assert "Globex" not in ours + theirs
    assert "Signs in for" not in theirs
    make_member(acme, user=rival.user, is_active=False)
    for page in pages:
        assert "Signed in for Acme before and was removed" in read(*page)
