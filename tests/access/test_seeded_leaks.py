"""The harness must notice leaks: each of these defects, put in on purpose, turns it red."""

from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from rest_framework.response import Response

import kpis.api
import kpis.definitions.concentration
import kpis.drill
import kpis.scopes
import partners.deals.views
from partners.deals.api import DealViewSet
from partners.models import Deal, Partner
from prm.common import access, audit, doors
from prm.common.drf import PolicyPermission
from prm.common.models import ApiToken
from tests.access.cast import Cast, cast  # noqa: F401  (a fixture)
from tests.access.harness import Walk
from tests.access.interference import interference

Seed = Callable[[pytest.MonkeyPatch], None]
SEEDS: dict[str, tuple[str, tuple[str, ...], Seed]] = {}


def seed(who: str, *routes: str) -> Callable[[Seed], Seed]:
    """Register a defect: asked as whom, on which routes it shows."""

    def register(defect: Seed) -> Seed:
        SEEDS[defect.__name__] = (who, routes, defect)
        return defect

    return register


@seed("pat", "api:deal-list", "api:deal-detail")
def row_filter_dropped(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(access._ROW_RULES, Deal, lambda actor: Deal.objects.all())


@seed("anonymous", "api:deal-list")
def allow_any(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(PolicyPermission, "has_permission", lambda *args: True)


@seed("channel_manager", "api:deal-list")
def related_field_unscoped(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(doors.ScopedRelation, "rows", lambda self: self.model._default_manager.all())


@seed("pat", "api:deal-list")
def cache_key_without_actor(patch: pytest.MonkeyPatch) -> None:
    kept: dict[str, Any] = {}
    real = DealViewSet.list

    def shared(self: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        url = request.get_full_path()
        if url not in kept:
            kept[url] = real(self, request, *args, **kwargs).data
        return Response(kept[url])

    patch.setattr(DealViewSet, "list", shared)


@seed("channel_manager", "api:kpi-rows")
def drill_down_unscoped(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(kpis.drill, "_visible", lambda actor: ("true", ()))


@seed("channel_manager", "api:kpi-detail")
def ranking_names_everybody(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(kpis.definitions.concentration, "known_among", lambda actor, ids: list(ids))


@seed("pat", "deals:portal_deal_list")
def export_by_raw_manager(patch: pytest.MonkeyPatch) -> None:
    real = partners.deals.views.file_of
    patch.setattr(
        partners.deals.views,
        "file_of",
        lambda request, rows, listing, name: real(request, Deal.objects.all(), listing, name),
    )


@seed("pat", "deals:portal_deal_list")
def search_unscoped(patch: pytest.MonkeyPatch) -> None:
    import partners.deals.listing

    patch.setattr(
        partners.deals.listing,
        "matching_few",
        lambda deals, text: Deal.objects.filter(customer__name__icontains=text),
    )


@seed("pat", "deals:portal_deal_list")
def filter_by_foreign_partner(patch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    import partners.deals.listing as listing

    real = listing._partner_filter

    def unscoped(_deals: Any, wanted: str) -> Any:
        return Deal.objects.filter(partner__public_id=wanted)

    patch.setattr(listing, "_partner_filter", lambda actor: replace(real(actor), apply=unscoped))


@seed("pat", "deals:portal_deal_list")
def count_of_everything(patch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    real = partners.deals.views.page_of
    patch.setattr(
        partners.deals.views,
        "page_of",
        lambda *args: replace(real(*args), total=Deal.objects.count()),
    )


@seed("pat", "api:deal-list")
def etag_of_everything(patch: pytest.MonkeyPatch) -> None:
    real = DealViewSet.list

    def tagged(self: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        answer = real(self, request, *args, **kwargs)
        answer["ETag"] = f'"{Deal.objects.count()}"'
        return answer

    patch.setattr(DealViewSet, "list", tagged)


@seed("pat", "deals:portal_deal_detail")
def foreign_is_forbidden_instead_of_unknown(patch: pytest.MonkeyPatch) -> None:
    real = access.get_or_404

    def telling(actor: Any, model: Any, public_id: Any, *select: str) -> Any:
        exists = model._default_manager.filter(public_id=public_id).exists()
        if exists and not access.scope(actor, model).filter(public_id=public_id).exists():
            raise PermissionDenied
        return real(actor, model, public_id, *select)

    patch.setattr(access, "get_or_404", telling)


@seed("pat", "deals:deal_list", "deals:deal_detail", "deals:deal_win")
def policy_not_asked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(access, "rule_of", lambda match: access.Rule(open=True))


@seed("admin token deals:read", "api:deal-win", "api:partner-list")
def token_scope_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(access.Rule, "allows_token", lambda *args: True)


@seed("pat", "developer:token_revoke")
def tokens_of_everybody(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(access._ROW_RULES, ApiToken, lambda actor: ApiToken.objects.all())


@seed("pat", "developer:api")
def a_read_that_writes(patch: pytest.MonkeyPatch) -> None:
    from prm import api

    real = api.apidocs.groups

    def writing(description: Any) -> Any:
        partner = Partner.objects.first()
        assert partner is not None
        audit.record("page.read", partner, by=None, now=timezone.now())
        return real(description)

    patch.setattr(api.apidocs, "groups", writing)


@seed("pat", "api:kpi-detail")
def aggregate_instead_of_own_company(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(kpis.api.KpiViewSet, "scope", lambda self: kpis.scopes.PROGRAM)


@seed("pat", "api:deal-list")
def page_told_by_a_header(patch: pytest.MonkeyPatch) -> None:
    def leaking(self: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        answer = Response({"results": [], "next": None})
        answer["Link"] = f"</api/v1/deals/{Deal.objects.latest('pk').public_id}/>"
        return answer

    patch.setattr(DealViewSet, "list", leaking)


# The whole dozen and more is asked with ./run test --all.
QUICK = {"row_filter_dropped", "allow_any", "a_read_that_writes"}


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in SEEDS],
)
def test_the_harness_notices(cast: Cast, monkeypatch: pytest.MonkeyPatch, name: str) -> None:  # noqa: F811
    who, routes, defect = SEEDS[name]
    caller = cast.caller(who)
    with time_machine.travel(timezone.now(), tick=False):
        defect(monkeypatch)
        problems = Walk(cast, caller, routes).run().problems
        if not problems and caller.sees == "acme":
            problems = interference(cast, caller, routes)
    assert problems
    print(f"{name}: {problems[0][:150]}")


def test_at_least_twelve_defects_are_tried() -> None:
    assert len(SEEDS) >= 12
