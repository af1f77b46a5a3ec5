"""The reviewer's desk: who sees which application, doubles, decisions and what they cause."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from partners.models import (
    AccessRequest,
    Application,
    Contract,
    IdealProfile,
    Membership,
    Partner,
    PartnerProfile,
    Territory,
)
from partners.recruiting import fitting, services
from partners.recruiting.rules import Criterion
from partners.recruiting.selectors import doubles_of
from prm.common import access
from prm.common.errors import InvalidInput
from prm.common.models import AuditEntry, User
from tests.factories import (
    at,
    make_application,
    make_customer,
    make_form,
    make_member,
    make_partner,
    make_user,
)

pytestmark = pytest.mark.django_db
NOW = at("2026-07-06")


@pytest.fixture
def admin() -> User:
    return make_user("ada@vendor.example", staff_role="admin", name="Ada")


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_an_approved_company_is_a_partner_whose_person_can_sign_in(
    admin: User, mailoutbox: list[Any]
) -> None:
    row = make_application(make_form(), company="Newcomer", type="Reseller", country="Germany")
    url = reverse("recruiting:application_approve", args=[row.public_id])
    given = {"type": "Reseller", "tier": "Registered", "region": "DACH", "manager": str(admin.pk),
             "contract_from": "2026-07-10"}  # fmt: skip
    answer = browser(admin).post(url, given)
    row.refresh_from_db()
    assert row.partner is not None
    assert answer["Location"] == row.partner.get_absolute_url()
    profile = PartnerProfile.objects.get(partner=row.partner)
    assert (profile.type, profile.tier, profile.region, profile.manager) == (
        "Reseller", "Registered", "DACH", admin,
    )  # fmt: skip
    assert str(Contract.objects.get(partner=row.partner).starts_on) == "2026-07-10"
    member = Membership.objects.get(partner=row.partner)
    assert (member.user.email, member.roles) == (row.email, ["admin", "sales"])
    assert "/accounts/login/code/" in mailoutbox[-1].body
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"application.approve", "partner.create", "membership.create"} <= actions
    assert browser(admin).post(url, given).status_code == 422  # somebody decided already
    assert Partner.objects.count() == 1


def test_a_company_that_is_a_partner_already_gets_no_second_one(admin: User) -> None:
    partner = make_partner("Acme", domain="acme.example")
    row = make_application(make_form(), company="Acme GmbH", domain="acme.example")
    url = reverse("recruiting:application_approve", args=[row.public_id])
    assert browser(admin).post(url, {"known_partner": "nobody"}).status_code == 422
    assert browser(admin).post(url, {"known_partner": "acme"}).status_code == 302
    row.refresh_from_db()
    assert (row.partner, Partner.objects.count()) == (partner, 1)


@pytest.mark.parametrize("email", ["mal@evil.example", "ann@acme.example"])
def test_who_applies_in_the_name_of_a_partner_is_let_in_by_its_administrators_alone(
    email: str, admin: User
) -> None:
    partner = make_partner("Acme", domain="acme.example")
    boss = make_member(partner, "boss@acme.example", "admin")
    row = make_application(make_form(), company="Acme", domain="acme.example", email=email)
    page = browser(admin).get(row.get_absolute_url()).content.decode()
    assert ("Not an address of the website" in page) == (email == "mal@evil.example")
    url = reverse("recruiting:application_approve", args=[row.public_id])
    done = browser(admin).post(url, {"known_partner": "acme"}, follow=True)
    assert "is decided there" in done.content.decode()
    assert list(partner.memberships.values_list("user__email", flat=True)) == [boss.user.email]
    asked = AccessRequest.objects.get()
    assert (asked.email, asked.partner, asked.state) == (email, partner, "pending")
    decides = reverse("recruiting:portal_access_detail", args=[asked.public_id])
    assert browser(boss.user).post(decides, {"roles": ["sales"]}).status_code == 302
    assert Membership.objects.get(user__email=email).roles == ["sales"]


def test_the_manager_of_the_region_is_proposed_not_whoever_approves(admin: User) -> None:
    terri = make_user("terri@vendor.example", staff_role="channel_manager")
    Territory.objects.create(manager=terri, region="DACH")
    row = make_application(make_form(), region="DACH")
    url = reverse("recruiting:application_approve", args=[row.public_id])
    page = browser(admin).get(url).content.decode()
    assert f'value="{terri.pk}" selected' in page


def test_an_applicant_who_signs_in_for_the_partner_already_asks_for_nothing(admin: User) -> None:
    partner = make_partner("Acme", domain="acme.example")
    make_member(partner, "ann@acme.example", "sales")
    row = make_application(make_form(), company="Acme", email="ann@acme.example")
    services.approve_application(
        row, by=admin, now=timezone.now(), valid_from=timezone.now().date(), partner=partner
    )
    assert not AccessRequest.objects.exists()
    assert Membership.objects.get().roles == ["sales"]


def test_a_partner_under_contract_gets_no_second_one(admin: User) -> None:
    make_partner("Acme")
    row = make_application(make_form(), company="Acme")
    url = reverse("recruiting:application_approve", args=[row.public_id])
    given = {"known_partner": "acme", "contract_from": "2026-07-10"}
    answer = browser(admin).post(url, given)
    assert (answer.status_code, Contract.objects.count()) == (422, 1)
    assert "Another contract of this partner covers" in answer.content.decode()
    row.refresh_from_db()
    assert row.state == "pending"


@pytest.mark.parametrize(
    ("name", "domain", "is_sure", "reason"),
    [
        ("Quite Other", "newcomer.example", True, "same web domain"),
        ("Quite Other", "www.newcomer.example", True, "same web domain"),
        ("Newcomer GmbH", "", False, "same name"),
        ("Newcomers", "", False, "nearly the same name"),
    ],
)
def test_the_reviewer_is_shown_who_may_be_the_same(
    admin: User, name: str, domain: str, is_sure: bool, reason: str
) -> None:
    partner = make_partner(name, domain=domain)
    row = make_application(make_form(), company="Newcomer Ltd", domain="newcomer.example")
    found = doubles_of(row, access.actor_for(admin))
    assert [(one.thing, one.is_sure) for one in found] == [(partner, is_sure)]
    assert reason in found[0].reasons[0] or reason in found[0].reasons[-1]
    page = browser(admin).get(row.get_absolute_url()).content.decode()
    assert name in page


@pytest.mark.parametrize(
    ("name", "domain"), [("Quite Other", "other.example"), ("Gmail", "gmail.com")]
)
def test_others_are_no_doubles(admin: User, name: str, domain: str) -> None:
    make_partner(name, domain=domain)
    row = make_application(
        make_form(), company="Newcomer Ltd", domain="gmail.com", email="ann@gmail.com"
    )
    assert doubles_of(row, access.actor_for(admin)) == []


def test_a_partner_of_somebody_else_is_a_double_without_a_name(admin: User) -> None:
    make_partner("Newcomer", domain="newcomer.example", region="UK")
    ana = make_user(staff_role="channel_manager")
    Territory.objects.create(manager=ana, region="DACH")
    row = make_application(
        make_form(), company="Brandnew", domain="newcomer.example", region="DACH"
    )
    found = doubles_of(row, access.actor_for(ana))
    assert [(one.thing, one.is_sure) for one in found] == [(None, True)]
    assert "Newcomer" not in browser(ana).get(row.get_absolute_url()).content.decode()


def test_a_manager_sees_applications_of_the_own_territories_and_invitations() -> None:
    from partners.recruiting import inviting

    ana, form = make_user(staff_role="channel_manager"), make_form()
    Territory.objects.create(manager=ana, region="DACH")
    mine = make_application(form, region="DACH")
    theirs = make_application(form, region="UK")
    invitation = inviting.invite_to_apply(form, email="a@b.example", by=ana, now=NOW)
    invited = make_application(form, invitation=invitation)
    known = access.scope(access.actor_for(ana), Application)
    assert set(known) == {mine, invited}
    assert browser(ana).get(theirs.get_absolute_url()).status_code == 404


def test_a_rejected_applicant_reads_reason_and_words(admin: User, mailoutbox: list[Any]) -> None:
    row = make_application(make_form(reapply_days=30))
    url = reverse("recruiting:application_reject", args=[row.public_id])
    assert browser(admin).post(url, {"note": "Sorry"}).status_code == 422
    assert browser(admin).post(url, {"reason": "not_a_fit", "note": "Sorry"}).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.reason_code, row.decided_by) == ("rejected", "not_a_fit", admin)
    assert "Not the right fit" in mailoutbox[-1].body
    assert "Sorry" in mailoutbox[-1].body
    assert "again from" in mailoutbox[-1].body


def test_mails_speak_the_language_of_the_applicant(admin: User, mailoutbox: list[Any]) -> None:
    row = make_application(make_form(), language="de")
    services.ask_for_detail(row, text="Wie viele?", by=admin, now=timezone.now())
    assert mailoutbox[-1].subject.startswith("Wir brauchen")


def test_the_queue_leads_from_one_application_to_the_next(admin: User) -> None:
    form = make_form()
    first, second = (make_application(form, applied_at=at(f"2026-07-0{n}")) for n in (1, 2))
    page = browser(admin).get(first.get_absolute_url()).content.decode()
    assert 'data-key="j"' in page
    assert second.get_absolute_url() in page
    assert 'data-key="a"' in page


def test_the_list_costs_the_same_for_few_and_many(
    admin: User, django_assert_max_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    form, client = make_form(), browser(admin)

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/applications/").status_code == 200
        return len(seen)

    make_application(form)
    client.get("/applications/")
    few = queries()
    for _n in range(15):
        make_application(form, partner=None)
    assert queries() == few


# --- fit ---


def state(*criteria: Criterion) -> IdealProfile:
    return fitting.state_profile(criteria, by=None, now=NOW)


def test_the_score_is_frozen_with_its_reasons_when_the_address_is_confirmed() -> None:
    make_customer("Initech")
    state(
        Criterion("type", 30, ("Reseller",)),
        Criterion("people", 20, (), 5),
        Criterion("customers", 20, (), 1),
    )
    row = make_application(
        make_form(), state="unconfirmed", type="Reseller", people=2, customers="Initech Inc."
    )
    services.confirm_application(row, now=NOW)
    row.refresh_from_db()
    assert float(row.fit_score) == pytest.approx(71.43)
    assert row.fit_version == 1
    state(Criterion("type", 10, ("Other",)))
    row.refresh_from_db()
    assert float(row.fit_score) == pytest.approx(71.43)
    assert [line["value"] for line in row.fit_reasons] == ["Reseller", 2, 1]


def test_the_same_profile_again_is_no_new_version() -> None:
    one = Criterion("type", 30, ("Reseller",))
    assert state(one) == state(one)
    assert state(one, Criterion("people", 5, (), 2)).version == 2


@pytest.mark.parametrize(
    "criterion",
    [
        Criterion("type", 30),
        Criterion("people", 30),
        Criterion("people", 30, (), 0),
        Criterion("type", 101, ("x",)),
        Criterion("type", 0, ("x",)),
        Criterion("colour", 3, ("x",)),
    ],
)
def test_a_profile_says_what_is_wanted(criterion: Criterion) -> None:
    with pytest.raises(InvalidInput):
        state(criterion)


def test_the_profile_page_stores_versions_and_executives_read_it(admin: User) -> None:
    given = {
        f"{key}_weight": "0" for key in ("type", "region", "people", "customers", "certificates")
    }
    given |= {"type_weight": "30", "type_wanted": "Reseller\nMSP"}
    assert browser(admin).post("/applications/profile/", given).status_code == 302
    assert fitting.criteria_of(fitting.current_profile())[0].wanted == ("Reseller", "MSP")
    boss = browser(make_user(staff_role="executive"))
    assert boss.get("/applications/profile/").status_code == 200
    assert boss.post("/applications/profile/", given).status_code == 403


# --- forms ---

FORM = {"title": "New", "slug": "new", "intro": "Hello", "is_open": "on", "again": "later",
        "reapply_days": "30", "q0_label": "Why?", "q0_kind": "text", "q1_label": "Which?",
        "q1_kind": "choice", "q1_choices": "One\nTwo", "q1_required": "on", "q2_label": "",
        "q2_kind": "text", "channels": "Trade Fair"}  # fmt: skip


def test_a_form_made_on_the_desk_stands_on_its_public_page(admin: User) -> None:
    from partners.models import ApplicationForm

    assert browser(admin).post("/applications/forms/new/", FORM).status_code == 302
    form = ApplicationForm.objects.get(slug="new")
    assert [one["key"] for one in form.questions] == ["why", "which"]
    assert form.channels == ["trade-fair"]
    page = Client().get("/apply/new/form/").content.decode()
    assert "Which?" in page
    edit = f"/applications/forms/{form.public_id}/"
    assert browser(admin).get(edit).status_code == 200
    kept = {**FORM, "q0_key": "why", "q0_label": "Why us?", "q1_key": "which", "again": "never"}
    assert browser(admin).post(edit, kept).status_code == 302
    form.refresh_from_db()
    assert (form.questions[0]["key"], form.reapply_days) == ("why", None)


@pytest.mark.parametrize(
    "wrong",
    [{"slug": "sent"}, {"slug": "prm"}, {"title": ""}, {"q1_choices": "One"},
     {"again": "later", "reapply_days": ""}],
)  # fmt: skip
def test_a_form_that_cannot_work_is_not_stored(admin: User, wrong: dict[str, str]) -> None:
    make_form("prm")
    answer = browser(admin).post("/applications/forms/new/", {**FORM, **wrong})
    assert answer.status_code == 422
    assert "data-error-summary" in answer.content.decode()


def test_waiting_applications_and_requests_need_attention(admin: User) -> None:
    make_application(make_form(), applied_at=timezone.now() - timedelta(days=9))
    page = browser(admin).get("/attention/").content.decode()
    assert "1 application waits longer than a week" in page
