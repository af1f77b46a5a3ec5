"""The API of onboarding templates: what new partners go through, and how it is changed."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from partners.onboarding import rules, templating
from partners.onboarding.models import OnboardingTask, OnboardingTemplate, OnboardingVersion
from partners.onboarding.rules import Step
from prm.common import access
from prm.common.doors import ScopedRelation, ScopedViewSet, StrictSerializer
from prm.common.errors import Conflict, InvalidInput
from prm.common.filters import Filters, Since, YesNo
from prm.common.models import BusinessCalendar
from prm.common.signinlink import is_own_path

SCOPE, MODEL = "onboarding", "partners.OnboardingTemplate"
STAFF, RUNS = access.STAFF_ROLES, access.RUNS_PROGRAM
access.declare("api:onboarding-template-list", GET=STAFF, POST=RUNS, scope=SCOPE)
access.declare("api:onboarding-template-detail", GET=STAFF, PATCH=RUNS, model=MODEL, scope=SCOPE)
for name in ("draft", "publish", "discard"):
    access.declare(f"api:onboarding-template-{name}", POST=RUNS, model=MODEL, scope=SCOPE)


class StepInput(StrictSerializer):
    """One step of a plan."""

    key = serializers.SlugField(max_length=60)
    title = serializers.CharField(max_length=200)
    side = serializers.ChoiceField(OnboardingTask.Side.choices)
    days = serializers.IntegerField(min_value=0, max_value=rules.MOST_DAYS)
    text = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    link = serializers.CharField(max_length=500, required=False, allow_blank=True)
    required: Any = serializers.BooleanField(required=False)
    approval = serializers.BooleanField(required=False)
    milestone = serializers.ChoiceField(
        OnboardingTask.Milestone.choices, required=False, allow_blank=True
    )
    after = serializers.ListField(
        child=serializers.CharField(max_length=60), required=False, max_length=rules.MOST_STEPS
    )

    def validate_link(self, text: str) -> str:
        """A path of this site or an address with https."""
        if text and not is_own_path(text) and not text.startswith("https://"):
            raise serializers.ValidationError(
                _("Enter a path that begins with / or an address that begins with https://.")
            )
        return text


class StepsInput(StrictSerializer):
    """All steps of the draft, in their order."""

    steps = StepInput(many=True)


class NewTemplate(StrictSerializer):
    """A template without steps; they come with its draft."""

    name = serializers.CharField(max_length=120)
    summary = serializers.CharField(max_length=300, required=False, allow_blank=True)
    types = serializers.ListField(child=serializers.CharField(max_length=60), required=False)
    calendar = ScopedRelation(BusinessCalendar, required=False, allow_null=True)
    starts_itself = serializers.BooleanField(required=False)


class TemplateChange(NewTemplate):
    """What is to change of a template."""

    name = serializers.CharField(max_length=120, required=False)
    is_active = serializers.BooleanField(required=False)


class TemplateSerializer(serializers.ModelSerializer[OnboardingTemplate]):
    """A template with its published steps and those of its draft; null where there are none."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    types: Any = serializers.ListField(child=serializers.CharField(), read_only=True)
    calendar: Any = serializers.SlugRelatedField(
        slug_field="public_id", read_only=True, allow_null=True
    )
    version = serializers.SerializerMethodField()
    steps = serializers.SerializerMethodField()
    draft_steps = serializers.SerializerMethodField()

    class Meta:
        model = OnboardingTemplate
        fields = (
            "id", "name", "summary", "types", "calendar", "starts_itself", "is_active", "version",
            "steps", "draft_steps", "created_at", "updated_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_version(self, row: OnboardingTemplate) -> int | None:
        """The number of the published version."""
        holds = self._version(row, "published")
        return holds.number if holds else None

    @extend_schema_field(StepInput(many=True, allow_null=True))
    def get_steps(self, row: OnboardingTemplate) -> list[dict[str, Any]] | None:
        """The published steps."""
        holds = self._version(row, "published")
        return holds.steps if holds else None

    @extend_schema_field(StepInput(many=True, allow_null=True))
    def get_draft_steps(self, row: OnboardingTemplate) -> list[dict[str, Any]] | None:
        """The steps of the draft."""
        draft = self._version(row, "draft")
        return draft.steps if draft else None

    def _version(self, row: OnboardingTemplate, state: str) -> OnboardingVersion | None:
        return next((one for one in row.versions.all() if one.state == state), None)


class TemplateFilters(Filters):
    """How the list of templates can be narrowed."""

    is_active = YesNo()
    type = django_filters.CharFilter(method="of_type")
    updated_since = Since(field_name="updated_at")

    def of_type(self, rows: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        """Templates of this type of partner."""
        return rows.filter(types__contains=[value])


@extend_schema_view(
    list=extend_schema(summary="List onboarding templates"),
    retrieve=extend_schema(summary="One onboarding template"),
)
class OnboardingTemplateViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """What new partners of a type go through, with versions."""

    model = OnboardingTemplate
    serializer_class = TemplateSerializer
    filterset_class = TemplateFilters
    ordering_fields = ("name", "created_at", "updated_at")

    def with_links(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Calendar and versions."""
        return rows.select_related("calendar").prefetch_related("versions")

    @extend_schema(
        summary="Make a template", request=NewTemplate, responses={201: TemplateSerializer}
    )
    def create(self, request: Request) -> Response:
        """A template with an empty draft."""
        values = self.checked(NewTemplate)
        row = templating.create_template(**values, by=self.actor.user, now=timezone.now())
        return Response(self.shown(row), status=status.HTTP_201_CREATED)

    @extend_schema(
        summary="Change a template", request=TemplateChange, responses=TemplateSerializer
    )
    def partial_update(self, request: Request, public_id: Any) -> Response:
        """Name, sentence, types, or whether it is used. Plans that run stay."""
        row, values = self.get_object(), self.checked(TemplateChange)
        templating.change_template(row, by=self.actor.user, now=timezone.now(), **values)
        return Response(self.shown(row))

    @extend_schema(
        summary="State the steps of the draft", request=StepsInput, responses=TemplateSerializer
    )
    @action(detail=True, methods=["post"])
    def draft(self, request: Request, public_id: Any) -> Response:
        """All steps in their order; a draft is begun where there is none."""
        row, values = self.get_object(), self.checked(StepsInput)
        steps = [Step(**{**one, "after": tuple(one.get("after", ()))}) for one in values["steps"]]
        found = [one for one in rules.problems(steps) if one.code in {"twice", "unknown_step"}]
        if found:
            raise InvalidInput(templating.said(found[0]), "steps")
        by, now = self.actor.user, timezone.now()
        draft = templating.start_draft(row, by=by, now=now)
        templating.save_draft(draft, steps, edit=draft.edit, by=by, now=now)
        return Response(self.shown(row))

    @extend_schema(summary="Publish the draft", request=None, responses=TemplateSerializer)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, public_id: Any) -> Response:
        """New plans begin with it from now on; plans that run keep their steps."""
        row = self.get_object()
        templating.publish(self._draft(row), by=self.actor.user, now=timezone.now())
        return Response(self.shown(row))

    @extend_schema(summary="Discard the draft", request=None, responses=TemplateSerializer)
    @action(detail=True, methods=["post"])
    def discard(self, request: Request, public_id: Any) -> Response:
        """Forget the draft; the published steps stand."""
        row = self.get_object()
        templating.discard_draft(self._draft(row), by=self.actor.user, now=timezone.now())
        return Response(self.shown(row))

    def _draft(self, row: OnboardingTemplate) -> OnboardingVersion:
        draft = row.versions.filter(state=OnboardingVersion.State.DRAFT).first()
        if draft is None:
            raise Conflict(templating.said(rules.Problem("no_steps")))
        return draft
