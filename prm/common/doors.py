"""What all views of the API share: strict input, rows by scope, answers as this actor reads."""

from collections.abc import Iterable
from datetime import UTC
from typing import Any
from uuid import UUID

from django.db.models import Model, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from prm.common import access
from prm.common.access import Actor
from prm.common.apiwords import SaysWhatToSend
from prm.common.drf import CursorPages, PolicyPermission, TokenThrottle
from prm.common.errors import InvalidInput
from prm.common.idempotency import AnsweredOnce
from prm.common.parsers import StrictJSONParser, storable


class ApiDoor(AnsweredOnce, APIView):
    """All views of the API: strict input, JSON only, who asks."""

    parser_classes: tuple[type[BaseParser], ...] = (StrictJSONParser,)
    metadata_class = None
    throttle_classes = (TokenThrottle,)
    permission_classes = (PolicyPermission,)
    # Query parameters that an action knows, beside filters and paging of lists.
    known_parameters: dict[str, frozenset[str]] = {}

    @property
    def actor(self) -> Actor:
        """Who asks, as the token or session says."""
        return access.actor_of(self.request._request)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Rights first; then refuse parameters that nobody knows, instead of ignoring them.

        Instants are told and taken in UTC, whatever zone the pages of this person show.
        """
        timezone.activate(UTC)
        super().initial(request, *args, **kwargs)
        self.refuse_unknown_parameters(request)

    def refuse_unknown_parameters(self, request: Request) -> None:
        """Raises InvalidInput for a parameter that this action does not have."""
        known = self.parameter_names()
        for name, values in request.query_params.lists():
            if name not in known:
                names = ", ".join(sorted(known)) or _("none")
                raise InvalidInput(
                    _("This address has no such parameter. It knows: %(names)s.")
                    % {"names": names},
                    name if storable(name) else "",
                    "unknown_parameter",
                )
            if len(values) > 1 or not storable(values[0]):
                raise InvalidInput(_("Give this parameter once, as plain text."), name)

    def parameter_names(self) -> set[str]:
        """The query parameters of the present action."""
        return set(self.known_parameters.get(getattr(self, "action", ""), ()))


class ScopedViewSet(ApiDoor, GenericViewSet[Any]):
    """Rows of ``model`` that the actor may know of; anything else is not there (404).

    ``partner_serializer`` is what a partner's people read, where it differs.
    """

    model: type[Model]
    partner_serializer: type[serializers.BaseSerializer[Any]] | None = None
    pagination_class = CursorPages
    ordering_fields: tuple[str, ...] = ("created_at", "updated_at")
    lookup_field = "public_id"
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Any]:
        """The scoped rows, with what the serializer reads."""
        if getattr(self, "swagger_fake_view", False):
            return self.model._default_manager.none()
        return self.with_links(access.scope(self.actor, self.model))

    def with_links(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Fetch along what the serializer reads."""
        return rows

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        """The reading serializer of this kind of actor."""
        fake = getattr(self, "swagger_fake_view", False)
        if self.partner_serializer and not fake and self.actor.is_partner:
            return self.partner_serializer
        return super().get_serializer_class()

    def parameter_names(self) -> set[str]:
        """Filters, order and paging for lists."""
        names = super().parameter_names()
        if getattr(self, "action", "") == "list":
            filters = getattr(self, "filterset_class", None)
            names |= set(filters.base_filters) if filters else set()
            names |= {"cursor", "limit", "ordering"}
        return names

    def checked(self, serializer: type[serializers.Serializer[Any]], **more: Any) -> dict[str, Any]:
        """The values of the request's body. Raises ValidationError (400) naming each field."""
        form = serializer(data=self.request.data, context=self.get_serializer_context(), **more)
        form.is_valid(raise_exception=True)
        return dict(form.validated_data)

    def shown(self, row: Model) -> Any:
        """The row as this actor reads it, fresh from its scope."""
        fresh = self.get_queryset().get(pk=row.pk)
        return self.get_serializer(fresh).data


class StrictSerializer(SaysWhatToSend, serializers.Serializer[Any]):
    """Input: a field that does not exist here, or cannot be written, is an error."""

    def to_internal_value(self, data: Any) -> Any:
        """Refuse unknown names before anything else."""
        if isinstance(data, dict) and (unknown := self._unknown(data)):
            text = _("This cannot be written here. Leave it out.")
            raise serializers.ValidationError({name: [text] for name in unknown}, "unknown_field")
        return super().to_internal_value(data)

    def _unknown(self, data: dict[str, Any]) -> Iterable[str]:
        writable = {name for name, field in self.fields.items() if not field.read_only}
        return sorted(set(data) - writable)


@extend_schema_field({"type": "string", "format": "uuid"})
class ScopedRelation(serializers.Field[Any, Any, Any, Any]):
    """The id of a row that the actor may know of; foreign, unknown and malformed look alike."""

    default_error_messages = {
        "unknown": gettext_lazy("Nothing has this id, or nothing that you may see.")
    }

    def __init__(self, model: type[Model], **more: Any) -> None:
        self.model = model
        super().__init__(**more)

    def rows(self) -> QuerySet[Any]:
        """The rows to choose from."""
        return access.scope(access.actor_of(self.context["request"]._request), self.model)

    def to_internal_value(self, data: Any) -> Any:
        """The row with this public id."""
        try:
            wanted = UUID(data) if isinstance(data, str) else None
        except ValueError:
            wanted = None
        row = self.rows().filter(public_id=wanted).first() if wanted else None
        if row is None:
            self.fail("unknown")
        return row

    def to_representation(self, value: Any) -> str:
        """Its public id."""
        return str(value.public_id)
