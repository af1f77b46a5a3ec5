"""The API of oneself: who asks, and how that person reads."""

from typing import Any, cast

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from prm.common import access
from prm.common.doors import ApiDoor, StrictSerializer
from prm.common.errors import InvalidInput
from prm.common.models import User
from prm.common.profile import services

EVERYBODY = access.STAFF_ROLES | access.PARTNER_ROLES
access.name_scope("profile", gettext_lazy("oneself"))
access.declare("api:me", GET=EVERYBODY, PATCH=EVERYBODY, scope="profile")


class MeSerializer(serializers.ModelSerializer[User]):
    """Who asks. An empty language is that of the browser, an empty zone the programme's."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    roles = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ("id", "name", "email", "roles", "language", "time_zone", "single_keys")
        read_only_fields = fields

    def get_roles(self, row: User) -> list[str]:
        """What this person may do, for the company that it acts for."""
        return sorted(self.context["actor"].roles)


class MeChange(StrictSerializer):
    """What is to change of oneself."""

    name = serializers.CharField(max_length=200, required=False)
    language = serializers.CharField(max_length=9, required=False, allow_blank=True)
    time_zone = serializers.CharField(max_length=60, required=False, allow_blank=True)
    single_keys = serializers.BooleanField(required=False)


class MeView(ApiDoor):
    """Oneself."""

    @extend_schema(operation_id="me", summary="Who asks", responses=MeSerializer)
    def get(self, request: Request) -> Response:
        """The person whose token or session this is."""
        return Response(self._shown())

    @extend_schema(operation_id="me_change", summary="Change oneself", request=MeChange,
                   responses=MeSerializer)  # fmt: skip
    def patch(self, request: Request) -> Response:
        """Name, language, time zone and shortcuts."""
        form = MeChange(data=request.data)
        form.is_valid(raise_exception=True)
        given: dict[str, Any] = dict(form.validated_data)
        if not given:
            raise InvalidInput(_("Send at least one field that is to change."))
        person = self._person()
        known = {name: getattr(person, name) for name in services.FIELDS}
        services.describe_oneself(person, **(known | given), now=timezone.now())
        return Response(self._shown())

    def _person(self) -> User:
        known = cast("User", self.actor.user)  # the policy lets nobody else in
        return User.objects.get(pk=known.pk)

    def _shown(self) -> dict[str, Any]:
        return dict(MeSerializer(self._person(), context={"actor": self.actor}).data)
