"""From the public form to the queue: what visitors can do, and what they are never told."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from partners.models import AccessRequest, Application, ApplicationMessage, Partner
from partners.recruiting import services
from tests.access.oracles import likeness
from tests.factories import make_application, make_form, make_partner
from tests.recruiting.conftest import GIVEN, Send, link_in

pytestmark = pytest.mark.django_db
FORM = "/apply/prm/form/"


def confirmed(send: Send, mailoutbox: list[Any], **more: str) -> Application:
    """An application whose address was confirmed by the link of the mail."""
    assert send(FORM, **{**GIVEN, **more}).status_code == 302
    path = link_in(mailoutbox[-1])
    client = Client()
    assert client.get(path).status_code == 200
    answer = client.post(path)
    assert answer.status_code == 302, answer.content.decode()
    return Application.objects.latest("pk")


def test_an_application_waits_for_us_once_its_address_is_confirmed(
    send: Send, mailoutbox: list[Any]
) -> None:
    make_form()
    answer = send(FORM, **GIVEN)
    assert answer["Location"] == "/apply/sent/"
    row = Application.objects.get()
    assert (row.state, row.domain, row.channel) == ("unconfirmed", "newcomer.example", "direct")
    assert mailoutbox[0].to == ["ann@newcomer.example"]
    path = link_in(mailoutbox[0])
    page = Client().get(path)
    row.refresh_from_db()
    assert (page.status_code, row.state) == (200, "unconfirmed")  # opening alone does nothing
    assert Client().post(path).status_code == 302
    row.refresh_from_db()
    assert row.state == "pending"
    again = Client().get(path)  # whoever opens the mail once more sees how it stands
    assert (again.status_code, again["Location"][:14]) == (302, "/apply/status/")
    assert Client().post(path)["Location"][:14] == "/apply/status/"
    assert Application.objects.get().confirmed_at == row.confirmed_at


def test_known_and_unknown_companies_get_the_same_bytes(send: Send, mailoutbox: list[Any]) -> None:
    form = make_form()
    make_partner("Newcomer Ltd", domain="newcomer.example")
    make_application(form, company="Newcomer Ltd", email="bob@newcomer.example")
    known = send(FORM, **GIVEN)
    unknown = send(
        FORM, **{**GIVEN, "company": "Other", "domain": "other.example",
                 "email": "ann@other.example"},
    )  # fmt: skip
    trapped = send(FORM, **GIVEN, fax="123")
    assert likeness(known) == likeness(unknown) == likeness(trapped)
    assert [mail.subject for mail in mailoutbox[:1]] * 2 == [mail.subject for mail in mailoutbox]
    bodies = [re.sub(r"http\S+|Newcomer Ltd|Other", "~", mail.body) for mail in mailoutbox]
    assert bodies[0] == bodies[1]
    assert "Newcomer Ltd" not in Client().get("/apply/").content.decode()


def test_known_and_unknown_companies_cost_the_same_queries(
    send: Send, django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    make_form()
    make_partner("Newcomer Ltd", domain="newcomer.example")

    def queries(**values: str) -> list[str]:
        with CaptureQueriesContext(connection) as seen:
            send(FORM, **{**GIVEN, **values})
        return [one["sql"].split(" ")[0] for one in seen.captured_queries]

    send(FORM, **{**GIVEN, "email": "first@x.example"})  # what is read once
    assert queries() == queries(email="ann@other.example", domain="other.example")


@pytest.mark.parametrize(
    ("wait", "is_taken"), [(1, False), (2.9, False), (3, True), (86_399, True)]
)
def test_a_form_that_comes_too_fast_is_shown_again_and_then_taken(
    send: Send, wait: float, is_taken: bool
) -> None:
    make_form()
    answer = send(FORM, wait=wait, **GIVEN)
    assert answer.status_code == (302 if is_taken else 422)
    assert Application.objects.exists() is is_taken
    if not is_taken:
        assert "very fast" in answer.content.decode()
        assert "Newcomer Ltd" in answer.content.decode()


@pytest.mark.parametrize("stamp", ["", "forged", "a:b:c"])
def test_a_form_without_our_stamp_is_not_taken(stamp: str, db: None) -> None:
    make_form()
    answer = Client().post(FORM, {**GIVEN, "stamp": stamp})
    assert (answer.status_code, Application.objects.count()) == (422, 0)


def test_a_page_that_was_open_for_days_gets_a_new_stamp(send: Send, clock: Any) -> None:
    make_form()
    answer = send(FORM, wait=86_401, **GIVEN)
    assert answer.status_code == 422
    stamp = re.search(r'name="stamp" value="([^"]+)"', answer.content.decode())
    clock.shift(timedelta(seconds=10))
    assert stamp
    assert Client().post(FORM, {**GIVEN, "stamp": stamp[1]}).status_code == 302


def test_a_program_in_the_trap_leaves_nothing(send: Send, mailoutbox: list[Any]) -> None:
    make_form()
    send(FORM, **GIVEN, fax="http://spam.example")
    assert (Application.objects.count(), mailoutbox) == (0, [])


def test_an_address_gets_five_mails_an_hour_and_a_network_twenty(
    send: Send, mailoutbox: list[Any]
) -> None:
    make_form()
    codes = [send(FORM, **GIVEN).status_code for _try in range(6)]
    assert codes == [302] * 5 + [429]
    others = [
        send(FORM, **{**GIVEN, "email": f"a{n}@other{n}.example"}).status_code for n in range(16)
    ]
    assert others.count(429) >= 1
    assert len(mailoutbox) <= 20


def test_the_answer_to_too_many_tries_says_when_to_come_back(send: Send) -> None:
    make_form()
    for _try in range(5):
        send(FORM, **GIVEN)
    answer = send(FORM, **GIVEN)
    assert (answer.status_code, answer["Retry-After"]) == (429, "3600")


@pytest.mark.parametrize("path", [FORM, "/apply/access/"])
def test_public_forms_need_the_csrf_token(path: str) -> None:
    make_form()
    client = Client(enforce_csrf_checks=True)
    assert client.post(path, GIVEN).status_code == 403


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"country": "France"}, "Germany, Austria"),
        ({"email": "ann@gmail.com"}, "*.example"),
        ({"company": "Buy http://spam.example now"}, "Leave out web addresses"),
        ({"contact_name": "see www.spam.example"}, "Leave out web addresses"),
        ({"domain": "nothing"}, "Enter a web domain"),
        ({"q_why": ""}, "Why"),
    ],
)
def test_all_conditions_must_hold_and_the_page_says_what_to_do(
    send: Send, given: dict[str, str], words: str
) -> None:
    question = {"key": "why", "label": "Why?", "kind": "text", "required": True, "choices": []}
    make_form(countries=["Germany", "Austria"], mail_domains=["*.example"], questions=[question])
    answer = send(FORM, **{**GIVEN, "q_why": "So", **given})
    assert (answer.status_code, Application.objects.count()) == (422, 0)
    page = answer.content.decode()
    assert "data-error-summary" in page
    assert words in page or "Choose one of the values" in page


def test_answers_are_kept_with_the_questions_as_they_were(send: Send) -> None:
    form = make_form(questions=[{"key": "why", "label": "Why?", "kind": "text"}])
    send(FORM, **GIVEN, q_why="So <b>what</b>")
    form.questions = []
    form.save()
    assert Application.objects.get().answers == [{"question": "Why?", "answer": "So <b>what</b>"}]


def test_a_closed_form_takes_nothing(send: Send) -> None:
    make_form(is_open=False)
    answer = Client().post(FORM, GIVEN)
    assert answer.status_code == 200
    assert "no applications" in answer.content.decode()
    assert not Application.objects.exists()


def test_only_the_source_that_a_form_names_is_kept(send: Send) -> None:
    make_form(channels=["linkedin"])
    send(f"{FORM}?source=linkedin", **GIVEN)
    send(f"{FORM}?source=<script>", **{**GIVEN, "email": "b@x.example"})
    assert list(Application.objects.order_by("pk").values_list("channel", flat=True)) == [
        "linkedin", "other",
    ]  # fmt: skip


def test_a_second_application_of_a_company_is_told_by_the_link_alone(
    send: Send, mailoutbox: list[Any]
) -> None:
    make_form()
    confirmed(send, mailoutbox)
    assert send(FORM, **{**GIVEN, "email": "bob@newcomer.example"}).status_code == 302
    path = link_in(mailoutbox[-1])
    answer = Client().post(path)
    assert answer.status_code == 409
    assert "with us already" in answer.content.decode()
    assert Application.objects.filter(state="pending").count() == 1


@pytest.mark.parametrize(
    ("days", "after", "may"),
    [(0, 0, True), (30, 29, False), (30, 30, True), (None, 3000, False)],
)
def test_who_was_rejected_applies_again_at_once_later_or_never(
    send: Send, mailoutbox: list[Any], clock: Any, days: int | None, after: int, may: bool
) -> None:
    make_form(reapply_days=days)
    first = confirmed(send, mailoutbox)
    services.reject_application(first, reason="other", by=None, now=timezone.now())
    clock.shift(timedelta(days=after))
    assert send(FORM, **GIVEN).status_code == 302
    answer = Client().post(link_in(mailoutbox[-1]))
    assert (answer.status_code == 302) is may


def test_people_of_free_mail_do_not_block_each_other(send: Send, mailoutbox: list[Any]) -> None:
    make_form()
    confirmed(send, mailoutbox, email="ann@gmail.com")
    confirmed(send, mailoutbox, email="bob@gmail.com")
    assert Application.objects.filter(state="pending").count() == 2


def test_the_link_of_a_mail_holds_for_seven_days(
    send: Send, mailoutbox: list[Any], clock: Any
) -> None:
    make_form()
    send(FORM, **GIVEN)
    path = link_in(mailoutbox[-1])
    clock.shift(timedelta(days=7, seconds=-90))
    assert Client().get(path).status_code == 200
    clock.shift(timedelta(seconds=200))
    assert Client().get(path).status_code == 410


def test_a_forged_link_and_one_for_something_else_open_nothing(
    send: Send, mailoutbox: list[Any]
) -> None:
    make_form()
    send(FORM, **GIVEN)
    path = link_in(mailoutbox[-1])
    assert Client().get(path.replace("/confirm/", "/status/")).status_code == 410
    assert Client().get(path[:-5] + "abcd/").status_code == 410


def test_the_applicant_follows_answers_and_withdraws(send: Send, mailoutbox: list[Any]) -> None:
    make_form()
    row = confirmed(send, mailoutbox)
    status = link_in(mailoutbox[-1])
    assert "We are reading it" in Client().get(status).content.decode()
    services.ask_for_detail(row, text="How many <i>people</i>?", by=None, now=timezone.now())
    asked = link_in(mailoutbox[-1])
    assert "How many &lt;i&gt;people" in mailoutbox[-1].alternatives[0][0]
    assert Client().post(status, {"text": ""}).status_code == 422
    assert Client().post(status, {"text": "Seven"}).status_code == 302
    assert [one.text for one in ApplicationMessage.objects.all()][-1] == "Seven"
    assert Client().post(f"{status}withdraw/").status_code == 302
    row.refresh_from_db()
    assert row.state == "withdrawn"
    assert asked.startswith("/apply/status/")


def test_nothing_of_partners_or_reviewers_shows_to_the_applicant(
    send: Send, mailoutbox: list[Any]
) -> None:
    make_form()
    Partner.objects.create(name="Newcomer", domain="newcomer.example")
    confirmed(send, mailoutbox)
    page = Client().get(link_in(mailoutbox[-1])).content.decode()
    assert "fit" not in page.lower().replace("benefit", "")
    assert "same" not in page.lower()


def test_unconfirmed_applications_expire(send: Send, clock: Any) -> None:
    make_form()
    send(FORM, **GIVEN)
    assert services.expire_unconfirmed(timezone.now()) == 0
    clock.shift(timedelta(days=8))
    assert services.expire_unconfirmed(timezone.now()) == 1
    assert services.expire_unconfirmed(timezone.now()) == 0
    assert Application.objects.get().state == "expired"


def test_what_was_never_confirmed_is_forgotten_after_90_days(send: Send, clock: Any) -> None:
    from partners.recruiting import accessing
    from partners.tasks import expire_recruiting

    make_form()
    send(FORM, **GIVEN)
    accessing.request_access(name="Ann", email="ann@newcomer.example", now=timezone.now())
    for days, kept in ((8, "Newcomer Ltd"), (89, "Newcomer Ltd"), (2, "")):
        clock.shift(timedelta(days=days))
        expire_recruiting()
        row = Application.objects.get()
        assert (row.state, row.company) == ("expired", kept)
    assert (row.email, row.contact_name, AccessRequest.objects.count()) == ("", "", 0)


XSS = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def test_texts_of_applicants_are_texts_everywhere(send: Send, mailoutbox: list[Any]) -> None:
    from tests.factories import make_user

    make_form(questions=[{"key": "why", "label": XSS, "kind": "text"}], intro=XSS, title=XSS)
    row = confirmed(
        send, mailoutbox, company=XSS, contact_name=XSS, city=XSS, customers=XSS,
        certificates=XSS, referrer=XSS, q_why=XSS,
    )  # fmt: skip
    client = Client()
    client.force_login(make_user(staff_role="admin"))
    pages = [
        client.get(path).content.decode()
        for path in ("/apply/", "/apply/prm/", FORM, "/applications/", row.get_absolute_url(),
                     f"{row.get_absolute_url()}approve/", link_in(mailoutbox[-1]))
    ]  # fmt: skip
    pages += [str(mail.alternatives[0][0]) for mail in mailoutbox]
    for page in pages:
        assert "<script>alert" not in page
        assert "<img src=x" not in page
