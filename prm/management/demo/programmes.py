"""Programmes and tiers of the demo world: rules, benefits, a review, and what people decided since.

All by the ordinary services at the days of the story. It needs figures: rebuild first.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Max

from kpis.engine.drain import drain
from kpis.tierruns import evaluate_program
from partners.models import LoginEvent, PartnerProfile, PartnerProgram, TierStanding
from partners.programs import deciding, services
from partners.programs.metrics import source
from partners.programs.positions import member_ids
from partners.programs.rules import Criterion, Group, Measure, Rules, Tier
from partners.programs.runs import EVALUATE
from prm.common import config, periods
from prm.common.models import Job, User
from prm.management.demo import cast, exceptions, words
from prm.management.demo.people import email_of

REVENUE = Measure("partner_sourced_revenue/net", "rolling", 12)
LATELY = Measure("partner_sourced_revenue/net", "rolling", 6)
EVER = Measure("partner_sourced_revenue/net", "lifetime")
SIGN_INS = Measure("partner_login_rate/logins", "rolling", 3)
PIPELINE = Measure("partner_pipeline_open/value", "now")
CONTRACT = Measure("active_partners/end", "now")
SELLING = ("Reseller", "Systems integrator", "Managed services")
ALLIED = ("Referral", "Technology")
BENEFITS = (
    ("Discount on the list price", "On new business and renewals.", "10 %", "15 %", "20 %", "25 %"),
    ("Deal protection", "From the approval of a registration.", "60 days", "90 days", "120 days",
     "180 days"),
    ("Marketing fund", "Of the revenue won, for joint campaigns.", "", "1 %", "2 %", "3 %"),
    ("Partner manager", "Who answers you.", "Team", "Team", "Named person", "Named person"),
    ("Support", "First answer to a case.", "2 days", "1 day", "4 hours", "1 hour"),
    ("Leads from us", "Enquiries in your region.", "", "", "Yes", "First choice"),
)  # fmt: skip
MISSED, LEAST = 0.15, 5_000  # part of the partners of a tier that miss its revenue


def are_there() -> bool:
    """Whether the programmes were made already."""
    return PartnerProgram.objects.exists()


@transaction.atomic
def make_programmes(now: datetime) -> int:
    """Programmes with their rules and history up to the last day of the world; returns how many
    partners stand in them.
    """
    settings = config.program()
    last = LoginEvent.objects.aggregate(last=Max("on"))["last"]
    now = min(now, _noon(last or settings.local_date(now)))
    noor = User.objects.get(email=email_of(cast.STAFF[2][0], words.VENDOR_DOMAIN))
    quarter = periods.current("quarter", now, settings).starts_on
    begun = quarter - timedelta(days=70)
    benefits = _benefits(noor, _noon(begun - timedelta(days=400)))
    selling = _selling(begun, benefits, noor)
    allied = _allied(begun, benefits, noor)
    today = settings.local_date(now)
    months = [month.starts_on for month in settings.months if begun < month.starts_on < today]
    for day in (begun, *months):
        _evaluate(allied, _noon(day))
        if day in {begun, quarter}:
            _evaluate(selling, _noon(day))
        if day == begun:
            exceptions.long_past(selling, noor, _noon(day))
        if day == quarter:
            _decide(noor, min(now, _noon(day + timedelta(days=2))))
    for program in (selling, allied):
        _evaluate(program, now)
    _after(noor, now)
    exceptions.of_today(selling, noor, now)
    _draft(selling, noor, now)
    drain(now)
    exceptions.try_draft(selling, noor, now)
    return TierStanding.objects.count()


def _noon(day: date) -> datetime:
    return config.program().midnight(day) + timedelta(hours=12)


def _evaluate(program: PartnerProgram, now: datetime) -> None:
    """As a worker does it, with a job of its own."""
    job = Job.objects.create(
        kind=EVALUATE, key=f"{program.pk}:{now:%Y-%m-%d}", args={"program": program.pk},
        state=Job.State.DONE, due_at=now, started_at=now, finished_at=now,
    )  # fmt: skip
    evaluate_program(job, now)


def _benefits(by: User, now: datetime) -> list[tuple[str, ...]]:
    """The library; returns id and value in each tier."""
    found = []
    for name, text, *worth in BENEFITS:
        row = services.save_benefit(None, name=name, description=text, by=by, now=now)
        found.append((str(row.public_id), *worth))
    retired = services.save_benefit(None, name="Printed catalogues", by=by, now=now)
    services.save_benefit(retired, name=retired.name, is_active=False, by=by, now=now)
    return found


def _worth(benefits: list[tuple[str, ...]], place: int) -> dict[str, str]:
    return {row[0]: row[place + 1] for row in benefits if row[place + 1]}


def _asks(measure: Measure, threshold: Decimal | int | str, **more: bool) -> Criterion:
    metric = measure.metric
    is_money = metric.startswith("partner_sourced") or metric == "partner_pipeline_open/value"
    return Criterion(
        f"{metric}:{threshold}", measure, "ge", Decimal(threshold),
        words.REPORT_CURRENCY if is_money else "", **more,
    )  # fmt: skip


def _selling(begun: date, benefits: list[tuple[str, ...]], by: User) -> PartnerProgram:
    """Four tiers, reviewed each quarter; people decide about ups and downs."""
    first = _noon(begun - timedelta(days=380))
    program = services.create_program(
        name="Selling partners", types=SELLING, by=by, now=first,
        summary="For partners that sell and run what we make.",
    )  # fmt: skip
    contract = _asks(CONTRACT, 1, is_hard=True)
    simple = [Group("all", (contract, _asks(REVENUE, n))) for n in (5_000, 20_000, 150_000)]
    active = Group("any", (_asks(SIGN_INS, 12), _asks(PIPELINE, 20_000)))
    asks = [
        Group("all", (contract, Group("any", (_asks(REVENUE, 10_000), _asks(SIGN_INS, 12))))),
        Group("all", (contract, _asks(REVENUE, 30_000), active)),
        Group("all", (contract, _asks(REVENUE, 250_000), _asks(LATELY, 130_000))),
    ]
    for groups, at in ((simple, first), (asks, _noon(begun))):
        tiers = _ladder(groups, benefits)
        _publish(program, Rules(tiers, "approval", "approval", 90, "quarter"), by, at)
    return program


def _allied(begun: date, benefits: list[tuple[str, ...]], by: User) -> PartnerProgram:
    """Reviewed each month with a short grace; partners rise by themselves."""
    at = _noon(begun)
    program = services.create_program(
        name="Alliances", types=ALLIED, by=by, now=at,
        summary="For partners that recommend us or build on us.",
    )  # fmt: skip
    least = _usual(program, "Silver", begun)
    either = Group("any", (_asks(EVER, least), _asks(SIGN_INS, 30)))
    asks = [
        Group("all", (either,)),
        Group("all", (_asks(EVER, least * 10),)),
        Group("all", (_asks(EVER, least * 40),)),
    ]
    tiers = _ladder(asks, benefits)
    _publish(program, Rules(tiers, "at_once", "approval", 20, "month"), by, at)
    return program


def _ladder(groups: Sequence[Group], benefits: list[tuple[str, ...]]) -> tuple[Tier, ...]:
    """The lowest tier asks for nothing; the groups are what the others ask."""
    asks = (Group(), *groups)
    return tuple(
        Tier(words.TIERS[place], group, benefits=_worth(benefits, place))
        for place, group in enumerate(asks)
    )


def _publish(program: PartnerProgram, rules: Rules, by: User, now: datetime) -> None:
    draft = services.start_draft(program, by=by, now=now)
    draft = services.save_draft(draft, rules, edit=draft.edit, by=by, now=now)
    services.publish(draft, by=by, now=now)


def _usual(program: PartnerProgram, tier: str, day: date) -> int:
    """The revenue that most partners of a tier have, rounded as people would choose it."""
    ids = member_ids(program)
    known = source().values([EVER], day, config.program(), ids)
    rows = PartnerProfile.objects.filter(partner__in=ids, tier=tier, valid_from__lte=day)
    own = set(rows.exclude(valid_to__lte=day).values_list("partner_id", flat=True))
    amounts = sorted(known[pk][EVER] or 0 for pk in own)
    amount = int(amounts[int(len(amounts) * MISSED)]) if amounts else 0
    step = int(10 ** (len(str(amount)) - 1))
    return max(LEAST, amount // step * step)


def _standing(place: int) -> TierStanding | None:
    return TierStanding.objects.filter(partner__name=cast.PARTNERS[place].name).first()


def _decide(by: User, now: datetime) -> None:
    """After the review: one promotion approved and one declined, one partner locked."""
    waiting = TierStanding.objects.filter(state=TierStanding.State.PROMOTION).order_by("pk")
    for standing in waiting[:2]:
        deciding.approve(standing, by=by, now=now)
    if last := waiting.last():
        deciding.decline(
            last, by=by, now=now, reason="One large deal; we look again after the next quarter."
        )
    if fjordline := _standing(cast.FJORDLINE):
        deciding.lock(fjordline, by=by, now=now, reason="The contract is being negotiated anew.")


def _after(by: User, now: datetime) -> None:
    """Two exceptions for partners at risk, one of them taken back; one demotion approved."""
    last_day = config.program().local_date(now) + timedelta(days=60)
    risky = TierStanding.objects.filter(state=TierStanding.State.AT_RISK).order_by("partner__name")
    reasons = (
        "Two large tenders were moved to next quarter by the customers.",
        "Merger with another company: its revenue is counted only now.",
    )
    row = None
    for standing, reason in zip(list(risky[:2]), reasons, strict=False):
        tier = standing.partner.profiles.get(valid_to=None).tier
        row = deciding.grant_exception(
            standing.partner, tier=tier, last_day=last_day, by=by, now=now, reason=reason
        )
    if row is not None:
        deciding.end_exception(row, by=by, now=now)
    waiting = TierStanding.objects.filter(state=TierStanding.State.DEMOTION).order_by("-pk")
    if waiting.count() > 1:
        deciding.approve(waiting[0], by=by, now=now)


def _draft(program: PartnerProgram, by: User, now: datetime) -> None:
    """Somebody thinks about asking for more of Gold."""
    draft = services.start_draft(program, by=by, now=now)
    rules = draft.parsed
    gold = rules.tiers[2]
    first, second, *rest = gold.requirements.parts
    assert isinstance(second, Criterion)  # noqa: S101 - written above
    more = _asks(REVENUE, int(second.threshold * Decimal("1.1")))
    changed = services.with_tier(rules, 2, requirements=Group("all", (first, more, *rest)))
    services.save_draft(draft, changed, edit=draft.edit, by=by, now=now)
