"""How the demo's partners were found: forms, applications of two years, costs, visits.

What lies in the past is written as rows; the last weeks are played by the services, so that audit,
mails and the queue tell them. Every state of every machine is there at least once.
"""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from partners.models import (
    Application,
    ApplicationForm,
    Contract,
    Cost,
    IdealProfile,
    Partner,
    PartnerProfile,
    VisitCount,
)
from partners.recruiting.fitting import criteria_of, state_profile
from partners.recruiting.rules import Criterion, Question, fit
from prm.common.models import User
from prm.management.demo import cast, words
from prm.management.demo.names import ascii_word, partner_names
from prm.management.demo.people import domain_of
from prm.management.demo.plan import Plan

SOURCE = "demo"
CHANNELS = ("linkedin", "trade-fair", "recommendation", "website")
CHANNEL_PARTS = (0.3, 0.2, 0.3, 0.2)
CHANNEL_COSTS = {"linkedin": 900, "trade-fair": 1_400, "website": 250}
MONTHS, MOST = 24, 400
OUTCOMES = (
    ("rejected", "not_a_fit"), ("rejected", "requirements"), ("withdrawn", ""),
    ("rejected", "region_covered"), ("expired", ""), ("rejected", "needs_detail"),
    ("rejected", "duplicate"), ("rejected", "other"),
)  # fmt: skip
INTRO = (
    "Sell, implement or run Aldermoor Flow for your customers. You get deal registration with"
    " protection, training without charge, and a partner manager who knows your market.\n\n"
    "We look for companies that know their customers well and want to grow with us for years."
)
QUESTIONS = (
    Question("why", "Why do you want to work with us?", "long", required=True),
    Question(
        "start",
        "When could you start?",
        "choice",
        ("At once", "This quarter", "Later"),
        required=True,
    ),
    Question("deals", "How many deals do you expect in the first year?", "number"),
)


def make_forms(admin: User) -> ApplicationForm:
    """Four forms: open, open for some countries, by invitation, closed. Returns the first."""
    common = {"source": SOURCE, "channels": list(CHANNELS)}
    first = ApplicationForm.objects.create(
        slug="partner-programme", title="Aldermoor partner programme", intro=INTRO,
        questions=[one.as_json() for one in QUESTIONS], types=list(words.TYPES[:3]),
        reapply_days=90, external_id="F1", **common,
    )  # fmt: skip
    ApplicationForm.objects.create(
        slug="referral", title="Referral programme", reapply_days=0, external_id="F2",
        intro="Recommend us and earn a share. For consultants and agencies in the Nordics.",
        countries=["Sweden", "Norway", "Denmark", "Finland"], types=["Referral"], **common,
    )  # fmt: skip
    ApplicationForm.objects.create(
        slug="technology-alliance", title="Technology alliance", by_invitation=True,
        reapply_days=None, external_id="F3", types=["Technology"],
        intro="For makers of software that works with Aldermoor Flow.", **common,
    )  # fmt: skip
    ApplicationForm.objects.create(
        slug="founding-partners", title="Founding partners", is_open=False, reapply_days=None,
        external_id="F4", intro="This programme is full.", **common,
    )  # fmt: skip
    return first


def make_ideal_profile(plan: Plan, admin: User) -> IdealProfile:
    """What the vendor looks for, stated two years ago."""
    return state_profile(
        [
            Criterion("type", 30, ("Managed services", "Reseller")),
            Criterion("region", 20, ("DACH", "Nordics", cast.PACIFIC)),
            Criterion("people", 20, (), 4),
            Criterion("customers", 20, (), 1),
            Criterion("certificates", 10, ("ISO 27001", "SOC 2")),
        ],
        by=admin,
        now=moment(plan, plan.last_day - timedelta(days=760), 10),
    )


def moment(plan: Plan, day: date, hour: int, minute: int = 0) -> datetime:
    """An instant of a local day."""
    return datetime.combine(day, time(hour, minute), plan.zone)


def make_applications(plan: Plan, form: ApplicationForm, profile: IdealProfile) -> None:
    """The applications behind the partners that joined lately, and those that came to nothing."""
    dice = plan.random("applications")
    since = plan.last_day - timedelta(days=30 * MONTHS)
    first: dict[int, date] = {}
    for partner_id, day in Contract.objects.filter(source=SOURCE).values_list(
        "partner_id", "starts_on"
    ):
        first[partner_id] = min(day, first.get(partner_id, day))
    joined = sorted((day, pk) for pk, day in first.items() if day >= since)[-MOST:]
    partners = Partner.objects.in_bulk([pk for _day, pk in joined])
    kinds = _profiles(list(partners))
    rows = [
        _approved(plan, dice, form, profile, partners[pk], kinds[pk], day, n)
        for n, (day, pk) in enumerate(joined, 1)
    ]
    rows += _lost(plan, dice, form, profile, len(rows))
    Application.objects.bulk_create(rows)


def _profiles(ids: list[int]) -> dict[int, PartnerProfile]:
    rows = PartnerProfile.objects.filter(partner__in=ids).order_by("partner", "-valid_from")
    return {row.partner_id: row for row in rows}


def _scored(profile: IdealProfile, facts: dict[str, Any]) -> dict[str, Any]:
    found = fit(criteria_of(profile), facts)
    return {
        "fit_score": found.score,
        "fit_reasons": found.lines,
        "fit_version": profile.version,
    }


def _channel(dice: Any) -> str:
    return str(dice.choice(CHANNELS, p=CHANNEL_PARTS))


def _approved(
    plan: Plan, dice: Any, form: ApplicationForm, profile: IdealProfile, partner: Partner,
    kind: PartnerProfile, start: date, n: int,
) -> Application:  # fmt: skip
    wait, sign = int(dice.integers(3, 25)), int(dice.integers(2, 16))
    decided = moment(plan, start - timedelta(days=sign), 15, int(dice.integers(0, 60)))
    applied = moment(plan, start - timedelta(days=sign + wait), 10, int(dice.integers(0, 60)))
    people = int(dice.integers(1, 30))
    facts = {
        "type": kind.type,
        "region": kind.region,
        "people": people,
        "customers": int(dice.integers(0, 4)),
        "certificates": ["ISO 27001"] if dice.random() < 0.3 else None,
    }
    return Application(
        source=SOURCE, external_id=f"A{n}", form=form, partner=partner, state="approved",
        company=partner.name, domain=partner.domain, country=partner.country, city=partner.city,
        type=kind.type, region=kind.region, people=people, contact_name="",
        channel=_channel(dice), applied_at=applied, confirmed_at=applied + timedelta(minutes=20),
        decided_at=decided, language="en", **_scored(profile, facts),
    )  # fmt: skip


def _lost(
    plan: Plan, dice: Any, form: ApplicationForm, profile: IdealProfile, many: int
) -> list[Application]:
    """About as many that were rejected, withdrawn or never confirmed."""
    import numpy as np

    n = round(many * 1.1)
    types = np.array(words.TYPES, object)[dice.integers(0, len(words.TYPES), n)]
    found = []
    taken = set(Partner.objects.values_list("name", flat=True)[:20_000])
    for number, name in enumerate(partner_names(dice, types, taken), 1):
        state, reason = OUTCOMES[number % len(OUTCOMES)]
        day = plan.last_day - timedelta(days=int(dice.integers(20, 30 * MONTHS)))
        applied = moment(plan, day, 11, int(dice.integers(0, 60)))
        region = words.REGIONS[int(dice.integers(0, len(words.REGIONS)))]
        country = words.COUNTRIES[region][0]
        people = int(dice.integers(1, 12))
        confirmed = state != "expired"
        facts = {"type": types[number - 1], "region": region, "people": people, "customers": 0}
        found.append(
            Application(
                source=SOURCE, external_id=f"L{number}", form=form, state=state, company=name,
                domain=domain_of(name), country=country[0], city=country[3][0],
                type=types[number - 1], region=region, people=people, reason_code=reason,
                channel=_channel(dice), applied_at=applied,
                confirmed_at=applied + timedelta(minutes=30) if confirmed else None,
                decided_at=applied + timedelta(days=int(dice.integers(2, 15)) if confirmed else 7),
                email=f"info@{ascii_word(name)}.example",
                **(_scored(profile, facts) if confirmed else {}),
            )
        )  # fmt: skip
    return found


def make_visits(plan: Plan, form: ApplicationForm) -> None:
    """How often the page was opened and begun, a day and source, for a year."""
    dice = plan.random("visits")
    rows = []
    for back in range(1, 366):
        day = plan.last_day - timedelta(days=back - 1)
        busy = 0.3 if day.weekday() > 4 else 1.0
        for channel, part in zip(CHANNELS, CHANNEL_PARTS, strict=True):
            visited = int(dice.poisson(6 * part * busy))
            started = int(dice.binomial(visited, 0.3))
            for step, n in (("visited", visited), ("started", started)):
                if n:
                    rows.append(VisitCount(form=form, day=day, channel=channel, step=step, n=n))
    VisitCount.objects.bulk_create(rows, batch_size=2000)


def make_costs(plan: Plan) -> None:
    """What recruiting cost a month and source, onboarding a new partner, and managers' time."""
    dice = plan.random("costs")
    month = date(plan.last_day.year, plan.last_day.month, 1)
    rows: list[Cost] = []
    for _back in range(MONTHS):
        month = (month - timedelta(days=1)).replace(day=1)
        at = moment(plan, month + timedelta(days=19), 12)
        for channel, usual in CHANNEL_COSTS.items():
            amount = Decimal(round(usual * float(dice.uniform(0.7, 1.3))))
            rows.append(
                _cost(at, "recruiting", amount, channel=channel, note=f"{channel} {month:%Y-%m}")
            )
    new = Application.objects.filter(source=SOURCE, state="approved").select_related("partner")
    for row in new.order_by("external_id"):
        if row.partner is not None and row.decided_at is not None:
            at = row.decided_at + timedelta(days=1)
            amount = Decimal(int(dice.integers(6, 25)) * 100)
            rows.append(_cost(at, "onboarding", amount, partner=row.partner, note="Onboarding"))
    for number, cost in enumerate(rows, 1):
        cost.external_id = f"X{number}"
    Cost.objects.bulk_create(rows)


def _cost(at: datetime, kind: str, amount: Decimal, **more: Any) -> Cost:
    return Cost(
        source=SOURCE, at=at, kind=kind, amount=amount, currency=words.REPORT_CURRENCY, **more
    )
