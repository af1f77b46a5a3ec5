"""From applicant to productive partner, with both sides: a phone for the partner, a desk for us.

Each mail on the way is read, and its link followed: it lands on the very page that it is about,
after a sign-in where one is due.
"""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext, override

from kpis.tierruns import ask_due
from partners.models import (
    Application,
    Membership,
    OnboardingPlan,
    Partner,
    Territory,
    TierStanding,
)
from partners.onboarding.rules import Step
from partners.recruiting import forms
from partners.tasks import nudge_onboarding, settle_onboarding
from prm.common import jobs
from prm.common.branding.services import rename_programme
from prm.common.display import money
from prm.common.models import Job, Task
from prm.common.notices.deliveries import deliver_due
from tests.browser.conftest import Visit, look
from tests.browser.letters import Letter
from tests.factories import make_deal, make_form, make_registration
from tests.onboarding.plans import make_template
from tests.programs.ladder import Group, Measure, Rules, Tier, all_of, at_least, program_with
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = {"width": 390, "has_touch": True, "is_mobile": True}
BRAND, COMPANY, EMAIL = "Aldermoor Partners", "Nordwind IT", "nora@nordwind.example"
ANA = "ana@example.com"
REVENUE = Measure("partner_sourced_revenue/net", "rolling", 6)
STEPS = (
    Step("sign_in", "Sign in to the portal", days=2, milestone="first_sign_in"),
    Step("kickoff", "Kick-off call", side="ours", days=3, text="Who does what, first deals."),
    Step("plan", "Send us your business plan", days=10, approval=True,
         text="One page: your customers, your goal of the year, who works with us."),
    Step("lab", "Training in our lab", days=15, text="Two days in our lab in Hamburg."),
    Step("deal", "Register your first deal", days=30, milestone="first_registration"),
)  # fmt: skip
QUESTIONS = [{"key": "why", "label": "Why do you want to work with us?", "kind": "long",
              "required": True}]  # fmt: skip


class Story:
    """The two windows, the clock, the mailbox, the pictures."""

    def __init__(
        self, clock: Any, phone: Any, desk: Any, inbox: list[Any], pictures: Path, language: str
    ) -> None:
        self.clock, self.inbox, self.pictures, self.language = clock, inbox, pictures, language
        self.phone, self.desk = phone, desk
        self.partner: Visit = phone.open("/apply/")
        self.manager: Visit = desk.open("/")
        self.n = 0
        self.small: list[str] = []

    def say(self, text: str) -> str:
        """Words of the page as the partner reads them."""
        with override(self.language):
            return gettext(text)

    def money(self, amount: int) -> str:
        """An amount as the partner reads it."""
        with override(self.language):
            return money(Decimal(amount), "EUR")

    def look(self, visit: Visit, name: str) -> None:
        """A picture of a step; nothing may be wrong on it, and fingers must hit on a phone."""
        self.n += 1
        visit.settle()
        look(visit, self.pictures, f"partner-{self.language}-{self.n:02}-{name}")
        if visit is self.partner:
            self.small += [f"{name}: {one}" for one in visit.page.evaluate("probes.small()")]

    def press(self, visit: Visit, name: str) -> None:
        """Press a button of the main part of a page."""
        words = self.say(name) if visit is self.partner else name
        visit.page.locator("main").get_by_role("button", name=words, exact=True).first.click()
        visit.settle()

    def follow(self, visit: Visit, name: str) -> None:
        """Follow a link of the main part of a page."""
        words = self.say(name) if visit is self.partner else name
        visit.page.locator("main").get_by_role("link", name=words, exact=True).first.click()
        visit.settle()

    def now(self, day: str) -> None:
        """It is nine o'clock of a day; what a day brings by itself has happened."""
        self.clock.move_to(f"{day}T09:00Z")
        self.work()

    def work(self) -> None:
        """What beat and worker do."""
        ask_due(timezone.now())
        settle_onboarding()
        nudge_onboarding()
        for job in Job.objects.filter(state=Job.State.WAITING):
            jobs.run(job.pk, timezone.now())
        deliver_due(timezone.now())

    def letter(self, to: str, subject: str) -> Letter:
        """The newest mail with these words in its subject; kept as a picture."""
        self.work()
        found = [one for one in map(Letter, self.inbox) if one.to == to and subject in one.subject]
        assert found, (subject, [(one.to, one.subject) for one in self.inbox])
        self.n += 1
        name = f"partner-{self.language}-{self.n:02}-mail.png"
        found[-1].picture(self.phone.context, self.pictures / name)
        return found[-1]

    def go(self, visit: Visit, letter: Letter) -> None:
        """Open the link of a mail, sign in if that is asked for, and land where it leads."""
        visit.page.goto(letter.link)
        visit.settle()
        if "/accounts/" in visit.page.url:
            self.sign_in(visit)
        assert visit.page.url.removesuffix("/").endswith(letter.path.removesuffix("/"))

    def sign_in(self, visit: Visit) -> None:
        """By a mailed link, as a person does who has no password."""
        is_partner = visit is self.partner
        if "/code/" not in visit.page.url:
            self.follow(visit, "E-mail me a sign-in code")
        visit.page.fill("#id_email", EMAIL if is_partner else ANA)
        self.press(visit, "Send code")
        visit.page.goto(Letter(self.inbox[-1]).link)
        self.press(visit, "Sign in")


@pytest.fixture
def ground(world: World, settings: Any, live_server: Any, monkeypatch: pytest.MonkeyPatch) -> World:
    """A programme with a form, an onboarding and two tiers; Ana looks after the region."""
    settings.PRM_BASE_URL = live_server.url
    monkeypatch.setattr(forms, "QUICKEST", 0.0)
    cache.clear()
    rename_programme(BRAND, by=None, now=timezone.now())
    Partner.objects.filter(pk=world.acme.pk).update(country="Germany")
    Territory.objects.create(manager=world.ana, region="DACH")
    make_form("partners", title="Aldermoor partner programme", types=["MSP"], questions=QUESTIONS,
              intro="Sell and run our software, with our people beside you.")  # fmt: skip
    make_template(*STEPS, name="New partners", starts_itself=True)
    silver: Group = all_of(at_least(REVENUE, 20_000))
    program_with(Rules((Tier("registered"), Tier("silver", silver)), grace_days=60),
                 "Managed services", "msp")  # fmt: skip
    return world


@pytest.mark.parametrize("language", ["en", "de"])
def test_from_applicant_to_productive_partner(
    language: str, ground: World, visitor: Any, mailoutbox: list[Any], pictures: Path
) -> None:
    locale = {"en": "en-GB", "de": "de-DE"}[language]
    with time_machine.travel("2026-07-06T09:00Z") as clock:
        phone, desk = visitor(None, **PHONE, locale=locale), visitor(ground.ana)
        story = Story(clock, phone, desk, mailoutbox, pictures, language)
        _applies(story)
        _is_approved(story)
        _signs_in(story)
        _is_onboarded(story)
        _rises(story)
        _is_at_risk_and_recovers(story)
    readers = {EMAIL: language}
    found = [
        text
        for one in map(Letter, mailoutbox)
        for text in one.complaints(language=readers.get(one.to, "en"), brand=BRAND, site=phone.base)
    ]
    assert found == []
    (pictures / "small.txt").write_text("\n".join(story.small))
    assert story.small == []


def _applies(story: Story) -> None:
    partner, page = story.partner, story.partner.page
    story.look(partner, "start")
    page.get_by_role("link", name="Aldermoor partner programme").click()
    story.look(partner, "programme")
    story.follow(partner, "Apply")
    for label, text in (("Company", COMPANY), ("Website", "nordwind.example"),
                        ("Country", "Germany"), ("Your name", "Nora Nord"),
                        ("Your work e-mail", EMAIL)):  # fmt: skip
        page.get_by_label(story.say(label), exact=True).fill(text)
    page.get_by_label("Why do you want to work with us?").fill("Our customers ask for it.")
    page.get_by_label(story.say("What kind of company are you?")).select_option("MSP")
    story.look(partner, "form")
    story.press(partner, "Send application")
    page.wait_for_url("**/apply/sent/")
    story.look(partner, "sent")
    letter = story.letter(EMAIL, BRAND)
    story.go(partner, letter)
    story.look(partner, "confirm")
    story.press(partner, "Confirm my application")
    page.wait_for_url("**/apply/status/**")
    assert story.say("We are reading it") in page.inner_text("main")
    story.look(partner, "status")
    story.go(partner, story.letter(EMAIL, story.say("We have your application")))


def _is_approved(story: Story) -> None:
    story.now("2026-07-07")
    manager, page = story.manager, story.manager.page
    story.go(manager, story.letter(ANA, f"application of {COMPANY}"))
    story.look(manager, "desk-task")
    story.follow(manager, "Decide")
    assert page.locator("h1").inner_text() == COMPANY
    story.look(manager, "desk-application")
    story.follow(manager, "Approve")
    page.get_by_label("Contract from").fill("2026-07-07")
    story.look(manager, "desk-approve")
    story.press(manager, "Approve and invite")
    page.wait_for_selector(f"text={COMPANY} is a partner now")
    story.look(manager, "desk-partner")
    assert Application.objects.get().partner == Partner.objects.get(name=COMPANY)
    assert Task.objects.get(source="application").state == Task.State.DONE


def _signs_in(story: Story) -> None:
    partner = story.partner
    letter = story.letter(EMAIL, story.say("Welcome to %(name)s") % {"name": BRAND})
    assert COMPANY in letter.text
    partner.page.goto(letter.link)
    story.look(partner, "door")
    story.sign_in(partner)
    partner.page.wait_for_url("**/portal/")
    story.look(partner, "home")
    member = Membership.objects.get(user__email=EMAIL)
    assert member.user.language == story.language
    story.work()
    story.go(
        partner, story.letter(EMAIL, story.say("Your onboarding begins: here is what comes first"))
    )
    assert partner.page.locator("li.done").count() == 1  # signing in was the first task
    story.look(partner, "checklist")


def _is_onboarded(story: Story) -> None:
    partner, manager = story.partner, story.manager
    story.follow(partner, "Send us your business plan")
    partner.page.get_by_role("textbox", name=story.say("Message")).fill(
        "Ten customers, 40,000 a year."
    )
    story.look(partner, "task")
    story.press(partner, "Hand in")
    story.look(partner, "handed-in")
    story.go(manager, story.letter(ANA, "business plan"))
    story.look(manager, "desk-handed-in")
    story.press(manager, "Send back")
    manager.page.get_by_label("What is still to be done").fill("Please name who works with us.")
    story.look(manager, "desk-send-back")
    manager.page.get_by_role("button", name="Send back and notify").click()
    manager.page.wait_for_selector("text=is sent back")
    story.follow(manager, "Kick-off call")
    story.press(manager, "Mark as done")
    story.follow(manager, "Training in our lab")
    story.press(manager, "Skip")
    manager.page.get_by_label("Why it is skipped").fill("They were trained by their distributor.")
    manager.page.get_by_role("button", name="Skip this task").click()
    manager.page.wait_for_selector("text=is skipped")
    story.look(manager, "desk-plan")
    _hands_in_again(story)
    company = Partner.objects.get(name=COMPANY)
    make_registration(company, submitted_at=timezone.now())
    story.now("2026-07-09")
    assert OnboardingPlan.objects.get(partner=company).state == OnboardingPlan.State.COMPLETED
    done = story.say("Your onboarding is complete. Good to have you with us.")
    story.go(partner, story.letter(EMAIL, done))
    story.look(partner, "onboarded")
    story.go(manager, story.letter(ANA, "has completed its onboarding"))
    story.look(manager, "desk-onboarded")


def _hands_in_again(story: Story) -> None:
    partner, manager = story.partner, story.manager
    letter = story.letter(EMAIL, "Please name who works with us.")
    story.go(partner, letter)
    assert "Please name who works with us." in partner.page.inner_text("main")
    story.look(partner, "action-needed")
    partner.page.get_by_role("textbox", name=story.say("Message")).fill(
        "Ten customers. Nora Nord and Finn Holm."
    )
    story.press(partner, "Hand in")
    story.go(manager, story.letter(ANA, "business plan"))
    story.press(manager, "Approve")
    manager.page.wait_for_selector("text=is approved")


def _rises(story: Story) -> None:
    company = Partner.objects.get(name=COMPANY)
    make_deal(company, opened="2026-07-10", won="2026-08-07", amount=Decimal(25_000))
    story.now("2026-08-10")
    risen = story.say("Your company has risen to %(to)s") % {"to": "Silver"}
    story.go(story.partner, story.letter(EMAIL, risen))
    text = story.partner.page.inner_text("main")
    assert story.money(25_000) in text
    assert story.money(20_000) in text
    story.look(story.partner, "tier")
    story.now("2026-08-11")  # managers are told once a day
    story.go(story.manager, story.letter(ANA, f"{COMPANY} has risen from Registered to Silver"))
    assert "€25k" in story.manager.page.inner_text("main")
    story.look(story.manager, "desk-tier")


def _is_at_risk_and_recovers(story: Story) -> None:
    partner, manager = story.partner, story.manager
    company = Partner.objects.get(name=COMPANY)
    story.now("2027-04-01")
    standing = TierStanding.objects.get(partner=company)
    assert standing.state == TierStanding.State.AT_RISK
    subject = story.say("Your tier %(from)s is at risk: catch up until %(day)s").split("%")[0]
    letter = story.letter(EMAIL, subject + "Silver")
    assert story.money(20_000) in letter.text  # what is missing stands in the mail
    story.go(partner, letter)
    assert story.money(20_000) in partner.page.inner_text("main")
    story.look(partner, "keep-your-tier")
    story.follow(partner, "See your tier")
    story.look(partner, "at-risk")
    story.go(manager, story.letter(ANA, f"{COMPANY} may lose Silver"))
    story.look(manager, "desk-at-risk")
    make_deal(company, opened="2027-04-02", won="2027-04-20", amount=Decimal(30_000))
    story.now("2027-04-21")
    story.go(
        partner,
        story.letter(EMAIL, story.say("Your tier %(from)s is safe again") % {"from": "Silver"}),
    )
    story.look(partner, "safe")
    assert Task.objects.get(source="tier_at_risk").state == Task.State.DONE
    story.go(manager, story.letter(ANA, "is not at risk any more"))
    story.look(manager, "desk-safe")
