"""Mail log and audit log: what is shown, what never is, and what filters and exports give."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from partners.models import Contract, DealAdjustment, DealTouch
from prm.common import audit
from prm.common.logbooks.selectors import known_actions
from prm.common.logbooks.sentences import phrase
from prm.common.mail import MAX_ATTEMPTS
from prm.common.models import AuditEntry, OutboxMail, User
from tests.factories import (
    make_customer,
    make_deal,
    make_member,
    make_partner,
    make_registration,
    make_stage,
    make_user,
)

pytestmark = pytest.mark.django_db
MAILS, AUDIT = "/settings/mails/", "/settings/audit/"


@pytest.fixture
def desk() -> Client:
    client = Client()
    client.force_login(make_user(staff_role="operations"))
    return client


def make_mail(key: str, **more: Any) -> OutboxMail:
    now = timezone.now()
    fields = {"to": f"{key}@example.com", "subject": f"About {key}", "text": f"Text of {key}"}
    return OutboxMail.objects.create(
        **({"key": key, "created_at": now, "due_at": now} | fields | more)
    )


def body(client: Client, url: str, **query: str) -> str:
    answer = client.get(url, query)
    content = b"".join(answer) if answer.streaming else answer.content
    return content.decode()


def test_each_mail_shows_its_state_and_the_filter_finds_it(desk: Client) -> None:
    make_mail("one", sent_at=timezone.now(), attempts=1)
    make_mail("two")
    make_mail("three", attempts=2, error="refused")
    make_mail("four", attempts=MAX_ATTEMPTS, error="refused")
    shown = {
        state: {key for key in ("one", "two", "three", "four") if f"About {key}" in page}
        for state in ("", "sent", "waiting", "retrying", "failed")
        for page in [body(desk, MAILS, state=state)]
    }
    assert shown == {
        "": {"one", "two", "three", "four"},
        "sent": {"one"},
        "waiting": {"two"},
        "retrying": {"three"},
        "failed": {"four"},
    }


def test_a_mail_that_lets_its_reader_sign_in_is_never_shown(desk: Client) -> None:
    mail = make_mail("code", is_secret=True, text="ABC-123", html="<p>ABC-123</p>")
    assert "ABC-123" not in body(desk, MAILS) + body(desk, MAILS, export="csv")
    page = body(desk, reverse("logs:mail_detail", args=[mail.public_id]))
    assert "ABC-123" not in page
    assert "This text is not shown" in page
    answer = desk.get(reverse("logs:mail_as_sent", args=[mail.public_id]))
    assert answer.status_code == 302


def test_the_html_of_a_mail_can_do_nothing(desk: Client) -> None:
    mail = make_mail("news", text="<script>1</script>", html="<script>alert(1)</script>")
    assert "<script>1" not in body(desk, reverse("logs:mail_detail", args=[mail.public_id]))
    policy = desk.get(reverse("logs:mail_as_sent", args=[mail.public_id]))[
        "Content-Security-Policy"
    ]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script-src" not in policy


def test_a_mail_that_failed_is_tried_again_and_a_sent_one_is_not(desk: Client) -> None:
    failed = make_mail("failed", attempts=MAX_ATTEMPTS, error="refused")
    sent = make_mail("sent", sent_at=timezone.now(), attempts=1)
    for mail in (failed, sent):
        desk.post(reverse("logs:mail_send_again", args=[mail.public_id]))
    failed.refresh_from_db()
    sent.refresh_from_db()
    assert (failed.attempts, failed.error) == (0, "")
    assert sent.attempts == 1
    assert AuditEntry.objects.filter(action="mail.send_again").count() == 1


def test_without_a_mail_server_the_log_says_why_mails_wait(desk: Client, settings: Any) -> None:
    settings.EMAIL_HOST = ""
    assert "No mail server is set up" in body(desk, MAILS)
    settings.EMAIL_HOST = "mail.example.com"
    assert "No mail server is set up" not in body(desk, MAILS)


def entry(action: str, by: User | None, days: int = 0, **more: Any) -> AuditEntry:
    row = more.pop("row", None) or make_user()
    return audit.record(action, row, by=by, now=timezone.now() - timedelta(days=days), **more)


def test_the_audit_is_filtered_by_who_what_which_and_when(desk: Client) -> None:
    ada = make_user("ada@example.com", staff_role="admin", name="Ada")
    pat = make_user("pat@example.com", name="Pat")
    entry("deal.win", ada, reason="why-ada")
    entry("deal.lose", pat, days=20, reason="why-pat")
    entry("rate.add", None, days=100, reason="why-system", row=make_mail("x"))

    def found(**query: str) -> set[str]:
        page = body(desk, AUDIT, **query)
        return {name for name in ("ada", "pat", "system") if f"why-{name}" in page}

    assert found() == {"ada", "pat", "system"}
    assert found(who=str(ada.public_id)) == {"ada"}
    assert found(who="partners") == {"pat"}
    assert found(who="system") == {"system"}
    assert found(action="deal.lose") == {"pat"}
    assert found(kind="common.outboxmail") == {"system"}
    assert found(since="7") == {"ada"}
    assert found(since="30") == {"ada", "pat"}
    assert found(q="why-pat") == {"pat"}
    assert found(action="no.such", who="nobody") == {"ada", "pat", "system"}


def test_values_before_and_after_stand_side_by_side_and_in_the_file(desk: Client) -> None:
    entry("deal.change", None, before={"name": "=old"}, after={"name": "new<b>", "amount": "5"})
    page = body(desk, AUDIT)
    assert "<del>=old</del>" in page
    assert "<ins>new&lt;b&gt;</ins>" in page
    assert "Name: =old → new<b>; Amount: – → 5" in body(desk, AUDIT, export="csv")


def test_every_action_is_found_once(db: None) -> None:
    assert known_actions() == []
    for action in ("b.two", "a.one", "b.two", "c.three"):
        entry(action, None)
    assert known_actions() == ["a.one", "b.two", "c.three"]


@pytest.mark.parametrize("page", [MAILS, AUDIT])
def test_a_log_costs_the_same_for_one_row_and_for_many(desk: Client, page: str) -> None:
    costs = []
    for number in (1, 40):
        for at in range(number):
            entry("x.y", None, row=make_mail(f"{number}-{at}"))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            desk.get(page)
        costs.append(len(queries))
    assert costs[0] == costs[1]


@pytest.mark.parametrize("page", [MAILS, AUDIT, "/settings/people/"])
def test_a_channel_manager_sees_neither_logs_nor_people(page: str) -> None:
    client = Client()
    client.force_login(make_user(staff_role="channel_manager"))
    assert client.get(page).status_code == 403
    assert page not in client.get("/settings/").content.decode()


def test_an_entry_reads_as_a_sentence_with_links_to_who_and_what(desk: Client) -> None:
    eva = make_user("eva@example.com", staff_role="operations", name="Eva Lind")
    partner = make_partner("Nordlys <Data>")
    early, late = make_stage("proposal"), make_stage("contract")
    deal = make_deal(partner, name="Big one")
    audit.record(
        "deal.change", deal, by=eva, now=timezone.now(),
        before={"stage": early}, after={"stage": late},
    )  # fmt: skip
    page = body(desk, AUDIT)
    assert f'<a href="{reverse("people:person_detail", args=[eva.public_id])}">Eva Lind</a>' in page
    assert f'changed <a href="{deal.get_absolute_url()}">deal “{deal}”</a>' in page
    assert f"stage from {early} to {late}" in page
    assert "deal.change</code>" not in page
    assert f"changed deal “{deal}”: stage from {early} to {late}" in body(desk, AUDIT, export="csv")


def test_what_a_foreign_hand_wrote_is_shown_as_text(desk: Client) -> None:
    entry("user.give_role", None, after={"name": "<script>alert(1)</script>"})
    assert "<script>alert(1)" not in body(desk, AUDIT)


def test_every_action_of_the_sources_has_words_of_its_own() -> None:
    root = Path(__file__).resolve().parents[2]
    sources = [path for app in ("prm", "partners", "kpis") for path in root.glob(f"{app}/**/*.py")]
    written = {
        action
        for path in sources
        for action in re.findall(r'record\(\s*"([a-z_.]+)"', path.read_text())
    }
    assert len(written) > 25
    nameless = [name for name in sorted(written) if "%(thing)s" not in phrase(name) or ":" in phrase(name)]  # noqa: E501 # fmt: skip
    assert nameless == []


def test_things_without_a_page_are_called_by_what_the_entry_says(desk: Client) -> None:
    now = timezone.now()
    row = AuditEntry.objects.create(
        at=now, actor=None, actor_label="system", action="kpi.set_target",
        object_type="kpis.target", object_id="77",
        after={"kpi": "win_rate", "scope": "program", "period": "2026-Q3", "value": "0.4"},
    )  # fmt: skip
    AuditEntry.objects.create(
        at=now, actor=None, actor_label="system", action="deal.reopen",
        object_type="partners.deal", object_id="gone",
        before={"closed_at": "2026-10-29 15:01:26+00:00"}, after={"closed_at": None},
    )  # fmt: skip
    page = body(desk, AUDIT)
    assert row.object_id == "77"
    assert "set target “Win rate, 2026-Q3”" in page
    assert "15:01:26+00:00" not in page
    assert "29 Oct 2026" in page


KINDS_MADE: dict[str, Any] = {
    "partners.partnerprofile": lambda n: make_partner(f"P{n}").profiles.get(),
    "partners.contract": lambda n: Contract.objects.create(
        partner=make_partner(f"P{n}"), starts_on="2026-01-01", external_id=f"c{n}"
    ),
    "partners.membership": lambda n: make_member(make_partner(f"P{n}"), f"m{n}@example.com"),
    "partners.registration": lambda n: make_registration(
        make_partner(f"P{n}"), customer=make_customer(f"C{n}")
    ),
    "partners.deal": lambda n: make_deal(make_partner(f"P{n}"), customer=make_customer(f"C{n}")),
    "partners.dealadjustment": lambda n: DealAdjustment.objects.create(
        deal=_won(n), kind="refund", amount=1, currency="EUR", at=timezone.now()
    ),
    "partners.dealtouch": lambda n: DealTouch.objects.create(
        deal=_won(n), kind="influenced", at=timezone.now()
    ),
}


def _won(n: int) -> Any:
    return make_deal(make_partner(f"P{n}"), customer=make_customer(f"C{n}"), won="2026-07-15")


@pytest.mark.parametrize("kind", sorted(KINDS_MADE))
def test_many_entries_of_a_kind_cost_as_many_queries_as_one(desk: Client, kind: str) -> None:
    def entry_of_another(n: int) -> None:
        row = KINDS_MADE[kind](n)
        assert row._meta.label_lower == kind
        audit.record("thing.change", row, by=None, now=timezone.now())

    entry_of_another(0)
    desk.get(AUDIT)
    with CaptureQueriesContext(connection) as one:
        desk.get(AUDIT)
    for n in range(1, 25):
        entry_of_another(n)
    with CaptureQueriesContext(connection) as many:
        desk.get(AUDIT)
    assert len(many) == len(one)


def test_the_audit_is_told_apart_by_who_did_it_and_what_it_is_about(desk: Client) -> None:
    entry("deal.win", make_user("ada@example.com", staff_role="admin"))
    entry("user.invite", make_member(make_partner()).user)
    entry("mail.send", None, row=make_mail("x"))
    page = desk.get(AUDIT).context["page"]
    counts = desk.get(AUDIT + "?part=counts").context["counts"]
    assert dict(zip([str(one.label) for one in page.segments], counts, strict=True)) == {
        "All": "3", "By people": "2", "By people of partners": "1", "By the system": "1",
        "People and rights": "2", "Imports": "0",
    }  # fmt: skip


def test_what_else_an_entry_holds_is_a_column_to_choose(desk: Client) -> None:
    made = entry("user.invite", None, reason="Why not", row=make_user(name="Nia"))
    usual = body(desk, AUDIT, export="csv").splitlines()
    assert usual[0].removeprefix("\ufeff") == "When,Who,What,Change,Reason"
    assert usual[1].endswith(",Why not")
    chosen = body(desk, AUDIT, export="csv", cols="who,kind,thing,action,id").splitlines()
    assert chosen[1] == f"the system,Person,Nia,user.invite,{made.object_id}"


def test_roles_and_rights_are_told_in_words(desk: Client) -> None:
    member = make_member(make_partner("Acme"), "pat@acme.example")
    before, after = {"roles": ["read_only"]}, {"roles": ["sales", "old_role"]}
    entry("membership.change", None, row=member, before=before, after=after)
    entry("token.create", None, after={"name": "Sync", "scopes": ["deals:read", "gone:read"]})
    text = body(desk, AUDIT, export="csv")
    words = dict(type(member).Role.choices)
    assert f"{words['sales']}, old_role" in text
    assert f"from {words['read_only']} to" in text
    assert "Read deals (deals:read), gone:read" in text
