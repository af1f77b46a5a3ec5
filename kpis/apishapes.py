"""How answers about KPIs look, for the description of the API."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers


class VariantShape(serializers.Serializer[Any]):
    """One reading of a KPI."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    unit = serializers.CharField()


class KpiShape(serializers.Serializer[Any]):
    """The declaration of a KPI."""

    key = serializers.CharField()
    name = serializers.CharField()
    pillar = serializers.CharField()
    question = serializers.CharField()
    formula = serializers.CharField()
    date = serializers.CharField(help_text="Which date places a fact in a period.")
    help = serializers.CharField()
    unit = serializers.ChoiceField(
        ["money", "share", "count", "days", "minutes", "index", "ranking"]
    )
    direction = serializers.ChoiceField(["higher", "lower", "context"])
    aggregation = serializers.CharField()
    version = serializers.IntegerField()
    variants = VariantShape(many=True)
    breakdowns = serializers.ListField(child=serializers.CharField())


@extend_schema_field(
    {"oneOf": [{"type": "number"}, {"type": "string", "format": "decimal"}], "nullable": True}
)
class NumberShape(serializers.Field[Any, Any, Any, Any]):
    """Money is text, other numbers are numbers."""


class ResultShape(serializers.Serializer[Any]):
    """A value with everything that is needed to judge it."""

    key = serializers.CharField()
    scope = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    period = serializers.CharField()
    mode = serializers.ChoiceField(["pit", "current"])
    as_of = serializers.DateTimeField()
    variant = serializers.CharField()
    unit = serializers.CharField()
    currency = serializers.CharField(allow_null=True)
    direction = serializers.CharField()
    definition_version = serializers.IntegerField()
    value = NumberShape()
    reason = serializers.CharField(allow_null=True, help_text="Why there is no value.")
    numerator = NumberShape()
    denominator = NumberShape()
    n = serializers.IntegerField(allow_null=True)
    ci_low = NumberShape()
    ci_high = NumberShape()
    ci_method = serializers.CharField(allow_null=True)
    target = NumberShape()
    target_version = serializers.IntegerField(allow_null=True)
    attainment = serializers.FloatField(allow_null=True)
    status = serializers.ChoiceField(["good", "warn", "bad", "grey"])
    pace = serializers.FloatField(allow_null=True, help_text="Linear pace of an open period.")
    baseline = NumberShape()
    previous = NumberShape()
    delta = NumberShape()
    delta_reliable = serializers.BooleanField()
    freshness = serializers.ChoiceField(["current", "recomputing"])
    published_value = NumberShape()
    variants = serializers.DictField(help_text="The other readings by name.")
    items = serializers.ListField(
        child=serializers.DictField(), required=False, help_text="Of rankings and bridges."
    )


class SeriesShape(serializers.Serializer[Any]):
    """Values over time, oldest first."""

    points = ResultShape(many=True)


class BreakdownShape(serializers.Serializer[Any]):
    """Values by one dimension, largest first."""

    by = serializers.CharField()
    parts = ResultShape(many=True)


class HiddenShape(serializers.Serializer[Any]):
    """Rows that count but may not be listed for this reader."""

    rows = serializers.IntegerField()
    total = NumberShape()


class RowsShape(serializers.Serializer[Any]):
    """Base rows; listed and hidden ones together add up to the number."""

    columns = serializers.ListField(child=serializers.CharField())
    rows = serializers.ListField(child=serializers.DictField())
    total_rows = serializers.IntegerField()
    total = NumberShape()
    hidden = HiddenShape(allow_null=True, required=False)
