"""The API of companies' people: who signs in for which partner, as what."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from partners.accounts import colleagues
from partners.accounts.api import PartnerLinkSerializer
from partners.accounts.joining import add_person
from partners.accounts.models import Membership, Partner
from prm.common import access
from prm.common.doors import ScopedRelation, ScopedViewSet, StrictSerializer
from prm.common.filters import Filters, ScopedChoice, Since, YesNo

READERS = access.STAFF_ROLES | access.PARTNER_ROLES
WRITERS = access.MANAGES | {"partner:admin"}
MEMBER = {"model": "partners.Membership", "scope": "partners"}
access.declare("api:partner-person-list", GET=READERS, POST=WRITERS, scope="partners")
access.declare("api:partner-person-detail", GET=READERS, PATCH=WRITERS, **MEMBER)
access.declare("api:partner-person-remove", POST=WRITERS, **MEMBER)


class PersonSerializer(serializers.ModelSerializer[Membership]):
    """A person at a company."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    partner = PartnerLinkSerializer(read_only=True)
    name = serializers.CharField(source="user.name", read_only=True)
    email = serializers.EmailField(source="user.email", read_only=True, allow_null=True)

    class Meta:
        model = Membership
        fields = ("id", "partner", "name", "email", "roles", "is_active", "created_at",
                  "updated_at")  # fmt: skip
        read_only_fields = fields


class Roles(StrictSerializer):
    """What a person may do."""

    roles = serializers.MultipleChoiceField(choices=Membership.Role.choices, allow_empty=False)


class NewPerson(Roles):
    """Somebody who is to sign in; a partner's administrators leave ``partner`` out."""

    partner = ScopedRelation(Partner, required=False)
    name = serializers.CharField(max_length=200)
    email = serializers.EmailField()


class PersonFilters(Filters):
    """How the list of people can be narrowed."""

    partner = ScopedChoice(Partner)
    is_active = YesNo()
    updated_since = Since(field_name="updated_at")


@extend_schema_view(
    list=extend_schema(summary="List people of partners"),
    retrieve=extend_schema(summary="One person of a partner"),
)
class PersonViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """Who signs in for which partner. A partner's people read those of their own company."""

    model = Membership
    serializer_class = PersonSerializer
    filterset_class = PersonFilters

    def with_links(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Person and company."""
        return rows.select_related("user", "partner")

    @extend_schema(summary="Invite a person", request=NewPerson, responses={201: PersonSerializer})
    def create(self, request: Request) -> Response:
        """Let a person sign in for a company; the person gets a mail."""
        values = self.checked(NewPerson)
        company = values.pop("partner", None)
        if company is None:
            own = access.scope(self.actor, Partner).filter(pk=self.actor.partner_id or 0).first()
            if own is None:
                raise serializers.ValidationError({"partner": [_("Name the company.")]})
            company = own
        values["roles"] = sorted(values["roles"])
        member = add_person(company, by=self.actor.user, now=timezone.now(), **values)
        return Response(self.shown(member), status=status.HTTP_201_CREATED)

    @extend_schema(summary="Change roles", request=Roles, responses=PersonSerializer)
    def partial_update(self, request: Request, public_id: Any) -> Response:
        """Give a person other roles. The last administrator keeps the role."""
        member, roles = self.get_object(), sorted(self.checked(Roles)["roles"])
        colleagues.change_roles(member, roles, by=self.actor.user, now=timezone.now())
        return Response(self.shown(member))

    @extend_schema(summary="Remove a person", request=None, responses=PersonSerializer)
    @action(detail=True, methods=["post"])
    def remove(self, request: Request, public_id: Any) -> Response:
        """The person leaves the company and is out at the next request."""
        member = self.get_object()
        colleagues.remove_person(member, by=self.actor.user, now=timezone.now())
        return Response(self.get_serializer(Membership.objects.get(pk=member.pk)).data)
