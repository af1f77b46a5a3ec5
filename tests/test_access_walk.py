"""Every route, as everybody, with own, foreign and unknown objects: nothing leaks."""

import pytest
import time_machine
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from prm.common import access
from tests.access import cast as cast_module
from tests.access.cast import Cast, cast  # noqa: F401  (a fixture)
from tests.access.foreign import FOREIGN
from tests.access.harness import Walk
from tests.access.interference import interference
from tests.access.walk import PLAIN, routes

STAFF = ["admin", "channel_manager", *cast_module.STAFF_ALL]
PARTNERS = ["pat", "gil", *[f"acme {role}" for role in cast_module.Membership.Role.values]]


def test_every_route_is_declared() -> None:
    _ = get_resolver().url_patterns
    undeclared = [
        f"{route.name} {route.path}"
        for route in routes()
        if route.name not in access.POLICY and route.path not in FOREIGN
    ]
    assert not undeclared, "Declare these with access.declare, or name them as foreign."


def test_the_policy_and_the_list_of_foreign_routes_hold_no_dead_rows() -> None:
    known = {route.name for route in routes()}
    assert not set(access.POLICY) - known
    assert not FOREIGN - {route.path for route in routes()}


def test_the_walk_knows_a_value_for_every_parameter() -> None:
    unknown = {
        (route.name, name)
        for route in routes()
        if route.name in access.POLICY
        for name in route.params
        if name != "public_id" and name not in PLAIN
    }
    assert not unknown, "Teach tests/access/walk.py what stands for this parameter."


def test_every_route_to_a_row_names_its_model() -> None:
    missing = [
        route.name
        for route in routes()
        if "public_id" in route.params and route.name in access.POLICY
        if not access.POLICY[route.name].model
    ]
    assert not missing, "access.declare(..., model='app.Model')"


def test_every_model_has_rows_of_both_partners(cast: Cast) -> None:  # noqa: F811
    few = [
        model._meta.label
        for model in cast_module.our_models()
        if model._default_manager.count() < 2 and model._meta.label not in ALONE
    ]
    assert not few, "Give these a row of each partner in tests/access/cast.py."


# One row is all there can be, or rows that belong to no partner.
ALONE = {
    "common.BrandFile",
    "common.FxRate",
    "kpis.MonthRate",
    "kpis.Verification",
    "kpis.DirtyMark",
    "kpis.DirtyTotal",
    "partners.Apart",
    "partners.Benefit",
    "partners.PartnerProgram",
    "partners.ProgramType",
    "partners.TierRun",
}


# These differ from the others by name only; all are asked with ./run test --all.
LIKE_OTHERS = {"finance_prepare", "finance_approve", *PARTNERS} - {"pat", "gil", "acme read_only"}


@pytest.mark.parametrize(
    "who",
    [
        pytest.param(who, marks=pytest.mark.slow if who in LIKE_OTHERS else ())
        for who in ["anonymous", "nobody", *STAFF, *PARTNERS]
    ],
)
def test_nothing_leaks_to(cast: Cast, who: str) -> None:  # noqa: F811
    # pages tell the minute: two answers are compared at one instant
    with time_machine.travel(timezone.now(), tick=False):
        report = Walk(cast, cast.caller(who), probes=who == "pat").run()
    print(f"{who}: {report.requests} requests")
    assert not report.problems, "\n".join(report.problems)


def test_every_write_by_session_needs_the_csrf_token(cast: Cast) -> None:  # noqa: F811
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(cast.world.admin)
    asked = 0
    for route in routes():
        rule = access.POLICY.get(route.name)
        if rule is None or rule.open:
            continue
        for method in set(rule.methods) - {"GET"}:
            rows = [row for side in cast.objects.get(rule.model, {}).values() for row in side]
            url = route.url(**{name: PLAIN.get(name) or rows[0] for name in route.params})
            kind = "application/json" if access.is_api(url) else "text/plain"
            answer = getattr(client, method.lower())(url, "{}", content_type=kind)
            assert answer.status_code == 403, (method, url)
            asked += 1
    assert asked > 15


def test_what_a_competitor_does_shows_nowhere(cast: Cast) -> None:  # noqa: F811
    with time_machine.travel(timezone.now(), tick=False):
        changed = interference(cast, cast.caller("pat"))
    assert not changed, "\n".join(changed)


@pytest.mark.slow
def test_searches_and_filters_show_a_manager_nothing_foreign(cast: Cast) -> None:  # noqa: F811
    with time_machine.travel(timezone.now(), tick=False):  # a page may tell the time
        report = Walk(cast, cast.caller("channel_manager")).only_probes()
    print(f"channel_manager, probes: {report.requests} requests")
    assert not report.problems, "\n".join(report.problems)


@pytest.mark.parametrize("who", ["pat", pytest.param("admin", marks=pytest.mark.slow)])
def test_nothing_leaks_to_tokens_of(cast: Cast, who: str) -> None:  # noqa: F811
    tokens = [caller for caller in cast.callers if caller.name.startswith(f"{who} token")]
    assert len(tokens) >= 4
    problems = []
    for caller in tokens:
        report = Walk(cast, caller).run()
        print(f"{caller.name}: {report.requests} requests")
        problems += report.problems
    assert not problems, "\n".join(problems)
