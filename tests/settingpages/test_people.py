"""People and roles: invited by mail, changed by administrators only, never without the last one."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from partners.models import LoginEvent
from prm.common import tokens
from prm.common.errors import Conflict
from prm.common.models import AuditEntry, OutboxMail, User
from prm.common.people import services
from tests.factories import make_login, make_user
from tests.world import World

pytestmark = pytest.mark.django_db
LIST = "/settings/people/"


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url(step: str, person: User) -> str:
    return reverse(f"people:person_{step}", args=[person.public_id])


@pytest.fixture
def admin() -> User:
    return make_user("boss@example.com", staff_role="admin", name="Boss")


def test_an_invitation_is_a_person_a_role_and_a_mail_without_a_secret(
    admin: User, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "prm.common.mail.OutboxBackend"
    answer = client_of(admin).post(
        LIST, {"email": "New@Example.com", "name": "Nia & Co", "role": "operations"}
    )
    person = User.objects.get(email="new@example.com")
    assert answer.url == url("detail", person)
    assert person.staff_role == "operations"
    assert not person.has_usable_password()
    letter = OutboxMail.objects.get()
    assert letter.to == "new@example.com"
    assert "Boss invites you" in letter.text
    assert "Hello Nia & Co," in letter.text
    assert settings.PRM_BASE_URL + reverse("account_request_login_code") in letter.html
    assert not letter.is_secret
    assert AuditEntry.objects.get(action="user.invite").actor == admin


def test_an_invited_person_signs_in_with_a_mailed_code(admin: User, mailoutbox: list) -> None:
    services.invite("new@example.com", name="Nia", role="operations", by=admin, now=timezone.now())
    client = Client()
    client.post(reverse("account_request_login_code"), {"email": "new@example.com"})
    (code,) = re.findall(r"^([A-Z0-9-]{6,})$", mailoutbox[-1].body, re.MULTILINE)
    client.post(reverse("account_confirm_login_code"), {"code": code})
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        ({"email": "boss@example.com"}, "is known already"),
        ({"email": "BOSS@example.com"}, "is known already"),
        ({"email": "nobody"}, "Enter an address like"),
        ({"role": "emperor"}, "Choose one of the roles"),
        ({"name": ""}, "Enter the person’s name"),
    ],
)
def test_an_invitation_that_cannot_be_sent_says_what_to_do(
    admin: User, given: dict[str, str], advice: str
) -> None:
    data = {"email": "new@example.com", "name": "Nia", "role": "operations"} | given
    answer = client_of(admin).post(LIST, data)
    assert answer.status_code == 422
    assert advice in answer.content.decode()
    assert User.objects.count() == 1


def test_operations_look_and_change_nothing(admin: User) -> None:
    helper = client_of(make_user(staff_role="operations"))
    page = helper.get(url("detail", admin)).content.decode()
    assert "Administrators change roles." in page
    assert "<form" not in page.partition("<main")[2].partition("</main>")[0]
    assert "Invite person" not in helper.get(LIST).content.decode()
    assert helper.post(LIST, {}).status_code == 403
    assert helper.post(url("role", admin), {"role": "executive"}).status_code == 403


@pytest.mark.parametrize("role", ["channel_manager", "executive", "finance_approve"])
def test_others_see_no_people_page(role: str) -> None:
    assert client_of(make_user(staff_role=role)).get(LIST).status_code == 403


def test_the_last_administrator_keeps_the_role(admin: User) -> None:
    make_user("gone@example.com", staff_role="admin", is_active=False)
    answer = client_of(admin).post(url("role", admin), {"role": "executive"})
    assert answer.status_code == 422
    assert "is the last administrator" in answer.content.decode()
    admin.refresh_from_db()
    assert admin.staff_role == "admin"
    with pytest.raises(Conflict, match="last administrator"):
        services.deactivate(admin, by=None, now=timezone.now())
    make_user(staff_role="admin")
    services.give_role(admin, "executive", by=None, now=timezone.now())
    admin.refresh_from_db()
    assert (admin.staff_role, admin.is_staff) == ("executive", False)


def test_nobody_deactivates_himself(admin: User) -> None:
    make_user(staff_role="admin")
    client_of(admin).post(url("deactivate", admin))
    admin.refresh_from_db()
    assert admin.is_active


def test_who_is_deactivated_is_out_at_once_and_keeps_the_past(admin: User) -> None:
    person = make_user("ana@example.com", staff_role="channel_manager")
    browser, now = client_of(person), timezone.now()
    token, _secret = tokens.create_token(
        person, name="x", scopes=["deals:read"], days=1, by=person, now=now
    )
    assert browser.get("/").status_code == 200
    client_of(admin).post(url("deactivate", person))
    assert browser.get("/").status_code == 302
    token.refresh_from_db()
    assert token.revoked_at is not None
    entry = AuditEntry.objects.get(action="user.deactivate")
    assert entry.after == {"is_active": False, "sessions": 1, "tokens": 1}
    client_of(admin).post(url("reactivate", person))
    person.refresh_from_db()
    assert person.is_active
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_signing_out_everywhere_ends_that_persons_browsers_only(admin: User) -> None:
    person = make_user(staff_role="executive")
    browsers, other = (
        [client_of(person), client_of(person)],
        client_of(make_user(staff_role="admin")),
    )
    assert services.sign_out_everywhere(person, by=admin, now=timezone.now()) == 2
    assert [browser.get("/").status_code for browser in browsers] == [302, 302]
    assert other.get("/").status_code == 200


def test_a_partners_person_cannot_be_made_staff(admin: User, world: World) -> None:
    with pytest.raises(Conflict, match="works for a partner"):
        services.give_role(world.pat.user, "admin", by=admin, now=timezone.now())


def test_an_invitation_is_repeated_only_for_who_never_came(admin: User, settings: Any) -> None:
    settings.EMAIL_BACKEND = "prm.common.mail.OutboxBackend"
    now = timezone.now()
    person = services.invite("new@example.com", name="N", role="executive", by=admin, now=now)
    services.invite_again(person, by=admin, now=now)
    assert OutboxMail.objects.count() == 2
    person.last_login = now
    with pytest.raises(Conflict, match="no invitation any more"):
        services.invite_again(person, by=admin, now=now)


@pytest.mark.parametrize("count", [1, 30])
def test_the_list_costs_the_same_for_few_and_many(
    admin: User, count: int, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        make_user(f"p{number}@example.com", staff_role="executive")
    client = client_of(admin)
    with django_assert_num_queries(8):
        client.get(LIST)


def test_people_of_partners_are_listed_with_company_and_roles(admin: User, world: World) -> None:
    client, page = client_of(admin), "/settings/people/partners/"
    html = client.get(page).content.decode()
    assert "pat@example.com" in html
    assert "Administrator, Sales" in html
    assert "gil@example.com" not in client.get(page, {"q": "acme"}).content.decode()
    assert "pat@example.com" not in client.get(page, {"role": "technical"}).content.decode()
    User.objects.filter(pk=world.pat.user_id).update(is_active=False)
    assert "pat@example.com" not in client.get(page).content.decode()
    assert "pat@example.com" in client.get(page, {"state": "gone"}).content.decode()
    assert client_of(make_user(staff_role="channel_manager")).get(page).status_code == 403


def test_sign_ins_of_partners_people_are_the_recorded_ones_not_those_in_their_name(
    admin: User, world: World
) -> None:
    client, page = client_of(admin), "/settings/people/partners/"

    def names(query: str) -> list[str]:
        return [row.user.email for row in client.get(page + query).context["page"].rows]

    make_login(world.pat, "2026-07-02")
    LoginEvent.objects.create(
        partner=world.gil.partner, membership=world.gil, at=timezone.now(), impersonated=True
    )
    assert names("?seen=never") == ["gil@example.com"]
    assert names("?seen=quiet&sort=name") == ["pat@example.com"]
    assert names("?seen=lately") == []
    assert names("?sort=-seen")[0] == "pat@example.com"
    assert "2 Jul 2026" in client.get(page).content.decode()


def test_people_without_a_second_factor_are_a_segment_and_e_mail_and_state_are_columns(
    admin: User,
) -> None:
    make_user("gone@example.com", staff_role="executive", is_active=False, name="Gone")
    client = client_of(admin)
    assert [row.email for row in client.get(LIST + "?factor=no").context["page"].rows] == [
        "boss@example.com"
    ]
    file = client.get(LIST + "?state=gone&cols=name,state&export=csv")
    lines = b"".join(file.streaming_content).decode("utf-8-sig").splitlines()
    assert lines == ["Name,E-mail,Status", "Gone,gone@example.com,Deactivated"]
