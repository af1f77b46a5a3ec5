"""The API of the hierarchy: who stood below whom, and when."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from partners.accounts.api import PartnerLinkSerializer
from partners.accounts.models import Partner
from partners.hierarchy import services
from partners.hierarchy.models import PartnerLink
from prm.common import access, config
from prm.common.apifields import Day
from prm.common.doors import ScopedRelation, ScopedViewSet, StrictSerializer
from prm.common.errors import Conflict
from prm.common.filters import Filters, ScopedChoice

SCOPE = "partners"
access.declare("api:hierarchy-list", GET=access.STAFF_ROLES, POST=access.MANAGES, scope=SCOPE)
LINK = {"model": "partners.PartnerLink", "scope": SCOPE}
access.declare("api:hierarchy-detail", GET=access.STAFF_ROLES, **LINK)
access.declare("api:hierarchy-end", POST=access.MANAGES, **LINK)


class LinkSerializer(serializers.ModelSerializer[PartnerLink]):
    """A link; null stands for a partner that one may not know of."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    child = PartnerLinkSerializer(read_only=True, allow_null=True)
    parent = PartnerLinkSerializer(read_only=True, allow_null=True)

    class Meta:
        model = PartnerLink
        fields = ("id", "child", "parent", "kind", "valid_from", "valid_to", "created_at",
                  "updated_at")  # fmt: skip
        read_only_fields = fields

    def to_representation(self, instance: PartnerLink) -> dict[str, Any]:
        """Without the names of partners outside the reader's rows."""
        found: dict[str, Any] = super().to_representation(instance)
        for end in ("child", "parent"):
            if not getattr(instance, f"{end}_seen"):
                found[end] = None
        return found


class NewLink(StrictSerializer):
    """``child`` stands below ``parent`` from a day on (today if left out)."""

    child = ScopedRelation(Partner)
    parent = ScopedRelation(Partner)  # type: ignore[assignment]
    kind = serializers.ChoiceField(PartnerLink.Kind.choices, required=False)
    valid_from = Day(required=False)


class LinkEnd(StrictSerializer):
    """The first day on which the link holds no longer (today if left out)."""

    valid_from = Day(required=False)


class LinkFilters(Filters):
    """How the list of links can be narrowed."""

    child = ScopedChoice(Partner)
    parent = ScopedChoice(Partner)


@extend_schema_view(
    list=extend_schema(summary="List links of the hierarchy"),
    retrieve=extend_schema(summary="One link of the hierarchy"),
)
class LinkViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """Who stood below whom, and when."""

    model = PartnerLink
    serializer_class = LinkSerializer
    filterset_class = LinkFilters

    def with_links(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Both ends, and whether the reader may know of them."""
        known = access.scope(self.actor, Partner)
        seen = {
            f"{end}_seen": Exists(known.filter(pk=OuterRef(f"{end}_id")))
            for end in ("child", "parent")
        }
        found: QuerySet[Any] = rows.select_related("child", "parent").annotate(**seen)
        return found

    @extend_schema(summary="Place a partner", request=NewLink, responses={201: LinkSerializer})
    def create(self, request: Request) -> Response:
        """Place a partner below another one."""
        values, now = self.checked(NewLink), timezone.now()
        values.setdefault("valid_from", config.program().local_date(now))
        link = services.place_below(
            values.pop("child"), values.pop("parent"), by=self.actor.user, now=now, **values
        )
        return Response(self.shown(link), status=status.HTTP_201_CREATED)

    @extend_schema(summary="End a link", request=LinkEnd, responses=LinkSerializer)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, public_id: Any) -> Response:
        """The child stands below nobody from a day on."""
        link, now = self.get_object(), timezone.now()
        if link.valid_to is not None or not access.scope(self.actor, Partner).filter(
            pk=link.child_id
        ):
            raise Conflict(_("This link has ended, or its lower end is not yours to change."))
        day = self.checked(LinkEnd).get("valid_from", config.program().local_date(now))
        services.take_out(link.child, valid_from=day, by=self.actor.user, now=now)
        if not self.get_queryset().filter(pk=link.pk):
            return Response(status=status.HTTP_204_NO_CONTENT)
        return Response(self.shown(link))
