"""The API of onboarding: plans, their tasks, templates, milestones."""

from datetime import date
from functools import cached_property
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from partners.accounts.api import PartnerLinkSerializer
from partners.accounts.models import Partner
from partners.onboarding import rules, services, sweeping
from partners.onboarding.models import (
    Milestone,
    OnboardingPlan,
    OnboardingTask,
    OnboardingTemplate,
)
from partners.onboarding.selectors import Standing, standing_of
from prm.common import access, config
from prm.common.apifields import Day
from prm.common.doors import ScopedRelation, ScopedViewSet, StrictSerializer
from prm.common.filters import Filters, ScopedChoice, Since
from prm.common.worklist.selectors import DOES

READERS = access.STAFF_ROLES | access.PARTNER_ROLES
MANAGES, DOERS = access.MANAGES, access.MANAGES | (access.PARTNER_ROLES & DOES)
SCOPE = "onboarding"
access.name_scope(SCOPE, gettext_lazy("onboarding of new partners"))
PLAN, TASK = "partners.OnboardingPlan", "partners.OnboardingTask"
access.declare("api:onboarding-plan-list", GET=READERS, POST=MANAGES, scope=SCOPE)
access.declare("api:onboarding-plan-detail", GET=READERS, model=PLAN, scope=SCOPE)
for name in ("end", "remind"):
    access.declare(f"api:onboarding-plan-{name}", POST=MANAGES, model=PLAN, scope=SCOPE)
access.declare("api:onboarding-task-list", GET=READERS, scope=SCOPE)
access.declare("api:onboarding-task-detail", GET=READERS, PATCH=MANAGES, model=TASK, scope=SCOPE)
for name in ("hand-in", "finish"):
    access.declare(f"api:onboarding-task-{name}", POST=DOERS, model=TASK, scope=SCOPE)
for name in ("approve", "send-back", "revoke", "skip"):
    access.declare(f"api:onboarding-task-{name}", POST=MANAGES, model=TASK, scope=SCOPE)
access.declare("api:milestone-list", GET=READERS, scope=SCOPE)


class PlanSerializer(serializers.ModelSerializer[OnboardingPlan]):
    """A partner's onboarding; progress counts required tasks that were not skipped."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    partner = PartnerLinkSerializer(read_only=True)
    template = serializers.CharField(
        source="version.template.name", read_only=True, allow_null=True, default=None
    )
    version = serializers.IntegerField(
        source="version.number", read_only=True, allow_null=True, default=None
    )
    tasks_done = serializers.SerializerMethodField()
    tasks_required = serializers.SerializerMethodField()
    tasks_late = serializers.SerializerMethodField()

    class Meta:
        model = OnboardingPlan
        fields = (
            "id", "source", "external_id", "partner", "template", "version", "state",
            "started_on", "closed_at", "reason", "tasks_done", "tasks_required", "tasks_late",
            "created_at", "updated_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_tasks_done(self, row: OnboardingPlan) -> int:
        """Required tasks that are done."""
        return self._standing(row).progress.done

    def get_tasks_required(self, row: OnboardingPlan) -> int:
        """Required tasks, without skipped ones."""
        return self._standing(row).progress.required

    def get_tasks_late(self, row: OnboardingPlan) -> int:
        """Open tasks whose due day has passed."""
        return self._standing(row).late

    def _standing(self, row: OnboardingPlan) -> Standing:
        return standing_of(row, row.tasks.all(), self._today)

    @cached_property
    def _today(self) -> date:
        return config.program().local_date(timezone.now())


class OnboardingTaskSerializer(serializers.ModelSerializer[OnboardingTask]):
    """One task; ``after`` are the keys of tasks of the same plan that come first."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    plan = serializers.UUIDField(source="plan.public_id", read_only=True)
    partner = PartnerLinkSerializer(source="plan.partner", read_only=True)
    after: Any = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = OnboardingTask
        fields = (
            "id", "source", "external_id", "plan", "partner", "key", "place", "title", "text",
            "link", "side", "is_required", "needs_approval", "milestone", "after", "due_on",
            "state", "handed_in_at", "note", "answer", "done_at", "skipped_at", "reason",
            "created_at", "updated_at",
        )  # fmt: skip
        read_only_fields = fields


class MilestoneSerializer(serializers.ModelSerializer[Milestone]):
    """What a partner did for the first time; it stays when the fact behind it is deleted."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    partner = PartnerLinkSerializer(read_only=True)

    class Meta:
        model = Milestone
        fields = ("id", "partner", "kind", "at", "on", "created_at", "updated_at")
        read_only_fields = fields


class NewPlan(StrictSerializer):
    """Which partner begins with which template, and on which day (today)."""

    partner = ScopedRelation(Partner)
    template = ScopedRelation(OnboardingTemplate)
    started_on = Day(required=False)


class Reasoned(StrictSerializer):
    """Why it ends early, or why a task is skipped; the partner reads it."""

    reason = serializers.CharField(max_length=300)


class Noting(StrictSerializer):
    """What the person says with the task."""

    note = serializers.CharField(max_length=4000, required=False, allow_blank=True)


class Answering(StrictSerializer):
    """What is still to be done; the partner reads it."""

    answer = serializers.CharField(max_length=4000)


class MovingDue(StrictSerializer):
    """Another due day, and why."""

    due_on = Day()
    reason = serializers.CharField(max_length=300)


class PlanFilters(Filters):
    """How the list of plans can be narrowed."""

    partner = ScopedChoice(Partner)
    state = django_filters.ChoiceFilter(choices=OnboardingPlan.State.choices)
    updated_since = Since(field_name="updated_at")


class TaskFilters(Filters):
    """How the list of tasks can be narrowed."""

    plan = ScopedChoice(OnboardingPlan)
    partner = ScopedChoice(Partner, field_name="plan__partner")
    state = django_filters.ChoiceFilter(choices=OnboardingTask.State.choices)
    side = django_filters.ChoiceFilter(choices=OnboardingTask.Side.choices)
    due_before = django_filters.DateFilter(field_name="due_on", lookup_expr="lt")
    updated_since = Since(field_name="updated_at")


class MilestoneFilters(Filters):
    """How the list of milestones can be narrowed."""

    partner = ScopedChoice(Partner)
    kind = django_filters.ChoiceFilter(choices=Milestone.Kind.choices)
    updated_since = Since(field_name="updated_at")


@extend_schema_view(
    list=extend_schema(summary="List onboarding plans"),
    retrieve=extend_schema(summary="One onboarding plan"),
)
class OnboardingPlanViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """The onboarding of partners; a partner's people read their own."""

    model = OnboardingPlan
    serializer_class = PlanSerializer
    filterset_class = PlanFilters
    ordering_fields = ("started_on", "created_at", "updated_at")

    def with_links(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Partner, template and tasks."""
        return rows.select_related("partner", "version__template").prefetch_related("tasks")

    @extend_schema(summary="Begin an onboarding", request=NewPlan, responses={201: PlanSerializer})
    def create(self, request: Request) -> Response:
        """Copy the published steps of a template for a partner."""
        values = self.checked(NewPlan)
        plan = services.start_plan(**values, by=self.actor.user, now=timezone.now())
        return Response(self.shown(plan), status=status.HTTP_201_CREATED)

    @extend_schema(summary="End an onboarding early", request=Reasoned, responses=PlanSerializer)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, public_id: Any) -> Response:
        """Stop it before it is completed."""
        plan, values = self.get_object(), self.checked(Reasoned)
        services.end_plan(plan, by=self.actor.user, now=timezone.now(), **values)
        return Response(self.shown(plan))

    @extend_schema(summary="Remind the partner", request=None, responses=PlanSerializer)
    @action(detail=True, methods=["post"])
    def remind(self, request: Request, public_id: Any) -> Response:
        """Tell the partner's people what waits for them; at most once a day."""
        plan = self.get_object()
        sweeping.remind_partner(plan, by=self.actor.user, now=timezone.now())
        return Response(self.shown(plan))


@extend_schema_view(
    list=extend_schema(summary="List onboarding tasks"),
    retrieve=extend_schema(summary="One onboarding task"),
)
class OnboardingTaskViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """The tasks of plans, of both sides. Both sides see all of them."""

    model = OnboardingTask
    serializer_class = OnboardingTaskSerializer
    filterset_class = TaskFilters
    ordering_fields = ("due_on", "created_at", "updated_at")

    def with_links(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Plan and partner."""
        return rows.select_related("plan__partner")

    def _take(self, take: Any, serializer: type[StrictSerializer] | None, **more: Any) -> Response:
        task = self.get_object()
        if self.actor.is_partner and task.side != rules.COMPANY:
            raise Http404
        values = self.checked(serializer) if serializer else {}
        take(task, by=self.actor.user, now=timezone.now(), **values, **more)
        return Response(self.shown(task))

    @extend_schema(
        summary="Change the due day", request=MovingDue, responses=OnboardingTaskSerializer
    )
    def partial_update(self, request: Request, public_id: Any) -> Response:
        """Give an open task another due day."""
        return self._take(services.move_due, MovingDue)

    @extend_schema(summary="Hand in a task", request=Noting, responses=OnboardingTaskSerializer)
    @action(detail=True, methods=["post"], url_path="hand-in", url_name="hand-in")
    def hand_in(self, request: Request, public_id: Any) -> Response:
        """Give a task for approval."""
        return self._take(services.hand_in, Noting)

    @extend_schema(
        summary="Finish an onboarding task", request=Noting, responses=OnboardingTaskSerializer
    )
    @action(detail=True, methods=["post"])
    def finish(self, request: Request, public_id: Any) -> Response:
        """It is done, and nobody has to approve it."""
        return self._take(services.finish, Noting, is_partner=self.actor.is_partner)

    @extend_schema(summary="Approve a task", request=None, responses=OnboardingTaskSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, public_id: Any) -> Response:
        """What was handed in is good; never by who handed it in."""
        return self._take(services.approve, None)

    @extend_schema(
        summary="Send a task back", request=Answering, responses=OnboardingTaskSerializer
    )
    @action(detail=True, methods=["post"], url_path="send-back", url_name="send-back")
    def send_back(self, request: Request, public_id: Any) -> Response:
        """What was handed in needs another look."""
        return self._take(services.send_back, Answering)

    @extend_schema(summary="Revoke a task", request=Answering, responses=OnboardingTaskSerializer)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, public_id: Any) -> Response:
        """A task that was done is open again."""
        return self._take(services.revoke, Answering)

    @extend_schema(summary="Skip a task", request=Reasoned, responses=OnboardingTaskSerializer)
    @action(detail=True, methods=["post"])
    def skip(self, request: Request, public_id: Any) -> Response:
        """This partner need not do it; it cannot be done later."""
        return self._take(services.skip, Reasoned)


@extend_schema_view(list=extend_schema(summary="List milestones of partners"))
class MilestoneViewSet(mixins.ListModelMixin, ScopedViewSet):
    """When partners signed in, registered and won for the first time."""

    model = Milestone
    serializer_class = MilestoneSerializer
    filterset_class = MilestoneFilters
    ordering_fields = ("at", "created_at", "updated_at")

    def with_links(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The partner."""
        return rows.select_related("partner")
