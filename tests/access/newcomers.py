"""Onboarding of both partners of the cast, with a task in every state; templates are ours."""

from django.utils import timezone

from partners.models import (
    Milestone,
    OnboardingPlan,
    OnboardingTask,
    OnboardingTemplate,
    OnboardingVersion,
    Partner,
)
from prm.common.models import User
from tests.access.marks import MARK
from tests.world import World

STEPS = [
    {"key": "sign_in", "title": "Sign in", "days": 2},
    {"key": "plan", "title": "Write a plan", "days": 10, "approval": True, "after": ["sign_in"]},
]


def fill(world: World) -> None:
    """A template with a published version and a draft; what each partner has done of it."""
    now = timezone.now()
    OnboardingTemplate.objects.create(name="Founding partners", is_active=False)
    template = OnboardingTemplate.objects.create(name="New partners")
    published = OnboardingVersion.objects.create(
        template=template, number=1, steps=STEPS, state="published", published_at=now
    )
    OnboardingVersion.objects.create(template=template, number=2, steps=STEPS)
    for partner, by, mark in (
        (world.acme, world.pat.user, "fine"),
        (world.globex, world.gil.user, MARK),
    ):
        _goes_through(partner, published, by, mark)


def _goes_through(partner: Partner, version: OnboardingVersion, by: User, mark: str) -> None:
    now = timezone.now()
    plan = OnboardingPlan.objects.create(
        partner=partner, version=version, started_on=now.date(), reason=f"{mark}-reason"
    )
    common = {"plan": plan, "text": f"{mark}-text", "note": f"{mark}-note", "due_on": now.date()}
    for place, (state, more) in enumerate(
        (
            ("pending", {}),
            ("pending", {"needs_approval": True}),
            ("waiting", {"handed_in_at": now, "handed_in_by": by, "needs_approval": True}),
            ("action_needed", {"answer": f"{mark}-answer", "handed_in_at": now}),
            ("done", {"done_at": now, "done_by": by}),
            ("skipped", {"skipped_at": now, "reason": f"{mark}-why"}),
        )
    ):
        OnboardingTask.objects.create(
            key=f"{mark}-{place}", title=f"{mark}-task-{state}-{place}", state=state, place=place,
            **common, **more,
        )  # fmt: skip
    Milestone.objects.get_or_create(partner=partner, kind="first_sign_in", defaults={"at": now})
