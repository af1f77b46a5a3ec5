"""Rules as a version stores them, and back."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from partners.programs.rules import Criterion, Group, Measure, Rules, Tier


def to_json(rules: Rules) -> dict[str, Any]:
    """The rules as they are stored."""
    return {
        "promotion": rules.promotion,
        "demotion": rules.demotion,
        "grace_days": rules.grace_days,
        "review": rules.review,
        "is_cumulative": rules.is_cumulative,
        "tiers": [
            {
                "key": tier.key,
                "is_mandatory": tier.is_mandatory,
                "requirements": _group_json(tier.requirements),
                "benefits": dict(tier.benefits),
            }
            for tier in rules.tiers
        ],
    }


def _group_json(group: Group) -> dict[str, Any]:
    return {
        group.join: [
            _criterion_json(part) if isinstance(part, Criterion) else _group_json(part)
            for part in group.parts
        ]
    }


def _criterion_json(one: Criterion) -> dict[str, Any]:
    return {
        "id": one.id,
        "metric": one.measure.metric,
        "window": one.measure.window,
        "months": one.measure.months,
        "operator": one.operator,
        "threshold": str(one.threshold),
        "currency": one.currency,
        "is_hard": one.is_hard,
    }


def from_json(stored: Mapping[str, Any]) -> Rules:
    """Rules as `to_json` wrote them. Raises KeyError or ValueError for anything else."""
    return Rules(
        tuple(
            Tier(
                one["key"],
                _group_from(one["requirements"]),
                one["is_mandatory"],
                dict(one["benefits"]),
            )
            for one in stored["tiers"]
        ),
        stored["promotion"],
        stored["demotion"],
        int(stored["grace_days"]),
        stored["review"],
        stored["is_cumulative"],
    )


def _group_from(stored: Mapping[str, Any]) -> Group:
    ((join, parts),) = stored.items()
    if join not in {"all", "any"}:
        raise ValueError(join)
    return Group(
        join,
        tuple(_criterion_from(part) if "metric" in part else _group_from(part) for part in parts),
    )


def _criterion_from(stored: Mapping[str, Any]) -> Criterion:
    return Criterion(
        stored["id"],
        Measure(stored["metric"], stored["window"], int(stored["months"])),
        stored["operator"],
        Decimal(stored["threshold"]),
        stored["currency"],
        stored["is_hard"],
    )
