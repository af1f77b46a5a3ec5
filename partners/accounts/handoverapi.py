"""The API of the hand-over: all partners of one manager go to another one."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from partners.accounts import colleagues
from partners.accounts.api import ManagerField
from prm.common import access, config
from prm.common.apifields import Day
from prm.common.doors import ApiDoor, StrictSerializer

access.declare("api:hand-over-list", POST=access.RUNS_PROGRAM, scope="partners")


class HandOver(StrictSerializer):
    """From one of our people to another, by e-mail address, from a day on (today if left out)."""

    giver = ManagerField()
    manager = ManagerField()
    valid_from = Day(required=False)
    with_territories = serializers.BooleanField(required=False)


class HandedOver(serializers.Serializer[Any]):
    """How many went."""

    partners = serializers.IntegerField()
    territories = serializers.IntegerField()
    tasks = serializers.IntegerField()


class HandOverViewSet(ApiDoor, ViewSet):
    """Portfolios that change hands."""

    @extend_schema(
        operation_id="hand_overs_create",
        summary="Hand over all partners of a manager",
        request=HandOver,
        responses={200: HandedOver},
    )
    def create(self, request: Request) -> Response:
        """Partners, territories and open tasks go to another manager; past figures stay."""
        form = HandOver(data=request.data, context={"request": request})
        form.is_valid(raise_exception=True)
        values, now = dict(form.validated_data), timezone.now()
        values.setdefault("valid_from", config.program().local_date(now))
        giver, taker = values.pop("giver"), values.pop("manager")
        numbers = colleagues.hand_over(giver, taker, by=self.actor.user, now=now, **values)
        return Response(HandedOver(numbers).data)
