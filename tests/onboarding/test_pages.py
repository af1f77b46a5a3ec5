"""The pages of onboarding: what they say and what can be done on them, on both faces."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from partners.models import OnboardingTemplate, OnboardingVersion, PartnerProgram, ProgramType
from partners.onboarding.rules import Step
from prm.common.models import User
from tests.factories import make_member, make_partner, make_user
from tests.onboarding.plans import in_state, make_plan, make_template, task

pytestmark = pytest.mark.django_db


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def desk() -> Client:
    return browser(make_user("ada@vendor.example", staff_role="admin"))


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_the_board_shows_each_plan_once_and_says_what_waits(desk: Client) -> None:
    late, ours, theirs = (make_plan(make_partner(name)) for name in ("Late", "Ours", "Theirs"))
    for plan in (ours, theirs):
        plan.tasks.update(due_on="2099-01-01")
    in_state(theirs, "kickoff", "done")
    in_state(ours, "kickoff", "done")
    in_state(ours, "plan", "waiting")
    page = desk.get("/onboarding/")
    columns = {column.key: column for column in page.context["columns"]}
    assert [card.standing.plan.pk for card in columns["late"].cards] == [late.pk]
    assert [card.standing.plan.pk for card in columns["ours"].cards] == [ours.pk]
    assert [card.standing.plan.pk for card in columns["company"].cards] == [theirs.pk]
    assert columns["late"].cards[0].standing.late >= 3
    assert columns["ours"].cards[0].line.task.title == "Write a business plan"


def test_the_list_finds_what_the_board_puts_into_its_columns(desk: Client) -> None:
    late, ours, theirs, in_time = (make_plan(make_partner(name)) for name in "ABCD")
    for plan in (ours, theirs, in_time):
        plan.tasks.update(due_on="2099-01-01")
    for plan in (theirs, in_time):
        in_state(plan, "kickoff", "done")
    # handed in by its day: it waits for us, and is not late
    in_state(in_time, "plan", "waiting", due_on="2026-07-06")

    def listed(query: str) -> set[int]:
        rows = desk.get(f"/onboarding/plans/?{query}").context["page"].rows
        return {row.plan.pk for row in rows}

    columns = {column.key: column for column in desk.get("/onboarding/").context["columns"]}
    on_board = {key: {card.standing.plan.pk for card in one.cards} for key, one in columns.items()}
    assert on_board["late"] == listed(columns["late"].query) == {late.pk}
    assert on_board["ours"] == {ours.pk, in_time.pk}
    assert listed(columns["ours"].query) - on_board["late"] == on_board["ours"]
    assert listed(columns["company"].query) >= on_board["company"] == {theirs.pk}


def test_the_empty_board_says_how_onboarding_begins(desk: Client) -> None:
    assert "Nobody is in onboarding" in text(desk.get("/onboarding/"))


@pytest.mark.parametrize("url", ["/onboarding/", "/onboarding/plans/"])
def test_pages_of_many_plans_ask_as_often_as_of_few(desk: Client, url: str) -> None:
    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert desk.get(url).status_code == 200
        return len(queries)

    make_plan(make_partner("One"))
    desk.get(url)
    few = asked()
    for number in range(6):
        make_plan(make_partner(f"P{number}"))
    assert asked() == few


def test_a_plan_is_begun_from_the_page_of_the_partner(desk: Client) -> None:
    acme, template = make_partner("Acme"), make_template()
    start = f"/partners/{acme.public_id}/onboarding/start/"
    assert "Begin onboarding" in text(desk.get(f"/partners/{acme.public_id}/onboarding/"))
    assert "Kick-off call" in text(desk.get(start))
    body = {"template": str(template.public_id), "started_on": ""}
    wrong = desk.post(start, body)
    assert wrong.status_code == 422
    body["started_on"] = "2026-11-02"
    preview = desk.post(start, body | {"preview": "1"})
    assert "4 Nov 2026" in text(preview)
    assert not acme.onboarding_plans.exists()
    done = desk.post(start, body, follow=True)
    assert "The onboarding has begun" in text(done)
    assert acme.onboarding_plans.get().tasks.count() == 4
    moved = desk.get(f"/partners/{acme.public_id}/onboarding/")
    assert moved.headers["Location"] == acme.onboarding_plans.get().get_absolute_url()


def test_a_task_is_sent_back_approved_skipped_and_moved_on_its_page(desk: Client) -> None:
    plan = make_plan(make_partner("Acme"))
    in_state(plan, "kickoff", "done")
    row = in_state(plan, "plan", "waiting")
    page = row.get_absolute_url()
    empty = desk.post(f"{page}send-back/", {"answer": ""})
    assert (empty.status_code, "Error:" in text(empty)) == (422, True)
    desk.post(f"{page}send-back/", {"answer": "Add numbers."})
    assert "Add numbers." in text(desk.get(page))
    assert desk.post(f"{page}approve/", follow=True).status_code == 200
    assert task(plan, "plan").state == "action_needed"
    assert desk.post(f"{page}due/", {"due_on": "2026-12-01", "reason": "Ill."}).status_code == 302
    desk.post(f"{page}skip/", {"reason": "They have one."})
    assert "They have one." in text(desk.get(page))


def test_a_plan_is_ended_with_its_reason_and_the_partner_reminded(desk: Client) -> None:
    acme = make_partner("Acme")
    make_member(acme, "pat@example.com", "admin")
    page = make_plan(acme).get_absolute_url()
    assert "The partner is reminded" in text(desk.post(f"{page}remind/", follow=True))
    assert "today already" in text(desk.post(f"{page}remind/", follow=True))
    assert desk.post(f"{page}end/", {"reason": ""}).status_code == 422
    assert "They left." in text(desk.post(f"{page}end/", {"reason": "They left."}, follow=True))


def test_the_portal_shows_the_checklist_and_what_is_next() -> None:
    acme = make_partner("Acme")
    pat = browser(make_member(acme, "pat@example.com", "sales").user)
    assert "No onboarding runs for you" in text(pat.get("/portal/onboarding/"))
    plan = make_plan(acme)
    home = text(pat.get("/portal/"))
    assert "Your onboarding" in home
    page = text(pat.get("/portal/onboarding/"))
    assert "1 of 3 required tasks are done" in page  # signed in, which is a milestone
    assert "First comes: Kick-off call" in page
    one = f"/portal/onboarding/{task(plan, 'logo').public_id}/"
    done = pat.post(f"{one}finish/", {"note": "It is there."}, follow=True)
    assert "is done" in text(done)
    assert task(plan, "logo").note == "It is there."
    in_state(plan, "kickoff", "done")
    one = f"/portal/onboarding/{task(plan, 'plan').public_id}/"
    pat.post(f"{one}hand-in/", {"note": "Here."})
    assert "We look at what you handed in" in text(pat.get(one))


def test_a_partner_does_neither_our_tasks_nor_those_of_others() -> None:
    acme, globex = make_partner("Acme"), make_partner("Globex")
    pat = browser(make_member(acme, "pat@example.com", "sales").user)
    plan, foreign = make_plan(acme), make_plan(globex)
    ours = f"/portal/onboarding/{task(plan, 'kickoff').public_id}/"
    assert pat.get(ours).status_code == 200
    assert pat.post(f"{ours}finish/", {}).status_code == 404
    theirs = f"/portal/onboarding/{task(foreign, 'logo').public_id}/"
    assert pat.get(theirs).status_code == 404
    assert pat.post(f"{theirs}finish/", {}).status_code == 404
    assert task(foreign, "logo").state == "pending"


def test_who_only_looks_on_sees_the_checklist_without_buttons() -> None:
    acme = make_partner("Acme")
    rea = browser(make_member(acme, "rea@example.com", "read_only").user)
    row = task(make_plan(acme), "logo")
    page = text(rea.get(f"/portal/onboarding/{row.public_id}/"))
    assert "Mark as done" not in page
    assert rea.post(f"/portal/onboarding/{row.public_id}/finish/", {}).status_code == 403


def test_steps_are_added_ordered_and_published(desk: Client) -> None:
    made = desk.post("/onboarding/templates/new/", {"name": "Resellers", "is_active": "on"})
    draft = OnboardingVersion.objects.get()
    assert made.headers["Location"] == f"/onboarding/steps/{draft.public_id}/"
    page = f"/onboarding/steps/{draft.public_id}/"
    assert "There is no step yet" in text(desk.get(page))
    body = {"edit": "0", "title": "Sign in", "side": "company", "days": "2", "required": "on"}
    assert desk.post(f"{page}step/", body | {"title": ""}).status_code == 422
    assert desk.post(f"{page}step/", body | {"link": "javascript:x"}).status_code == 422
    assert desk.post(f"{page}step/", body).status_code == 302
    stale = desk.post(f"{page}step/", body | {"title": "Again"})
    assert (stale.status_code, "Somebody else changed" in text(stale)) == (422, True)
    second = body | {"edit": "1", "title": "Call", "days": "1", "after": ["sign_in"]}
    assert desk.post(f"{page}step/", second).status_code == 302
    assert "is due before" in text(desk.get(page))
    assert "is due before" in text(desk.post(f"{page}publish/", follow=True))
    fixed = second | {"edit": "2", "place": "1", "days": "5"}
    assert desk.post(f"{page}step/", fixed).status_code == 302
    desk.post(f"{page}step/move/", {"edit": "3", "place": "1", "way": "up"})
    draft.refresh_from_db()
    assert [step.key for step in draft.parsed] == ["call", "sign_in"]
    assert "The steps are published" in text(desk.post(f"{page}publish/", follow=True))
    template = OnboardingTemplate.objects.get()
    again = desk.post(f"/onboarding/templates/{template.public_id}/draft/", follow=True)
    assert "Draft of version 2" in text(again)


def test_taking_a_step_out_frees_who_waited_for_it(desk: Client) -> None:
    template = make_template(Step("a", "A"), Step("b", "B", after=("a",)))
    desk.post(f"/onboarding/templates/{template.public_id}/draft/")
    draft = template.versions.get(state="draft")
    page = f"/onboarding/steps/{draft.public_id}/"
    desk.post(f"{page}step/move/", {"edit": "0", "place": "0", "way": "remove"})
    draft.refresh_from_db()
    assert [(step.key, step.after) for step in draft.parsed] == [("b", ())]


def test_how_long_steps_take_is_told_from_five_finished_on(desk: Client) -> None:
    assert "No step was reached yet" in text(desk.get("/onboarding/times/?period=2026-Q3"))
    for number in range(5):
        plan = make_plan(make_partner(f"P{number}"))
        plan.tasks.filter(key="kickoff").update(state="done", done_at="2026-07-09T09:00Z")
    page = text(desk.get("/onboarding/times/?period=2026-Q3"))
    assert "“Kick-off call” takes longest: 3 days" in page


def test_a_template_can_be_made_for_a_type_of_partners_to_come() -> None:
    admin = make_user("types@vendor.example", staff_role="admin")
    program = PartnerProgram.objects.create(name="Consultants")
    ProgramType.objects.create(program=program, type="consultant")
    sent = {"name": "For consultants", "types": ["consultant"], "is_active": "on"}
    assert browser(admin).post("/onboarding/templates/new/", sent).status_code == 302
    assert OnboardingTemplate.objects.get().types == ["consultant"]
