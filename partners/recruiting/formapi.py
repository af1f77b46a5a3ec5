"""The API of application forms and of the profile that applicants are held against."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from partners.recruiting import fitting, formservices
from partners.recruiting.models import ApplicationForm, IdealProfile
from partners.recruiting.rules import WEIGHTS, Criterion
from prm.common import access
from prm.common.doors import ApiDoor, ScopedViewSet, StrictSerializer
from prm.common.errors import InvalidInput

STAFF, RUNS, SCOPE = access.STAFF_ROLES, access.RUNS_PROGRAM, "recruiting"
MOST_VERSIONS = 100
FORM: Any = {"model": "partners.ApplicationForm", "scope": SCOPE}
access.declare("api:application-form-list", GET=STAFF, POST=RUNS, scope=SCOPE)
access.declare("api:application-form-detail", GET=STAFF, PATCH=RUNS, **FORM)
access.declare("api:ideal-profile-list", GET=STAFF, POST=RUNS, scope=SCOPE)


class ApplicationFormSerializer(serializers.ModelSerializer[ApplicationForm]):
    """A form on which companies apply."""

    id = serializers.UUIDField(source="public_id", read_only=True)

    class Meta:
        model = ApplicationForm
        fields = (
            "id", "slug", "title", "intro", "questions", "types", "countries", "mail_domains",
            "channels", "reapply_days", "is_open", "by_invitation", "created_at", "updated_at",
        )  # fmt: skip
        read_only_fields = fields


class QuestionInput(StrictSerializer):
    """A question of our own; applications keep the answers to one that is gone."""

    key = serializers.SlugField(max_length=60)
    label = serializers.CharField(max_length=300)  # type: ignore[assignment]
    kind = serializers.ChoiceField(ApplicationForm.Kind.choices, required=False)
    choices = serializers.ListField(child=serializers.CharField(max_length=120), required=False)
    required: Any = serializers.BooleanField(required=False)


def _words(longest: int, child: Any = serializers.CharField) -> Any:
    return serializers.ListField(child=child(max_length=longest), required=False, max_length=200)


class NewForm(StrictSerializer):
    """A form with a public page at the address ``slug``.

    ``reapply_days`` null: a company that was rejected never applies again.
    """

    slug = serializers.SlugField(max_length=60)
    title = serializers.CharField(max_length=120)
    intro = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    questions = QuestionInput(many=True, required=False)
    types = _words(60)
    countries = _words(80)
    mail_domains = _words(253)
    channels = _words(40, serializers.SlugField)
    reapply_days = serializers.IntegerField(
        min_value=0, max_value=3650, required=False, allow_null=True
    )
    is_open = serializers.BooleanField(required=False)
    by_invitation = serializers.BooleanField(required=False)

    def validate_slug(self, text: str) -> str:
        """In small letters."""
        return text.lower()

    def validate_questions(self, given: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Each key once."""
        keys = [one["key"] for one in given]
        if len(set(keys)) < len(keys):
            raise serializers.ValidationError(_("Give each question a key of its own."))
        return given


class FormChange(NewForm):
    """What is to change of a form."""

    slug = serializers.SlugField(max_length=60, required=False)
    title = serializers.CharField(max_length=120, required=False)


@extend_schema_view(
    list=extend_schema(summary="List application forms"),
    retrieve=extend_schema(summary="One application form"),
)
class ApplicationFormViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """The forms on which companies apply."""

    model = ApplicationForm
    serializer_class = ApplicationFormSerializer
    ordering_fields = ("title", "created_at", "updated_at")

    @extend_schema(
        summary="Make an application form",
        request=NewForm,
        responses={201: ApplicationFormSerializer},
    )
    def create(self, request: Request) -> Response:
        """Its public page is there at once if it is open."""
        values = self.checked(NewForm)
        row = formservices.create_form(**values, by=self.actor.user, now=timezone.now())
        return Response(self.shown(row), status=status.HTTP_201_CREATED)

    @extend_schema(
        summary="Change an application form",
        request=FormChange,
        responses=ApplicationFormSerializer,
    )
    def partial_update(self, request: Request, public_id: Any) -> Response:
        """What the form says and asks. Applications keep the answers that they gave."""
        row, values = self.get_object(), self.checked(FormChange)
        if not values:
            raise InvalidInput(_("Send at least one field that is to change."))
        formservices.change_form(row, **values, by=self.actor.user, now=timezone.now())
        return Response(self.shown(row))


class CriterionInput(StrictSerializer):
    """One criterion: one of ``wanted``, or a number of at least ``least``."""

    key = serializers.ChoiceField(list(WEIGHTS))
    weight = serializers.IntegerField(min_value=0, max_value=100)
    wanted = serializers.ListField(
        child=serializers.CharField(max_length=60), required=False, max_length=200
    )
    least = serializers.IntegerField(
        min_value=1, max_value=100_000, required=False, allow_null=True
    )


class ProfileInput(StrictSerializer):
    """All criteria; those that are left out count for nothing."""

    criteria = CriterionInput(many=True)


class IdealProfileSerializer(serializers.ModelSerializer[IdealProfile]):
    """A version of the ideal profile; the newest counts for new applications."""

    criteria = CriterionInput(many=True, read_only=True)

    class Meta:
        model = IdealProfile
        fields = ("version", "criteria", "basis", "made_at")
        read_only_fields = fields


class StatedProfileViewSet(ApiDoor, ViewSet):
    """What partners look like that we want more of."""

    @extend_schema(
        operation_id="ideal_profiles_list",
        summary="List versions of the ideal profile",
        responses=IdealProfileSerializer(many=True),
    )
    def list(self, request: Request) -> Response:
        """The newest versions; the first one counts."""
        rows = access.scope(self.actor, IdealProfile).order_by("-version")[:MOST_VERSIONS]
        return Response(IdealProfileSerializer(rows, many=True).data)

    @extend_schema(
        operation_id="ideal_profiles_create",
        summary="State the ideal profile",
        request=ProfileInput,
        responses={200: IdealProfileSerializer},
    )
    def create(self, request: Request) -> Response:
        """Applicants are held against it from now on; earlier scores stay as they are."""
        form = ProfileInput(data=request.data)
        form.is_valid(raise_exception=True)
        given = {one["key"]: one for one in form.validated_data["criteria"]}
        criteria = [
            Criterion(
                key,
                given.get(key, {}).get("weight", 0),
                tuple(given.get(key, {}).get("wanted", ())),
                given.get(key, {}).get("least"),
            )
            for key in WEIGHTS
        ]
        row = fitting.state_profile(criteria, by=self.actor.user, now=timezone.now())
        return Response(IdealProfileSerializer(row).data)
