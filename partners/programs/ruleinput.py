"""Rules as the API takes them: the same shape as it tells them, each mistake named by its place."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from partners.programs.checks import MOST_MONTHS, criterion_problem
from partners.programs.metrics import offered
from partners.programs.models import Benefit
from partners.programs.rules import OPERATORS, WINDOWS, Criterion, Group, Measure, Rules, Tier
from partners.programs.windows import REVIEWS
from partners.programs.words import DEMOTION_WORDS, PROMOTION_WORDS
from prm.common.apifields import AmountInput
from prm.common.doors import StrictSerializer
from prm.common.ids import uuid7_text

MOST_PARTS, MOST_TIERS = 50, 20
# Every AND and OR can be written so, and the page to edit a tier can show it.
NESTED = _("Send all, with a list of requirements; alternatives stand in it as any, with a list.")


class CriterionInput(StrictSerializer):
    """One requirement; a share is a fraction (0.25), an amount is in its currency."""

    id = serializers.CharField(max_length=60, required=False)
    metric = serializers.CharField(max_length=120)
    window = serializers.ChoiceField(WINDOWS)
    months = serializers.IntegerField(min_value=0, max_value=MOST_MONTHS, required=False)
    operator = serializers.ChoiceField(OPERATORS)
    threshold = AmountInput()
    currency = serializers.CharField(max_length=3, required=False, allow_blank=True)
    is_hard = serializers.BooleanField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """What no evaluation could read is refused at once, as on the page."""
        metric = offered().get(attrs["metric"])
        if problem := criterion_problem(criterion_of(attrs), metric):
            raise serializers.ValidationError({"metric": problem})
        return attrs


def criterion_of(values: Mapping[str, Any]) -> Criterion:
    """A requirement from checked values."""
    metric = offered().get(values["metric"])
    return Criterion(
        values.get("id") or uuid7_text(),
        Measure(values["metric"], values["window"], values.get("months", 0)),
        values["operator"],
        values["threshold"],
        values.get("currency", "") if metric is not None and metric.unit == "money" else "",
        values.get("is_hard", False),
    )


@extend_schema_field(
    {
        "type": "object",
        "description": "all, with a list of requirements, or of any with a list of alternatives",
        "example": {"all": []},
    }
)
class GroupField(serializers.Field[Any, Any, Any, Any]):
    """Requirements of which all must hold, each with its alternatives."""

    default_error_messages = {"nested": NESTED}

    def to_internal_value(self, data: Any) -> Group:
        """The group. Raises ValidationError for anything else."""
        join, parts = self._read(data)
        if join == "any":
            return Group("all", (self._alternatives(parts),))
        return Group("all", tuple(self._part(part) for part in parts))

    def _read(self, data: Any) -> tuple[str, list[Any]]:
        if not isinstance(data, dict) or len(data) != 1:
            self.fail("nested")
        ((join, parts),) = data.items()
        if join not in {"all", "any"} or not isinstance(parts, list) or len(parts) > MOST_PARTS:
            self.fail("nested")
        return join, parts

    def _part(self, part: Any) -> Criterion | Group:
        if isinstance(part, dict) and "metric" in part:
            return self._criterion(part)
        join, parts = self._read(part)
        if join != "any":
            self.fail("nested")
        return self._alternatives(parts)

    def _alternatives(self, parts: list[Any]) -> Group:
        return Group("any", tuple(self._criterion(part) for part in parts))

    def _criterion(self, part: Any) -> Criterion:
        if not isinstance(part, dict) or "metric" not in part:
            self.fail("nested")
        one = CriterionInput(data=part)
        one.is_valid(raise_exception=True)
        return criterion_of(one.validated_data)

    def to_representation(self, value: Any) -> Any:
        """As it is stored."""
        return value


class TierInput(StrictSerializer):
    """A tier: its key is the word in partners' profiles; benefits are values by their ids."""

    key = serializers.CharField(max_length=60)
    is_mandatory = serializers.BooleanField(required=False)
    requirements = GroupField(required=False)
    benefits = serializers.DictField(
        child=serializers.CharField(max_length=120, allow_blank=True), required=False
    )

    def validate_benefits(self, benefits: dict[str, str]) -> dict[str, str]:
        """Only benefits of the library."""
        known = {str(pk) for pk in Benefit.objects.values_list("public_id", flat=True)}
        if unknown := sorted(set(benefits) - known):
            raise serializers.ValidationError(
                _("No benefit of the library has this id: %(id)s.") % {"id": unknown[0]}
            )
        return benefits


class RulesInput(StrictSerializer):
    """The whole rules, tiers from the lowest up; what is left out is as in new rules."""

    tiers = TierInput(many=True, max_length=MOST_TIERS)
    promotion = serializers.ChoiceField(list(PROMOTION_WORDS), required=False)
    demotion = serializers.ChoiceField(list(DEMOTION_WORDS), required=False)
    grace_days = serializers.IntegerField(min_value=0, max_value=730, required=False)
    review = serializers.ChoiceField(list(REVIEWS), required=False)
    is_cumulative = serializers.BooleanField(required=False)


class DraftInput(StrictSerializer):
    """The edited rules, over the edit that was read."""

    edit = serializers.IntegerField(min_value=0)
    rules = RulesInput()


def rules_of(values: Mapping[str, Any]) -> Rules:
    """Rules from checked values."""
    tiers = tuple(
        Tier(
            one["key"].strip(),
            one.get("requirements", Group()),
            one.get("is_mandatory", True),
            {key: text for key, text in one.get("benefits", {}).items() if text},
        )
        for one in values["tiers"]
    )
    return Rules(tiers, **{key: value for key, value in values.items() if key != "tiers"})
