"""A company's people: invited, given roles, let go; the last administrator stays."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import reverse

from partners.accounts import colleagues, joining
from partners.accounts.joining import add_person
from partners.merging.services import merge_partner
from partners.models import Membership, Partner
from prm.common import access, tokens
from prm.common.errors import Conflict, InvalidInput
from prm.common.models import ApiToken, Notice, Task, User
from prm.common.signinlink import _opened, link_for
from prm.common.worklist.services import add_task, finish_task
from tests.access.oracles import likeness
from tests.api.conftest import token_client
from tests.factories import at, make_member, make_partner, make_user

NOW = at("2026-10-05")
pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Partner:
    return make_partner("Acme")


@pytest.fixture
def boss(acme: Partner) -> Membership:
    return make_member(acme, "boss@acme.example", "admin")


def window(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_an_administrator_invites_a_colleague_who_gets_a_mail(
    boss: Membership, mailoutbox: list[Any]
) -> None:
    page = reverse("partners:portal_person_new")
    desk = window(boss.user)
    assert page in desk.get("/portal/people/").content.decode()
    sent = {"name": "Amy", "email": "amy@acme.example", "roles": ["sales", "finance"]}
    assert desk.post(page, sent | {"email": "x"}).status_code == 422
    assert desk.post(page, sent).url == "/portal/people/"
    amy = Membership.objects.get(user__email="amy@acme.example")
    assert (amy.partner, set(amy.roles)) == (boss.partner, {"sales", "finance"})
    assert [one.to for one in mailoutbox] == [["amy@acme.example"]]


@pytest.mark.parametrize("role", [role for role in Membership.Role.values if role != "admin"])
def test_others_neither_invite_nor_change_nor_remove(boss: Membership, role: str) -> None:
    other = make_member(boss.partner, "", role)
    desk = window(other.user)
    assert reverse("partners:portal_person_new") not in desk.get("/portal/people/").content.decode()
    assert desk.get(reverse("partners:portal_person_new")).status_code == 403
    for name in ("portal_person", "portal_person_remove"):
        path = reverse(f"partners:{name}", args=[boss.public_id])
        assert desk.post(path, {"roles": ["sales"]}).status_code == 403
    boss.refresh_from_db()
    assert (boss.roles, boss.is_active) == (["admin"], True)


def test_people_of_other_companies_are_not_there(boss: Membership) -> None:
    foreign = make_member(make_partner("Globex"), "gil@globex.example", "sales")
    desk = window(boss.user)
    for name in ("portal_person", "portal_person_remove"):
        path = reverse(f"partners:{name}", args=[foreign.public_id])
        assert desk.post(path, {"roles": ["admin"]}).status_code == 404
    foreign.refresh_from_db()
    assert (foreign.roles, foreign.is_active) == (["sales"], True)


def test_roles_count_from_the_next_request(boss: Membership) -> None:
    other = make_member(boss.partner, "", "sales")
    desk = window(other.user)
    assert desk.get(reverse("partners:portal_person_new")).status_code == 403
    path = reverse("partners:portal_person", args=[other.public_id])
    assert window(boss.user).post(path, {"roles": ["admin", "sales"]}).status_code == 302
    assert desk.get(reverse("partners:portal_person_new")).status_code == 200


def test_the_last_administrator_can_neither_give_up_the_role_nor_leave(boss: Membership) -> None:
    gone = make_member(boss.partner, "", "admin", is_active=False)
    blocked = make_member(boss.partner, "", "admin")
    User.objects.filter(pk=blocked.user_id).update(is_active=False)
    with pytest.raises(Conflict, match="last administrator"):
        colleagues.change_roles(boss, ["sales"], by=boss.user, now=NOW)
    with pytest.raises(Conflict, match="last administrator"):
        colleagues.remove_person(boss, by=boss.user, now=NOW)
    path = reverse("partners:portal_person_remove", args=[boss.public_id])
    answer = window(boss.user).post(path)
    assert (answer.status_code, b"last administrator" in answer.content) == (422, True)
    Membership.objects.filter(pk=gone.pk).update(is_active=True)
    assert colleagues.change_roles(boss, ["sales"], by=boss.user, now=NOW).roles == ["sales"]


def test_an_administrator_of_a_merged_record_counts(boss: Membership) -> None:
    stub = make_partner("Acme Old")
    other = make_member(stub, "", "admin")
    with pytest.raises(Conflict):
        colleagues.remove_person(boss, by=None, now=NOW)
    merge_partner(stub, into=boss.partner, by=None, now=NOW)
    colleagues.remove_person(boss, by=None, now=NOW)
    with pytest.raises(Conflict):
        colleagues.remove_person(other, by=None, now=NOW)


def test_roles_that_do_not_exist_or_none_are_refused(boss: Membership) -> None:
    for roles in ([], ["king"]):
        with pytest.raises(InvalidInput):
            colleagues.change_roles(boss, roles, by=None, now=NOW)


def test_who_is_removed_is_out_at_the_next_request_with_session_token_and_mailed_link(
    boss: Membership,
) -> None:
    other = make_member(boss.partner, "amy@acme.example", "sales")
    desk, program = window(other.user), token_client(other.user)
    _token, secret = tokens.create_token(
        other.user, name="t", scopes=["deals:read"], days=30, by=None, now=NOW
    )
    request = RequestFactory().get("/accounts/login/code/?next=/portal/deals/")
    mailed = link_for(request, other.user).partition("#")[2]
    assert desk.get("/portal/deals/").status_code == 200
    assert program.get("/api/v1/deals/").status_code == 200
    assert _opened(mailed) is not None
    path = reverse("partners:portal_person_remove", args=[other.public_id])
    assert window(boss.user).post(path).status_code == 302
    assert desk.get("/portal/deals/").status_code == 302
    assert program.get("/api/v1/deals/").status_code == 401
    assert tokens.live_token(secret, NOW + timedelta(days=1)) is None
    assert _opened(mailed) is None
    assert access.actor_for(User.objects.get(pk=other.user_id)).kind == "anonymous"
    assert not ApiToken.objects.filter(user=other.user, revoked_at=None).exists()


def test_a_person_of_two_companies_stays_in_the_other_one_with_its_roles(boss: Membership) -> None:
    pat = make_user("pat@example.com")
    here = make_member(boss.partner, "", "admin", user=pat)
    globex = make_partner("Globex")
    make_member(globex, "", "read_only", user=pat)
    desk = window(pat)
    desk.post("/portal/company/choose/", {"company": boss.partner.public_id})
    assert desk.get(reverse("partners:portal_person_new")).status_code == 200
    colleagues.remove_person(here, by=boss.user, now=NOW)
    assert desk.get(reverse("partners:portal_person_new")).status_code == 403
    assert "Globex" in desk.get("/portal/company/").content.decode()
    assert not ApiToken.objects.filter(user=pat, revoked_at=None).exists()


def test_inviting_and_removing_a_rivals_person_does_not_end_its_tokens(boss: Membership) -> None:
    gil = make_member(make_partner("Globex"), "gil@globex.example", "sales").user
    program = token_client(gil)
    here = add_person(
        boss.partner, email="gil@globex.example", name="X", roles=["sales"], by=boss.user, now=NOW
    )
    colleagues.remove_person(here, by=boss.user, now=NOW)
    assert program.get("/api/v1/deals/").status_code == 200
    assert ApiToken.objects.filter(user=gil, revoked_at=None).exists()


def test_open_tasks_of_who_leaves_wait_for_the_others_who_are_told(boss: Membership) -> None:
    other, elsewhere = make_member(boss.partner, "amy@acme.example", "sales"), make_partner("Other")
    make_member(elsewhere, user=other.user)
    acme, today = boss.partner.public_id, NOW.date()
    given: dict[str, Any] = {"side": "company", "owner": other.user, "by": None, "now": NOW}
    late = add_task(title="Sign", company=acme, due_on=today, **given)
    kept = add_task(title="Elsewhere", company=elsewhere.public_id, **given)
    done = finish_task(add_task(title="Done", company=acme, **given), by=None, now=NOW)
    colleagues.remove_person(other, by=None, now=NOW)
    owners = [Task.objects.get(pk=task.pk).owner for task in (late, kept, done)]
    assert owners == [None, other.user, other.user]
    assert Notice.objects.filter(to=boss.user, about_id=str(late.public_id)).exists()


def test_an_invitation_carries_no_address_and_tells_nobody_who_else_is_known(
    boss: Membership,
) -> None:
    make_user("ana@vendor.example", staff_role="channel_manager")
    gone = make_member(make_partner("Globex"), "gil@globex.example", "sales").user
    User.objects.filter(pk=gone.pk).update(is_active=False)
    new, desk = reverse("partners:portal_person_new"), window(boss.user)
    for name in ("Win at www.evil.example", "See evil.example/win", "http://evil.example"):
        sent = {"name": name, "email": "x@y.example", "roles": ["sales"]}
        assert "Leave out web addresses" in desk.post(new, sent).content.decode()
    pages = []
    for email in ("ana@vendor.example", "gil@globex.example"):
        answer = desk.post(new, {"name": "X", "email": email, "roles": ["sales"]})
        assert answer.status_code == 422
        pages.append(likeness(answer)[-1].replace(email.encode(), b"~"))
    assert pages[0] == pages[1]
    with pytest.raises(Conflict, match="one of our own people"):
        add_person(boss.partner, email="ana@vendor.example", name="X", roles=["sales"],
                   by=make_user("ada@vendor.example", staff_role="admin"), now=NOW)  # fmt: skip


def test_a_company_cannot_flood_strangers_with_invitations(
    boss: Membership, monkeypatch: pytest.MonkeyPatch, mailoutbox: list[Any]
) -> None:
    monkeypatch.setattr(joining, "MOST_A_DAY", 2)
    new, desk = reverse("partners:portal_person_new"), window(boss.user)
    for n, code in enumerate((302, 302, 422)):
        sent = {"name": "X", "email": f"x{n}@y.example", "roles": ["sales"]}
        assert desk.post(new, sent).status_code == code
    assert len([one for one in mailoutbox if "y.example" in one.to[0]]) == 2
    add_person(boss.partner, email="x9@y.example", name="X", roles=["sales"], by=None, now=NOW)


def test_removing_twice_changes_nothing_and_an_invitation_brings_back(boss: Membership) -> None:
    other = make_member(boss.partner, "amy@acme.example", "sales")
    for _ in range(2):
        colleagues.remove_person(other, by=boss.user, now=NOW)
    sent = {"name": "Amy", "email": "amy@acme.example", "roles": ["marketing"]}
    window(boss.user).post(reverse("partners:portal_person_new"), sent)
    other.refresh_from_db()
    assert (other.is_active, other.roles) == (True, ["marketing"])


def test_our_manager_looks_after_the_people_of_the_own_partners_only() -> None:
    ana = make_user("ana@vendor.example", staff_role="channel_manager")
    own, foreign = make_partner("Own", manager=ana), make_partner("Foreign")
    desk, member = window(ana), make_member(own, "", "sales")
    sent = {"name": "Amy", "email": "amy@own.example", "roles": ["admin"]}
    new = reverse("partners:person_new", args=[own.public_id])
    assert new in desk.get(own.get_absolute_url()).content.decode()
    assert desk.post(new, sent).status_code == 302
    page = reverse("partners:person_new", args=[foreign.public_id])
    assert desk.post(page, sent).status_code == 404
    path = reverse("partners:person_remove", args=[member.public_id])
    assert desk.post(path).url == own.get_absolute_url()
    other = make_member(foreign, "", "sales")
    assert desk.get(reverse("partners:person", args=[other.public_id])).status_code == 404


def test_the_api_invites_changes_and_removes_under_the_same_rules(boss: Membership) -> None:
    program = token_client(boss.user)
    body = {"name": "Amy", "email": "amy@acme.example", "roles": ["sales"]}
    made = program.post("/api/v1/partner-people/", body, content_type="application/json")
    assert (made.status_code, made.json()["roles"]) == (201, ["sales"])
    path = f"/api/v1/partner-people/{made.json()['id']}/"
    changed = program.patch(path, {"roles": ["finance"]}, content_type="application/json")
    assert changed.json()["roles"] == ["finance"]
    assert program.post(f"{path}remove/").json()["is_active"] is False
    own = f"/api/v1/partner-people/{boss.public_id}/remove/"
    assert program.post(own).status_code == 409
    foreign = make_partner("Globex")
    sent = body | {"partner": str(foreign.public_id)}
    answer = program.post("/api/v1/partner-people/", sent, content_type="application/json")
    assert answer.status_code == 400


@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_leave_at_once_leave_one_behind() -> None:
    acme = make_partner("Acme")
    both = [make_member(acme, "", "admin") for _ in range(2)]

    def leave(member: Membership) -> str:
        try:
            colleagues.remove_person(member, by=None, now=NOW)
        except Conflict:
            return "refused"
        finally:
            connection.close()
        return "left"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(leave, both)) == ["left", "refused"]
