"""A ladder for tests: registered, silver (100k in 12 months), gold (300k and 5 sign-ins)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from kpis.tierruns import dry_run, evaluate_program
from partners.models import Partner, PartnerProgram, RuleVersion, TierRun, TierStanding
from partners.programs import services
from partners.programs.rules import Criterion, Group, Measure, Rules, Tier
from partners.programs.runs import ask_dry_run, ask_evaluation
from prm.common.models import Job
from tests import factories

REVENUE = Measure("partner_sourced_revenue/net", "rolling", 12)
LOGINS = Measure("partner_login_rate/logins", "rolling", 3)
CONTRACT = Measure("active_partners/end", "now")


def at_least(measure: Measure, threshold: Any, **more: Any) -> Criterion:
    """A criterion; its id says what it asks."""
    if measure.metric.startswith("partner_sourced"):
        more.setdefault("currency", "EUR")
    amount = Decimal(threshold)
    return Criterion(f"{measure.text}:{amount}", measure, "ge", amount, **more)


def all_of(*parts: Any) -> Group:
    return Group("all", parts)


def any_of(*parts: Any) -> Group:
    return Group("any", parts)


def ladder(**more: Any) -> Rules:
    """Three tiers, reviewed each quarter."""
    return Rules(
        (
            Tier("registered"),
            Tier("silver", all_of(at_least(REVENUE, 100_000))),
            Tier("gold", all_of(at_least(REVENUE, 300_000))),
        ),
        **more,
    )


def at(text: str) -> datetime:
    """Noon UTC of a day."""
    return datetime.fromisoformat(text).replace(hour=12, tzinfo=UTC)


def program_with(rules: Rules, name: str = "Resellers", type: str = "reseller") -> PartnerProgram:
    """A programme with these rules published."""
    now = at("2026-01-01")
    program = services.create_program(name=name, types=[type], by=None, now=now)
    publish(program, rules)
    return program


def publish(program: PartnerProgram, rules: Rules) -> RuleVersion:
    """Publish other rules."""
    now = at("2026-01-01")
    draft = services.start_draft(program, by=None, now=now)
    draft = services.save_draft(draft, rules, edit=draft.edit, by=None, now=now)
    return services.publish(draft, by=None, now=now)


def reseller(name: str = "", tier: str = "registered", **more: Any) -> Partner:
    """A partner of the programme's type, with us since 2020."""
    return factories.make_partner(name, type="reseller", tier=tier, region="DACH", **more)


def won(partner: Partner, day: str, amount: int) -> Any:
    """Revenue on a day."""
    return factories.make_deal(partner, opened="2020-01-02", won=day, amount=Decimal(amount))


def run(program: PartnerProgram, day: str) -> TierRun:
    """The evaluation of a day, as the worker does it."""
    now = at(day)
    job = ask_evaluation(program, now=now)
    evaluate_program(job, now)
    Job.objects.filter(pk=job.pk).update(state=Job.State.DONE)
    return TierRun.objects.get(program=program, kind="daily", day=now.date())


def dry(version: RuleVersion, day: str) -> TierRun:
    """A dry run of a day."""
    now = at(day)
    run = ask_dry_run(version, by=None, now=now)
    assert run.job is not None
    dry_run(run.job, now)
    run.refresh_from_db()
    return run


def tier_of(partner: Partner) -> str:
    """The tier of today's profile."""
    return str(partner.profiles.get(valid_to=None).tier)


def standing(partner: Partner) -> TierStanding:
    """How it stands."""
    return TierStanding.objects.get(partner=partner)


def days_after(day: str, n: int) -> str:
    """A day so many days later."""
    return (datetime.fromisoformat(day) + timedelta(days=n)).date().isoformat()
