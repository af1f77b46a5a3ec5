"""The API of customers and deals."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from partners.accounts.api import PartnerLinkSerializer
from partners.accounts.models import Partner
from partners.deals import below, services
from partners.deals.belowmodels import DealBelow
from partners.deals.models import Customer, Deal, Stage
from prm.common import access
from prm.common.apifields import AmountInput, Day, Instant, MoneyText
from prm.common.countries import check_country
from prm.common.domains import DomainField
from prm.common.doors import ScopedRelation, ScopedViewSet, StrictSerializer
from prm.common.errors import InvalidInput
from prm.common.filters import Filters, ScopedChoice, Since, YesNo, scoped

READERS = access.STAFF_ROLES | access.PARTNER_ROLES
CODE: "dict[str, StrOrPromise]" = {"invalid": gettext_lazy("Send three capital letters like EUR.")}
MANAGES, DEAL = access.MANAGES, "partners.Deal"
access.name_scope("customers", gettext_lazy("customers"))
access.declare("api:customer-list", GET=READERS, POST=MANAGES, scope="customers")
access.declare("api:customer-detail", GET=READERS, model="partners.Customer", scope="customers")
access.name_scope("deals", gettext_lazy("deals"))
access.declare("api:deal-list", GET=READERS, POST=MANAGES, scope="deals")
access.declare("api:deal-detail", GET=READERS, PATCH=MANAGES, model=DEAL, scope="deals")
access.declare("api:deal-win", POST=MANAGES, model=DEAL, scope="deals")
access.declare("api:deal-lose", POST=MANAGES, model=DEAL, scope="deals")
access.declare("api:deal-reopen", POST=MANAGES, model=DEAL, scope="deals")
access.declare("api:deal-hide", POST=MANAGES | access.PARTNER_SELLS, model=DEAL, scope="deals")
access.declare("api:deal-of-reseller-list", GET=access.PARTNER_ROLES, scope="deals")


class CustomerSerializer(serializers.ModelSerializer[Customer]):
    """An end customer."""

    id = serializers.UUIDField(source="public_id", read_only=True)

    class Meta:
        model = Customer
        fields: tuple[str, ...] = (
            "id",
            "source",
            "external_id",
            "name",
            "region",
            "segment",
            "country",
            "domain",
        )
        fields += ("created_at", "updated_at")
        read_only_fields = fields


class CustomerLinkSerializer(serializers.Serializer[Customer]):
    """A customer as deals name it."""

    id = serializers.UUIDField(source="public_id")
    name = serializers.CharField()


class NewCustomer(StrictSerializer):
    """A new end customer."""

    name = serializers.CharField(max_length=300)
    region = serializers.CharField(max_length=60, required=False, allow_blank=True)
    segment = serializers.CharField(max_length=60, required=False, allow_blank=True)
    country = serializers.CharField(
        max_length=80, required=False, allow_blank=True, validators=[check_country]
    )
    domain = DomainField()
    source = serializers.CharField(max_length=60, required=False)  # type: ignore[assignment]
    external_id = serializers.CharField(max_length=200, required=False)


class DealSerializer(serializers.ModelSerializer[Deal]):
    """A deal. ``partner`` null: a direct one. ``amount_rc`` is frozen on the closing day."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    partner = PartnerLinkSerializer(read_only=True, allow_null=True)
    customer = CustomerLinkSerializer(read_only=True, allow_null=True)
    stage = serializers.CharField(source="stage.key", read_only=True, allow_null=True)
    amount = MoneyText("amount", "currency")
    amount_rc = MoneyText("amount_rc")

    class Meta:
        model = Deal
        fields: tuple[str, ...] = (
            "id",
            "source",
            "external_id",
            "partner",
            "customer",
            "name",
            "product",
            "state",
        )
        fields += ("stage", "amount", "currency", "amount_rc", "opened_at", "approved_at")
        fields += ("closed_at", "closed_on", "expected_close_on", "is_co_sell", "is_hidden")
        fields += ("created_at", "updated_at")
        read_only_fields = fields


@extend_schema_field({"type": "string"})
class StageField(serializers.Field[Any, Any, Any, Any]):
    """The key of a stage."""

    def to_internal_value(self, data: Any) -> Any:
        """The stage. Raises ValidationError naming the keys that exist."""
        stages = access.scope(access.actor_of(self.context["request"]._request), Stage)
        found = stages.filter(key=data).first() if isinstance(data, str) else None
        if found is None:
            keys = ", ".join(stages.values_list("key", flat=True))
            raise serializers.ValidationError(_("Use one of: %(keys)s.") % {"keys": keys})
        return found


class DealChange(StrictSerializer):
    """What can be changed of a deal."""

    name = serializers.CharField(max_length=300, required=False, allow_blank=True)
    product = serializers.CharField(max_length=120, required=False, allow_blank=True)
    stage = StageField(required=False)
    amount = AmountInput(required=False, allow_null=True)
    currency = serializers.RegexField("^[A-Z]{3}$", required=False, error_messages=CODE)
    expected_close_on = Day(required=False, allow_null=True)
    is_co_sell = serializers.BooleanField(required=False)


class NewDeal(DealChange):
    """A deal that begins: of a partner, or a direct one without ``partner``."""

    partner = ScopedRelation(Partner, required=False, allow_null=True)
    customer = ScopedRelation(Customer, required=False, allow_null=True)
    currency = serializers.RegexField("^[A-Z]{3}$", error_messages=CODE)
    opened_at = Instant(required=False)
    source = serializers.CharField(max_length=60, required=False)  # type: ignore[assignment]
    external_id = serializers.CharField(max_length=200, required=False)


class Closing(StrictSerializer):
    """When a deal closed; now if left out."""

    closed_at = Instant(required=False)


class Losing(Closing):
    """When and why a deal was lost."""

    reason = serializers.CharField(max_length=300, required=False, allow_blank=True)


class Reopening(StrictSerializer):
    """Why a closed deal is open again."""

    reason = serializers.CharField(max_length=300)


class CustomerFilters(Filters):
    """How the list of customers can be narrowed."""

    name = django_filters.CharFilter(lookup_expr="icontains", max_length=300)
    region = django_filters.CharFilter()
    country = django_filters.CharFilter()
    source = django_filters.CharFilter()
    external_id = django_filters.CharFilter()
    updated_since = Since(field_name="updated_at")


class Hiding(StrictSerializer):
    """Whether those above the partner may see the deal."""

    hidden = serializers.BooleanField()


class DealFilters(Filters):
    """How the list of deals can be narrowed."""

    state = django_filters.ChoiceFilter(choices=Deal.State.choices)
    stage = django_filters.ModelChoiceFilter(queryset=scoped(Stage), to_field_name="key")
    partner = ScopedChoice(Partner)
    customer = ScopedChoice(Customer)
    is_direct = YesNo(field_name="partner", lookup_expr="isnull")
    closed_from = django_filters.DateFilter(field_name="closed_on", lookup_expr="gte")
    closed_before = django_filters.DateFilter(field_name="closed_on", lookup_expr="lt")
    source = django_filters.CharFilter()
    external_id = django_filters.CharFilter()
    updated_since = Since(field_name="updated_at")


@extend_schema_view(
    list=extend_schema(summary="List customers"), retrieve=extend_schema(summary="One customer")
)
class CustomerViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """End customers of the deals that one may know of; for managers also those without any."""

    model = Customer
    serializer_class = CustomerSerializer
    filterset_class = CustomerFilters
    ordering_fields = ("name", "created_at", "updated_at")

    @extend_schema(
        summary="Add a customer", request=NewCustomer, responses={201: CustomerSerializer}
    )
    def create(self, request: Request) -> Response:
        """Add an end customer."""
        values = self.checked(NewCustomer)
        customer = services.create_customer(**values, by=self.actor.user, now=timezone.now())
        return Response(self.shown(customer), status=status.HTTP_201_CREATED)


@extend_schema_view(
    list=extend_schema(summary="List deals"), retrieve=extend_schema(summary="One deal")
)
class DealViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """Deals: a partner's, or direct ones. A partner's people read their own company's."""

    model = Deal
    serializer_class = DealSerializer
    filterset_class = DealFilters

    def with_links(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Partner, customer and stage."""
        return rows.select_related("partner", "customer", "stage")

    @extend_schema(summary="Open a deal", request=NewDeal, responses={201: DealSerializer})
    def create(self, request: Request) -> Response:
        """Open a deal of a partner, or a direct one."""
        values = {"partner": None, "customer": None, **self.checked(NewDeal)}
        now = timezone.now()
        if values["partner"] is None and not self.actor.has(*access.SEES_ALL_PARTNERS):
            raise InvalidInput(_("Name the partner; direct deals are not yours."), "partner")
        deal = services.open_deal(**values, by=self.actor.user, now=now)
        return Response(self.shown(deal), status=status.HTTP_201_CREATED)

    @extend_schema(summary="Change a deal", request=DealChange, responses=DealSerializer)
    def partial_update(self, request: Request, public_id: Any) -> Response:
        """Change name, product, stage, amount, currency, expected close or co-sell."""
        deal = self.get_object()
        changes = self.checked(DealChange)
        services.change_deal(deal, by=self.actor.user, now=timezone.now(), **changes)
        return Response(self.shown(deal))

    @extend_schema(summary="Win a deal", request=Closing, responses=DealSerializer)
    @action(detail=True, methods=["post"])
    def win(self, request: Request, public_id: Any) -> Response:
        """Close a deal as won."""
        deal, values = self.get_object(), self.checked(Closing)
        services.win_deal(deal, by=self.actor.user, now=timezone.now(), **values)
        return Response(self.shown(deal))

    @extend_schema(summary="Lose a deal", request=Losing, responses=DealSerializer)
    @action(detail=True, methods=["post"])
    def lose(self, request: Request, public_id: Any) -> Response:
        """Close a deal as lost."""
        deal, values = self.get_object(), self.checked(Losing)
        services.lose_deal(deal, by=self.actor.user, now=timezone.now(), **values)
        return Response(self.shown(deal))

    @extend_schema(summary="Reopen a deal", request=Reopening, responses=DealSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, public_id: Any) -> Response:
        """Open a closed deal again."""
        deal, values = self.get_object(), self.checked(Reopening)
        services.reopen_deal(deal, by=self.actor.user, now=timezone.now(), **values)
        return Response(self.shown(deal))

    @extend_schema(
        summary="Hide a deal from distributors", request=Hiding, responses=DealSerializer
    )
    @action(detail=True, methods=["post"])
    def hide(self, request: Request, public_id: Any) -> Response:
        """Hide a deal from those above its partner, or (``hidden`` false) show it again."""
        deal, values = self.get_object(), self.checked(Hiding)
        below.hide_deal(deal, hidden=values["hidden"], by=self.actor.user, now=timezone.now())
        return Response(self.shown(deal))


@extend_schema_view(list=extend_schema(summary="List deals of resellers"))
class DealBelowViewSet(mixins.ListModelMixin, ScopedViewSet):
    """Deals of the companies below one's own, opened while they stood there and not hidden."""

    model = DealBelow
    serializer_class = DealSerializer

    def with_links(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Partner, customer, stage and registration."""
        return rows.select_related("partner", "customer", "stage", "registration")
