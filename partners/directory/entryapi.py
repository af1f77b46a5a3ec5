"""The API of the public directory: what a company says about itself, and its consent."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from partners.accounts.api import PartnerLinkSerializer
from partners.accounts.models import Partner
from partners.directory import services
from partners.directory.models import DirectoryEntry
from prm.common import access
from prm.common.doors import ScopedViewSet, StrictSerializer
from prm.common.filters import Filters, ScopedChoice, Since

READERS, ADMIN = access.STAFF_ROLES | access.PARTNER_ROLES, {"partner:admin"}
ENTRY = {"model": "partners.DirectoryEntry", "scope": "partners"}
access.declare("api:directory-entry-list", GET=READERS, POST=ADMIN, scope="partners")
access.declare("api:directory-entry-detail", GET=READERS, **ENTRY)
access.declare("api:directory-entry-take-off", POST=access.MANAGES, **ENTRY)


class EntrySerializer(serializers.ModelSerializer[DirectoryEntry]):
    """A company's page in the public directory; ``consented_at`` is null while it is not there."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    partner = PartnerLinkSerializer(read_only=True)

    class Meta:
        model = DirectoryEntry
        fields = ("id", "partner", "slug", "headline", "text", "consented_at", "updated_at")
        read_only_fields = fields


class EntryInput(StrictSerializer):
    """What the page says; ``is_public`` is the company's consent, false takes it back."""

    headline = serializers.CharField(max_length=160, allow_blank=True)
    text = serializers.CharField(max_length=2000, allow_blank=True)
    is_public = serializers.BooleanField()


class TakingOff(StrictSerializer):
    """Why; the company reads it."""

    reason = serializers.CharField(max_length=300)


class EntryFilters(Filters):
    """How the list can be narrowed."""

    partner = ScopedChoice(Partner)
    updated_since = Since(field_name="updated_at")


@extend_schema_view(
    list=extend_schema(summary="List entries of the directory"),
    retrieve=extend_schema(summary="One entry of the directory"),
)
class EntryViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """What companies say about themselves. Only a company itself can consent."""

    model = DirectoryEntry
    serializer_class = EntrySerializer
    filterset_class = EntryFilters
    ordering_fields = ("updated_at",)

    def with_links(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The company."""
        return rows.select_related("partner")

    @extend_schema(
        summary="Describe the own company", request=EntryInput, responses={200: EntrySerializer}
    )
    def create(self, request: Request) -> Response:
        """Say what the directory tells about the own company, and consent to it or not."""
        values, user = self.checked(EntryInput), self.actor.user
        company = access.scope(self.actor, Partner).filter(pk=self.actor.partner_id or 0).first()
        if company is None or user is None:
            raise Http404
        row = services.describe_entry(company, by=user, now=timezone.now(), **values)
        return Response(self.shown(row))

    @extend_schema(summary="Take off the directory", request=TakingOff, responses=EntrySerializer)
    @action(detail=True, methods=["post"], url_path="take-off", url_name="take-off")
    def take_off(self, request: Request, public_id: Any) -> Response:
        """The page is in the directory no longer; the company is told why."""
        row, values = self.get_object(), self.checked(TakingOff)
        services.take_off(row, by=self.actor.user, now=timezone.now(), **values)
        return Response(self.shown(row))
