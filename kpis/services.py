"""Targets and baselines: stated with a version each time, never overwritten."""

from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from kpis.definitions import KPIS
from kpis.models import Baseline, Target
from prm.common import audit, locks
from prm.common.errors import InvalidInput
from prm.common.models import User

A = TypeVar("A", Target, Baseline)


def set_target(
    kpi: str,
    scope: str,
    period: str,
    value: Decimal,
    *,
    by: User | None,
    now: datetime,
    reason: str = "",
    variant: str = "",
) -> Target:
    """What we want to reach; a later one is a new version. Raises InvalidInput for unknown KPIs."""
    return _state(Target, kpi, scope, period, value, by=by, now=now, reason=reason, variant=variant)


def set_baseline(
    kpi: str,
    scope: str,
    period: str,
    value: Decimal,
    *,
    by: User | None,
    now: datetime,
    reason: str = "",
    variant: str = "",
) -> Baseline:
    """What would be normal. Changing it needs a reason: re-baselining must be explained."""
    known = Baseline.objects.filter(
        kpi=kpi, variant=_variant(kpi, variant), scope=scope, period=period
    )
    if known.exists() and not reason:
        raise InvalidInput(_("Say why the baseline changes."), "reason")
    return _state(
        Baseline, kpi, scope, period, value, by=by, now=now, reason=reason, variant=variant
    )


def _variant(kpi: str, variant: str) -> str:
    if kpi not in KPIS:
        raise InvalidInput(_("There is no KPI %(key)s.") % {"key": kpi}, "kpi")
    if variant and variant not in KPIS[kpi].variants:
        raise InvalidInput(
            _("%(kpi)s has the variants %(names)s.")
            % {"kpi": kpi, "names": ", ".join(KPIS[kpi].variants)},
            "variant",
        )
    return variant or KPIS[kpi].default


@transaction.atomic
def _state(
    model: type[A],
    kpi: str,
    scope: str,
    period: str,
    value: Decimal,
    *,
    by: User | None,
    now: datetime,
    reason: str,
    variant: str,
) -> A:
    variant = _variant(kpi, variant)
    locks.hold(locks.AIMS)
    same = model.objects.filter(kpi=kpi, variant=variant, scope=scope, period=period)
    last = same.aggregate(last=Max("version"))["last"] or 0
    row = model.objects.create(
        kpi=kpi,
        variant=variant,
        scope=scope,
        period=period,
        value=value,
        version=last + 1,
        set_at=now,
        by=by,
        reason=reason,
    )
    audit.record(
        f"kpi.set_{model._meta.model_name}",
        row,
        by=by,
        now=now,
        reason=reason,
        after={"kpi": kpi, "scope": scope, "period": period, "value": value},
    )
    return row
