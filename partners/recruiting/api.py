"""The API of recruiting: applications and their decisions, requests for access, invitations."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from partners.accounts.api import ManagerField, PartnerLinkSerializer
from partners.accounts.models import Membership, Partner
from partners.programs.models import PartnerProgram
from partners.recruiting import accessing, inviting, services
from partners.recruiting.accessmodels import AccessRequest
from partners.recruiting.models import Application, ApplicationForm, ApplicationInvitation
from prm.common import access, config
from prm.common.apifields import Day
from prm.common.doors import ScopedRelation, ScopedViewSet, StrictSerializer
from prm.common.filters import Since

STAFF, MANAGES = access.STAFF_ROLES, access.MANAGES
SCOPE = "recruiting"
APPLICATION = {"model": "partners.Application", "scope": SCOPE}
REQUEST = {"model": "partners.AccessRequest", "scope": SCOPE}
INVITATION = {"model": "partners.ApplicationInvitation", "scope": SCOPE}
access.name_scope(SCOPE, gettext_lazy("applications and requests"))
DECIDES = MANAGES | {"partner:admin"}
access.declare("api:application-list", GET=STAFF, scope=SCOPE)
access.declare("api:application-detail", GET=STAFF, **APPLICATION)
for _step in ("approve", "reject", "ask", "withdraw"):
    access.declare(f"api:application-{_step}", POST=MANAGES, **APPLICATION)
access.declare("api:application-invitation-list", GET=STAFF, POST=MANAGES, scope=SCOPE)
access.declare("api:application-invitation-detail", GET=STAFF, **INVITATION)
for _step in ("again", "withdraw"):
    access.declare(f"api:application-invitation-{_step}", POST=MANAGES, **INVITATION)
access.declare("api:access-request-list", GET=STAFF | {"partner:admin"}, scope=SCOPE)
access.declare("api:access-request-detail", GET=STAFF | {"partner:admin"}, **REQUEST)
for _step in ("approve", "reject"):
    access.declare(f"api:access-request-{_step}", POST=DECIDES, **REQUEST)


class AnswerShape(serializers.Serializer[Any]):
    """A question of the form as it was put, and the answer."""

    question = serializers.CharField()
    answer = serializers.CharField()


class FitLineShape(serializers.Serializer[Any]):
    """One criterion of the ideal profile of then, and whether it was met."""

    key = serializers.CharField()
    weight = serializers.IntegerField()
    wanted = serializers.ListField(child=serializers.CharField())
    least = serializers.IntegerField(allow_null=True)
    value = serializers.JSONField(allow_null=True)
    result = serializers.ChoiceField(["met", "unmet", "unknown"])


class KnownPartner(PartnerLinkSerializer):
    """The partner, if the reader may know of it; else null."""

    def to_representation(self, instance: Partner) -> Any:
        """Asked once an answer for all rows, and not for those who see all partners."""
        actor = access.actor_of(self.context["request"]._request)
        if actor.has(*access.SEES_ALL_PARTNERS):
            return super().to_representation(instance)
        kept = self.root.__dict__
        if "known_partners" not in kept:
            rows = access.scope(actor, Partner).filter(applications__isnull=False)
            kept["known_partners"] = set(rows.values_list("pk", flat=True))
        known = instance.pk in kept["known_partners"]
        return super().to_representation(instance) if known else None


class ApplicationSerializer(serializers.ModelSerializer[Application]):
    """A company that asks to become a partner."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    form: Any = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    partner = KnownPartner(read_only=True, allow_null=True)
    answers = AnswerShape(many=True, read_only=True)
    fit_reasons = FitLineShape(many=True, read_only=True)
    fit_score = serializers.FloatField(read_only=True, allow_null=True)

    class Meta:
        model = Application
        fields = (
            "id", "source", "external_id", "form", "partner", "state", "company", "domain",
            "country", "city", "type", "region", "people", "customers", "certificates",
            "contact_name", "email", "answers", "channel", "referrer", "applied_at",
            "confirmed_at", "decided_at", "reason_code", "note", "fit_score", "fit_reasons",
            "fit_version", "created_at", "updated_at",
        )  # fmt: skip
        read_only_fields = fields


class Approval(StrictSerializer):
    """What the new partner is; or ``partner``, if it is one already.

    ``program``: it is enrolled there, in the first tier if none is given.
    """

    partner = ScopedRelation(Partner, required=False, allow_null=True)
    program = ScopedRelation(PartnerProgram, required=False, allow_null=True)
    type = serializers.CharField(max_length=60, required=False, allow_blank=True)
    tier = serializers.CharField(max_length=60, required=False, allow_blank=True)
    region = serializers.CharField(max_length=60, required=False, allow_blank=True)
    segment = serializers.CharField(max_length=60, required=False, allow_blank=True)
    manager = ManagerField(required=False, allow_null=True)
    contract_from = Day(required=False)
    valid_from = Day(required=False)


class Rejection(StrictSerializer):
    """The reason, and words for the applicant."""

    reason = serializers.ChoiceField(Application.Reason.choices)
    note = serializers.CharField(max_length=4000, required=False, allow_blank=True)


class Asking(StrictSerializer):
    """What we want to know."""

    text = serializers.CharField(max_length=4000)


class Withdrawal(StrictSerializer):
    """What the company said."""

    reason = serializers.CharField(max_length=300, required=False, allow_blank=True)


class ApplicationFilters(django_filters.FilterSet):
    """How the list of applications can be narrowed."""

    state = django_filters.ChoiceFilter(choices=Application.State.choices)
    form = django_filters.CharFilter(field_name="form__slug")
    channel = django_filters.CharFilter()
    country = django_filters.CharFilter()
    type = django_filters.CharFilter()
    region = django_filters.CharFilter()
    source = django_filters.CharFilter()
    external_id = django_filters.CharFilter()
    updated_since = Since(field_name="updated_at")


@extend_schema_view(
    list=extend_schema(summary="List applications"),
    retrieve=extend_schema(summary="One application"),
)
class ApplicationViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """Companies that ask to become partners. Only the vendor's people know of them."""

    model = Application
    serializer_class = ApplicationSerializer
    filterset_class = ApplicationFilters
    ordering_fields = ("applied_at", "created_at", "updated_at")

    def with_links(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Form and partner."""
        return rows.select_related("form", "partner")

    @extend_schema(
        summary="Approve an application", request=Approval, responses=ApplicationSerializer
    )
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, public_id: Any) -> Response:
        """The company becomes a partner, and its person is invited to the portal."""
        application, values = self.get_object(), self.checked(Approval)
        now = timezone.now()
        values.setdefault("valid_from", config.program().local_date(now))
        if not self.actor.has(*access.SEES_ALL_PARTNERS):
            values["manager"] = self.actor.user  # as on the page: nobody gives away partners alone
        services.approve_application(application, by=self.actor.user, now=now, **values)
        return Response(self.shown(application))

    @extend_schema(
        summary="Reject an application", request=Rejection, responses=ApplicationSerializer
    )
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, public_id: Any) -> Response:
        """Not a partner now; the applicant gets reason and words by mail."""
        return self._step(services.reject_application, Rejection)

    @extend_schema(
        summary="Ask an applicant for detail", request=Asking, responses=ApplicationSerializer
    )
    @action(detail=True, methods=["post"])
    def ask(self, request: Request, public_id: Any) -> Response:
        """Ask for more detail before deciding."""
        return self._step(services.ask_for_detail, Asking)

    @extend_schema(
        summary="Withdraw an application", request=Withdrawal, responses=ApplicationSerializer
    )
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, public_id: Any) -> Response:
        """The company no longer wants to."""
        return self._step(services.withdraw_application, Withdrawal)

    def _step(self, take: Any, serializer: type[StrictSerializer]) -> Response:
        application, values = self.get_object(), self.checked(serializer)
        take(application, by=self.actor.user, now=timezone.now(), **values)
        return Response(self.shown(application))


class InvitationSerializer(serializers.ModelSerializer[ApplicationInvitation]):
    """An invitation to apply. Its link stands in the mail only."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    form: Any = serializers.SlugRelatedField(slug_field="slug", read_only=True)

    class Meta:
        model = ApplicationInvitation
        fields = (
            "id", "form", "email", "name", "company", "channel", "state", "sent_at",
            "expires_at", "used_at", "created_at", "updated_at",
        )  # fmt: skip
        read_only_fields = fields


class NewInvitation(StrictSerializer):
    """Whom to invite, to which form (its id)."""

    form = ScopedRelation(ApplicationForm)
    email = serializers.EmailField()
    name = serializers.CharField(max_length=200, required=False, allow_blank=True)
    company = serializers.CharField(max_length=300, required=False, allow_blank=True)
    channel = serializers.SlugField(max_length=40, required=False)
    note = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    days = serializers.IntegerField(min_value=1, max_value=inviting.LONGEST, required=False)


@extend_schema_view(
    list=extend_schema(summary="List invitations to apply"),
    retrieve=extend_schema(summary="One invitation to apply"),
)
class InvitationViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """Companies that were invited to apply."""

    model = ApplicationInvitation
    serializer_class = InvitationSerializer

    def with_links(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The form."""
        return rows.select_related("form")

    @extend_schema(
        summary="Invite to apply", request=NewInvitation, responses={201: InvitationSerializer}
    )
    def create(self, request: Request) -> Response:
        """Post an invitation with a link that works once."""
        values = self.checked(NewInvitation)
        form = values.pop("form")
        row = inviting.invite_to_apply(form, by=self.actor.user, now=timezone.now(), **values)
        return Response(self.shown(row), status=status.HTTP_201_CREATED)

    @extend_schema(summary="Send an invitation again", request=None, responses=InvitationSerializer)
    @action(detail=True, methods=["post"])
    def again(self, request: Request, public_id: Any) -> Response:
        """A new link that holds as long as the first one did; the old one is dead."""
        row = self.get_object()
        inviting.invite_again(row, by=self.actor.user, now=timezone.now())
        return Response(self.shown(row))

    @extend_schema(summary="Withdraw an invitation", request=None, responses=InvitationSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, public_id: Any) -> Response:
        """Its link opens nothing from now on."""
        row = self.get_object()
        inviting.withdraw_invitation(row, by=self.actor.user, now=timezone.now())
        return Response(self.shown(row))


class AccessRequestSerializer(serializers.ModelSerializer[AccessRequest]):
    """Somebody who wants to sign in for a partner."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    partner = PartnerLinkSerializer(read_only=True, allow_null=True)

    class Meta:
        model = AccessRequest
        fields = (
            "id", "partner", "state", "name", "email", "company", "asked_at", "confirmed_at",
            "decided_at", "created_at", "updated_at",
        )  # fmt: skip
        read_only_fields = fields


class AccessApproval(StrictSerializer):
    """The person's roles; and the company, where the address tells none."""

    partner = ScopedRelation(Partner, required=False, allow_null=True)
    roles = serializers.ListField(
        child=serializers.ChoiceField(Membership.Role.choices), min_length=1, max_length=7
    )


class AccessRefusal(StrictSerializer):
    """What the person reads."""

    note = serializers.CharField(max_length=4000, required=False, allow_blank=True)


@extend_schema_view(
    list=extend_schema(summary="List requests for access"),
    retrieve=extend_schema(summary="One request for access"),
)
class AccessRequestViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """People who want to sign in for a partner; its administrators decide, or the vendor."""

    model = AccessRequest
    serializer_class = AccessRequestSerializer

    def with_links(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The partner."""
        return rows.select_related("partner")

    @extend_schema(summary="Give access", request=AccessApproval, responses=AccessRequestSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, public_id: Any) -> Response:
        """The person can sign in for the partner and is invited."""
        row, values = self.get_object(), self.checked(AccessApproval)
        if self.actor.is_partner:
            values["partner"] = row.partner
        accessing.approve_access(row, by=self.actor.user, now=timezone.now(), **values)
        return Response(self.shown(row))

    @extend_schema(
        summary="Refuse access", request=AccessRefusal, responses=AccessRequestSerializer
    )
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, public_id: Any) -> Response:
        """The person gets no access, and our words by mail."""
        row, values = self.get_object(), self.checked(AccessRefusal)
        accessing.reject_access(row, by=self.actor.user, now=timezone.now(), **values)
        return Response(self.shown(row))
