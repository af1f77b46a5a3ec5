"""The API of KPIs: value, series, breakdown and the rows behind a number (kpis.md section 2)."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from kpis import scopes, values
from kpis.apishapes import BreakdownShape, KpiShape, ResultShape, RowsShape, SeriesShape
from kpis.definitions import KPIS
from kpis.definitions.base import Kpi
from kpis.drill import Rows
from kpis.result import plain
from kpis.scopes import Scope
from partners.models import Partner
from prm.common import access
from prm.common.config import program
from prm.common.doors import ApiDoor
from prm.common.errors import InvalidInput, NotAllowed

READERS = access.STAFF_ROLES | access.PARTNER_ROLES
access.name_scope("kpis", gettext_lazy("KPIs"))
access.declare("api:kpi-list", GET=READERS, scope="kpis")
access.declare("api:kpi-detail", GET=READERS, scope="kpis")
access.declare("api:kpi-series", GET=READERS, scope="kpis")
access.declare("api:kpi-rows", GET=READERS, scope="kpis")
# The parts of the whole programme are the vendor's own matter.
access.declare("api:kpi-breakdown", GET=access.STAFF_ROLES, scope="kpis")

MAX_POINTS, MAX_ROWS, MAX_OFFSET = 60, 200, 1_000_000


def _parameter(name: str, description: str, *, required: bool = False) -> OpenApiParameter:
    return OpenApiParameter(name, OpenApiTypes.STR, description=description, required=required)


PERIOD = _parameter("period", "2026, 2026-Q3, 2026-07 or t12m:2026-09 (fiscal).", required=True)
SCOPE = _parameter(
    "scope",
    "program, direct, partner:ID, type:X, tier:X, region:X, segment:X, manager:EMAIL or"
    " customer_region:X. A partner's people ask for their own company, which is the default.",
)
VARIANT = _parameter("variant", "Another reading of the KPI; the list names them.")
MODE = _parameter("mode", "pit (attributes as they were, default) or current.")
AS_OF = _parameter("as_of", "Another instant than the period's end, for stocks.")
COUNT = OpenApiParameter("count", OpenApiTypes.INT, description="1 to 60 points, 12 if left out.")
BY = _parameter("by", "A dimension that the KPI's breakdowns name.", required=True)
PART = OpenApiParameter("part", OpenApiTypes.STR, enum=["numerator", "denominator"])
OFFSET = OpenApiParameter("offset", OpenApiTypes.INT, description="Rows to skip.")
LIMIT = OpenApiParameter("limit", OpenApiTypes.INT, description="1 to 200 rows, 100 if left out.")
KEY = OpenApiParameter("key", OpenApiTypes.STR, "path", description="The KPI, as listed.")


class KpiViewSet(ApiDoor, ViewSet):
    """KPIs, computed from the facts. A partner's people read those of their own company."""

    lookup_field = "key"
    lookup_value_converter = "slug"
    known_parameters = {
        "retrieve": frozenset({"period", "scope", "variant", "mode", "as_of"}),
        "series": frozenset({"period", "scope", "variant", "mode", "count"}),
        "breakdown": frozenset({"period", "by", "variant", "mode"}),
        "rows": frozenset({"period", "scope", "variant", "mode", "part", "offset", "limit"}),
    }

    @extend_schema(summary="List KPIs", responses=KpiShape(many=True))
    def list(self, request: Request) -> Response:
        """Every KPI that one may read: question, formula, unit, readings, breakdowns."""
        shown = [kpi for kpi in KPIS.values() if values.readings(kpi, self.actor)]
        return Response([self.declaration(kpi) for kpi in shown])

    @extend_schema(
        summary="The value of a KPI",
        parameters=[KEY, PERIOD, SCOPE, VARIANT, MODE, AS_OF],
        responses=ResultShape,
    )
    def retrieve(self, request: Request, key: str) -> Response:
        """One KPI for one scope and period, with target, baseline, status and all readings."""
        result = values.value(
            key, as_of=self.as_of(), now=timezone.now(), with_variants=True, **self.question(key)
        )
        return Response(result.as_json())

    @extend_schema(
        summary="A KPI over time",
        parameters=[KEY, PERIOD, SCOPE, VARIANT, MODE, COUNT],
        responses=SeriesShape,
    )
    @action(detail=True)
    def series(self, request: Request, key: str) -> Response:
        """The last periods of the kind of ``period``, which is the last one; oldest first."""
        question = self.question(key)
        end = question.pop("period")
        count = self.number("count", 12, 1, MAX_POINTS)
        points = values.series(key, end=end, count=count, now=timezone.now(), **question)
        return Response({"points": [point.as_json() for point in points]})

    @extend_schema(
        summary="The parts of a KPI",
        parameters=[KEY, PERIOD, BY, VARIANT, MODE],
        responses=BreakdownShape,
    )
    @action(detail=True)
    def breakdown(self, request: Request, key: str) -> Response:
        """The programme's parts by one dimension, largest first; partners one may know of."""
        question = self.question(key)
        question.pop("scope")
        by = self.text("by")
        parts = values.breakdown(key, by=by, now=timezone.now(), **question)
        return Response({"by": by, "parts": [part.as_json() for part in parts]})

    @extend_schema(
        summary="The rows behind a KPI",
        parameters=[KEY, PERIOD, SCOPE, VARIANT, MODE, PART, OFFSET, LIMIT],
        responses=RowsShape,
    )
    @action(detail=True)
    def rows(self, request: Request, key: str) -> Response:
        """Deals, contracts or sign-ins that add up to numerator or denominator."""
        part = self.text("part", "numerator")
        if part not in {"numerator", "denominator"}:
            raise InvalidInput(_("The part is numerator or denominator."), "part")
        question = self.question(key)
        page = values.rows(
            key,
            now=timezone.now(),
            part=part,
            offset=self.number("offset", 0, 0, MAX_OFFSET),
            limit=self.number("limit", 100, 1, MAX_ROWS),
            **question,
        )
        facts = values.facts_behind(KPIS[key], question["variant"], part)
        return Response(self.page(page, is_money=any(one.is_money for one in facts)))

    def page(self, page: Rows, *, is_money: bool) -> dict[str, Any]:
        """Rows as JSON: amounts as strings with their currency's decimals, counts as numbers."""
        currency = program().currency

        def counted(amount: Decimal) -> Any:
            return plain(amount, currency) if is_money else _number(amount)

        body: dict[str, Any] = {
            "columns": page.columns,
            "rows": [_row(row) | {"amount": counted(row["amount"])} for row in page.rows],
            "total_rows": page.total_rows,
            "total": counted(page.total),
        }
        if self.actor.is_staff:
            hidden = {"rows": page.hidden_rows, "total": counted(page.hidden_total)}
            body["hidden"] = hidden if page.hidden_rows else None
        return body

    def declaration(self, kpi: Kpi) -> dict[str, Any]:
        """What a KPI is, in the reader's language."""
        words = ("key", "name", "pillar", "question", "formula", "date", "help")
        body = {name: str(getattr(kpi, name)) for name in words}
        body |= {name: getattr(kpi, name) for name in ("unit", "direction", "aggregation")}
        readings = [(name, kpi.variants[name]) for name in values.readings(kpi, self.actor)]
        return body | {
            "version": kpi.version,
            "variants": [
                {"name": name, "label": str(one.label), "unit": one.unit or kpi.unit}
                for name, one in readings
            ],
            "breakdowns": list(kpi.breakdowns) if self.actor.is_staff else [],
        }

    def question(self, key: str) -> dict[str, Any]:
        """Period, scope, variant and mode of the request, checked against the actor's rights."""
        kpi = values.kpi_of(key, self.actor)
        return {
            "period": self.text("period"),
            "scope": self.scope(),
            "variant": values.variant_of(kpi, self.text("variant", ""), self.actor),
            "mode": self.text("mode", "pit"),
            "actor": self.actor,
        }

    def scope(self) -> Scope:
        """The asked scope: the programme, or for a partner's people their own company.

        Raises Http404 for a partner that the actor may not know of, NotAllowed for aggregates.
        """
        text = self.text("scope", "")
        if not self.actor.is_partner:
            return scopes.check(self.actor, scopes.parse(text or "program", self.actor))
        if not text:
            own = access.scope(self.actor, Partner).filter(merged_into=None).get()
            return scopes.of_partner(own)
        if not text.startswith("partner:"):
            raise NotAllowed(_("Only figures of your own company are shown to you."))
        return scopes.check(self.actor, scopes.parse(text, self.actor))

    def text(self, name: str, default: str | None = None) -> str:
        """A query parameter. Raises InvalidInput when it is needed and missing."""
        value = self.request.query_params.get(name, default)
        if value is None or (not value and default is None):
            raise InvalidInput(_("Say which %(name)s you ask for.") % {"name": name}, name)
        return str(value)

    def number(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number of the query. Raises InvalidInput outside its bounds."""
        text = self.text(name, str(default))
        digits = text.isascii() and text.isdecimal() and len(text) <= len(str(high))
        if not digits or not low <= int(text) <= high:
            raise InvalidInput(
                _("Use a whole number from %(low)s to %(high)s.") % {"low": low, "high": high}, name
            )
        return int(text)

    def as_of(self) -> datetime | None:
        """The asked instant, if any. Raises InvalidInput for what is none."""
        text = self.text("as_of", "")
        if not text:
            return None
        try:
            found = parse_datetime(text)
        except ValueError:
            found = None
        if found is None or not 1900 <= found.year <= 2199:
            raise InvalidInput(_("Write the instant like 2026-07-01T10:00:00Z."), "as_of")
        return found if found.tzinfo else found.replace(tzinfo=UTC)


def _row(row: dict[str, Any]) -> dict[str, Any]:
    """A row's values as JSON can hold them; the rate keeps all its decimals."""
    body = {
        name: str(value) if isinstance(value, UUID) or hasattr(value, "isoformat") else value
        for name, value in row.items()
    }
    if row["rate"] is not None:
        body["rate"] = format(row["rate"].normalize(), "f")
    if row["original_amount"] is not None:
        body["original_amount"] = plain(row["original_amount"], row["currency"])
    return body


def _number(amount: Decimal) -> int | float:
    """A count or a number of days."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)
