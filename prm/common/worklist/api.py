"""The API of tasks: list, read, add, hand on, finish and the other steps."""

from typing import Any
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from prm.common import access
from prm.common.access import Actor
from prm.common.apifields import Day
from prm.common.doors import ScopedViewSet, StrictSerializer
from prm.common.errors import InvalidInput
from prm.common.filters import Since, YesNo
from prm.common.models import Task, User
from prm.common.worklist import services, sources
from prm.common.worklist.selectors import DOES, may_own

READERS = access.STAFF_ROLES | access.PARTNER_ROLES
TASK, SCOPE = "common.Task", "tasks"
access.declare("api:task-list", GET=READERS, POST=DOES, scope=SCOPE)
access.declare("api:task-detail", GET=READERS, PATCH=DOES, model=TASK, scope=SCOPE)
access.name_scope(SCOPE, gettext_lazy("tasks"))
for step in ("finish", "dismiss", "reopen", "snooze"):
    access.declare(f"api:task-{step}", POST=DOES, model=TASK, scope=SCOPE)


class PersonLink(serializers.Serializer[User]):
    """A person as tasks name it."""

    id = serializers.UUIDField(source="public_id")
    name = serializers.CharField()


class TaskSerializer(serializers.ModelSerializer[Task]):
    """A task. ``side`` ours: for the vendor's people; company: for those of ``company``."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    title = serializers.SerializerMethodField()
    owner = PersonLink(read_only=True, allow_null=True)
    company = serializers.UUIDField(read_only=True, allow_null=True)

    class Meta:
        model = Task
        fields: tuple[str, ...] = ("id", "source", "title", "side", "company", "owner", "due_on")
        fields += ("priority", "state", "snoozed_until", "url", "reason", "closed_at")
        fields += ("created_at", "updated_at")
        read_only_fields = fields

    def get_title(self, task: Task) -> str:
        """What is to be done, in the reader's language."""
        return sources.title_of(task)


@extend_schema_field({"type": "string", "format": "uuid", "nullable": True})
class CompanyField(serializers.Field[Any, Any, Any, Any]):
    """The id of a partner that the actor may know of; foreign and unknown look alike."""

    default_error_messages = {
        "unknown": gettext_lazy("Nothing has this id, or nothing that you may see.")
    }

    def to_internal_value(self, data: Any) -> UUID:
        """The public id. Raises ValidationError for one that the actor does not know."""
        actor: Actor = access.actor_of(self.context["request"]._request)
        try:
            wanted = UUID(data) if isinstance(data, str) else None
        except ValueError:
            wanted = None
        if wanted is None or wanted not in sources.companies().names(actor, [wanted]):
            self.fail("unknown")
        return wanted


class OwnerInput(StrictSerializer):
    """Who is to do it: the id of a person of the task's side; null: nobody yet."""

    owner = serializers.UUIDField(required=False, allow_null=True)
    due_on = Day(required=False, allow_null=True)


class NewTask(OwnerInput):
    """A new task. People of a partner give tasks in their own company."""

    title = serializers.CharField(max_length=200)
    side = serializers.ChoiceField(Task.Side.choices, required=False)
    company = CompanyField(required=False, allow_null=True)
    priority = serializers.ChoiceField(Task.Priority.choices, required=False)


class Dismissing(StrictSerializer):
    """Why a task need not be done."""

    reason = serializers.CharField(max_length=300)


class Snoozing(StrictSerializer):
    """Until when a task rests; null: it rests no more."""

    until = Day(allow_null=True)


class TaskFilters(django_filters.FilterSet):
    """How the list of tasks can be narrowed."""

    state = django_filters.ChoiceFilter(choices=Task.State.choices)
    side = django_filters.ChoiceFilter(choices=Task.Side.choices)
    source = django_filters.CharFilter()
    company = django_filters.UUIDFilter()
    is_mine = YesNo(method="mine")
    due_before = django_filters.DateFilter(field_name="due_on", lookup_expr="lt")
    updated_since = Since(field_name="updated_at")

    def mine(self, rows: QuerySet[Task], _name: str, value: bool) -> QuerySet[Task]:  # noqa: FBT001
        """The tasks that the asking person owns, or the others."""
        user = access.actor_of(self.request._request).user
        return rows.filter(owner=user) if value else rows.exclude(owner=user)


@extend_schema_view(
    list=extend_schema(summary="List tasks"), retrieve=extend_schema(summary="One task")
)
class TaskViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """Next steps of both sides; a partner's people read those of their own company."""

    model = Task
    serializer_class = TaskSerializer
    filterset_class = TaskFilters
    ordering_fields = ("created_at", "updated_at")

    def with_links(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The owner."""
        return rows.select_related("owner")

    @extend_schema(summary="Add a task", request=NewTask, responses={201: TaskSerializer})
    def create(self, request: Request) -> Response:
        """Give a task to oneself, a colleague, or the people of a partner."""
        values = self.checked(NewTask)
        actor = self.actor
        side = values.setdefault("side", "company" if actor.is_partner else "ours")
        if actor.is_partner:
            own = sources.companies().own(actor)
            if side != Task.Side.COMPANY or values.setdefault("company", own) != own:
                raise InvalidInput(_("Give tasks in your own company."), "company")
        values["owner"] = _owner(values.get("owner"), side, values.get("company"))
        task = services.add_task(**values, by=actor.user, now=timezone.now())
        return Response(self.shown(task), status=status.HTTP_201_CREATED)

    @extend_schema(summary="Hand on a task", request=OwnerInput, responses=TaskSerializer)
    def partial_update(self, request: Request, public_id: Any) -> Response:
        """Change owner and due date of an open task."""
        task, given = self.get_object(), self.checked(OwnerInput)
        if not given:
            raise InvalidInput(_("Send at least one field that is to change."))
        owner = task.owner
        if "owner" in given:
            owner = _owner(given["owner"], task.side, task.company)
        more = {"due_on": given["due_on"]} if "due_on" in given else {}
        services.reassign(task, owner, by=self.actor.user, now=timezone.now(), **more)
        return Response(self.shown(task))

    @extend_schema(summary="Finish a task", request=None, responses=TaskSerializer)
    @action(detail=True, methods=["post"])
    def finish(self, request: Request, public_id: Any) -> Response:
        """It is done."""
        task = self.get_object()
        services.finish_task(task, by=self.actor.user, now=timezone.now())
        return Response(self.shown(task))

    @extend_schema(summary="Dismiss a task", request=Dismissing, responses=TaskSerializer)
    @action(detail=True, methods=["post"])
    def dismiss(self, request: Request, public_id: Any) -> Response:
        """It need not be done; the reason says why."""
        task, given = self.get_object(), self.checked(Dismissing)
        services.dismiss_task(task, by=self.actor.user, now=timezone.now(), **given)
        return Response(self.shown(task))

    @extend_schema(summary="Reopen a task", request=None, responses=TaskSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, public_id: Any) -> Response:
        """It is to be done after all."""
        task = self.get_object()
        services.reopen(task, by=self.actor.user, now=timezone.now())
        return Response(self.shown(task))

    @extend_schema(summary="Let a task rest", request=Snoozing, responses=TaskSerializer)
    @action(detail=True, methods=["post"])
    def snooze(self, request: Request, public_id: Any) -> Response:
        """Let it rest until a day, by the programme's calendar."""
        task, given = self.get_object(), self.checked(Snoozing)
        services.snooze(task, given["until"], by=self.actor.user, now=timezone.now())
        return Response(self.shown(task))


def _owner(wanted: UUID | None, side: str, company: UUID | None) -> User | None:
    """The person of this id, of those who can own the task. Raises InvalidInput for others."""
    if wanted is None:
        return None
    for user in may_own(side, company):
        if user.public_id == wanted:
            return user
    raise InvalidInput(_("Choose an owner among those who are to do it."), "owner")
