"""The API of imports: start one by sending a file, watch it, read what it refused, undo it."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from prm.common import access
from prm.common.doors import ScopedViewSet
from prm.common.imports import (
    selectors,  # noqa: F401  (registers the row rules)
    services,
)
from prm.common.imports.forms import ImportForm
from prm.common.imports.models import Import, ImportProblem
from prm.common.parsers import StrictJSONParser

RUNS = access.RUNS_PROGRAM
access.name_scope("imports", gettext_lazy("imports"))
access.declare("api:import-list", GET=RUNS, POST=RUNS, scope="imports")
access.declare("api:import-detail", GET=RUNS, model="common.Import", scope="imports")
access.declare("api:import-problems", GET=RUNS, model="common.Import", scope="imports")
access.declare("api:import-undo", POST=RUNS, model="common.Import", scope="imports")


class ImportSerializer(serializers.ModelSerializer[Import]):
    """One run of one file."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    by = serializers.CharField(source="by.name", read_only=True, allow_null=True)

    class Meta:
        model = Import
        fields: tuple[str, ...] = ("id", "resource", "source", "file_name", "file_hash", "dry_run")
        fields += ("all_or_nothing", "state", "step", "rows_read", "rows_total", "created")
        fields += ("updated", "unchanged", "rejected", "notes", "error", "by")
        fields += ("started_at", "finished_at", "undone_at")
        read_only_fields = fields


class ImportProblemSerializer(serializers.ModelSerializer[ImportProblem]):
    """A refused row: where it stands and what to do."""

    class Meta:
        model = ImportProblem
        fields = ("line", "column", "reason", "row")
        read_only_fields = fields


class ImportUpload(serializers.Serializer[Any]):
    """A file and what it holds, as multipart/form-data."""

    file = serializers.FileField(help_text="CSV or XLSX with a line of headings.")
    resource = serializers.CharField(help_text="Such as partner, deal, customer, fx_rate.")
    source = serializers.CharField(  # type: ignore[assignment]
        help_text="The system it comes from; importing again updates its rows."
    )
    mapping = serializers.FileField(required=False, help_text="A TOML file.")
    dry_run = serializers.BooleanField(required=False)
    all_or_nothing = serializers.BooleanField(required=False)


@extend_schema_view(
    list=extend_schema(summary="List imports"), retrieve=extend_schema(summary="One import")
)
class ImportViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """Runs of files. A run goes on in the background: read it again to see how far it is."""

    model = Import
    serializer_class = ImportSerializer
    parser_classes = (StrictJSONParser, MultiPartParser)
    ordering_fields = ("started_at",)
    MAX_PROBLEMS = 1_000

    def with_links(self, rows: Any) -> Any:
        """Who started it."""
        return rows.select_related("by")

    @extend_schema(
        summary="Start an import",
        request={"multipart/form-data": ImportUpload},
        responses={201: ImportSerializer},
    )
    def create(self, request: Request) -> Response:
        """Keep the file and import it in the background."""
        form = ImportForm(request.data, request.FILES)
        unknown = sorted(set(request.data) - set(form.fields))
        if unknown:
            text = _("This cannot be written here. Leave it out.")
            raise serializers.ValidationError({name: [text] for name in unknown}, "unknown_field")
        if not form.is_valid():
            raise serializers.ValidationError(
                {name: [str(word) for word in said] for name, said in form.errors.items()}
            )
        user = self.actor.user
        run = services.start_import(by=user, now=timezone.now(), **form.cleaned_data)
        return Response(self.shown(run), status=status.HTTP_201_CREATED)

    @extend_schema(summary="Refused rows", responses=ImportProblemSerializer(many=True))
    @action(detail=True, pagination_class=None)
    def problems(self, request: Request, public_id: Any) -> Response:
        """The first 1,000 refused rows, with line, column and reason."""
        run = self.get_object()
        rows = access.scope(self.actor, ImportProblem).filter(run=run)[: self.MAX_PROBLEMS]
        return Response(ImportProblemSerializer(rows, many=True).data)

    @extend_schema(summary="Undo an import", request=None, responses=ImportSerializer)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, public_id: Any) -> Response:
        """Take a run back, within 7 days."""
        run = self.get_object()
        services.undo_import(run, by=self.actor.user, now=timezone.now())
        return Response(self.shown(run))
