"""The API of the ideal profile, with what the figures know: who the top performers are."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from kpis import topperformers
from partners.recruiting.formapi import IdealProfileSerializer, StatedProfileViewSet
from prm.common import access

access.declare("api:ideal-profile-derive", POST=access.RUNS_PROGRAM, scope="recruiting")


class IdealProfileViewSet(StatedProfileViewSet):
    """What partners look like that we want more of: stated, or derived."""

    @extend_schema(
        summary="Derive the ideal profile", request=None, responses={200: IdealProfileSerializer}
    )
    @action(detail=False, methods=["post"])
    def derive(self, request: Request) -> Response:
        """State what today's top performers have in common."""
        row = topperformers.derive_profile(by=self.actor.user, now=timezone.now())
        return Response(IdealProfileSerializer(row).data)
