"""The API of merging: possible duplicates, merges, and the way back."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from partners.accounts.api import PartnerLinkSerializer
from partners.accounts.models import Partner
from partners.merging import services
from partners.merging.models import PartnerMerge
from partners.merging.selectors import duplicates
from prm.common import access
from prm.common.doors import ApiDoor, ScopedRelation, ScopedViewSet, StrictSerializer

RUNS, SCOPE = access.RUNS_PROGRAM, "partners"
access.declare("api:partner-merge-list", GET=RUNS, POST=RUNS, scope=SCOPE)
MERGE = {"model": "partners.PartnerMerge", "scope": SCOPE}
access.declare("api:partner-merge-detail", GET=RUNS, **MERGE)
access.declare("api:partner-merge-undo", POST=RUNS, **MERGE)
access.declare("api:partner-duplicate-list", GET=RUNS, scope=SCOPE)


class MergeSerializer(serializers.ModelSerializer[PartnerMerge]):
    """A merge; ``undone_at`` says when it was taken apart again."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    stub = PartnerLinkSerializer(read_only=True)
    survivor = PartnerLinkSerializer(read_only=True)

    class Meta:
        model = PartnerMerge
        fields = ("id", "stub", "survivor", "at", "reason", "undone_at")
        read_only_fields = fields


class NewMerge(StrictSerializer):
    """``stub`` turns out to be ``survivor``."""

    stub = ScopedRelation(Partner)
    survivor = ScopedRelation(Partner)
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True)


@extend_schema_view(
    list=extend_schema(summary="List merges"), retrieve=extend_schema(summary="One merge")
)
class MergeViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """Partners that turned out to be other ones. Those who run the programme merge."""

    model = PartnerMerge
    serializer_class = MergeSerializer
    ordering_fields = ("at",)

    def with_links(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Both partners."""
        return rows.select_related("stub", "survivor")

    @extend_schema(summary="Merge two partners", request=NewMerge, responses={201: MergeSerializer})
    def create(self, request: Request) -> Response:
        """Merge ``stub`` into ``survivor``."""
        values = self.checked(NewMerge)
        stub = services.merge_partner(
            values["stub"], into=values["survivor"], by=self.actor.user, now=timezone.now(),
            reason=values.get("reason", ""),
        )  # fmt: skip
        merge = PartnerMerge.objects.get(stub=stub, undone_at=None)
        return Response(self.shown(merge), status=status.HTTP_201_CREATED)

    @extend_schema(summary="Take a merge apart", request=None, responses=MergeSerializer)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, public_id: Any) -> Response:
        """Take a merge back; what was merged is a partner of its own again."""
        merge = self.get_object()
        services.unmerge_partner(merge.stub, by=self.actor.user, now=timezone.now())
        return Response(self.shown(merge))


class DuplicateSerializer(serializers.Serializer[Any]):
    """Two partners that may be one company."""

    one = PartnerLinkSerializer()
    other = PartnerLinkSerializer()
    same_domain = serializers.BooleanField()
    same_name = serializers.BooleanField()
    likeness = serializers.FloatField(help_text="Of the names, 0 to 1.")


class DuplicateViewSet(ApiDoor, ViewSet):
    """Partners that may be one company."""

    @extend_schema(
        operation_id="partner_duplicates_list",
        summary="List possible duplicates",
        responses=DuplicateSerializer(many=True),
    )
    def list(self, request: Request) -> Response:
        """All pairs, the surest first, without those that somebody said are two companies."""
        pairs = [pair for pair in duplicates(self.actor) if pair.apart is None]
        return Response(DuplicateSerializer(pairs, many=True).data)
