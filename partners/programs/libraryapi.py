"""The API of the library of benefits, and of exceptions from requirements."""

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

from partners.accounts.api import PartnerLinkSerializer
from partners.accounts.models import Partner
from partners.programs import deciding, services
from partners.programs.models import Benefit, TierException
from prm.common import access
from prm.common.doors import ScopedViewSet, StrictSerializer
from prm.common.errors import InvalidInput
from prm.common.filters import Filters, ScopedChoice, Since, YesNo

STAFF, RUNS, SCOPE = access.STAFF_ROLES, access.RUNS_PROGRAM, "programs"
BENEFIT, EXCEPTION = "partners.Benefit", "partners.TierException"
access.declare("api:benefit-list", GET=STAFF, POST=RUNS, scope=SCOPE)
access.declare("api:benefit-detail", GET=STAFF, PATCH=RUNS, model=BENEFIT, scope=SCOPE)
access.declare("api:tier-exception-list", GET=STAFF, scope=SCOPE)
access.declare("api:tier-exception-detail", GET=STAFF, model=EXCEPTION, scope=SCOPE)
access.declare("api:tier-exception-end", POST=RUNS, model=EXCEPTION, scope=SCOPE)


class BenefitSerializer(serializers.ModelSerializer[Benefit]):
    """Something that a tier brings; what it is worth in each tier stands in the rules."""

    id = serializers.UUIDField(source="public_id", read_only=True)

    class Meta:
        model = Benefit
        fields = ("id", "name", "description", "is_active", "created_at", "updated_at")
        read_only_fields = fields


class NewBenefit(StrictSerializer):
    """A benefit for the rules to name."""

    name = serializers.CharField(max_length=120)
    description = serializers.CharField(max_length=300, required=False, allow_blank=True)
    is_active = serializers.BooleanField(required=False)


class BenefitChange(NewBenefit):
    """What is to change of a benefit. One that is not active stays in rules that name it."""

    name = serializers.CharField(max_length=120, required=False)


class BenefitFilters(Filters):
    """How the library can be narrowed."""

    is_active = YesNo()
    updated_since = Since(field_name="updated_at")


@extend_schema_view(
    list=extend_schema(summary="List benefits"), retrieve=extend_schema(summary="One benefit")
)
class BenefitViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """The library of benefits."""

    model = Benefit
    serializer_class = BenefitSerializer
    filterset_class = BenefitFilters
    ordering_fields = ("name", "created_at", "updated_at")

    @extend_schema(summary="Add a benefit", request=NewBenefit, responses={201: BenefitSerializer})
    def create(self, request: Request) -> Response:
        """A benefit that rules can name."""
        values = self.checked(NewBenefit)
        made = services.save_benefit(None, **values, by=self.actor.user, now=timezone.now())
        return Response(self.shown(made), status=status.HTTP_201_CREATED)

    @extend_schema(summary="Change a benefit", request=BenefitChange, responses=BenefitSerializer)
    def partial_update(self, request: Request, public_id: Any) -> Response:
        """Its name, what it is, and whether new rules may name it."""
        row, given = self.get_object(), self.checked(BenefitChange)
        if not given:
            raise InvalidInput(_("Send at least one field that is to change."))
        known = {name: getattr(row, name) for name in ("name", "description", "is_active")}
        services.save_benefit(row, **(known | given), by=self.actor.user, now=timezone.now())
        return Response(self.shown(row))


class ExceptionSerializer(serializers.ModelSerializer[TierException]):
    """A tier up to and with ``last_day``, whatever the requirements say."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    partner = PartnerLinkSerializer(read_only=True)

    class Meta:
        model = TierException
        fields = (
            "id", "partner", "tier", "starts_on", "last_day", "reason", "ended_at", "created_at",
            "updated_at",
        )  # fmt: skip
        read_only_fields = fields


class ExceptionFilters(Filters):
    """How the list of exceptions can be narrowed."""

    partner = ScopedChoice(Partner)
    is_ended = YesNo(field_name="ended_at", lookup_expr="isnull", exclude=True)
    last_day_from = django_filters.DateFilter(field_name="last_day", lookup_expr="gte")
    updated_since = Since(field_name="updated_at")


@extend_schema_view(
    list=extend_schema(summary="List exceptions from requirements"),
    retrieve=extend_schema(summary="One exception from requirements"),
)
class ExceptionViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """Partners that have a tier although they miss its requirements, and until when."""

    model = TierException
    serializer_class = ExceptionSerializer
    filterset_class = ExceptionFilters

    def with_links(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The partner."""
        return rows.select_related("partner")

    @extend_schema(summary="Take an exception back", request=None, responses=ExceptionSerializer)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, public_id: Any) -> Response:
        """The next evaluation looks at the partner as at any other."""
        row = self.get_object()
        deciding.end_exception(row, by=self.actor.user, now=timezone.now())
        return Response(self.shown(row))
