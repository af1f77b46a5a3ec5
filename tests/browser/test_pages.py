"""Every page of both faces in a real browser: no CSP report, no console error, no axe finding."""

from datetime import date
from typing import Any

import pytest
from django.urls import NoReverseMatch, get_resolver, reverse
from django.utils import timezone

from kpis.engine.rebuild import rebuild
from partners.models import (
    AccessRequest,
    Apart,
    Application,
    ApplicationForm,
    Benefit,
    Cost,
    DynamicSegment,
    OnboardingPlan,
    OnboardingTask,
    OnboardingTemplate,
    OnboardingVersion,
    PartnerLink,
    PartnerMerge,
    PartnerProgram,
    RuleVersion,
    TierRun,
    TierStanding,
    Trait,
)
from partners.segments.evaluator import evaluator
from prm.common import access
from prm.common.imports.models import Import
from prm.common.models import BusinessCalendar, Notice, OutboxMail, SavedView, Task, User
from tests.access import companies, newcomers, tiers
from tests.factories import (
    at,
    make_application,
    make_event,
    make_form,
    make_login,
    make_rate,
    make_registration,
    make_stage,
)
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Answers for machines and files; the pages of the API have their own tests.
NO_PAGES = (
    "api:",
    "common:",
    "kpis:portal_trend",
    "imports:import_errors",
    "imports:import_mapping",
    "imports:import_template",
    "imports:mapping_file",
    "brand:css",
    "brand:icon",
    "brand:logo",
    "brand:preview_css",
    "logs:mail_as_sent",
    # behind the links of mails, and under the address of a form: tests/browser/test_applying.py
    "recruiting:confirm",
    "recruiting:status",
    "recruiting:withdraw",
    "recruiting:invited",
    "recruiting:apply",
)


@pytest.fixture
def story(world: World) -> World:
    """The fixed cast with some history, so that pages have something to show."""
    make_rate("USD", "2020-01-01", "0.9")
    stage = make_stage("proposal")
    make_event(world.deal, "2026-07-01", stage=stage)
    make_registration(world.acme)
    make_login(world.pat, "2026-08-02")
    Import.objects.create(
        resource="deal",
        source="crm",
        file_name="deals.csv",
        state="done",
        rows_read=4,
        rows_total=4,
        created=3,
        rejected=1,
        started_at=at("2026-08-01"),
        by=world.admin,
        finished_at=at("2026-08-01"),
    ).problems.create(
        line=3,
        column="amount",
        reason="Enter a number like 1234.50.",
        values={"deal_id": "D3", "amount": "a lot"},
    )
    now = timezone.now()
    OutboxMail.objects.create(
        key="1", to="pat@example.com", subject="Hello", text="Hello", created_at=now, due_at=now
    )
    tiers.fill(world)
    newcomers.fill(world)
    companies.fill(world, "fine")
    make_application(make_form(), partner=world.acme, customers="Initech")
    AccessRequest.objects.create(
        name="Amy", email="amy@acme.example", partner=world.acme, state="pending", asked_at=now
    )
    rebuild(now)
    return world


def pages_of(actor: access.Actor, objects: dict[str, str]) -> list[str]:
    """Every page that this person may open, from the access policy itself."""
    # the rows of the policy come with the routes, which load with the first request
    assert get_resolver().url_patterns
    found = []
    for name, rule in sorted(access.POLICY.items()):
        if name.startswith(NO_PAGES) or not (rule.open or rule.allows(actor, "GET")):
            continue
        try:
            found.append(reverse(name, args=[objects[rule.model]] if rule.model else []))
        except NoReverseMatch:
            found += [reverse(name, args=[key]) for key in WORDS.get(name, KPI_KEYS)]
    return found


WORDS = {"directory:entry": ("prm",)}  # pages that are named by a word, otherwise of KPIs
KPI_KEYS = ("partner_sourced_revenue", "win_rate", "active_partners", "time_to_close")


def _calendar() -> str:
    return str(BusinessCalendar.objects.get_or_create(name="Office")[0].public_id)


def _of_acme(world: World) -> dict[str, str]:
    """Where Acme stands, its plan and one of its tasks; the template's draft."""
    rows = (
        TierRun.objects.all(),
        TierStanding.objects.filter(partner=world.acme),
        OnboardingTemplate.objects.all(),
        OnboardingVersion.objects.filter(state="draft"),
        OnboardingPlan.objects.filter(partner=world.acme),
        OnboardingTask.objects.filter(plan__partner=world.acme),
    )
    return {one.model._meta.label: str(one.latest("pk").public_id) for one in rows}


def objects_of(world: World, user: User) -> dict[str, str]:
    """The object that stands for each model; a view of a list is the person's own."""
    key = "deals" if user.staff_role else "portal-deals"
    view = SavedView.objects.create(owner=user, list_key=key, name="Mine", query="state=all")
    now = timezone.now()
    task, _is_new = Task.objects.get_or_create(
        source="own", key="1", side="company", company=world.acme.public_id,
        due_on=date(2026, 8, 3),
        defaults={"title": "Send us the addendum", "created_at": now, "updated_at": now},
    )  # fmt: skip
    Notice.objects.create(
        to=user, kind="task_overdue", key="1", at=now, about_type="common.task",
        about_id=str(task.public_id), url=f"/tasks/{task.public_id}/",
    )  # fmt: skip
    return {
        "common.SavedView": str(view.public_id),
        "common.BusinessCalendar": _calendar(),
        "common.Task": str(task.public_id),
        "partners.Partner": str(world.acme.public_id),
        "partners.Deal": str(world.deal.public_id),
        "partners.Application": str(Application.objects.get().public_id),
        "partners.ApplicationForm": str(ApplicationForm.objects.get().public_id),
        "partners.Cost": str(
            Cost.objects.get_or_create(
                kind="support",
                note="Hotline",
                at=at("2026-07-01"),
                defaults={"amount": 120, "currency": "EUR", "partner": world.acme},
            )[0].public_id
        ),
        "partners.AccessRequest": str(AccessRequest.objects.get().public_id),
        "common.Import": str(Import.objects.get().public_id),
        "common.User": str(world.ana.public_id),
        "common.OutboxMail": str(OutboxMail.objects.get().public_id),
        "partners.PartnerProgram": str(PartnerProgram.objects.get().public_id),
        "partners.RuleVersion": str(RuleVersion.objects.get(state="draft").public_id),
        "partners.Benefit": str(Benefit.objects.get().public_id),
        **_of_acme(world),
        **of_companies(world),
    }


def segment_of(world: World) -> Any:
    """A dynamic segment of the world that Acme is in."""
    rule = {"all": [{"field": "region", "operator": "in", "values": ["DACH"]}]}
    segment, _is_new = DynamicSegment.objects.get_or_create(
        name="In DACH", defaults={"rule": rule, "created_at": timezone.now(), "owner": world.ana}
    )
    evaluator().refresh(segment, timezone.now())
    return segment.public_id


def of_companies(world: World) -> dict[str, str]:
    """What stands for merges, links, contracts, people and traits."""
    return {
        "partners.TierStanding": str(TierStanding.objects.get(partner=world.acme).public_id),
        "partners.Trait": str(Trait.objects.filter(partner=world.acme)[0].public_id),
        "partners.Contract": str(world.acme.contracts.get().public_id),
        "partners.Membership": str(world.pat.public_id),
        "partners.PartnerLink": str(PartnerLink.objects.order_by("pk")[0].public_id),
        "partners.PartnerMerge": str(PartnerMerge.objects.order_by("pk")[0].public_id),
        "partners.TierRun": str(TierRun.objects.get().public_id),
        "partners.Apart": str(Apart.objects.get().public_id),
        "partners.DynamicSegment": str(segment_of(world)),
    }


@pytest.mark.parametrize(("who", "width", "path"), [("ana", 1440, "/"), ("pat", 390, "/portal/")])
def test_both_homes_are_clean(who: str, width: int, path: str, visitor: Any, story: World) -> None:
    visit = visitor(user_of(story, who), width).open(path)
    assert (visit.status, visit.complaints()) == (200, [])


def user_of(world: World, who: str) -> User:
    """Ada Admin, Ana the manager, Pat of Acme."""
    return world.pat.user if who == "pat" else getattr(world, who)


# Without the attribute the browser itself does nothing, as one that does not know it.
WITHOUT_COMMANDS = """
delete HTMLButtonElement.prototype.commandForElement;
document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("[command]").forEach((button) => button.removeAttribute("command"));
});
"""


@pytest.mark.parametrize("script", ["", WITHOUT_COMMANDS])
def test_a_dialog_opens_and_closes_once(script: str, visitor: Any, story: World) -> None:
    window = visitor(story.admin)
    window.context.add_init_script(script)
    visit = window.open(reverse("deals:deal_detail", args=[story.deal.public_id]))
    dialog = visit.page.locator("dialog#win")
    visit.page.get_by_role("button", name="Mark as won").first.click()
    assert dialog.is_visible()
    dialog.get_by_role("button", name="Cancel").click()
    assert not dialog.is_visible()
    assert visit.errors == []


def test_the_doors_and_error_pages_are_clean(visitor: Any, story: World) -> None:
    nobody = visitor(None)
    for path in ("/accounts/login/", "/accounts/login/code/", "/accounts/password/reset/"):
        visit = nobody.open(path)
        assert (visit.status, visit.complaints()) == (200, [])
    lost = visitor(story.ana).open("/no/such/page/")
    assert lost.status == 404
    missing = "Failed to load resource: the server responded with a status of 404 (Not Found)"
    assert lost.complaints() == [missing]


@pytest.mark.parametrize(("who", "home"), [("ana", "/"), ("pat", "/portal/")])
def test_a_person_signs_in_with_a_password_and_lands_at_home(
    who: str, home: str, visitor: Any, story: World
) -> None:
    page = visitor(None).open("/accounts/login/").page
    page.fill("#id_login", f"{who}@example.com")
    page.fill("#id_password", "secret-pass-1")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"**{home}")
    assert page.locator("h1").count() == 1


def test_a_click_on_the_page_of_a_mailed_link_signs_in(
    visitor: Any, story: World, mailoutbox: list[Any]
) -> None:
    nobody = visitor(None)
    page = nobody.open("/accounts/login/code/").page
    page.fill("#id_email", "pat@example.com")
    page.get_by_role("button", name="Send code").click()
    page.wait_for_url("**/confirm/**")
    link = next(line for line in mailoutbox[0].body.splitlines() if "/login/link/#" in line)
    opened = nobody.open("/" + link.split("/", 3)[3])
    assert opened.complaints() == []
    assert "#" not in opened.page.url
    opened.page.get_by_role("button", name="Sign in", exact=True).click()
    opened.page.wait_for_url("**/portal/")


def test_a_filter_takes_effect_while_typing_and_stays_in_the_address(
    visitor: Any, story: World
) -> None:
    page = visitor(story.admin).open("/partners/").page
    page.fill("[data-search]", "acme")
    page.wait_for_url("**q=acme**")
    page.wait_for_function("() => document.querySelectorAll('#list tbody tr').length === 1")
    assert page.evaluate("document.activeElement.name") == "q"
    assert page.locator("#list-count").inner_text() == "1 partner"


def test_parts_that_arrive_later_do_not_rename_the_page(visitor: Any, story: World) -> None:
    page = visitor(story.ana).open(story.acme.get_absolute_url()).page
    assert page.title() == "Acme · PRM"
    assert page.locator("#panel .kpi").count() == 6
    assert page.locator("#partner-deals tbody tr").count() == 2
    assert visitor(story.ana).open("/").page.title() == "Overview · PRM"


def test_charts_are_drawn_and_arrow_keys_read_the_table(visitor: Any, story: World) -> None:
    page = visitor(story.ana).open("/kpis/partner_sourced_revenue/?period=2026-Q3").page
    page.wait_for_selector("[data-chart=trend] .plot.ready svg")
    page.focus("[data-chart=trend] .plot")
    page.keyboard.press("End")
    spoken = page.locator("[data-chart=trend] .sr-live")
    assert spoken.inner_text().startswith("Q3 2026")


def test_a_wrong_amount_moves_the_focus_to_what_is_to_be_fixed(visitor: Any, story: World) -> None:
    page = visitor(story.ana).open(f"/deals/{story.deal.public_id}/edit/").page
    page.fill("#id_amount", "a lot")
    page.get_by_role("button", name="Save deal").click()
    page.wait_for_selector("[data-error-summary]:focus")
    page.locator("[data-error-summary] a").click()
    assert page.evaluate("document.activeElement.id") == "id_amount"


def test_a_deal_is_won_in_a_dialog(visitor: Any, story: World) -> None:
    page = visitor(story.ana).open(story.deal.get_absolute_url()).page
    page.get_by_role("button", name="Mark as won").click()
    page.locator("dialog[open]").get_by_role("button", name="Mark as won").click()
    page.wait_for_selector("text=Open one is won.")
    story.deal.refresh_from_db()
    assert story.deal.state == "won"


def test_the_theme_button_switches_and_the_server_remembers(visitor: Any, story: World) -> None:
    page = visitor(story.ana).open("/deals/").page
    page.locator(".side [data-act=theme]").click()
    assert page.get_attribute("html", "data-theme") == "dark"
    page.reload()
    assert page.get_attribute("html", "data-theme") == "dark"
