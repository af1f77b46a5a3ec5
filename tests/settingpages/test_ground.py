"""Time zone, currency, fiscal year and rates: what they may change, and what follows of itself."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from kpis.engine.drain import drain
from kpis.engine.rebuild import rebuild, verify
from partners.models import Deal
from partners.tasks import NEW_DAYS
from prm.common import config, jobs, periods
from prm.common.errors import Conflict
from prm.common.models import AuditEntry, FiscalMonth, FxRate, Job, User
from prm.common.programme import services
from prm.common.programme.selectors import quarters
from tests import factories
from tests.factories import make_user
from tests.world import World

pytestmark = pytest.mark.django_db
GROUND, RATES = "/settings/ground/", "/settings/rates/"


@pytest.fixture
def desk() -> Client:
    client = Client()
    client.force_login(make_user(staff_role="operations"))
    return client


def chosen(**more: str) -> dict[str, str]:
    program = config.program()
    return {
        "time_zone": program.time_zone.key,
        "currency": program.currency,
        "fiscal_start": str(program.fiscal_start_month),
    } | more


@pytest.mark.parametrize(
    ("service", "field"),
    [
        ("report_in", "currency"),
        ("move_to_time_zone", "time_zone"),
        ("start_fiscal_year_in", "fiscal_start"),
    ],
)
def test_a_refusal_stands_at_the_field_that_it_is_about(
    desk: Client, monkeypatch: pytest.MonkeyPatch, service: str, field: str
) -> None:
    def refuse(*_args: Any, **_more: Any) -> None:
        raise Conflict("Not now.")

    monkeypatch.setattr(services, service, refuse)
    answer = desk.post(GROUND, chosen(fiscal_start="7", time_zone="Asia/Tokyo"))
    assert answer.status_code == 422
    assert answer.context["form"].errors == {field: ["Not now."]}
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("start", "day", "first", "current"),
    [
        (1, date(2026, 11, 22), ("2026-Q1", date(2026, 1, 1), date(2026, 3, 31)), "2026-Q4"),
        (4, date(2026, 11, 22), ("2027-Q1", date(2026, 4, 1), date(2026, 6, 30)), "2027-Q3"),
        (4, date(2026, 2, 28), ("2026-Q1", date(2025, 4, 1), date(2025, 6, 30)), "2026-Q4"),
        (12, date(2026, 12, 1), ("2027-Q1", date(2026, 12, 1), date(2027, 2, 28)), "2027-Q1"),
    ],
)
def test_the_preview_shows_this_fiscal_year_and_the_next(
    start: int, day: date, first: Any, current: str
) -> None:
    found = quarters(start, day)
    assert len(found) == 8
    assert (found[0].key, found[0].starts_on, found[0].last_day) == first
    assert [one.key for one in found if one.is_current] == [current]


def test_the_preview_agrees_with_the_calendar_that_is_written(db: None) -> None:
    config.put(config.FISCAL_START, "4")
    for one in quarters(4, date(2026, 11, 22)):
        period = periods.parse(one.key)
        assert (period.starts_on, period.last_day) == (one.starts_on, one.last_day)


def test_another_first_month_is_tried_out_without_a_change(desk: Client) -> None:
    page = desk.get(GROUND, {"fiscal_start": "4"}).content.decode()
    assert "As they would be" in page
    assert "1 Apr 20" in page
    assert config.program().fiscal_start_month == 1


def test_without_facts_a_change_needs_no_confirmation(desk: Client) -> None:
    answer = desk.post(GROUND, chosen(currency="USD", time_zone="Asia/Tokyo", fiscal_start="7"))
    assert answer.status_code == 302
    program = config.program()
    assert (program.currency, program.time_zone.key) == ("USD", "Asia/Tokyo")
    assert FiscalMonth.objects.get(starts_on=date(2026, 7, 1)).number == 1
    assert AuditEntry.objects.filter(action="setting.change").count() == 3


def test_with_facts_a_change_says_first_what_it_means(desk: Client, world: World) -> None:
    page = desk.post(GROUND, chosen(fiscal_start="4"))
    assert "Targets and baselines keep the name of their period" in page.content.decode()
    assert "Change and compute anew" in page.content.decode()
    assert config.program().fiscal_start_month == 1
    assert desk.post(GROUND, chosen(fiscal_start="4", confirm="1")).status_code == 302
    assert config.program().fiscal_start_month == 4


def test_figures_are_right_again_after_the_fiscal_year_moved(world: World) -> None:
    now = timezone.now()
    rebuild(now)
    services.start_fiscal_year_in(2, by=None, now=now)
    drain(now)
    assert verify(now).differences == 0
    services.start_fiscal_year_in(1, by=None, now=now)
    drain(now)
    assert verify(now).differences == 0


def test_facts_get_the_days_and_rates_of_the_new_time_zone(world: World) -> None:
    now = timezone.now()
    factories.make_rate("USD", "2026-01-01", "0.5")
    factories.make_rate("USD", "2026-08-01", "0.25")
    late = factories.make_deal(
        world.acme, state="won", closed_at=datetime(2026, 7, 31, 20, tzinfo=UTC), currency="USD"
    )
    assert (late.closed_on, late.amount_rc) == (date(2026, 7, 31), Decimal(500))
    rebuild(now)
    services.move_to_time_zone("Asia/Tokyo", by=None, now=now)
    jobs.run(Job.objects.get(kind=NEW_DAYS).pk, now)
    assert Job.objects.get(kind=NEW_DAYS).state == Job.State.DONE
    late = Deal.objects.get(pk=late.pk)
    assert (late.closed_on, late.amount_rc) == (date(2026, 8, 1), Decimal(250))
    drain(now)
    assert verify(now).differences == 0


def test_the_currency_stands_once_amounts_are_frozen_in_it(desk: Client, world: World) -> None:
    with pytest.raises(Conflict, match="frozen in EUR"):
        services.report_in("USD", by=None, now=timezone.now())
    desk.post(GROUND, chosen(currency="USD", confirm="1"))
    assert config.program().currency == "EUR"


def test_the_currency_stands_while_rates_are_stated_in_it(db: None) -> None:
    factories.make_rate("USD", "2026-01-01", "0.9")
    with pytest.raises(Conflict, match="stated in EUR"):
        services.report_in("USD", by=None, now=timezone.now())


def test_a_rate_that_is_stated_reaches_the_deals_that_waited(desk: Client, world: World) -> None:
    deal = factories.make_deal(world.acme, won="2026-07-15", currency="USD")
    assert deal.amount_rc is None
    answer = desk.post(RATES, {"currency": "USD", "valid_from": "2026-07-01", "rate": "0.92"})
    assert answer.status_code == 302
    deal.refresh_from_db()
    assert deal.amount_rc == Decimal(920)
    page = desk.get(RATES).content.decode()
    assert "0.92" in page
    assert "0.9200000000" not in page


def test_the_answer_to_a_rate_writes_day_and_number_as_the_reader_does(desk: Client) -> None:
    sent = {"currency": "USD", "valid_from": "2026-07-01", "rate": "0.92"}
    said = desk.post(RATES, sent, follow=True).content.decode()
    assert "From 1 Jul 2026 on, 1 USD is 0.92 EUR." in said
    User.objects.update(language="de")
    said = desk.post(RATES, sent | {"rate": "0,915"}, follow=True).content.decode()
    assert "1. Juli 2026" in said
    assert "0,915" in said
    assert "2026-07-01" not in said.partition("<table")[0]


def test_a_rate_of_the_same_day_is_corrected_and_frozen_amounts_stay(
    desk: Client, world: World
) -> None:
    factories.make_rate("USD", "2026-07-01", "0.9")
    deal = factories.make_deal(world.acme, won="2026-07-15", currency="USD")
    desk.post(RATES, {"currency": "USD", "valid_from": "2026-07-01", "rate": "0.5"})
    assert FxRate.objects.get().rate == Decimal("0.5")
    entry = AuditEntry.objects.get(action="fxrate.state")
    assert entry.before == {"rate": "0.9000000000"}
    deal.refresh_from_db()
    assert deal.amount_rc == Decimal(900)


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        ({"rate": "0"}, "A rate is more than 0"),
        ({"rate": "-1"}, "A rate is more than 0"),
        ({"rate": "x"}, "Enter the rate as a number"),
        ({"currency": "EUR"}, "thing to fix"),
        ({"valid_from": ""}, "Enter the first day"),
        ({"rate": "12345678901"}, "thing to fix"),
    ],
)
def test_a_rate_that_cannot_be_says_what_to_do(
    desk: Client, given: dict[str, str], advice: str
) -> None:
    data = {"currency": "USD", "valid_from": "2026-07-01", "rate": "0.92"} | given
    answer = desk.post(RATES, data)
    assert answer.status_code == 422
    assert advice in answer.content.decode()
    assert not FxRate.objects.exists()


@pytest.mark.parametrize("page", [GROUND, RATES, "/settings/programme/"])
def test_a_channel_manager_cannot_change_what_figures_rest_on(page: str) -> None:
    client = Client()
    client.force_login(make_user(staff_role="channel_manager"))
    assert client.get(page).status_code == 403
    assert client.post(page, {}).status_code == 403


def test_the_rates_of_today_are_the_newest_that_have_begun_and_say_who_stated_them(
    desk: Client,
) -> None:
    today = timezone.localdate()
    for days, rate in ((-400, "0.8"), (-2, "0.9"), (5, "1.1")):
        factories.make_rate("USD", f"{today + timedelta(days)}", rate, source="bank")
    eva = make_user("eva@example.com", staff_role="operations", name="Eva Lind")
    services.state_rate("CHF", today, Decimal("1.05"), by=eva, now=timezone.now())
    page = desk.get(f"{RATES}?which=today&sort=currency&cols=by").context["page"]
    assert [(row.currency, row.rate, row.stated_by) for row in page.rows] == [
        ("CHF", Decimal("1.05"), "Eva Lind"),
        ("USD", Decimal("0.9"), ""),
    ]
    assert desk.get(f"{RATES}?part=counts").context["counts"] == ["4", "2"]
    assert [row.rate for row in desk.get(f"{RATES}?since=30&source=bank").context["page"].rows] == [
        Decimal("1.1"),
        Decimal("0.9"),
    ]


def test_what_is_saved_is_said(desk: Client, world: World) -> None:
    words = "Figures are computed anew; until that is done"
    asked = desk.post(GROUND, chosen(fiscal_start="4"))
    assert words not in asked.content.decode()
    saved = desk.post(GROUND, chosen(fiscal_start="4", confirm="1"), follow=True)
    assert words in saved.content.decode()


@pytest.mark.parametrize(("own", "first"), [("EUR", "USD"), ("USD", "EUR")])
def test_the_form_of_a_rate_begins_with_a_usual_currency(
    desk: Client, own: str, first: str
) -> None:
    config.put(config.CURRENCY, own)
    assert f'<option value="{first}" selected>' in desk.get(RATES).content.decode()
