"""A template and plans for tests of onboarding."""

from datetime import date
from typing import Any

from partners.models import OnboardingPlan, OnboardingTask, OnboardingTemplate, Partner
from partners.onboarding import services, templating
from partners.onboarding.rules import Step
from tests.factories import at

NOW = at("2026-07-06")  # a Monday
STEPS = (
    Step("sign_in", "Sign in", days=2, milestone="first_sign_in"),
    Step("kickoff", "Kick-off call", side="ours", days=3),
    Step("plan", "Write a business plan", days=10, approval=True, after=("kickoff",)),
    Step("logo", "Put our logo on your website", days=20, required=False),
)


def make_template(*steps: Step, name: str = "New partners", **fields: Any) -> OnboardingTemplate:
    """A template with a published version."""
    template = templating.create_template(name=name, by=None, now=NOW, **fields)
    draft = template.versions.get()
    draft = templating.save_draft(draft, steps or STEPS, edit=0, by=None, now=NOW)
    templating.publish(draft, by=None, now=NOW)
    return template


def make_plan(partner: Partner, *steps: Step, **fields: Any) -> OnboardingPlan:
    """A plan that runs since Monday, 6 July 2026."""
    template = OnboardingTemplate.objects.first() or make_template(*steps)
    return services.start_plan(
        partner, template, by=fields.pop("by", None), now=NOW, started_on=date(2026, 7, 6)
    )


def task(plan: OnboardingPlan, key: str) -> OnboardingTask:
    """A task of a plan as it stands now."""
    return plan.tasks.get(key=key)


def in_state(plan: OnboardingPlan, key: str, state: str, **more: Any) -> OnboardingTask:
    """Put a task into a state, as if it had come there."""
    fields: dict[str, Any] = {"state": state}
    if state == "done":
        fields["done_at"] = NOW
    if state == "skipped":
        fields |= {"skipped_at": NOW, "reason": "not for them"}
    if state in {"waiting", "action_needed"}:
        fields["handed_in_at"] = NOW
    plan.tasks.filter(key=key).update(**fields | more)
    return task(plan, key)
