"""The API of contracts."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from partners.accounts.agreements import MOST_NOTICE, sign_contract
from partners.accounts.api import PartnerLinkSerializer
from partners.accounts.models import Contract, Partner
from partners.contracts import services
from prm.common import access
from prm.common.apifields import Day
from prm.common.doors import ScopedRelation, ScopedViewSet, StrictSerializer
from prm.common.filters import Filters, ScopedChoice, Since

READERS, MANAGES = access.STAFF_ROLES | access.PARTNER_ROLES, access.MANAGES
CONTRACT = {"model": "partners.Contract", "scope": "partners"}
access.declare("api:contract-list", GET=READERS, POST=MANAGES, scope="partners")
access.declare("api:contract-detail", GET=READERS, **CONTRACT)
for _step in ("renew", "end", "suspend"):
    access.declare(f"api:contract-{_step}", POST=MANAGES, **CONTRACT)


class ContractSerializer(serializers.ModelSerializer[Contract]):
    """A contract; ``ends_on`` is the first day without it (null: it runs on)."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    partner = PartnerLinkSerializer(read_only=True)

    class Meta:
        model = Contract
        fields = ("id", "partner", "starts_on", "ends_on", "end_reason", "end_kind", "status",
                  "notice_days", "created_at", "updated_at")  # fmt: skip
        read_only_fields = fields


class NewContract(StrictSerializer):
    """A contract that is signed."""

    partner = ScopedRelation(Partner)
    starts_on = Day()
    ends_on = Day(required=False, allow_null=True)
    notice_days = serializers.IntegerField(required=False, min_value=0, max_value=MOST_NOTICE)


class Renewal(StrictSerializer):
    """The first day without the contract that follows; null: it runs on."""

    ends_on = Day(allow_null=True)


class ContractEnd(StrictSerializer):
    """The first day without the contract, and why it ends."""

    ends_on = Day()
    reason = serializers.CharField(max_length=60)
    kind = serializers.ChoiceField(
        Contract.EndKind.choices, required=False, allow_blank=True, help_text="Who ended it."
    )


class Suspension(StrictSerializer):
    """Whether the contract rests."""

    suspended = serializers.BooleanField()


class ContractFilters(Filters):
    """How the list of contracts can be narrowed."""

    partner = ScopedChoice(Partner)
    updated_since = Since(field_name="updated_at")


@extend_schema_view(
    list=extend_schema(summary="List contracts"), retrieve=extend_schema(summary="One contract")
)
class ContractViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """Contracts. A partner's people read those of their own company."""

    model = Contract
    serializer_class = ContractSerializer
    filterset_class = ContractFilters

    def with_links(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The partner."""
        return rows.select_related("partner")

    @extend_schema(summary="Sign a contract", request=NewContract,
                   responses={201: ContractSerializer})  # fmt: skip
    def create(self, request: Request) -> Response:
        """A contract with a partner."""
        values = self.checked(NewContract)
        partner = values.pop("partner")
        made = sign_contract(partner, by=self.actor.user, now=timezone.now(), **values)
        return Response(self.shown(made), status=status.HTTP_201_CREATED)

    @extend_schema(summary="Renew a contract", request=Renewal,
                   responses={201: ContractSerializer})  # fmt: skip
    @action(detail=True, methods=["post"])
    def renew(self, request: Request, public_id: Any) -> Response:
        """A contract follows without a gap."""
        row, values = self.get_object(), self.checked(Renewal)
        made = services.renew_contract(row, by=self.actor.user, now=timezone.now(), **values)
        return Response(self.shown(made), status=status.HTTP_201_CREATED)

    @extend_schema(summary="End a contract", request=ContractEnd, responses=ContractSerializer)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, public_id: Any) -> Response:
        """The contract ends, for a reason."""
        row, values = self.get_object(), self.checked(ContractEnd)
        services.end_contract(row, by=self.actor.user, now=timezone.now(), **values)
        return Response(self.shown(row))

    @extend_schema(summary="Suspend a contract", request=Suspension, responses=ContractSerializer)
    @action(detail=True, methods=["post"])
    def suspend(self, request: Request, public_id: Any) -> Response:
        """Let a contract rest, or go on."""
        row, values = self.get_object(), self.checked(Suspension)
        services.suspend_contract(row, by=self.actor.user, now=timezone.now(), **values)
        return Response(self.shown(row))
