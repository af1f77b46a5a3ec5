"""The API of partners: what they are (partners) and what they were when (profiles)."""

from typing import Any

import django_filters
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import (
    PolymorphicProxySerializer,
    extend_schema,
    extend_schema_field,
    extend_schema_view,
)
from rest_framework import mixins, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from partners.accounts import services
from partners.accounts.listing import with_profile
from partners.accounts.models import Partner, PartnerProfile
from prm.common import access, config
from prm.common.apifields import Day
from prm.common.countries import check_country
from prm.common.domains import DomainField
from prm.common.doors import ScopedRelation, ScopedViewSet, StrictSerializer
from prm.common.errors import InvalidInput
from prm.common.filters import Filters, ScopedChoice, Since
from prm.common.models import User

READERS = access.STAFF_ROLES | access.PARTNER_ROLES
RUNS, MANAGES = access.RUNS_PROGRAM, access.MANAGES
PARTNER, PROFILE = "partners.Partner", "partners.PartnerProfile"
access.name_scope("partners", gettext_lazy("partners"))
access.declare("api:partner-list", GET=READERS, POST=RUNS, scope="partners")
access.declare("api:partner-detail", GET=READERS, PATCH=MANAGES, model=PARTNER, scope="partners")
access.declare("api:profile-list", GET=READERS, scope="partners")
access.declare("api:profile-detail", GET=READERS, model=PROFILE, scope="partners")


class PartnerLinkSerializer(serializers.Serializer[Partner]):
    """A partner as other rows name it."""

    id = serializers.UUIDField(source="public_id")
    name = serializers.CharField()


class OwnPartnerSerializer(serializers.ModelSerializer[Partner]):
    """A partner as its own people read it. Type, tier, region and manager are today's."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    type = serializers.CharField(read_only=True, allow_null=True)
    tier = serializers.CharField(read_only=True, allow_null=True)
    region = serializers.CharField(read_only=True, allow_null=True)
    manager = serializers.CharField(source="manager_name", read_only=True, allow_null=True)

    class Meta:
        model = Partner
        fields: tuple[str, ...] = (
            "id",
            "source",
            "external_id",
            "name",
            "domain",
            "country",
            "city",
        )
        fields += ("type", "tier", "region", "manager", "created_at", "updated_at")
        read_only_fields = fields


class PartnerSerializer(OwnPartnerSerializer):
    """A partner as the vendor's people read it."""

    segment = serializers.CharField(read_only=True, allow_null=True)
    manager_email = serializers.EmailField(read_only=True, allow_null=True)
    parent = PartnerLinkSerializer(read_only=True, allow_null=True)
    merged_into = PartnerLinkSerializer(read_only=True, allow_null=True)

    class Meta(OwnPartnerSerializer.Meta):
        fields = OwnPartnerSerializer.Meta.fields
        fields += ("segment", "manager_email", "parent", "merged_into", "is_test")
        read_only_fields = fields

    def to_representation(self, instance: Partner) -> dict[str, Any]:
        """Without the names of linked partners outside the reader's rows."""
        found: dict[str, Any] = super().to_representation(instance)
        for link in ("parent", "merged_into"):
            if not getattr(instance, f"{link}_seen"):
                found[link] = None
        return found


class OwnProfileSerializer(serializers.ModelSerializer[PartnerProfile]):
    """What a partner was from ``valid_from`` until before ``valid_to`` (null: still)."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    partner = PartnerLinkSerializer(read_only=True)

    class Meta:
        model = PartnerProfile
        fields: tuple[str, ...] = (
            "id",
            "partner",
            "type",
            "tier",
            "region",
            "valid_from",
            "valid_to",
        )
        fields += ("created_at", "updated_at")
        read_only_fields = fields


class ProfileSerializer(OwnProfileSerializer):
    """A profile as the vendor's people read it."""

    manager_email = serializers.EmailField(source="manager.email", read_only=True, allow_null=True)

    class Meta(OwnProfileSerializer.Meta):
        fields = OwnProfileSerializer.Meta.fields
        fields += ("source", "external_id", "segment", "manager_email")
        read_only_fields = fields


@extend_schema_field({"type": "string", "format": "email"})
class ManagerField(serializers.Field[Any, Any, Any, Any]):
    """One of the vendor's people, by e-mail address."""

    def to_internal_value(self, data: Any) -> Any:
        """The person. Raises ValidationError for an address that is nobody of ours."""
        email = data.lower() if isinstance(data, str) else ""
        people = access.scope(access.actor_of(self.context["request"]._request), User)
        person = people.filter(email=email, is_active=True).exclude(staff_role="").first()
        if person is None:
            raise serializers.ValidationError(_("Use the e-mail address of one of our people."))
        return person


class ProfileChange(StrictSerializer):
    """From ``valid_from`` on (today if left out) the partner is something else."""

    type = serializers.CharField(max_length=60, required=False, allow_blank=True)
    tier = serializers.CharField(max_length=60, required=False, allow_blank=True)
    region = serializers.CharField(max_length=60, required=False, allow_blank=True)
    segment = serializers.CharField(max_length=60, required=False, allow_blank=True)
    manager = ManagerField(required=False, allow_null=True)
    valid_from = Day(required=False)


class PartnerChange(ProfileChange):
    """What is changed of a partner: itself, or (from ``valid_from`` on) what it is."""

    name = serializers.CharField(max_length=300, required=False)
    domain = DomainField()
    country = serializers.CharField(
        max_length=80, required=False, allow_blank=True, validators=[check_country]
    )
    city = serializers.CharField(max_length=120, required=False, allow_blank=True)
    parent = ScopedRelation(  # type: ignore[assignment]
        Partner, required=False, allow_null=True
    )
    is_test = serializers.BooleanField(required=False)


class NewPartner(PartnerChange):
    """A new partner with its first profile."""

    name = serializers.CharField(max_length=300)
    source = serializers.CharField(max_length=60, required=False)  # type: ignore[assignment]
    external_id = serializers.CharField(max_length=200, required=False)


class PartnerFilters(Filters):
    """How the list of partners can be narrowed."""

    name = django_filters.CharFilter(lookup_expr="icontains", max_length=300)
    type = django_filters.CharFilter(field_name="current__type")
    tier = django_filters.CharFilter(field_name="current__tier")
    region = django_filters.CharFilter(field_name="current__region")
    country = django_filters.CharFilter()
    source = django_filters.CharFilter()
    external_id = django_filters.CharFilter()
    updated_since = Since(field_name="updated_at")


class ProfileFilters(Filters):
    """How the list of profiles can be narrowed."""

    partner = ScopedChoice(Partner)
    valid_on = django_filters.DateFilter(method="on_day")
    updated_since = Since(field_name="updated_at")

    def on_day(self, rows: QuerySet[Any], _name: str, day: Any) -> QuerySet[Any]:
        """The profiles that are valid on a day."""
        return rows.filter(valid_from__lte=day).exclude(valid_to__lte=day)


BOTH_PARTNER = PolymorphicProxySerializer(
    "PartnerAsRead", [PartnerSerializer, OwnPartnerSerializer], resource_type_field_name=None
)


@extend_schema_view(
    list=extend_schema(summary="List partners"),
    retrieve=extend_schema(summary="One partner", responses=BOTH_PARTNER),
)
class PartnerViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """Partner companies. A partner's people see their own company only."""

    model = Partner
    serializer_class = PartnerSerializer
    partner_serializer = OwnPartnerSerializer
    filterset_class = PartnerFilters
    ordering_fields = ("name", "created_at", "updated_at")

    def with_links(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Today's profile and the linked partners, with whether the reader may know of them."""
        profile = {"segment": F("current__segment"), "manager_email": F("current__manager__email")}
        known = access.scope(self.actor, Partner)
        seen = {
            f"{link}_seen": Exists(known.filter(pk=OuterRef(f"{link}_id")))
            for link in ("parent", "merged_into")
        }
        partners = with_profile(rows).annotate(**profile, **seen)
        return partners.select_related("parent", "merged_into")

    @extend_schema(summary="Add a partner", request=NewPartner, responses={201: PartnerSerializer})
    def create(self, request: Request) -> Response:
        """Add a partner with its first profile."""
        values = self.checked(NewPartner)
        now = timezone.now()
        values.setdefault("valid_from", config.program().local_date(now))
        partner = services.create_partner(**values, by=self.actor.user, now=now)
        return Response(self.shown(partner), status=status.HTTP_201_CREATED)

    @extend_schema(summary="Change a partner", request=PartnerChange, responses=PartnerSerializer)
    def partial_update(self, request: Request, public_id: Any) -> Response:
        """Change the partner itself; type, tier, region, segment and manager from a day on."""
        partner = self.get_object()
        changes = self.checked(PartnerChange)
        if "manager" in changes and not self.actor.has(*access.SEES_ALL_PARTNERS):
            raise InvalidInput(_("Nobody hands over the own partners alone."), "manager")
        now = timezone.now()
        day = changes.pop("valid_from", config.program().local_date(now))
        if not changes:
            raise InvalidInput(_("Send at least one field that is to change."))
        profile = {key: changes.pop(key) for key in services.PROFILE_FIELDS if key in changes}
        by = self.actor.user
        with transaction.atomic():
            services.change_partner(partner, by=by, now=now, **changes)
            if profile:
                services.change_profile(partner, valid_from=day, by=by, now=now, **profile)
        return Response(self.shown(partner))


@extend_schema_view(
    list=extend_schema(summary="List profiles"),
    retrieve=extend_schema(summary="One profile"),
)
class ProfileViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """What partners were when: tier, type, region, segment, manager over time."""

    model = PartnerProfile
    serializer_class = ProfileSerializer
    partner_serializer = OwnProfileSerializer
    filterset_class = ProfileFilters

    def with_links(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Partner and manager."""
        return rows.select_related("partner", "manager")
