"""The API of notifications: what one is told, and how one wants to be told."""

from datetime import time
from typing import Any

import django_filters
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from prm.common import access
from prm.common.doors import ScopedViewSet, StrictSerializer
from prm.common.errors import InvalidInput
from prm.common.filters import Since, YesNo
from prm.common.models import Notice, User
from prm.common.notices import selectors, services
from prm.common.notices.listing import readers
from prm.common.notices.models import When
from prm.common.notices.reading import Line, lines_of

EVERYBODY = access.STAFF_ROLES | access.PARTNER_ROLES
NOTICE, SCOPE = "common.Notice", "notifications"
access.name_scope(SCOPE, gettext_lazy("notifications"))
access.declare("api:notification-list", GET=EVERYBODY, scope=SCOPE)
access.declare("api:notification-detail", GET=EVERYBODY, model=NOTICE, scope=SCOPE)
access.declare("api:notification-read", POST=EVERYBODY, model=NOTICE, scope=SCOPE)
access.declare("api:notification-read-all", POST=EVERYBODY, scope=SCOPE)
access.declare("api:notification-choices", GET=EVERYBODY, PATCH=EVERYBODY, scope=SCOPE)


class NoticeSerializer(serializers.Serializer[Line]):
    """A notification, in the language of its reader. ``url`` is null when it leads nowhere."""

    id = serializers.UUIDField(source="notice.public_id")
    kind = serializers.CharField(source="notice.kind")
    text = serializers.CharField(source="sentence")
    url = serializers.SerializerMethodField()
    at = serializers.DateTimeField(source="notice.at")
    read_at = serializers.DateTimeField(source="notice.read_at", allow_null=True)
    is_available = serializers.SerializerMethodField()

    def get_url(self, line: Line) -> str | None:
        """The path of its page."""
        return line.url or None

    def get_is_available(self, line: Line) -> bool:
        """Whether the reader may (still) know what it is about."""
        return not line.is_gone


class NoticeFilters(django_filters.FilterSet):
    """How the list can be narrowed."""

    is_unread = YesNo(field_name="read_at", lookup_expr="isnull")
    kind = django_filters.CharFilter()
    since = Since(field_name="at")


class KindChoice(StrictSerializer):
    """How one kind of thing is told."""

    kind = serializers.CharField(max_length=60)
    in_app = serializers.BooleanField(required=False)
    mail = serializers.ChoiceField(When.choices, required=False)


class KindChoiceAnswer(KindChoice):
    """The same, with its name; a mandatory kind cannot be switched off."""

    label = serializers.CharField(source="kind.label")  # type: ignore[assignment]
    kind = serializers.CharField(source="kind.key")
    is_mandatory = serializers.BooleanField(source="kind.is_mandatory")


class QuietTime(serializers.TimeField):
    """A time of the person's own clock such as 22:00."""

    def __init__(self, **more: Any) -> None:
        super().__init__(format="%H:%M", input_formats=["%H:%M"], **more)


class ChoicesInput(StrictSerializer):
    """What is to change. Quiet hours are given as a pair; two nulls end them."""

    quiet_from = QuietTime(required=False, allow_null=True)
    quiet_until = QuietTime(required=False, allow_null=True)
    kinds = KindChoice(many=True, required=False)


class ChoicesAnswer(serializers.Serializer[Any]):
    """How this person wants to be told."""

    quiet_from = QuietTime(allow_null=True)
    quiet_until = QuietTime(allow_null=True)
    kinds = KindChoiceAnswer(many=True)


@extend_schema_view(
    list=extend_schema(summary="List notifications", responses=NoticeSerializer(many=True)),
    retrieve=extend_schema(summary="One notification", responses=NoticeSerializer),
)
class NoticeViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """What the asking person is told in the app; nobody reads what another one was told."""

    model = Notice
    serializer_class = NoticeSerializer
    filterset_class = NoticeFilters
    ordering_fields = ("at",)

    def with_links(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """What is told in the app."""
        return rows.filter(in_app=True)

    def get_serializer(self, *args: Any, **more: Any) -> Any:
        """Notices are said before they are shown."""
        if args and not getattr(self, "swagger_fake_view", False):
            given = args[0]
            rows = given if more.get("many") else [given]
            lines = lines_of(rows, readers(self.actor))
            args = (lines if more.get("many") else lines[0], *args[1:])
        return super().get_serializer(*args, **more)

    @property
    def person(self) -> User:
        """Who asks. Raises InvalidInput for nobody."""
        user = self.actor.user
        if user is None:
            raise InvalidInput(_("Sign in first."))
        return user

    @extend_schema(summary="Mark a notification as read", request=None, responses=NoticeSerializer)
    @action(detail=True, methods=["post"])
    def read(self, request: Request, public_id: Any) -> Response:
        """Mark one as read; doing it twice changes nothing."""
        notice = self.get_object()
        mine = Notice.objects.filter(pk=notice.pk)
        services.mark_read(self.person, mine, now=timezone.now())
        return Response(self.shown(notice))

    @extend_schema(
        summary="Mark all notifications as read",
        operation_id="notifications_read_all",
        request=None,
        responses={200: {"type": "object", "properties": {"marked": {"type": "integer"}}}},
    )
    @action(detail=False, methods=["post"], url_path="read", url_name="read-all")
    def read_all(self, request: Request) -> Response:
        """Mark everything as read; tells how many were unread."""
        mine = selectors.inbox_of(self.actor)
        return Response({"marked": services.mark_read(self.person, mine, now=timezone.now())})

    @extend_schema(summary="How one wants to be told", responses=ChoicesAnswer, filters=False)
    @action(detail=False, filterset_class=None, pagination_class=None)
    def choices(self, request: Request) -> Response:
        """Each kind of thing that this person can get, and the quiet hours."""
        return Response(self._choices())

    @extend_schema(summary="Choose how to be told", request=ChoicesInput, responses=ChoicesAnswer)
    @choices.mapping.patch
    def choose(self, request: Request) -> Response:
        """Change single kinds and the quiet hours; a mandatory kind is refused (409)."""
        given = self.checked(ChoicesInput)
        now, person = timezone.now(), self.person
        standing = {one.kind.key: one for one in selectors.choices_for(person)}
        wanted = {}
        for one in given.get("kinds", []):
            was = standing.get(one["kind"])
            usual = (was.in_app, was.mail) if was else (True, When.NEVER.value)
            wanted[one["kind"]] = (one.get("in_app", usual[0]), one.get("mail", usual[1]))
        with transaction.atomic():
            services.choose(person, wanted, by=person, now=now)
            if {"quiet_from", "quiet_until"} & set(given):
                services.keep_quiet(person, _hours(given), by=person, now=now)
        return Response(self._choices())

    def _choices(self) -> Any:
        hours = selectors.hours_of([self.person]).get(self.person.pk, (None, None))
        return ChoicesAnswer(
            {
                "quiet_from": hours[0],
                "quiet_until": hours[1],
                "kinds": selectors.choices_for(self.person),
            }
        ).data


def _hours(given: dict[str, Any]) -> tuple[time, time] | None:
    begins, ends = given.get("quiet_from"), given.get("quiet_until")
    if (begins is None) != (ends is None):
        raise InvalidInput(_("Enter both times, or none."), "quiet_until")
    return (begins, ends) if begins is not None and ends is not None else None
