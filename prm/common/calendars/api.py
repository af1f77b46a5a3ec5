"""The API of business calendars and their days off."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from prm.common import access
from prm.common.apifields import Day
from prm.common.calendars import services
from prm.common.calendars.models import BusinessCalendar, Holiday
from prm.common.doors import ScopedViewSet, StrictSerializer

RUNS, SCOPE = access.RUNS_PROGRAM, "calendars"  # as on the pages
CALENDAR = {"model": "common.BusinessCalendar", "scope": SCOPE}
access.declare("api:calendar-list", GET=RUNS, POST=RUNS, scope=SCOPE)
access.declare("api:calendar-detail", GET=RUNS, PATCH=RUNS, DELETE=RUNS, **CALENDAR)
access.declare("api:calendar-usual", POST=RUNS, **CALENDAR)
access.declare("api:calendar-days", POST=RUNS, **CALENDAR)
access.declare("api:calendar-year", POST=RUNS, **CALENDAR)
access.declare("api:calendar-day-detail", DELETE=RUNS, model="common.Holiday", scope=SCOPE)
access.name_scope(SCOPE, gettext_lazy("calendars"))


class HolidaySerializer(serializers.ModelSerializer[Holiday]):
    """A day off."""

    id = serializers.UUIDField(source="public_id", read_only=True)

    class Meta:
        model = Holiday
        fields = ("id", "on", "name")
        read_only_fields = fields


class CalendarSerializer(serializers.ModelSerializer[BusinessCalendar]):
    """When people work. ``weekdays``: 0 is Monday; ``is_default``: counts where no other does."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    holidays = HolidaySerializer(many=True, read_only=True)

    class Meta:
        model = BusinessCalendar
        fields = ("id", *services.FIELDS, "is_default", "holidays", "created_at", "updated_at")
        read_only_fields = fields


class CalendarChanges(StrictSerializer):
    """What can be changed; an empty ``time_zone`` is the programme's."""

    name = serializers.CharField(max_length=60, required=False)
    weekdays = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=6), required=False
    )
    opens = serializers.TimeField(required=False)
    closes = serializers.TimeField(required=False)
    time_zone = serializers.CharField(max_length=60, required=False, allow_blank=True)
    country = serializers.CharField(max_length=2, required=False, allow_blank=True)


class NewCalendar(CalendarChanges):
    """A calendar; Monday to Friday from 9 to 17 where nothing else is said."""

    name = serializers.CharField(max_length=60)


class NewDay(StrictSerializer):
    """A day off; a day that is known gets the name."""

    on = Day()
    name = serializers.CharField(max_length=120)


class Year(StrictSerializer):
    """The year whose public holidays are added."""

    year = serializers.IntegerField(min_value=1970, max_value=2100)


@extend_schema_view(
    list=extend_schema(summary="List calendars"), retrieve=extend_schema(summary="One calendar")
)
class CalendarViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """Business calendars, by which deadlines are counted. Those who run the programme change them.

    Deadlines that stand already stay as they were told.
    """

    model = BusinessCalendar
    serializer_class = CalendarSerializer

    def with_links(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Their days off."""
        return rows.prefetch_related("holidays")

    @extend_schema(summary="Make a calendar", request=NewCalendar,
                   responses={201: CalendarSerializer})  # fmt: skip
    def create(self, request: Request) -> Response:
        """Make a calendar; the first one counts where no other does."""
        usual = BusinessCalendar()
        given = {name: getattr(usual, name) for name in services.FIELDS}
        values = given | self.checked(NewCalendar)
        made = services.create_calendar(by=self.actor.user, now=timezone.now(), **values)
        return Response(self.shown(made), status=status.HTTP_201_CREATED)

    @extend_schema(summary="Change a calendar", request=CalendarChanges,
                   responses=CalendarSerializer)  # fmt: skip
    def partial_update(self, request: Request, public_id: Any) -> Response:
        """Change name, working days, hours, time zone or country."""
        calendar, values = self.get_object(), self.checked(CalendarChanges)
        services.change_calendar(calendar, by=self.actor.user, now=timezone.now(), **values)
        return Response(self.shown(calendar))

    @extend_schema(summary="Remove a calendar", responses={204: None})
    def destroy(self, request: Request, public_id: Any) -> Response:
        """Remove a calendar with its days off; not the usual one while there are others."""
        services.delete_calendar(self.get_object(), by=self.actor.user, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(summary="Let it be the usual one", request=None, responses=CalendarSerializer)
    @action(detail=True, methods=["post"])
    def usual(self, request: Request, public_id: Any) -> Response:
        """Let this calendar count where no other does."""
        calendar = self.get_object()
        services.make_usual(calendar, by=self.actor.user, now=timezone.now())
        return Response(self.shown(calendar))

    @extend_schema(summary="Add a day off", request=NewDay, responses={201: CalendarSerializer})
    @action(detail=True, methods=["post"])
    def days(self, request: Request, public_id: Any) -> Response:
        """Give everybody of a calendar a day off."""
        calendar, values = self.get_object(), self.checked(NewDay)
        services.add_holiday(calendar, by=self.actor.user, now=timezone.now(), **values)
        return Response(self.shown(calendar), status=status.HTTP_201_CREATED)

    @extend_schema(summary="Add the public holidays of a year", request=Year,
                   responses={201: CalendarSerializer})  # fmt: skip
    @action(detail=True, methods=["post"])
    def year(self, request: Request, public_id: Any) -> Response:
        """Add the public holidays of the calendar's country; days that are known stay."""
        calendar, values = self.get_object(), self.checked(Year)
        services.add_public_holidays(calendar, by=self.actor.user, now=timezone.now(), **values)
        return Response(self.shown(calendar), status=status.HTTP_201_CREATED)


class HolidayViewSet(ScopedViewSet):
    """Days off, by their own address."""

    model = Holiday
    serializer_class = HolidaySerializer

    @extend_schema(summary="Remove a day off", responses={204: None})
    def destroy(self, request: Request, public_id: Any) -> Response:
        """Let a day off be a working day again."""
        services.remove_holiday(self.get_object(), by=self.actor.user, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)
