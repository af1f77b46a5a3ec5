"""The API of dynamic segments: rules, previews, members now and then."""

from typing import Any

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

from partners.accounts.api import PartnerLinkSerializer
from partners.accounts.models import Partner
from partners.segments import services, words
from partners.segments.checks import check, metrics
from partners.segments.evaluator import evaluator
from partners.segments.fields import FIELDS
from partners.segments.models import DynamicSegment, SegmentStay
from partners.segments.periods import windows_of
from partners.segments.ruledoc import from_json
from partners.segments.rules import COMPARE, OPERATORS, Rule
from partners.segments.selectors import counted, may_change
from prm.common import access
from prm.common.doors import ScopedViewSet, StrictSerializer
from prm.common.errors import Conflict, InvalidInput, NotAllowed
from prm.common.filters import Filters, ScopedChoice, Since, YesNo

SCOPE, STAFF, MANAGES = "segments", access.STAFF_ROLES, access.MANAGES
access.name_scope(SCOPE, gettext_lazy("dynamic segments"))
SEGMENT = {"model": "partners.DynamicSegment", "scope": SCOPE}
access.declare("api:segment-list", GET=STAFF, POST=MANAGES, scope=SCOPE)
access.declare("api:segment-detail", GET=STAFF, PATCH=MANAGES, **SEGMENT)
access.declare("api:segment-preview", POST=STAFF, scope=SCOPE)
access.declare("api:segment-vocabulary", GET=STAFF, scope=SCOPE)
for _step in ("archive", "restore", "evaluate"):
    access.declare(f"api:segment-{_step}", POST=MANAGES, **SEGMENT)
access.declare("api:segment-stay-list", GET=STAFF, scope=SCOPE)
STAY = {"model": "partners.SegmentStay", "scope": SCOPE}
access.declare("api:segment-stay-detail", GET=STAFF, **STAY)


@extend_schema_field(
    {
        "type": "object",
        "description": "all or any, with a list of conditions, or of objects of the other word"
        " with a list of conditions. The vocabulary says which fields, KPIs, operators and periods"
        " there are.",
        "example": {
            "all": [
                {"field": "region", "operator": "in", "values": ["EMEA"]},
                {
                    "kpi": "partner_sourced_revenue/net",
                    "period": "last_12_months",
                    "operator": "ge",
                    "value": "100000.00",
                    "currency": "EUR",
                },
            ]
        },
    }
)
class RuleField(serializers.Field[Any, Any, Any, Any]):
    """A rule as checked JSON."""

    def to_internal_value(self, data: Any) -> Rule:
        """The rule. Raises ValidationError that says what to change."""
        try:
            return check(from_json(data))
        except InvalidInput as refusal:
            raise serializers.ValidationError(refusal.message) from refusal

    def to_representation(self, value: Any) -> Any:
        """As it is stored."""
        return value


class SegmentSerializer(serializers.ModelSerializer[DynamicSegment]):
    """A segment; ``members``, ``came`` and ``left`` (30 days) are of the reader's partners."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    rule = RuleField()
    rule_in_words = serializers.SerializerMethodField()
    owner = serializers.CharField(source="owner.name", default=None, allow_null=True)
    members = serializers.IntegerField()
    came = serializers.IntegerField()
    left = serializers.IntegerField()

    class Meta:
        model = DynamicSegment
        fields = (
            "id", "name", "purpose", "rule", "rule_in_words", "edit", "state", "owner",
            "tells_manager", "members", "came", "left", "evaluated_at", "created_at",
            "updated_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_rule_in_words(self, row: DynamicSegment) -> str:
        """The rule as a sentence."""
        rule = row.parsed
        return words.sentence(rule, words.names_for([rule]))


class SegmentInput(StrictSerializer):
    """A segment as it is to be."""

    name = serializers.CharField(max_length=120)
    purpose = serializers.CharField(max_length=300, required=False, allow_blank=True)
    rule = RuleField()
    tells_manager = serializers.BooleanField(required=False)


class SegmentChanges(SegmentInput):
    """What is left out stays; ``edit`` is the edit of the rule that was read."""

    edit = serializers.IntegerField(min_value=0, required=False)


class RuleInput(StrictSerializer):
    """A rule to try."""

    rule = RuleField()


class DecidedSerializer(serializers.Serializer[Any]):
    """A partner, and the values that decided, in words."""

    partner = PartnerLinkSerializer()
    because = serializers.CharField()


class PreviewSerializer(serializers.Serializer[Any]):
    """How many of the reader's partners a rule holds for now, and the first of them by name."""

    members = serializers.IntegerField()
    of = serializers.IntegerField()
    rule_in_words = serializers.CharField()
    first = DecidedSerializer(many=True)


class TermSerializer(serializers.Serializer[Any]):
    """A field or KPI that rules can ask for."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    kind = serializers.CharField()
    operators = serializers.ListField(child=serializers.CharField())
    periods = serializers.ListField(child=serializers.CharField())


class VocabularySerializer(serializers.Serializer[Any]):
    """What rules can ask for."""

    fields_ = TermSerializer(many=True)
    kpis = TermSerializer(many=True)

    def get_fields(self) -> dict[str, Any]:
        """``fields`` is a word that serializers keep for themselves."""
        found = super().get_fields()
        found["fields"] = found.pop("fields_")
        return found


class SegmentFilters(Filters):
    """How the list of segments can be narrowed."""

    state = django_filters.ChoiceFilter(choices=DynamicSegment.State.choices)
    updated_since = Since(field_name="updated_at")


@extend_schema_view(
    list=extend_schema(summary="List dynamic segments"),
    retrieve=extend_schema(summary="One dynamic segment"),
)
class SegmentViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """Dynamic segments: rules over fields and KPIs, with who is in them."""

    model = DynamicSegment
    serializer_class = SegmentSerializer
    filterset_class = SegmentFilters

    def with_links(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Who made it, and the numbers of members."""
        return counted(rows.select_related("owner"), self.actor, timezone.now())

    def _own(self) -> DynamicSegment:
        row: DynamicSegment = self.get_object()
        if not may_change(self.actor, row):
            raise NotAllowed(
                _("Only who made this segment, or who runs the programme, can change it.")
            )
        return row

    @extend_schema(summary="Make a dynamic segment", request=SegmentInput,
                   responses={201: SegmentSerializer})  # fmt: skip
    def create(self, request: Request) -> Response:
        """A segment; its members are worked out at once."""
        now = timezone.now()
        row = services.create_segment(**self.checked(SegmentInput), by=self.actor.user, now=now)
        evaluator().refresh(row, now)
        return Response(self.shown(row), status=status.HTTP_201_CREATED)

    @extend_schema(summary="Change a dynamic segment", request=SegmentChanges(partial=True),
                   responses=SegmentSerializer)  # fmt: skip
    def partial_update(self, request: Request, public_id: Any) -> Response:
        """Change it; its members are worked out at once."""
        row, now = self._own(), timezone.now()
        values = self.checked(SegmentChanges, partial=True)
        services.change_segment(row, by=self.actor.user, now=now, **values)
        evaluator().refresh(row, now)
        return Response(self.shown(row))

    @extend_schema(summary="Archive a dynamic segment", request=None, responses=SegmentSerializer)
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, public_id: Any) -> Response:
        """Nobody is in it any more; who was stays on record."""
        row = self._own()
        services.archive_segment(row, by=self.actor.user, now=timezone.now())
        return Response(self.shown(row))

    @extend_schema(summary="Bring back a segment", request=None, responses=SegmentSerializer)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, public_id: Any) -> Response:
        """It is worked out again, at once."""
        row, now = self._own(), timezone.now()
        evaluator().refresh(services.restore_segment(row, by=self.actor.user, now=now), now)
        return Response(self.shown(row))

    @extend_schema(summary="Work out the members", request=None, responses=SegmentSerializer)
    @action(detail=True, methods=["post"])
    def evaluate(self, request: Request, public_id: Any) -> Response:
        """Work out the members now instead of tonight."""
        row = self._own()
        evaluator().refresh(row, timezone.now())
        return Response(self.shown(row))

    @extend_schema(summary="Try a rule", request=RuleInput, responses=PreviewSerializer)
    @action(detail=False, methods=["post"])
    def preview(self, request: Request) -> Response:
        """Whom a rule would hold for now; nothing is stored."""
        rule = self.checked(RuleInput)["rule"]
        found = evaluator().preview(rule, self.actor, timezone.now())
        if found.problem:
            raise Conflict(found.problem)
        names = words.names_for([rule])
        first = [
            {"partner": one.partner, "because": words.decided(one.values, names)}
            for one in found.first
        ]
        shown = {"members": found.members, "of": found.of, "first": first,
                 "rule_in_words": words.sentence(rule, names)}  # fmt: skip
        return Response(PreviewSerializer(shown, context=self.get_serializer_context()).data)

    @extend_schema(summary="What rules can ask for", responses=VocabularySerializer)
    @action(detail=False, methods=["get"], pagination_class=None, filterset_class=None)
    def vocabulary(self, request: Request) -> Response:
        """Fields and KPIs with their operators and periods."""
        return Response(vocabulary())


def vocabulary() -> dict[str, Any]:
    """Fields and KPIs that rules can ask for."""
    fields = [
        {"key": one.key, "label": str(one.label), "kind": one.kind,
         "operators": list(OPERATORS[one.kind]), "periods": []}
        for one in FIELDS.values()
    ]  # fmt: skip
    kpis = [
        {"key": one.key, "label": str(one.label), "kind": one.unit, "operators": list(COMPARE),
         "periods": ["last_N_months" if name == "rolling" else name for name in windows_of(one)]}
        for one in metrics().values()
    ]  # fmt: skip
    return {"fields": fields, "kpis": kpis}


class SegmentLinkSerializer(serializers.ModelSerializer[DynamicSegment]):
    """A segment by id and name."""

    id = serializers.UUIDField(source="public_id", read_only=True)

    class Meta:
        model = DynamicSegment
        fields = ("id", "name")
        read_only_fields = fields


class StaySerializer(serializers.ModelSerializer[SegmentStay]):
    """A partner was in a segment; ``valid_to`` is the first day on which it was not."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    segment = SegmentLinkSerializer(read_only=True)
    partner = PartnerLinkSerializer(read_only=True)

    class Meta:
        model = SegmentStay
        fields = (
            "id", "segment", "partner", "valid_from", "valid_to", "came_at", "left_at",
            "came_because", "left_because", "came_with", "left_with",
        )  # fmt: skip
        read_only_fields = fields


class StayFilters(Filters):
    """How the list of stays can be narrowed; ``is_open``: those who are in a segment now."""

    segment = ScopedChoice(DynamicSegment)
    partner = ScopedChoice(Partner)
    is_open = YesNo(field_name="valid_to", lookup_expr="isnull")


@extend_schema_view(
    list=extend_schema(summary="List stays in segments"),
    retrieve=extend_schema(summary="One stay in a segment"),
)
class StayViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """Who was in which segment when, with the values that decided."""

    model = SegmentStay
    serializer_class = StaySerializer
    filterset_class = StayFilters
    ordering_fields = ("came_at",)

    def with_links(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Both ends."""
        return rows.select_related("segment", "partner")
