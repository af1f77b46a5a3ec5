"""The API of costs."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from partners.accounts.api import PartnerLinkSerializer
from partners.accounts.models import Partner
from partners.costs import services
from partners.costs.models import Cost
from partners.costs.selectors import RECORDS, seen_by
from prm.common import access
from prm.common.doors import ScopedRelation, ScopedViewSet, StrictSerializer
from prm.common.filters import ScopedChoice, Since

access.name_scope("costs", gettext_lazy("costs"))
access.declare("api:cost-list", GET=access.STAFF_ROLES, POST=RECORDS, scope="costs")
access.declare(
    "api:cost-detail", GET=access.STAFF_ROLES, PATCH=RECORDS, model="partners.Cost", scope="costs"
)


class CostSerializer(serializers.ModelSerializer[Cost]):
    """A cost; ``amount_rc`` is in the reporting currency at the rate of its day."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    partner = PartnerLinkSerializer(read_only=True, allow_null=True)
    amount = serializers.DecimalField(max_digits=18, decimal_places=4)
    amount_rc = serializers.DecimalField(max_digits=18, decimal_places=4, allow_null=True)

    class Meta:
        model = Cost
        fields = (
            "id", "source", "external_id", "partner", "at", "kind", "channel", "note", "amount",
            "currency", "amount_rc", "created_at", "updated_at",
        )  # fmt: skip
        read_only_fields = fields


class NewCost(StrictSerializer):
    """A cost of a partner, or of the programme as a whole."""

    partner = ScopedRelation(Partner, required=False, allow_null=True)
    at = serializers.DateTimeField()
    kind = serializers.ChoiceField(Cost.Kind.choices)
    amount = serializers.DecimalField(max_digits=18, decimal_places=4)
    currency = serializers.CharField(max_length=3)
    channel = serializers.SlugField(max_length=40, required=False, allow_blank=True)
    note = serializers.CharField(max_length=200, required=False, allow_blank=True)


class CostChanges(NewCost):
    """What was wrong; what is left out stays as it is."""


class CostFilters(django_filters.FilterSet):
    """How the list of costs can be narrowed."""

    partner = ScopedChoice(Partner)
    kind = django_filters.ChoiceFilter(choices=Cost.Kind.choices)
    channel = django_filters.CharFilter()
    source = django_filters.CharFilter()
    external_id = django_filters.CharFilter()
    updated_since = Since(field_name="updated_at")


@extend_schema_view(
    list=extend_schema(summary="List costs"),
    retrieve=extend_schema(summary="One cost"),
)
class CostViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """What partners cost. Only the vendor's people know of it."""

    model = Cost
    serializer_class = CostSerializer
    filterset_class = CostFilters
    ordering_fields = ("at", "created_at", "updated_at")

    def with_links(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The partner."""
        return rows.select_related("partner")

    @extend_schema(summary="Record a cost", request=NewCost, responses={201: CostSerializer})
    def create(self, request: Request) -> Response:
        """Record a cost."""
        values = self.checked(NewCost)
        seen_by(self.actor, values.get("partner"))
        cost = services.record_cost(**values, by=self.actor.user, now=timezone.now())
        return Response(self.shown(cost), status=status.HTTP_201_CREATED)

    @extend_schema(
        summary="Correct a cost", request=CostChanges(partial=True), responses=CostSerializer
    )
    def partial_update(self, request: Request, public_id: Any) -> Response:
        """Change what was wrong; what it was stays in the audit."""
        cost, values = self.get_object(), self.checked(CostChanges, partial=True)
        if "partner" in values:
            seen_by(self.actor, values["partner"])
        services.correct_cost(cost, by=self.actor.user, now=timezone.now(), **values)
        return Response(self.shown(cost))
