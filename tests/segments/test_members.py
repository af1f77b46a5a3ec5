"""Who is in a segment: worked out from fields and KPIs, written once, with what decided."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from kpis import values
from kpis.engine.drain import drain
from kpis.segments import CellEvaluator, ask_due, evaluate_segment
from partners.accounts.services import change_profile
from partners.models import DynamicSegment, Partner, SegmentStay
from partners.segments import services
from partners.segments.checks import metrics
from partners.segments.ruledoc import from_json
from partners.segments.words import decided, names_of
from prm.common import access, audit
from prm.common.errors import Conflict, InvalidInput, InvalidTransition
from prm.common.models import AuditEntry, Job, Notice, User
from tests import factories
from tests.factories import at

pytestmark = pytest.mark.django_db
NOW = at("2026-08-03")
RESELLERS = {"all": [{"field": "type", "operator": "in", "values": ["reseller"]}]}
ADMIN = access.Actor(kind="staff", roles=frozenset({"admin"}))
SOLD = {"kpi": "partner_sourced_revenue/net", "period": "last_12_months", "operator": "ge",
        "value": "1000", "currency": "EUR"}  # fmt: skip


def make(rule: Any = RESELLERS, name: str = "Sellers", **more: Any) -> DynamicSegment:
    return services.create_segment(name=name, rule=from_json(rule), by=None, now=NOW, **more)


def refresh(segment: DynamicSegment, day: str = "2026-08-03") -> Any:
    return CellEvaluator().refresh(segment, at(day))


def inside(segment: DynamicSegment) -> set[str]:
    open_now = SegmentStay.objects.filter(segment=segment, valid_to=None)
    return set(open_now.values_list("partner__name", flat=True))


@pytest.fixture
def acme() -> Partner:
    return factories.make_partner("Acme", type="reseller", region="DACH")


def retype(partner: Partner, kind: str, day: str) -> None:
    change_profile(partner, valid_from=date.fromisoformat(day), type=kind, by=None, now=at(day))


def test_who_meets_the_rule_comes_in_and_who_does_not_any_more_leaves(acme: Partner) -> None:
    factories.make_partner("Globex", type="referral")
    segment = make()
    assert refresh(segment).came == [acme.pk]
    assert inside(segment) == {"Acme"}
    retype(acme, "referral", "2026-08-05")
    assert refresh(segment, "2026-08-06").left == [acme.pk]
    stay = SegmentStay.objects.get()
    assert (stay.valid_from, stay.valid_to) == (date(2026, 8, 3), date(2026, 8, 6))
    assert (stay.came_because, stay.left_because) == ("edit", "values")
    names = names_of({"type"})
    assert decided(stay.came_with, names) == "Type: reseller"
    assert decided(stay.left_with, names) == "Type: Referral"


def test_working_it_out_again_changes_nothing(acme: Partner) -> None:
    segment = make()
    refresh(segment)
    before = list(SegmentStay.objects.values())
    for day in ("2026-08-03", "2026-08-04"):
        found = refresh(segment, day)
        assert (found.came, found.left) == ([], [])
    assert list(SegmentStay.objects.values()) == before
    assert AuditEntry.objects.filter(action="dynamicsegment.evaluate").count() == 1


def test_killed_in_the_middle_nothing_is_written_and_the_next_run_does_it_all(
    acme: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    segment = make()
    with monkeypatch.context() as patch:
        patch.setattr(audit, "record", lambda *_a, **_k: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            refresh(segment)
    assert not SegmentStay.objects.exists()
    segment.refresh_from_db()
    assert segment.evaluated_at is None
    refresh(segment)
    assert inside(segment) == {"Acme"}


def test_a_partner_may_come_and_go_on_one_day_and_come_again(acme: Partner) -> None:
    segment = make()
    for members in ({acme.pk: []}, {}, {acme.pk: []}):
        services.record_members(segment, members, left={acme.pk: []}, now=NOW)
    rows = SegmentStay.objects.order_by("pk").values_list("valid_from", "valid_to")
    assert list(rows) == [(NOW.date(), NOW.date()), (NOW.date(), None)]


def test_the_database_holds_one_open_stay_and_no_two_at_a_time(acme: Partner) -> None:
    segment = make()
    refresh(segment)
    row = {"segment": segment, "partner": acme, "came_because": "values"}
    with pytest.raises(IntegrityError), transaction.atomic():
        SegmentStay.objects.create(valid_from="2026-09-01", came_at=NOW, **row)
    with pytest.raises(IntegrityError, match="no_overlap"), transaction.atomic():
        SegmentStay.objects.create(
            valid_from="2026-08-01", valid_to="2026-08-09", came_at=NOW,
            left_at=NOW + timedelta(1), left_because="values", **row,
        )  # fmt: skip
    with pytest.raises(IntegrityError, match="order"), transaction.atomic():
        SegmentStay.objects.create(
            valid_from="2026-07-01", valid_to="2026-07-03", came_at=NOW, **row
        )


def test_a_changed_rule_says_so_in_the_history(acme: Partner) -> None:
    segment = make()
    refresh(segment)
    rule = from_json({"all": [{"field": "region", "operator": "in", "values": ["UK"]}]})
    services.change_segment(segment, rule=rule, by=None, now=NOW)
    refresh(segment)
    assert SegmentStay.objects.get().left_because == "edit"


def test_merged_and_test_partners_are_in_no_segment(acme: Partner) -> None:
    other = factories.make_partner("Other", type="reseller")
    factories.make_partner("Try", type="reseller", is_test=True)
    segment = make()
    refresh(segment)
    assert inside(segment) == {"Acme", "Other"}
    Partner.objects.filter(pk=other.pk).update(merged_into=acme, merged_at=NOW)
    refresh(segment)
    assert inside(segment) == {"Acme"}
    assert SegmentStay.objects.get(partner=other).left_because == "gone"


def test_an_archived_segment_has_no_members_and_keeps_who_was_in_it(acme: Partner) -> None:
    segment = make()
    refresh(segment)
    services.archive_segment(segment, by=None, now=NOW + timedelta(1))
    assert not inside(segment)
    assert SegmentStay.objects.get().left_because == "archive"
    assert refresh(segment, "2026-08-05").came == ()
    services.restore_segment(segment, by=None, now=NOW + timedelta(2))
    refresh(segment, "2026-08-06")
    assert inside(segment) == {"Acme"}
    assert SegmentStay.objects.count() == 2


ALLOWED = {("active", "archive"): "archived", ("archived", "restore"): "active"}


@pytest.mark.parametrize("state", DynamicSegment.State.values)
@pytest.mark.parametrize("action", ["archive", "restore"])
def test_a_segment_moves_by_its_table_only(state: str, action: str) -> None:
    segment = make()
    DynamicSegment.objects.update(state=state)
    step = {"archive": services.archive_segment, "restore": services.restore_segment}[action]
    if (state, action) in ALLOWED:
        assert step(segment, by=None, now=NOW).state == ALLOWED[state, action]
    else:
        with pytest.raises(InvalidTransition):
            step(segment, by=None, now=NOW)
        segment.refresh_from_db()
        assert segment.state == state


def test_two_active_segments_never_have_one_name() -> None:
    first = make(name="Sellers")
    with pytest.raises(Conflict, match="has this name"):
        make(name=" sellers ")
    services.archive_segment(first, by=None, now=NOW)
    make(name="Sellers")
    with pytest.raises(Conflict, match="has this name"):
        services.restore_segment(first, by=None, now=NOW)
    with pytest.raises(InvalidInput, match="a name"):
        make(name="  ")


def test_who_read_an_older_rule_does_not_write_over_a_newer_one() -> None:
    segment = make()
    rule = from_json({"all": [{"field": "region", "operator": "empty"}]})
    services.change_segment(segment, rule=rule, edit=1, by=None, now=NOW)
    with pytest.raises(Conflict, match="Somebody changed this rule"):
        services.change_segment(segment, rule=from_json(RESELLERS), edit=1, by=None, now=NOW)


@pytest.fixture
def sellers(acme: Partner) -> list[Partner]:
    """Partners with random deals of the year, and a stub of the first."""
    partners = [acme, *(factories.make_partner(f"P{n}", type="reseller") for n in range(3))]
    stub = factories.make_partner("Stub", type="reseller")
    Partner.objects.filter(pk=stub.pk).update(merged_into=acme, merged_at=at("2026-07-01"))
    for n, partner in enumerate((*partners, stub)):
        for month in range(1, 8):
            state = "lost" if (n + month) % 3 == 0 else "won"
            factories.make_deal(partner, opened=f"2026-{month:02}-02", amount=Decimal(100 * n + 7),
                                **{state: f"2026-{month:02}-1{n}"})  # fmt: skip
        factories.make_login(factories.make_member(partner), "2026-07-20")
    drain(NOW)
    return partners


def test_a_kpi_of_a_rule_is_the_kpi_of_the_partner(sellers: list[Partner]) -> None:
    for key in metrics():
        if not key.startswith(("partner_sourced", "win_rate", "average_deal", "time_to")):
            continue
        kpi, variant = key.split("/")
        currency = {"currency": "EUR"} if metrics()[key].unit == "money" else {}
        for period, asked in (("quarter", "2026-Q3"), ("last_quarter", "2026-Q2")):
            for partner in sellers:
                shown = values.value(kpi, period=asked, scope=f"partner:{partner.public_id}",
                                     variant=variant, now=NOW)  # fmt: skip
                value = Decimal(str(shown.value or 0))
                rule = {"kpi": key, "period": period, "operator": "ge", **currency}
                found = [
                    CellEvaluator().preview(
                        from_json({"all": [{**rule, "value": str(value + step)},
                                           {"field": "name", "operator": "is",
                                            "values": [partner.name]}]}), ADMIN, NOW,
                    ).members
                    for step in (Decimal("-0.0001"), Decimal("0.0001"))
                ]  # fmt: skip
                is_known = int(shown.value is not None)
                assert found == [is_known, 0], (key, period, partner)


def test_a_segment_of_many_partners_asks_as_few_questions_as_one_of_few(acme: Partner) -> None:
    rule = from_json({"all": [SOLD, *RESELLERS["all"],
                              {"field": "people", "operator": "ge", "values": ["0"]}]})  # fmt: skip

    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            CellEvaluator().preview(rule, ADMIN, NOW)
        return len(seen)

    few = asked()
    for n in range(30):
        factories.make_deal(factories.make_partner(type="reseller"), won=f"2026-07-{n % 20 + 1:02}")
    drain(NOW)
    assert asked() == few <= 12


def test_a_manager_previews_the_own_partners_only(acme: Partner) -> None:
    ana = factories.make_user(staff_role="channel_manager")
    factories.make_partner("Mine", type="reseller", manager=ana)
    found = CellEvaluator().preview(from_json(RESELLERS), access.actor_for(ana), NOW)
    assert (found.members, found.of) == (1, 1)
    assert [one.partner.name for one in found.first] == ["Mine"]


def test_without_an_exchange_rate_nobody_moves_and_the_preview_says_what_to_do(
    sellers: list[Partner],
) -> None:
    segment = make({"all": [SOLD]})
    refresh(segment)
    before = inside(segment)
    assert before
    rule = from_json({"all": [{**SOLD, "currency": "JPY"}]})
    services.change_segment(segment, rule=rule, by=None, now=NOW)
    refresh(segment)
    assert inside(segment) == before
    assert "exchange rate for JPY" in CellEvaluator().preview(rule, ADMIN, NOW).problem
    factories.make_rate("JPY", "2020-01-01", "100")
    refresh(segment)
    assert not inside(segment)


def test_each_segment_is_worked_out_once_a_local_day(acme: Partner) -> None:
    segment, old = make(), make(name="Old")
    services.archive_segment(old, by=None, now=NOW)
    assert ask_due(NOW) == 1
    evaluate_segment(Job.objects.get(kind="segments.evaluate"), NOW)
    assert inside(segment) == {"Acme"}
    assert ask_due(NOW + timedelta(hours=2)) == 0
    assert ask_due(NOW + timedelta(days=1)) == 1


def test_a_manager_is_told_once_who_came_where_the_segment_says_so(acme: Partner) -> None:
    ana = factories.make_user("ana@example.com", staff_role="channel_manager")
    for name, tells in (("Told", True), ("Quiet", False)):
        segment = make(name=name, tells_manager=tells)
        refresh(segment)  # a new rule is no news about partners
    for n in range(2):
        factories.make_partner(f"New {n}", type="reseller", manager=ana)
    for segment in DynamicSegment.objects.all():
        refresh(segment, "2026-08-04")
        refresh(segment, "2026-08-04")
    notice = Notice.objects.get()
    assert notice.to == User.objects.get(pk=ana.pk)
    assert notice.args == {"n": 2}
    assert notice.url.endswith("?show=came")
