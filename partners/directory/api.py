"""The API of what partners can do, and of how strong they are."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from partners.accounts.api import PartnerLinkSerializer
from partners.accounts.models import Partner
from partners.directory import services
from partners.directory.models import Trait
from prm.common import access, config
from prm.common.apifields import Day
from prm.common.doors import ScopedRelation, ScopedViewSet, StrictSerializer
from prm.common.filters import Filters, ScopedChoice, Since

READERS, MANAGES = access.STAFF_ROLES | access.PARTNER_ROLES, access.MANAGES
TRAIT = {"model": "partners.Trait", "scope": "partners"}
access.declare("api:partner-trait-list", GET=READERS, POST=MANAGES, scope="partners")
access.declare("api:partner-trait-detail", GET=READERS, **TRAIT)
access.declare("api:partner-trait-end", POST=MANAGES, **TRAIT)


class TraitSerializer(serializers.ModelSerializer[Trait]):
    """A capability, strength or weakness; a partner's people read capabilities only."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    partner = PartnerLinkSerializer(read_only=True)

    class Meta:
        model = Trait
        fields: tuple[str, ...] = (
            "id", "partner", "kind", "text", "note", "valid_from", "valid_to", "created_at",
            "updated_at",
        )  # fmt: skip
        read_only_fields = fields


class OwnTraitSerializer(TraitSerializer):
    """A capability as the company itself reads it: how we know is the vendor's own matter."""

    class Meta(TraitSerializer.Meta):
        fields = tuple(name for name in TraitSerializer.Meta.fields if name != "note")
        read_only_fields = fields


class NewTrait(StrictSerializer):
    """What a partner can do, or is strong or weak in, from a day on (today if left out)."""

    partner = ScopedRelation(Partner)
    kind = serializers.ChoiceField(Trait.Kind.choices)
    text = serializers.CharField(max_length=120)
    note = serializers.CharField(max_length=300, required=False, allow_blank=True)
    valid_from = Day(required=False)


class TraitEnd(StrictSerializer):
    """The first day on which it holds no longer (today if left out)."""

    valid_to = Day(required=False)


class TraitFilters(Filters):
    """How the list can be narrowed."""

    partner = ScopedChoice(Partner)
    updated_since = Since(field_name="updated_at")


@extend_schema_view(
    list=extend_schema(summary="List capabilities and strengths"),
    retrieve=extend_schema(summary="One capability or strength"),
)
class TraitViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """What partners can do, and what they are strong or weak in."""

    model = Trait
    serializer_class = TraitSerializer
    partner_serializer = OwnTraitSerializer
    filterset_class = TraitFilters

    def with_links(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The partner."""
        return rows.select_related("partner")

    @extend_schema(summary="Note a capability or strength", request=NewTrait,
                   responses={201: TraitSerializer})  # fmt: skip
    def create(self, request: Request) -> Response:
        """Note what a partner can do, or is strong or weak in."""
        values, now = self.checked(NewTrait), timezone.now()
        values.setdefault("valid_from", config.program().local_date(now))
        made = services.note_trait(values.pop("partner"), by=self.actor.user, now=now, **values)
        return Response(self.shown(made), status=status.HTTP_201_CREATED)

    @extend_schema(summary="It holds no longer", request=TraitEnd, responses={204: None})
    @action(detail=True, methods=["post"])
    def end(self, request: Request, public_id: Any) -> Response:
        """It holds no longer from a day on."""
        trait, now = self.get_object(), timezone.now()
        day = self.checked(TraitEnd).get("valid_to", config.program().local_date(now))
        services.end_trait(trait, valid_to=day, by=self.actor.user, now=now)
        return Response(status=status.HTTP_204_NO_CONTENT)
