"""The demo world is believable: one world, many questions."""

import io
import itertools
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Count, F, Max, Min, Q, Sum
from django.test import override_settings

from kpis import values
from kpis.models import Baseline, Target
from partners.models import (
    Contract,
    Customer,
    Deal,
    DealAdjustment,
    DealStageEvent,
    DealTouch,
    LoginEvent,
    Membership,
    Partner,
    PartnerProfile,
    Registration,
    Territory,
)
from prm.common import access
from prm.common.models import AuditEntry, Setting, User
from prm.management.demo import cast

TODAY = date(2025, 11, 19)  # a Wednesday
LAST_DAY = date(2025, 11, 18)
NOW = datetime(2025, 11, 19, 11, tzinfo=UTC)
SIZES = {"partners": 148, "deals": 2400, "years": 3, "seed": 7}


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """One world for all tests of this file; what the command printed."""
    out = io.StringIO()
    with django_db_blocker.unblock():
        frame = transaction.atomic()
        frame.__enter__()
        with override_settings(EMAIL_BACKEND="prm.common.mail.OutboxBackend"):
            call_command("demo_world", today=TODAY, stdout=out, **SIZES)
        yield out.getvalue()
        transaction.set_rollback(True)
        frame.__exit__(None, None, None)


@pytest.fixture
def told(demo: str, db: None) -> str:
    """The world, with each test's own changes taken back."""
    return demo


def partner(place: int) -> Partner:
    return Partner.objects.get(name=cast.PARTNERS[place].name)


def test_progress_names_rows_and_seconds(told: str) -> None:
    assert "     2,400 deals" in told
    assert Deal.objects.filter(source="demo").count() == 2400
    assert Partner.objects.count() == 148
    assert all(" s " in line for line in told.splitlines() if "cells written" not in line)


def test_nothing_happens_in_the_future_and_the_world_ends_yesterday(told: str) -> None:
    end = datetime(2025, 11, 18, 23, tzinfo=UTC)
    instants = [
        (Deal, "opened_at"),
        (Deal, "approved_at"),
        (Deal, "closed_at"),
        (Registration, "submitted_at"),
        (Registration, "decided_at"),
        (DealStageEvent, "at"),
        (DealTouch, "at"),
        (DealAdjustment, "at"),
        (LoginEvent, "at"),
        (Partner, "merged_at"),
    ]
    for model, field in instants:
        assert model.objects.aggregate(last=Max(field))["last"] < end, (model, field)
    last_days = (
        Deal.objects.aggregate(day=Max("opened_on")),
        LoginEvent.objects.aggregate(day=Max("on")),
    )
    assert [row["day"] for row in last_days] == [LAST_DAY, LAST_DAY]
    ahead = Contract.objects.get(starts_on__gt=LAST_DAY)  # renewed: it follows another one
    assert ahead.partner.contracts.filter(ends_on__lte=ahead.starts_on, status="active").exists()
    assert PartnerProfile.objects.filter(valid_from__gt=LAST_DAY).count() == 0


def test_business_happens_on_working_days(told: str) -> None:
    for model, field in ((Deal, "closed_on"), (Deal, "opened_on"), (LoginEvent, "on")):
        weekend = {f"{field}__week_day__in": [1, 7]}
        assert model.objects.filter(**weekend).count() == 0
    assert Deal.objects.filter(closed_on__month=12, closed_on__day=25).count() == 0


def test_won_deals_have_amounts_and_only_a_forgotten_rate_lacks_the_reporting_amount(
    told: str,
) -> None:
    won = Deal.objects.won()
    assert won.filter(Q(amount=None) | Q(amount=0)).count() == 0
    assert set(won.filter(amount_rc=None).values_list("currency", flat=True)) == {"SGD"}
    assert won.values("currency").distinct().count() >= 8
    assert Setting.objects.get(key="report_currency").value == "USD"
    assert Setting.objects.get(key="program_name").value == "Aldermoor"


def test_each_partner_deal_comes_from_its_approved_registration(told: str) -> None:
    sourced = Deal.objects.sourced()
    good = sourced.filter(
        registration__state="approved",
        registration__partner=F("partner"),
        registration__customer=F("customer"),
        registration__decided_at=F("approved_at"),
        registration__submitted_at=F("opened_at"),
        approved_at__gte=F("opened_at"),
    )
    assert good.count() == sourced.count() > 700
    assert Registration.objects.filter(state="approved", deal=None).count() == 0
    assert Deal.objects.filter(closed_at__lte=F("approved_at")).count() == 0
    assert Deal.objects.direct().exclude(registration=None).count() == 0
    refused = Registration.objects.filter(state="rejected")
    assert refused.filter(Q(reason="") | Q(decided_at__lt=F("submitted_at"))).count() == 0


def test_the_history_of_each_deal_ends_in_what_the_deal_is(told: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT count(*) FROM partners_deal AS deal JOIN LATERAL (
                SELECT event.* FROM partners_dealstageevent AS event
                WHERE event.deal_id = deal.id ORDER BY event.at DESC, event.id DESC LIMIT 1
            ) AS last ON true
            WHERE last.state <> deal.state OR last.stage_id <> deal.stage_id
                OR last.amount IS DISTINCT FROM deal.amount
                OR (deal.closed_at IS NOT NULL AND last.at <> deal.closed_at)"""
        )
        assert cursor.fetchone() == (0,)
    assert Deal.objects.filter(stage_events=None).count() == 0
    assert DealStageEvent.objects.filter(at__lt=F("deal__approved_at")).count() == 0
    keys = Deal.objects.open().values_list("stage__key", flat=True)
    assert set(keys) == {"discovery", "qualified", "proposal", "negotiation"}


def test_contracts_and_profiles_cover_the_business(told: str) -> None:
    starts = Contract.objects.values("partner").annotate(first=Min("starts_on"))
    first_contract = dict(starts.values_list("partner", "first"))
    deals = Deal.objects.sourced().values("partner").annotate(first=Min("opened_at__date"))
    assert all(first_contract[row["partner"]] < row["first"] for row in deals)
    rows = list(PartnerProfile.objects.order_by("partner", "valid_from"))
    for before, after in itertools.pairwise(rows):
        if before.partner_id == after.partner_id:
            assert before.valid_to == after.valid_from
        else:
            assert before.valid_to is None
            assert after.valid_from == first_contract[after.partner_id]
    assert len({row.partner_id for row in rows}) == 148
    assert len(rows) > 180  # tiers, types and managers changed


def test_sign_ins_belong_to_active_members_after_they_came(told: str) -> None:
    gone = LoginEvent.objects.filter(membership__is_active=False)
    assert gone.values("membership").distinct().count() == 1  # the colleague who left
    assert AuditEntry.objects.filter(action="membership.remove").count() == 1
    assert LoginEvent.objects.filter(at__lt=F("membership__created_at")).count() == 0
    assert LoginEvent.objects.exclude(partner=F("membership__partner")).count() == 0
    assert 0 < LoginEvent.objects.filter(impersonated=True).count() < 300
    assert Partner.objects.filter(memberships=None).count() >= 3
    never = Partner.objects.filter(login_events=None).exclude(memberships=None)
    assert Partner.objects.count() > never.count()


def test_the_queue_is_stuck(told: str) -> None:
    waiting = Registration.objects.pending()
    assert waiting.count() == 8
    assert waiting.filter(submitted_on__lt=LAST_DAY - timedelta(days=10)).count() == 2
    assert set(waiting.values_list("customer__name", flat=True)) >= {"Port of Vaasa"}


def test_one_partner_declines_and_is_silent(told: str) -> None:
    brightwater = partner(cast.BRIGHTWATER)
    last = brightwater.login_events.aggregate(last=Max("on"))["last"]
    assert last <= LAST_DAY - timedelta(days=cast.SILENT_DAYS - 1)
    half = timedelta(days=182)
    recent = brightwater.deals.filter(opened_on__gt=LAST_DAY - half).count()
    before = brightwater.deals.filter(
        opened_on__gt=LAST_DAY - 3 * half, opened_on__lte=LAST_DAY - half
    ).count()
    assert recent < before / 4


def test_managed_services_rise(told: str) -> None:
    def share(first: date, last: date) -> float:
        opened = Deal.objects.sourced().filter(opened_on__gt=first, opened_on__lte=last)
        managed = opened.filter(
            partner__profiles__type="Managed services",
            partner__profiles__valid_to=None,
        )
        return managed.count() / opened.count()

    year = timedelta(days=365)
    assert share(LAST_DAY - year, LAST_DAY) > 1.5 * share(LAST_DAY - 3 * year, LAST_DAY - 2 * year)


def test_the_other_scenes_are_played(told: str) -> None:
    assert partner(cast.STUB).merged_into == partner(cast.OAKLINE)
    reopened = Deal.objects.open().filter(stage_events__state="lost").distinct()
    assert partner(cast.KESTREL).pk in reopened.values_list("partner", flat=True)
    assert set(AuditEntry.objects.values_list("action", flat=True)) >= {
        "partner.merge",
        "deal.reopen",
    }
    ended = Contract.objects.filter(ends_on__lte=LAST_DAY).exclude(end_reason="merged")
    assert ended.exclude(end_reason="").count() == ended.count() > 2
    assert DealAdjustment.objects.filter(amount__lt=0, deal__state="won").count() > 8
    assert DealAdjustment.objects.exclude(amount__lt=0).count() == 0
    assert Deal.objects.filter(is_co_sell=True).count() > 50
    helped = DealTouch.objects.filter(deal__partner=None).exclude(partner=None)
    assert helped.values("deal").distinct().count() > 100
    assert Customer.objects.filter(region="").count() == 0
    assert Deal.objects.filter(state="void").count() > 2


def test_partners_win_more_often_and_faster_and_bring_two_fifths(told: str) -> None:
    def read(key: str, variant: str = "") -> float:
        result = values.value(key, period="t12m:2025-10", variant=variant, now=NOW)
        assert result.value is not None
        return float(result.value)

    assert 0.42 < read("win_rate") < 0.53
    assert 0.28 < read("win_rate", "direct") < 0.38
    assert read("time_to_close") + 8 < read("time_to_close", "direct")
    assert 0.3 < read("partner_sourced_share") < 0.5
    assert 0.2 < read("revenue_generating_partner_rate") < 0.9


def test_december_and_ends_of_quarters_are_good_and_august_is_slow(told: str) -> None:
    won = Deal.objects.won().filter(closed_on__gte=date(2023, 1, 1), closed_on__lt=date(2025, 1, 1))
    counts = dict(won.values_list("closed_on__month").annotate(n=Count("id")))
    mean = sum(counts.values()) / 12
    assert counts[12] == max(counts.values()) > 1.15 * mean
    assert counts[8] < mean
    ends_of_quarters = sum(counts[month] for month in (3, 6, 9, 12))
    assert ends_of_quarters > 4.2 * mean


def test_the_channel_manager_has_a_portfolio_and_a_territory(told: str) -> None:
    elena = User.objects.get(name="Elena Ward")
    own = PartnerProfile.objects.filter(manager=elena, valid_to=None).count()
    seen = access.scope(access.actor_for(elena), Partner).count()
    assert Territory.objects.filter(manager=elena, region="Nordics").exists()
    assert 15 < own < seen < 148
    nordics = Partner.objects.filter(profiles__region="Nordics", profiles__valid_to=None).count()
    assert seen >= nordics > 5


def test_the_printed_people_can_sign_in(told: str) -> None:
    out = io.StringIO()
    call_command("demo_world", print_sign_ins=True, stdout=out)
    lines = [line.split("  ") for line in out.getvalue().splitlines()]
    parts = [[part.strip() for part in line if part.strip()] for line in lines]
    assert [part[0] for part in parts] == [
        "admin",
        "channel manager",
        "partner (Nordlys Data)",
        "partner (Fjordline IT)",
    ]
    users = [authenticate(None, username=email, password=word) for _role, email, word in parts]
    assert [user.staff_role for user in users] == ["admin", "channel_manager", "", ""]
    actors = [access.actor_for(user) for user in users]
    assert actors[2].partner_id == partner(cast.NORDLYS).pk
    assert actors[3].partner_id == partner(cast.FJORDLINE).pk
    others = User.objects.exclude(pk__in=[user.pk for user in users])
    assert not any(user.has_usable_password() for user in others[:50])


def test_the_main_figures_have_targets_baselines_and_a_status(told: str) -> None:
    for key in ("partner_sourced_revenue", "partner_sourced_share", "win_rate", "time_to_close"):
        for period in ("2025-Q3", "2025-10"):
            result = values.value(key, period=period, now=NOW)
            assert result.target, (key, period)
            assert result.baseline, (key, period)
            assert result.status in {"good", "warn", "bad"}, (key, period)
        running = values.value(key, period="2025-Q4", now=NOW)
        assert running.target
        assert running.status == "grey"
    assert Target.objects.filter(set_at__gt=NOW).count() == 0
    assert Baseline.objects.filter(scope="region:Nordics").count() >= 4
    base = values.value("partner_sourced_revenue", period="2024-Q3", now=NOW)
    this = values.value("partner_sourced_revenue", period="2025-Q3", now=NOW)
    assert this.baseline == base.value  # the year before


def test_the_figures_are_right(told: str) -> None:
    out = io.StringIO()
    call_command("kpis", "verify", stdout=out)
    assert out.getvalue().startswith("0 differences")


def test_a_second_run_changes_nothing(told: str) -> None:
    out = io.StringIO()
    call_command("demo_world", stdout=out)
    assert "is here already" in out.getvalue()
    assert Deal.objects.count() == 2400


def test_a_run_that_was_killed_before_the_targets_makes_up_for_it(told: str) -> None:
    Target.objects.all().delete()
    Baseline.objects.all().delete()
    call_command("demo_world", today=TODAY, stdout=io.StringIO())
    assert Target.objects.count() > 300
    assert Deal.objects.count() == 2400


def test_members_are_people_with_an_address_that_never_exists(told: str) -> None:
    assert User.objects.exclude(email__endswith=".example").count() == 0
    assert Membership.objects.filter(roles=[]).count() == 0
    total = Deal.objects.won().sourced().aggregate(total=Sum("amount_rc"))["total"]
    assert total > 5_000_000
