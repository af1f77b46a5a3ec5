"""The API of pairs that are alike but two companies."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from partners.accounts.api import PartnerLinkSerializer
from partners.accounts.models import Partner
from partners.merging import services
from partners.merging.models import Apart
from prm.common import access
from prm.common.doors import ScopedRelation, ScopedViewSet, StrictSerializer

RUNS, SCOPE = access.RUNS_PROGRAM, "partners"
access.declare("api:partner-apart-list", GET=RUNS, POST=RUNS, scope=SCOPE)
access.declare("api:partner-apart-detail", GET=RUNS, DELETE=RUNS, model="partners.Apart",
               scope=SCOPE)  # fmt: skip


class ApartSerializer(serializers.ModelSerializer[Apart]):
    """Two partners that are two companies, however alike they look."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    one = PartnerLinkSerializer(source="first", read_only=True)
    other = PartnerLinkSerializer(source="second", read_only=True)

    class Meta:
        model = Apart
        fields = ("id", "one", "other", "at")
        read_only_fields = fields


class NewApart(StrictSerializer):
    """Two partners that are not one company."""

    one = ScopedRelation(Partner)
    other = ScopedRelation(Partner)


@extend_schema_view(
    list=extend_schema(summary="List pairs that are two companies"),
    retrieve=extend_schema(summary="One pair of two companies"),
)
class ApartViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """Pairs that the report of duplicates leaves out."""

    model = Apart
    serializer_class = ApartSerializer
    ordering_fields = ("at",)

    def with_links(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Both partners."""
        return rows.select_related("first", "second")

    @extend_schema(
        summary="Say that two are two companies",
        request=NewApart,
        responses={201: ApartSerializer},
    )
    def create(self, request: Request) -> Response:
        """The report of duplicates leaves this pair out from now on."""
        values = self.checked(NewApart)
        said = services.keep_apart(
            values["one"], values["other"], by=self.actor.user, now=timezone.now()
        )
        return Response(self.shown(said), status=status.HTTP_201_CREATED)

    @extend_schema(summary="Doubt it again", responses={204: None})
    def destroy(self, request: Request, public_id: Any) -> Response:
        """The two may be one company after all: the report shows them again."""
        services.doubt_again(self.get_object(), by=self.actor.user, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)
