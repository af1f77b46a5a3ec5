"""How far partners are towards their next tier (kpis.md 85)."""

from datetime import timedelta
from typing import Any

from kpis import seats
from kpis.definitions.base import Ask
from kpis.result import Answer, no
from kpis.scopes import DYNAMIC
from kpis.store import query
from partners.models import PartnerProfile, ProgramType, RuleVersion
from partners.programs.evaluating import towards
from partners.programs.metrics import source
from partners.programs.rules import Rules, evaluate
from prm.common.rates import rates_on


def attainment(ask: Ask) -> Answer:
    """Mean over the rules of min(1, actual/required): as last evaluated; for one partner also at
    the end of a period that is over.
    """
    store = ask.store
    if not store.has_partners:
        return no("no_data")
    if ask.period.is_closed(store.now):
        if store.scope.kind != "partner":
            has_rules = store.once_for_all("has tier rules", _has_rules)
            return no("not_applicable_closed_period" if has_rules else "no_target")
        return _then(ask)
    # "as last evaluated" knows no period: value, trend and comparison share one reading
    total, rules, n = store.once("tier attainment", lambda: _standings(ask))
    if not rules:
        return no("no_target")
    return Answer(total / rules, total, int(rules), n=int(n))


def _standings(ask: Ask) -> tuple[Any, ...]:
    """Rules attained and asked of the scope's partners, and how many partners that are."""
    where, params = _scoped(ask)
    rows = query(
        "SELECT coalesce(sum(standing.attained), 0), coalesce(sum(standing.asked), 0)::bigint,"
        " count(*)::bigint FROM partners_tierstanding AS standing"
        " JOIN kpis_profilespan AS span ON span.partner_id = standing.partner_id"
        " AND span.ends_on = 'infinity'"
        f" WHERE standing.asked > 0{where}",
        params,
    )
    return rows[0]


def _has_rules() -> bool:
    return RuleVersion.objects.filter(state=RuleVersion.State.PUBLISHED).exists()


def _scoped(ask: Ask) -> tuple[str, tuple[Any, ...]]:
    scope = ask.store.scope
    if scope.kind == "program":
        return "", ()
    if scope.kind == "partner":
        return " AND span.canonical_id = %s", (scope.id,)
    if scope.kind == DYNAMIC:
        where, params = seats.of_day(scope, "span.canonical_id", "'infinity'::date", "current")
        return f" AND {where}", params
    if scope.kind == "manager":
        return " AND span.manager_id = %s", (scope.id,)
    return f" AND span.{scope.kind} = %s", (scope.value,)


def _then(ask: Ask) -> Answer:
    """One partner at the end of a period, by the rules and in the tier of that day."""
    day = ask.period.last_day
    profile = (
        PartnerProfile.objects.filter(partner=ask.store.scope.id, valid_from__lte=day)
        .order_by("-valid_from")
        .first()
    )
    kinds = ProgramType.objects.filter(type=profile.type if profile else "")
    versions = RuleVersion.objects.filter(
        program__in=kinds.values("program"), published_at__lt=ask.period.ends_at
    )
    version = versions.order_by("-published_at").first()
    if profile is None or version is None:
        return no("no_target")
    rules: Rules = version.parsed
    values = source().values(
        rules.measures(), day + timedelta(days=1), ask.store.settings, [ask.store.scope.id]
    )
    known = rates_on(day, rules.currencies())
    rates = {code: known.get(code) for code in rules.currencies()}
    found = evaluate(rules, values[ask.store.scope.id], rates)
    total, n = towards(rules, profile.tier, found)
    return Answer(total / n, total, n, n=1) if n else no("no_target")
