"""Plans from start to end: due days, order, progress, milestones, worklists, news."""

from datetime import date, timedelta
from typing import Any

import pytest

from partners import signals
from partners.accounts.services import record_login
from partners.models import Milestone, OnboardingPlan, OnboardingTask
from partners.onboarding import services, sweeping, templating
from partners.onboarding.rules import Step
from partners.onboarding.selectors import standing_of
from prm.common.errors import Conflict, InvalidInput
from prm.common.models import AuditEntry, BusinessCalendar, Notice, Task
from prm.common.worklist import services as worklist
from tests.factories import at, make_deal, make_member, make_partner, make_registration, make_user
from tests.onboarding.plans import NOW, STEPS, in_state, make_plan, make_template, task

pytestmark = pytest.mark.django_db


def test_due_days_are_business_days_of_the_calendar() -> None:
    calendar = BusinessCalendar.objects.create(name="Office")
    calendar.holidays.create(on="2026-07-09", name="Founders’ day")
    template = make_template(calendar=calendar)
    plan = services.start_plan(
        make_partner("Acme"), template, by=None, now=NOW, started_on=date(2026, 7, 6)
    )
    due = dict(plan.tasks.values_list("key", "due_on"))
    assert due == {
        "sign_in": date(2026, 7, 8),
        "kickoff": date(2026, 7, 10),  # Thursday is off
        "plan": date(2026, 7, 21),
        "logo": date(2026, 8, 4),
    }


def test_a_country_has_its_own_calendar_unless_the_template_names_one() -> None:
    german = BusinessCalendar.objects.create(name="Germany", country="DE")
    german.holidays.create(on="2026-07-07", name="Local day")
    plan = make_plan(make_partner("Acme", country="DE"))
    assert task(plan, "sign_in").due_on == date(2026, 7, 9)


def test_a_later_version_changes_no_plan_that_runs() -> None:
    plan = make_plan(make_partner("Acme"))
    template = plan.version.template
    draft = templating.start_draft(template, by=None, now=NOW)
    more = (*STEPS, Step("more", "One more"))
    draft = templating.save_draft(draft, more, edit=0, by=None, now=NOW)
    templating.publish(draft, by=None, now=NOW)
    assert plan.tasks.count() == 4
    assert make_plan(make_partner("Globex")).tasks.count() == 5


def test_what_comes_first_has_to_be_settled_first() -> None:
    plan = make_plan(make_partner("Acme"))
    with pytest.raises(Conflict, match="Kick-off call"):
        services.hand_in(task(plan, "plan"), by=None, now=NOW)
    services.skip(task(plan, "kickoff"), reason="We know them.", by=None, now=NOW)
    assert services.hand_in(task(plan, "plan"), by=None, now=NOW).state == "waiting"


def test_a_task_with_approval_is_not_finished_and_one_without_not_handed_in() -> None:
    plan = make_plan(make_partner("Acme"))
    in_state(plan, "kickoff", "done")
    with pytest.raises(Conflict):
        services.finish(task(plan, "plan"), by=None, now=NOW)
    with pytest.raises(Conflict):
        services.hand_in(task(plan, "logo"), by=None, now=NOW)


def test_a_partner_cannot_say_that_a_milestone_is_reached() -> None:
    plan = make_plan(make_partner("Acme"))
    with pytest.raises(Conflict, match="by itself"):
        services.finish(task(plan, "sign_in"), by=None, now=NOW, is_partner=True)
    assert services.finish(task(plan, "sign_in"), by=None, now=NOW).state == "done"


def test_a_plan_is_completed_when_nothing_required_is_left_and_runs_on_when_one_is_revoked() -> (
    None
):
    plan = make_plan(make_partner("Acme"))
    for key in ("sign_in", "kickoff"):
        services.finish(task(plan, key), by=None, now=NOW)
    services.skip(task(plan, "plan"), reason="They have one.", by=None, now=NOW)
    plan.refresh_from_db()
    assert (plan.state, plan.closed_on) == ("completed", date(2026, 7, 6))
    assert task(plan, "logo").state == "pending"  # optional: nobody is asked any more
    assert not Task.objects.filter(state="open").exists()
    services.revoke(task(plan, "kickoff"), answer="It was not held.", by=None, now=NOW)
    plan.refresh_from_db()
    assert (plan.state, task(plan, "kickoff").state) == ("running", "action_needed")
    assert Task.objects.filter(state="open", side="ours").exists()


def test_skipped_tasks_leave_both_sums_and_say_who_and_why() -> None:
    ana = make_user(staff_role="channel_manager")
    plan = make_plan(make_partner("Acme"))
    row = services.skip(task(plan, "plan"), reason="They have one.", by=ana, now=NOW)
    assert (row.skipped_by, row.reason, row.skipped_on) == (ana, "They have one.", date(2026, 7, 6))
    found = standing_of(plan, plan.tasks.all(), date(2026, 7, 6)).progress
    assert (found.done, found.required) == (0, 2)


def test_the_first_of_each_kind_is_a_milestone_that_survives_its_row() -> None:
    acme = make_partner("Acme")
    member = make_member(acme, "pat@example.com", "admin")
    record_login(member.user, now=at("2026-07-02"), impersonated=True)
    record_login(member.user, now=at("2026-07-03"))
    record_login(member.user, now=at("2026-07-04"))
    make_registration(acme, submitted_at=at("2026-07-05"))
    deal = make_deal(acme, won="2026-07-15")
    kinds = dict(Milestone.objects.values_list("kind", "on"))
    assert kinds["first_sign_in"] == date(2026, 7, 3)
    assert kinds["first_registration"] <= date(2026, 7, 5)
    assert kinds["first_win"] == date(2026, 7, 15)
    deal.stage_events.all().delete()
    deal.delete()
    member.login_events.all().delete()
    assert dict(Milestone.objects.values_list("kind", "on")) == kinds


def test_only_an_earlier_fact_moves_a_milestone() -> None:
    acme = make_partner("Acme")
    make_deal(acme, won="2026-07-15")
    make_deal(acme, won="2026-08-15")
    row = Milestone.objects.get(kind="first_win")
    assert row.on == date(2026, 7, 15)
    make_deal(acme, won="2026-06-15", opened_at=at("2026-05-01"))
    row.refresh_from_db()
    assert row.on == date(2026, 6, 15)


def test_a_milestone_ends_the_task_that_waits_for_it() -> None:
    acme = make_partner("Acme")
    member = make_member(acme, "pat@example.com", "admin")
    plan = make_plan(acme)
    record_login(member.user, now=at("2026-07-07T08:00"))
    assert sweeping.settle_milestones(at("2026-07-07T09:00")) == 1
    row = task(plan, "sign_in")
    assert (row.state, row.done_at, row.done_by) == ("done", at("2026-07-07T08:00"), None)
    assert sweeping.settle_milestones(at("2026-07-07T09:00")) == 0


def test_what_was_reached_before_the_start_is_done_at_the_start() -> None:
    acme = make_partner("Acme")
    member = make_member(acme, "pat@example.com", "admin")
    record_login(member.user, now=at("2026-05-07"))
    row = task(make_plan(acme), "sign_in")
    assert (row.state, row.done_on) == ("done", date(2026, 7, 6))


def test_a_milestone_of_a_merged_stub_counts_for_its_survivor() -> None:
    acme, stub = make_partner("Acme"), make_partner("Acme Old")
    plan = make_plan(acme)
    member = make_member(stub, "pat@example.com", "admin")
    record_login(member.user, now=NOW)
    stub.merged_into, stub.merged_at = acme, NOW
    stub.save()
    assert sweeping.settle_milestones(NOW) == 1
    assert task(plan, "sign_in").state == "done"


def test_the_worklists_of_both_sides_follow_the_plan() -> None:
    acme = make_partner("Acme")
    plan = make_plan(acme)
    asked = Task.objects.filter(source="onboarding", state="open")
    assert set(asked.values_list("side", "args__title")) == {
        ("company", "Sign in"), ("ours", "Kick-off call"),
        ("company", "Put our logo on your website"),
    }  # fmt: skip
    services.finish(task(plan, "kickoff"), by=None, now=NOW)
    new = asked.get(args__title="Write a business plan")
    assert (new.company, new.due_on) == (acme.public_id, date(2026, 7, 20))
    services.hand_in(task(plan, "plan"), by=None, now=NOW)
    assert not asked.filter(args__title="Write a business plan").exists()
    waits = Task.objects.get(source="onboarding_approval", state="open")
    assert (waits.side, waits.company) == ("ours", acme.public_id)
    services.send_back(task(plan, "plan"), answer="Add numbers.", by=None, now=NOW)
    waits.refresh_from_db()
    assert waits.state == "done"
    assert asked.get(args__title="Write a business plan").pk == new.pk
    services.end_plan(plan, reason="They left.", by=None, now=NOW)
    assert not Task.objects.filter(state="open").exists()


def test_a_task_of_a_plan_is_not_closed_in_the_worklist() -> None:
    make_plan(make_partner("Acme"))
    row = Task.objects.filter(source="onboarding").first()
    for step in (worklist.finish_task, worklist.reopen):
        with pytest.raises(Conflict, match="by itself"):
            step(row, by=None, now=NOW)
    with pytest.raises(Conflict):
        worklist.dismiss_task(row, reason="no", by=None, now=NOW)


def _told(kind: str) -> list[Any]:
    return list(Notice.objects.filter(kind=kind).values_list("to__email", "url"))


def test_people_are_told_once_and_the_link_lands_on_the_task() -> None:
    ana = make_user("ana@example.com", staff_role="channel_manager")
    acme = make_partner("Acme", manager=ana)
    pat = make_member(acme, "pat@example.com", "admin").user
    make_member(acme, "rea@example.com", "sales")
    plan = make_plan(acme)
    assert _told("onboarding_started") == [("pat@example.com", "/portal/onboarding/")]
    assert _told("task_assigned") == []
    in_state(plan, "kickoff", "done")
    row = services.hand_in(task(plan, "plan"), by=pat, now=NOW)
    assert _told("onboarding_handed_in") == [("ana@example.com", row.get_absolute_url())]
    services.send_back(row, answer="Add numbers.", by=ana, now=NOW)
    page = f"/portal/onboarding/{row.public_id}/"
    assert _told("onboarding_sent_back") == [("pat@example.com", page)]


def test_due_days_that_come_near_are_told_once() -> None:
    acme = make_partner("Acme")
    make_member(acme, "pat@example.com", "admin")
    plan = make_plan(acme)
    in_state(plan, "kickoff", "done")
    monday = at("2026-07-13")
    sweeping.tell_due(monday)
    assert _told("onboarding_due_soon") == []  # the plan is due a week later
    friday = at("2026-07-17")
    for _turn in range(2):
        sweeping.tell_due(friday)
    page = f"/portal/onboarding/{task(plan, 'plan').public_id}/"
    assert _told("onboarding_due_soon") == [("pat@example.com", page)]


def test_a_plan_that_stands_still_is_told_to_its_manager_once() -> None:
    ana = make_user("ana@example.com", staff_role="channel_manager")
    plan = make_plan(make_partner("Acme", manager=ana))
    OnboardingPlan.objects.filter(pk=plan.pk).update(created_at=NOW)
    assert sweeping.tell_stalled(NOW + timedelta(days=20)) == 0
    for days in (22, 23):
        sweeping.tell_stalled(NOW + timedelta(days=days))
    assert _told("onboarding_stalled") == [("ana@example.com", plan.get_absolute_url())]


def test_a_partner_is_reminded_once_a_day_and_only_of_something() -> None:
    ana = make_user("ana@example.com", staff_role="channel_manager")
    acme = make_partner("Acme", manager=ana)
    plan = make_plan(acme)
    with pytest.raises(Conflict, match="Nobody"):
        sweeping.remind_partner(plan, by=ana, now=NOW)
    make_member(acme, "pat@example.com", "admin")
    assert sweeping.remind_partner(plan, by=ana, now=NOW) == 1
    with pytest.raises(Conflict, match="today"):
        sweeping.remind_partner(plan, by=ana, now=NOW)
    assert sweeping.remind_partner(plan, by=ana, now=NOW + timedelta(days=1)) == 1
    plan.tasks.filter(side="company").update(state="done", done_at=NOW)
    with pytest.raises(Conflict, match="Nothing waits"):
        sweeping.remind_partner(plan, by=ana, now=NOW + timedelta(days=2))


def test_every_step_stands_in_the_audit_with_who_and_why() -> None:
    ana = make_user(staff_role="channel_manager")
    plan = make_plan(make_partner("Acme"), by=ana)
    services.skip(task(plan, "plan"), reason="They have one.", by=ana, now=NOW)
    found = AuditEntry.objects.filter(actor=ana).values_list("action", "reason")
    assert ("onboardingplan.start", "") in found
    assert ("onboardingtask.skip", "They have one.") in found


def test_news_is_sent_inside_the_transaction() -> None:
    heard: list[str] = []

    def hear(sender: Any, **news: Any) -> None:
        heard.append(news.get("action") or "started")

    signals.onboarding_started.connect(hear)
    signals.onboarding_task_moved.connect(hear)
    try:
        plan = make_plan(make_partner("Acme"))
        services.finish(task(plan, "kickoff"), by=None, now=NOW)
    finally:
        signals.onboarding_started.disconnect(hear)
        signals.onboarding_task_moved.disconnect(hear)
    assert heard == ["started", "finish"]


def test_an_approved_application_begins_the_plan_of_its_type() -> None:
    from partners.recruiting.services import approve_application
    from tests.factories import make_application, make_form

    make_template(name="For all")
    own = make_template(Step("one", "One"), name="Resellers", types=["reseller"])
    make_template(Step("one", "One"), name="By hand", types=["reseller"], starts_itself=False)
    row = make_application(make_form(), email="ann@acme.example")
    approve_application(row, by=None, now=NOW, valid_from=date(2026, 7, 6), type="reseller")
    plan = OnboardingPlan.objects.get()
    assert plan.version.template == own
    known = make_application(make_form("b"), email="ben@old.example", company="Old")
    old = make_partner("Old", type="reseller")
    old.contracts.create(starts_on="2020-01-01")
    approve_application(known, by=None, now=NOW, valid_from=date(2026, 7, 6), partner=old)
    assert OnboardingPlan.objects.count() == 1


@pytest.mark.parametrize("day", [date(2024, 7, 6), date(2028, 7, 6)])
def test_a_plan_begins_within_a_year_of_today(day: date) -> None:
    with pytest.raises(InvalidInput):
        services.start_plan(make_partner("Acme"), make_template(), by=None, now=NOW, started_on=day)


def test_another_due_day_reaches_the_worklist_and_is_told_why() -> None:
    plan = make_plan(make_partner("Acme"))
    with pytest.raises(InvalidInput):
        services.move_due(task(plan, "kickoff"), date(2026, 7, 30), reason=" ", by=None, now=NOW)
    services.move_due(task(plan, "kickoff"), date(2026, 7, 30), reason="Ill.", by=None, now=NOW)
    assert Task.objects.get(args__title="Kick-off call").due_on == date(2026, 7, 30)
    assert OnboardingTask.objects.get(key="kickoff").due_on == date(2026, 7, 30)
