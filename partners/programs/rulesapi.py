"""The API of rules: versions and drafts, publishing, dry runs and what they found."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from partners.programs import runs, services
from partners.programs.checks import problems
from partners.programs.models import PartnerProgram, RuleVersion, TierRun
from partners.programs.ruleinput import DraftInput, rules_of
from prm.common import access
from prm.common.doors import ScopedViewSet
from prm.common.errors import Conflict
from prm.common.filters import ScopedChoice, Since

STAFF, RUNS = access.STAFF_ROLES, access.RUNS_PROGRAM
VERSION, RUN = "partners.RuleVersion", "partners.TierRun"
OF_VERSION: Any = {"model": VERSION, "scope": "programs"}
access.declare("api:rule-version-list", GET=STAFF, scope="programs")
access.declare("api:rule-version-detail", GET=STAFF, PATCH=RUNS, DELETE=RUNS, **OF_VERSION)
access.declare("api:rule-version-publish", POST=RUNS, **OF_VERSION)
access.declare("api:rule-version-dry-run", POST=RUNS, **OF_VERSION)
access.declare("api:tier-run-list", GET=RUNS, scope="programs")
access.declare("api:tier-run-detail", GET=RUNS, model=RUN, scope="programs")


class RuleVersionSerializer(serializers.ModelSerializer[RuleVersion]):
    """A version of a programme's rules; a draft also says what is wrong with it."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    program = serializers.UUIDField(source="program.public_id", read_only=True)
    problems = serializers.SerializerMethodField()

    class Meta:
        model = RuleVersion
        fields = (
            "id", "program", "number", "state", "edit", "rules", "problems", "published_at",
            "created_at", "updated_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_problems(self, row: RuleVersion) -> list[str]:
        """What has to be mended before the draft can be published; empty for other versions."""
        return problems(row.parsed) if row.state == RuleVersion.State.DRAFT else []


class ChangeShape(serializers.Serializer[Any]):
    """What would become of one partner; ``missed`` names the figures that it misses."""

    partner = serializers.UUIDField()
    name = serializers.CharField()
    what = serializers.CharField()
    to = serializers.CharField()
    missed = serializers.ListField(child=serializers.CharField())

    def get_fields(self) -> dict[str, Any]:
        """With the tier that it comes from, whose name is a word of Python."""
        return {**super().get_fields(), "from": serializers.CharField()}


class TierRunSerializer(serializers.ModelSerializer[TierRun]):
    """An evaluation or a dry run. A dry run has moved nobody; ``changes`` lists what it found."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    program = serializers.UUIDField(source="program.public_id", read_only=True)
    version = serializers.IntegerField(source="version_number", read_only=True)
    is_working = serializers.BooleanField(read_only=True)
    percent = serializers.IntegerField(read_only=True)
    changes = ChangeShape(many=True, read_only=True)

    class Meta:
        model = TierRun
        fields = (
            "id", "program", "version", "is_draft", "kind", "day", "is_working", "total", "done",
            "percent", "counts", "changes", "started_at", "finished_at", "created_at",
            "updated_at",
        )  # fmt: skip
        read_only_fields = fields


class VersionFilters(django_filters.FilterSet):
    """How the list of versions can be narrowed."""

    program = ScopedChoice(PartnerProgram)
    state = django_filters.ChoiceFilter(choices=RuleVersion.State.choices)
    updated_since = Since(field_name="updated_at")


class RunFilters(django_filters.FilterSet):
    """How the list of runs can be narrowed."""

    program = ScopedChoice(PartnerProgram)
    kind = django_filters.ChoiceFilter(choices=TierRun.Kind.choices)
    updated_since = Since(field_name="updated_at")


@extend_schema_view(
    list=extend_schema(summary="List versions of rules"),
    retrieve=extend_schema(summary="One version of rules"),
)
class RuleVersionViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """Versions of rules: published ones never change, a draft does until it is published."""

    model = RuleVersion
    serializer_class = RuleVersionSerializer
    filterset_class = VersionFilters

    def with_links(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The programme."""
        return rows.select_related("program")

    @extend_schema(summary="Edit a draft", request=DraftInput, responses=RuleVersionSerializer)
    def partial_update(self, request: Request, public_id: Any) -> Response:
        """Store other rules over the edit that was read. Moves nobody."""
        draft, values = self.get_object(), self.checked(DraftInput)
        if draft.state != RuleVersion.State.DRAFT:
            raise Conflict(_("These rules are published already. Begin a new draft."))
        rules = rules_of(values["rules"])
        draft = services.save_draft(
            draft, rules, edit=values["edit"], by=self.actor.user, now=timezone.now()
        )
        return Response(self.shown(draft))

    @extend_schema(summary="Discard a draft", responses={204: None})
    def destroy(self, request: Request, public_id: Any) -> Response:
        """Forget a draft; the published rules stand."""
        services.discard_draft(self.get_object(), by=self.actor.user, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(summary="Publish a draft", request=None, responses=RuleVersionSerializer)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, public_id: Any) -> Response:
        """From now on these are the rules; the next evaluation uses them."""
        version = services.publish(self.get_object(), by=self.actor.user, now=timezone.now())
        return Response(self.shown(version))

    @extend_schema(summary="Begin a dry run", request=None, responses={202: TierRunSerializer})
    @action(detail=True, methods=["post"], url_path="dry-run")
    def dry_run(self, request: Request, public_id: Any) -> Response:
        """Work out what these rules would change now, beside this request. Moves nobody."""
        run = runs.ask_dry_run(self.get_object(), by=self.actor.user, now=timezone.now())
        return Response(TierRunSerializer(run).data, status=status.HTTP_202_ACCEPTED)


@extend_schema_view(
    list=extend_schema(summary="List evaluations and dry runs"),
    retrieve=extend_schema(summary="One evaluation or dry run"),
)
class TierRunViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """Evaluations and dry runs, how far they are, and what a dry run would change."""

    model = TierRun
    serializer_class = TierRunSerializer
    filterset_class = RunFilters

    def with_links(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The programme."""
        return rows.select_related("program")
