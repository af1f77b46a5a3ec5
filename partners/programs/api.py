"""The API of programmes and tiers: the guide, where partners stand, and what is decided."""

from typing import Any

import django_filters
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from partners.accounts.api import PartnerLinkSerializer
from partners.accounts.models import Partner
from partners.programs import deciding, runs, services, words
from partners.programs.explaining import evaluation_of
from partners.programs.models import PartnerProgram, RuleVersion, TierStanding
from partners.programs.rules import Rules, TierOutcome
from partners.programs.rulesapi import RuleVersionSerializer
from prm.common import access
from prm.common.apifields import Day
from prm.common.doors import ScopedViewSet, StrictSerializer
from prm.common.errors import InvalidInput
from prm.common.filters import ScopedChoice, Since

READERS, RUNS = access.STAFF_ROLES | access.PARTNER_ROLES, access.RUNS_PROGRAM
access.name_scope("programs", gettext_lazy("programmes and tiers"))
PROGRAM, STANDING = "partners.PartnerProgram", "partners.TierStanding"
access.declare("api:program-list", GET=READERS, POST=RUNS, scope="programs")
access.declare("api:program-detail", GET=READERS, PATCH=RUNS, model=PROGRAM, scope="programs")
access.declare("api:program-evaluate", POST=RUNS, model=PROGRAM, scope="programs")
access.declare("api:program-draft", POST=RUNS, model=PROGRAM, scope="programs")
access.declare("api:tier-standing-list", GET=READERS, scope="programs")
access.declare("api:tier-standing-detail", GET=READERS, model=STANDING, scope="programs")
for name in ("approve", "decline", "exception", "place", "lock", "unlock"):
    access.declare(f"api:tier-standing-{name}", POST=RUNS, model=STANDING, scope="programs")


class ProgramSerializer(serializers.ModelSerializer[PartnerProgram]):
    """A programme with its published rules; null while none are published."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    types = serializers.SerializerMethodField()
    version = serializers.SerializerMethodField()
    rules = serializers.SerializerMethodField()

    class Meta:
        model = PartnerProgram
        fields = ("id", "name", "summary", "types", "version", "rules", "created_at", "updated_at")
        read_only_fields = fields

    def get_types(self, row: PartnerProgram) -> list[str]:
        """The partner types that it is for."""
        return [kind.type for kind in row.types.all()]

    def get_version(self, row: PartnerProgram) -> int | None:
        """The number of the published rules."""
        holds = self._published(row)
        return holds.number if holds else None

    def get_rules(self, row: PartnerProgram) -> dict[str, Any] | None:
        """Tiers from the lowest to the highest, with requirements (all, any) and benefits."""
        holds = self._published(row)
        return holds.rules if holds else None

    def _published(self, row: PartnerProgram) -> RuleVersion | None:
        state = RuleVersion.State.PUBLISHED
        return next((one for one in row.versions.all() if one.state == state), None)


class NewProgram(StrictSerializer):
    """A programme; a type of partner is in one at most."""

    name = serializers.CharField(max_length=120)
    summary = serializers.CharField(max_length=300, required=False, allow_blank=True)
    types = serializers.ListField(child=serializers.CharField(max_length=60), min_length=1)


class ProgramChange(NewProgram):
    """What is to change of a programme."""

    name = serializers.CharField(max_length=120, required=False)
    types = serializers.ListField(
        child=serializers.CharField(max_length=60), min_length=1, required=False
    )


class RequirementSerializer(serializers.Serializer[Any]):
    """One requirement and where the partner stands; money is in the reporting currency."""

    label = serializers.CharField()  # type: ignore[assignment]
    value = serializers.CharField(allow_null=True)
    threshold = serializers.CharField(allow_null=True)
    gap = serializers.CharField(allow_null=True)
    met = serializers.BooleanField(allow_null=True)
    is_hard = serializers.BooleanField()


class OwnStandingSerializer(serializers.ModelSerializer[TierStanding]):
    """Where a partner stands, as its own people read it."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    partner = PartnerLinkSerializer(read_only=True)
    program = serializers.UUIDField(source="program.public_id", read_only=True)
    version = serializers.IntegerField(source="version.number", read_only=True, allow_null=True)
    tier = serializers.CharField(read_only=True)
    next_tier = serializers.SerializerMethodField()
    missing_to_keep = serializers.SerializerMethodField()
    missing_to_rise = serializers.SerializerMethodField()

    class Meta:
        model = TierStanding
        fields: tuple[str, ...] = (
            "id", "partner", "program", "version", "tier", "state", "pending_tier", "since",
            "grace_until", "evaluated_at", "next_tier", "missing_to_keep", "missing_to_rise",
            "created_at", "updated_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_next_tier(self, row: TierStanding) -> str | None:
        """The next higher tier; null at the top."""
        above = self._rules(row).above(self._tier(row))
        return above if above.casefold() != self._tier(row).casefold() else None

    @extend_schema_field(RequirementSerializer(many=True))
    def get_missing_to_keep(self, row: TierStanding) -> list[dict[str, Any]]:
        """The requirements of its own tier that it misses."""
        return self._missing(row, self._tier(row))

    @extend_schema_field(RequirementSerializer(many=True))
    def get_missing_to_rise(self, row: TierStanding) -> list[dict[str, Any]]:
        """The requirements of the next tier that it misses."""
        above = self.get_next_tier(row)
        return self._missing(row, above) if above else []

    def _tier(self, row: TierStanding) -> str:
        return str(getattr(row, "tier", "") or "")

    def _rules(self, row: TierStanding) -> Rules:
        return row.version.parsed if row.version else Rules()

    def _missing(self, row: TierStanding, tier: str) -> list[dict[str, Any]]:
        found: TierOutcome | None = evaluation_of(row, self._rules(row)).of(tier)
        return [
            {
                "label": words.label(one.criterion.measure),
                "value": _text(one.value),
                "threshold": _text(one.threshold),
                "gap": _text(one.gap),
                "met": one.met,
                "is_hard": one.criterion.is_hard,
            }
            for one in (found.own.outcomes() if found else ())
            if one.met is not True
        ]


def _text(value: Any) -> str | None:
    return None if value is None else format(value, "f")


class StandingSerializer(OwnStandingSerializer):
    """Where a partner stands, as the vendor's people read it."""

    is_locked = serializers.BooleanField(read_only=True)

    class Meta(OwnStandingSerializer.Meta):
        fields = (*OwnStandingSerializer.Meta.fields, "because", "is_locked", "lock_reason")
        read_only_fields = fields


class Reason(StrictSerializer):
    """Why something is decided."""

    reason = serializers.CharField(max_length=300)


class Placing(Reason):
    """Another tier by hand."""

    tier = serializers.CharField(max_length=60)
    is_recoding = serializers.BooleanField(required=False)


class Exempting(Reason):
    """A tier up to and with a day, whatever the requirements say."""

    tier = serializers.CharField(max_length=60)
    last_day = Day()


class StandingFilters(django_filters.FilterSet):
    """How the list of standings can be narrowed."""

    partner = ScopedChoice(Partner)
    program = ScopedChoice(PartnerProgram)
    state = django_filters.ChoiceFilter(choices=TierStanding.State.choices)
    updated_since = Since(field_name="updated_at")


@extend_schema_view(
    list=extend_schema(summary="List programmes"),
    retrieve=extend_schema(summary="One programme"),
)
class ProgramViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """Programmes with their published rules. A partner's people see their own one."""

    model = PartnerProgram
    serializer_class = ProgramSerializer

    def with_links(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Types and versions."""
        return rows.prefetch_related("types", "versions")

    @extend_schema(
        summary="Make a programme", request=NewProgram, responses={201: ProgramSerializer}
    )
    def create(self, request: Request) -> Response:
        """A programme with an empty draft of its rules. It moves nobody."""
        values = self.checked(NewProgram)
        program = services.create_program(**values, by=self.actor.user, now=timezone.now())
        return Response(self.shown(program), status=status.HTTP_201_CREATED)

    @extend_schema(summary="Change a programme", request=ProgramChange, responses=ProgramSerializer)
    def partial_update(self, request: Request, public_id: Any) -> Response:
        """Name, sentence, or the types of partners that it is for."""
        program, values = self.get_object(), self.checked(ProgramChange)
        if not values:
            raise InvalidInput(_("Send at least one field that is to change."))
        services.change_program(program, **values, by=self.actor.user, now=timezone.now())
        return Response(self.shown(program))

    @extend_schema(summary="Evaluate all partners now", request=None, responses=ProgramSerializer)
    @action(detail=True, methods=["post"])
    def evaluate(self, request: Request, public_id: Any) -> Response:
        """Begin an evaluation by the published rules, beside this request."""
        program = self.get_object()
        runs.ask_evaluation(program, by=self.actor.user, now=timezone.now())
        return Response(self.shown(program))

    @extend_schema(
        summary="Begin a draft of the rules", request=None, responses=RuleVersionSerializer
    )
    @action(detail=True, methods=["post"])
    def draft(self, request: Request, public_id: Any) -> Response:
        """The draft to edit: the one there is, else a copy of the newest rules. Moves nobody."""
        by, now = self.actor.user, timezone.now()
        draft = services.start_draft(self.get_object(), by=by, now=now)
        return Response(RuleVersionSerializer(draft).data)


@extend_schema_view(
    list=extend_schema(summary="List where partners stand"),
    retrieve=extend_schema(summary="Where one partner stands"),
)
class StandingViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """Where partners stand in their programme, as of the last evaluation."""

    model = TierStanding
    serializer_class = StandingSerializer
    partner_serializer = OwnStandingSerializer
    filterset_class = StandingFilters

    def with_links(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Partner, programme, rules and today's tier."""
        known: QuerySet[Any] = rows.filter(partner__profiles__valid_to=None)
        known = known.annotate(tier=F("partner__profiles__tier"))
        return known.select_related("partner", "program", "version")

    @extend_schema(summary="Approve what is proposed", request=None, responses=StandingSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, public_id: Any) -> Response:
        """The proposed promotion or demotion takes place today."""
        row = deciding.approve(self.get_object(), by=self.actor.user, now=timezone.now())
        return Response(self.shown(row))

    @extend_schema(summary="Decline", request=Reason, responses=StandingSerializer)
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, public_id: Any) -> Response:
        """The partner keeps its tier."""
        standing, values = self.get_object(), self.checked(Reason)
        row = deciding.decline(standing, **values, by=self.actor.user, now=timezone.now())
        return Response(self.shown(row))

    @extend_schema(summary="Grant exception", request=Exempting, responses=StandingSerializer)
    @action(detail=True, methods=["post"])
    def exception(self, request: Request, public_id: Any) -> Response:
        """A tier up to and with a day, whatever the requirements say."""
        standing, values = self.get_object(), self.checked(Exempting)
        partner, by = standing.partner, self.actor.user
        deciding.grant_exception(partner, **values, by=by, now=timezone.now())
        return Response(self.shown(standing))

    @extend_schema(summary="Change tier by hand", request=Placing, responses=StandingSerializer)
    @action(detail=True, methods=["post"])
    def place(self, request: Request, public_id: Any) -> Response:
        """Put the partner into a tier from today on."""
        standing, values = self.get_object(), self.checked(Placing)
        deciding.place(standing.partner, **values, by=self.actor.user, now=timezone.now())
        return Response(self.shown(standing))

    @extend_schema(summary="Lock a tier", request=Reason, responses=StandingSerializer)
    @action(detail=True, methods=["post"])
    def lock(self, request: Request, public_id: Any) -> Response:
        """Evaluations leave this partner alone."""
        standing, values = self.get_object(), self.checked(Reason)
        row = deciding.lock(standing, **values, by=self.actor.user, now=timezone.now())
        return Response(self.shown(row))

    @extend_schema(summary="Unlock a tier", request=None, responses=StandingSerializer)
    @action(detail=True, methods=["post"])
    def unlock(self, request: Request, public_id: Any) -> Response:
        """Evaluations look at this partner again."""
        row = deciding.unlock(self.get_object(), by=self.actor.user, now=timezone.now())
        return Response(self.shown(row))
