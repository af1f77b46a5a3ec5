"""How the demo's new partners become productive: templates, plans of two years, today's board.

What lies in the past is written as rows; the plans of the story are played by the services.
"""

from datetime import date, datetime, timedelta
from typing import Any

from partners.models import (
    Contract,
    Milestone,
    OnboardingPlan,
    OnboardingTask,
    OnboardingTemplate,
    OnboardingVersion,
    Partner,
    PartnerProfile,
)
from partners.onboarding import rules, services, sweeping, templating
from partners.onboarding.rules import Step
from partners.onboarding.selectors import working_time_for
from prm.common.models import User
from prm.management.demo import cast, words
from prm.management.demo.people import email_of
from prm.management.demo.plan import Plan
from prm.management.demo.recruits import moment

SOURCE = "demo"
MONTHS, MOST = 24, 300
GIVEN_UP = 0.06  # part of the plans that ended early
CORE = (
    Step("sign_in", "Sign in to the portal", days=3, milestone=rules.SIGN_IN),
    Step("welcome", "Welcome call with your partner manager", rules.OURS, 5,
         "We go through this plan together and name who does what."),
    Step("profile", "Check your company profile", days=5, link="/portal/company/",
         text="Address, web domain, and what you are known for."),
    Step("people", "Name the people who sell and support", days=8, link="/portal/people/",
         text="Everybody who is to sign in; an administrator of yours gives roles.",
         after=("sign_in",)),
    Step("demo_system", "Set up the demo system", rules.OURS, 10, after=("people",)),
    Step("training", "Sales training, half a day", days=15, approval=True, after=("welcome",),
         text="Tell us who took part. We look at the exercises together."),
    Step("business_plan", "Business plan for the first year", days=25, approval=True,
         after=("training",), text="Three pages: customers, targets, what you need from us."),
    Step("logo", "Our logo on your website", days=30, required=False),
    Step("registration", "Register the first deal", days=45, link="/portal/deals/",
         milestone=rules.REGISTRATION, required=False),
    Step("approval", "First registration approved", days=60, milestone=rules.APPROVAL,
         required=False),
    Step("win", "Win the first deal", days=65, milestone=rules.WIN, required=False),
    Step("review", "Review after the first quarter", rules.OURS, 65, after=("business_plan",)),
)  # fmt: skip
REFERRAL = CORE[:3]
CLOUD_TOO = 6  # further partners of Elena's that add the cloud edition
CLOUD = (
    Step("kickoff", "Kick-off for Flow Cloud", rules.OURS, 2),
    Step("contact", "Name a technical contact", days=4, after=("kickoff",)),
    Step("security", "Fill in the security questionnaire", days=8, approval=True,
         text="Forty questions; most of them you answered for your own customers before.",
         after=("contact",)),
    Step("prices", "Agree to the price list", days=9, approval=True, after=("kickoff",)),
    Step("sandbox", "Set up the sandbox", rules.OURS, 10, after=("contact",)),
    Step("addendum", "Sign the addendum of 2019", days=6, after=("kickoff",)),
    Step("launch", "Plan the launch with your first customer", days=20, approval=True,
         after=("security", "sandbox")),
    Step("case", "Write a customer story", days=40, required=False, after=("launch",)),
)  # fmt: skip


def play(plan: Plan) -> None:
    """Templates in every state, plans of the past, and the plans that the story tells."""
    noor, elena = _person(cast.STAFF[2][0]), _person(cast.STAFF[1][0])
    _long_ago(plan)
    version = _templates(plan, noor)
    _past(plan, version, elena)
    _cloud(plan, elena, noor)
    _cloud_too(plan, elena)
    _given_up(plan, elena)
    sweeping.tell_due(moment(plan, plan.last_day, 12))


def _person(name: str) -> User:
    return User.objects.get(email=email_of(name, words.VENDOR_DOMAIN))


def _long_ago(plan: Plan) -> None:
    """Partners that joined before the deals that we hold began: what their old books say."""
    dice = plan.random("milestones")
    began = plan.last_day - timedelta(days=round(365.25 * plan.years))
    first: dict[int, date] = {}
    old = Contract.objects.filter(source=SOURCE, starts_on__lt=began).order_by("partner", "pk")
    for partner_id, day in old.values_list("partner_id", "starts_on"):
        first[partner_id] = min(day, first.get(partner_id, day))
    rows = list(Milestone.objects.filter(partner__in=list(first)).order_by("partner", "pk"))
    usual = {rules.SIGN_IN: 9, rules.REGISTRATION: 60, rules.APPROVAL: 64, rules.WIN: 170}
    for row in rows:
        days = max(1, round(usual[row.kind] * float(dice.lognormal(0, 0.5))))
        row.at = min(row.at, moment(plan, first[row.partner_id] + timedelta(days=days), 11))
    Milestone.objects.bulk_update(rows, ["at"])


def _templates(plan: Plan, by: User) -> OnboardingVersion:
    """Four templates; the first with a replaced version, a published one and a draft."""
    start = moment(plan, plan.last_day - timedelta(days=30 * MONTHS), 10)
    later = moment(plan, plan.last_day - timedelta(days=200), 10)

    def made(name: str, summary: str, steps: tuple[Step, ...], now: datetime, **more: Any) -> Any:
        template = templating.create_template(name=name, summary=summary, by=by, now=now, **more)
        draft = templating.save_draft(template.versions.get(), steps, edit=0, by=by, now=now)
        return template, templating.publish(draft, by=by, now=now)

    core, first = made(
        "New partners", "From the contract to the first deal in a quarter.", CORE[:-1], start
    )
    second = templating.save_draft(
        templating.start_draft(core, by=by, now=later), CORE, edit=0, by=by, now=later
    )
    second = templating.publish(second, by=by, now=later)
    draft = templating.start_draft(core, by=by, now=later)
    quiz = Step("quiz", "Product quiz", days=20, after=("training",))
    templating.save_draft(draft, (*CORE, quiz), edit=0, by=by, now=later)
    made(
        "Referral partners", "Short: they recommend, we sell.", REFERRAL, start, types=["Referral"]
    )
    made(
        "Flow Cloud", "For partners that add the cloud edition.", CLOUD, later,
        starts_itself=False, types=["Reseller", cast.MANAGED, cast.INTEGRATOR],
    )  # fmt: skip
    old, _version = made("Founding partners", "The plan of the first year.", REFERRAL, start)
    templating.change_template(old, is_active=False, starts_itself=False, by=by, now=later)
    return second or first


def _past(plan: Plan, version: OnboardingVersion, by: User) -> None:
    """Plans of the partners that joined lately; the youngest still run, a few gave up."""
    dice = plan.random("onboarding")
    since = plan.last_day - timedelta(days=30 * MONTHS)
    first: dict[int, date] = {}
    for partner_id, day in Contract.objects.filter(source=SOURCE).values_list(
        "partner_id", "starts_on"
    ):
        first[partner_id] = min(day, first.get(partner_id, day))
    joined = sorted((day, pk) for pk, day in first.items() if since <= day <= plan.last_day)[-MOST:]
    partners = Partner.objects.filter(merged_into=None).in_bulk([pk for _day, pk in joined])
    reached: dict[tuple[int, str], datetime] = {
        (row.partner_id, row.kind): row.at
        for row in Milestone.objects.filter(partner__in=list(partners))
    }
    for number, (day, pk) in enumerate(joined, 1):
        if pk in partners:
            _one(plan, dice, version, by, partners[pk], day, number, reached)


def _one(
    plan: Plan, dice: Any, version: OnboardingVersion, by: User, partner: Partner, start: date,
    number: int, reached: dict[tuple[int, str], datetime],
) -> None:  # fmt: skip
    """One plan with the days on which its tasks were done."""
    steps = version.parsed
    pace = float(dice.lognormal(-0.15, 0.35))
    end = moment(plan, plan.last_day, 17)
    row = OnboardingPlan.objects.create(
        source=SOURCE, external_id=f"O{number}", partner=partner, version=version,
        started_on=start, started_by=by,
    )  # fmt: skip
    due = rules.due_days(steps, start, working_time_for(None, partner))
    done: dict[str, datetime] = {}
    tasks = []
    for place, step in enumerate(steps, 1):
        at = _done_at(plan, dice, step, start, pace, done)
        if step.milestone:
            at = reached.get((partner.pk, step.milestone)) or end + timedelta(days=1)
            at = max(at, moment(plan, start, 9))
        elif not step.required and dice.random() < 0.5:
            at = end + timedelta(days=1)
        is_done = at <= end and all(key in done for key in step.after)
        if is_done:
            done[step.key] = at
        tasks.append(_task(row, step, place, due[step.key], at if is_done else None))
    OnboardingTask.objects.bulk_create(tasks)
    _close(row, tasks, dice, end)


def _done_at(
    plan: Plan, dice: Any, step: Step, start: date, pace: float, done: dict[str, datetime]
) -> datetime:
    """When a step was done: somewhere before or after its day, never before what comes first."""
    days = max(0, round(step.days * 1.4 * pace * float(dice.uniform(0.45, 1.1))))
    day = start + timedelta(days=days)
    while day.weekday() > 4:
        day += timedelta(days=1)
    at = moment(plan, day, 9 + int(dice.integers(0, 8)), int(dice.integers(0, 60)))
    before = [done[key] for key in step.after if key in done]
    return max([at, *(one + timedelta(hours=20) for one in before)])


def _task(
    row: OnboardingPlan, step: Step, place: int, due: date, at: datetime | None
) -> OnboardingTask:
    hands_in = at - timedelta(hours=30) if at is not None and step.approval else None
    return OnboardingTask(
        source=SOURCE, external_id=f"{row.external_id}/{step.key}", plan=row, key=step.key,
        place=place, title=step.title, text=step.text, link=step.link, side=step.side,
        is_required=step.required, needs_approval=step.approval, milestone=step.milestone,
        after=list(step.after), due_on=due, state="done" if at else "pending", done_at=at,
        handed_in_at=hands_in,
    )  # fmt: skip


def _close(row: OnboardingPlan, tasks: list[OnboardingTask], dice: Any, end: datetime) -> None:
    """A plan with all required tasks done is completed; some old ones were given up or cut."""
    cut = end - timedelta(days=(end.date() - row.started_on).days - 120)
    counted = rules.progress((task.state, task.is_required) for task in tasks)
    last = max((task.done_at for task in tasks if task.done_at), default=None)
    values: dict[str, Any] = {}
    old = (end.date() - row.started_on).days > 150
    if counted.is_through:
        values = {"state": "completed", "closed_at": last}
    elif old and dice.random() < GIVEN_UP:
        values = {"state": "ended", "closed_at": end - timedelta(days=20),
                  "reason": "They do not answer any more."}  # fmt: skip
    elif old:
        late = [task.pk for task in tasks if task.state == "pending" and task.is_required]
        row.tasks.filter(pk__in=late).update(
            state="skipped", skipped_at=cut, skipped_by=row.started_by,
            reason="Agreed with the partner: it works without.",
        )  # fmt: skip
        values = {"state": "completed", "closed_at": max([cut, *([last] if last else [])])}
    OnboardingPlan.objects.filter(pk=row.pk).update(**values) if values else None


def _cloud(plan: Plan, elena: User, noor: User) -> None:
    """Nordlys, whose people can sign in, adds the cloud edition: a task in every state."""
    nordlys = Partner.objects.get(name=cast.PARTNERS[cast.NORDLYS].name)
    sanna = User.objects.get(email=email_of("Sanna Lindqvist", _domain(nordlys)))
    template = OnboardingTemplate.objects.get(name="Flow Cloud")
    start = plan.last_day - timedelta(days=16)
    row = services.start_plan(
        nordlys, template, by=elena, now=moment(plan, start, 10), started_on=start
    )

    def task(key: str) -> OnboardingTask:
        return row.tasks.get(key=key)

    def on(ago: int, hour: int) -> datetime:
        return moment(plan, plan.last_day - timedelta(days=ago), hour)

    services.finish(task("kickoff"), by=elena, now=on(14, 15))
    services.skip(
        task("addendum"), reason="Their contract of 2023 covers it.", by=elena, now=on(14, 16)
    )
    services.finish(task("contact"), note="Mikael Virta", by=sanna, now=on(11, 11))
    services.hand_in(task("security"), note="All forty answered.", by=sanna, now=on(7, 14))
    services.send_back(
        task("security"), by=noor, now=on(5, 10),
        answer="Question 12 asks for the date of your last audit. Please add it.",
    )  # fmt: skip
    services.hand_in(task("prices"), note="We agree, from January on.", by=sanna, now=on(2, 9))


def _cloud_too(plan: Plan, elena: User) -> None:
    """More partners of Elena's: some wait for us, some for the partner, some are late."""
    template = OnboardingTemplate.objects.get(name="Flow Cloud")
    taken = ["Nordlys Data", "Sagrada Tech", "Fernhill Digital"]
    own = PartnerProfile.objects.filter(
        manager=elena, valid_to=None, partner__merged_into=None, type__in=template.types
    ).exclude(partner__name__in=taken)
    for number, profile in enumerate(own.order_by("partner__name")[:CLOUD_TOO]):
        day = plan.last_day - timedelta(days=4 + 3 * number)
        if OnboardingPlan.objects.filter(partner=profile.partner, state="running").exists():
            continue
        row = services.start_plan(
            profile.partner, template, by=elena, now=moment(plan, day, 9), started_on=day
        )
        later = moment(plan, day + timedelta(days=2), 15)
        services.finish(row.tasks.get(key="kickoff"), by=elena, now=later)
        services.skip(
            row.tasks.get(key="addendum"), reason="They never signed the old one.", by=elena,
            now=later,
        )  # fmt: skip
        if number % 3:
            services.finish(row.tasks.get(key="contact"), by=elena, now=later)
            services.finish(row.tasks.get(key="sandbox"), by=elena, now=later)
        if number % 2:
            services.hand_in(
                row.tasks.get(key="prices"), note="Agreed.", by=None,
                now=moment(plan, plan.last_day, 9),
            )  # fmt: skip


def _domain(partner: Partner) -> str:
    from prm.management.demo.people import domain_of

    return domain_of(partner.name)


def _given_up(plan: Plan, elena: User) -> None:
    """One that ended early, played, so that the audit tells it; and one that is completed."""
    roles = {role.name: Partner.objects.get(name=role.name) for role in cast.PARTNERS}
    template = OnboardingTemplate.objects.get(name="Flow Cloud")
    day = plan.last_day - timedelta(days=40)
    ended = services.start_plan(
        roles["Sagrada Tech"], template, by=elena, now=moment(plan, day, 11), started_on=day
    )
    services.end_plan(
        ended, reason="They wait with the cloud until next year.", by=elena,
        now=moment(plan, plan.last_day - timedelta(days=9), 14),
    )  # fmt: skip
    referral = OnboardingTemplate.objects.get(name="Referral partners")
    done = services.start_plan(
        roles["Fernhill Digital"], referral, by=elena, now=moment(plan, day, 12), started_on=day
    )
    for number, task in enumerate(done.tasks.filter(state__in=rules.OPEN), 1):
        now = moment(plan, day + timedelta(days=4 * number), 15)
        services.finish(task, by=elena, now=now)
