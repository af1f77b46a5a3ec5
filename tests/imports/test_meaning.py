"""What the rows of the exchange format mean once they are stored."""

from pathlib import Path

import pytest

from partners.deals import services as deals
from partners.models import (
    Contract,
    Customer,
    Deal,
    DealStageEvent,
    DealTouch,
    LoginEvent,
    Membership,
    Partner,
    PartnerProfile,
    Registration,
    Stage,
)
from prm.common.config import program
from prm.common.models import AuditEntry, User
from tests.factories import make_customer, make_deal, make_member, make_partner, make_user
from tests.imports.helpers import NOW, file_of, load, outcome

pytestmark = pytest.mark.django_db
DEAL = (
    "deal_id,partner_id,opened_at,registered_at,approved_at,rejected_at,stage,closed_at,amount,"
    "currency\n"
)


def deal_file(tmp_path: Path, *rows: str) -> Path:
    return file_of(tmp_path, DEAL + "".join(f"{row}\n" for row in rows))


@pytest.fixture
def acme(db: None) -> Partner:
    return make_partner("Acme", source="crm", external_id="P1")


def test_deal_rows_feed_registrations_and_deals(tmp_path: Path, acme: Partner) -> None:
    path = deal_file(
        tmp_path,
        "D1,P1,2026-07-01,2026-07-01,2026-07-03,,won,2026-07-20,10,EUR",
        "D2,P1,2026-07-01,2026-07-01,,2026-07-04,rejected,,10,EUR",
        "D3,P1,2026-07-01,2026-07-01,,,submitted,,10,EUR",
        "D4,P1,2026-07-01,,,,Site visit,,,",
        "D5,,2026-07-01,,,,lost,2026-07-20,,",
    )
    run = load("deal", path)
    assert outcome(run) == (5, 0, 0, 0), list(run.problems.values())
    assert run.notes == ["New stages: Site visit"]
    registrations = {row.external_id: row.state for row in Registration.objects.all()}
    assert registrations == {"D1": "approved", "D2": "rejected", "D3": "submitted"}
    found = {deal.external_id: deal for deal in Deal.objects.select_related("registration")}
    assert sorted(found) == ["D1", "D4", "D5"]
    assert found["D1"].registration.external_id == "D1"
    assert str(found["D1"].approved_on) == "2026-07-03"
    # without registration the pipeline begins at the opening; the currency is the program's
    assert found["D4"].approved_at == found["D4"].opened_at
    assert (found["D4"].stage.key, found["D4"].amount, found["D4"].currency) == (
        "site-visit",
        None,
        "EUR",
    )
    assert (found["D5"].partner, found["D5"].state) == (None, "lost")
    assert outcome(load("deal", path)) == (0, 0, 5, 0)


def test_a_registration_that_is_approved_later_becomes_a_deal(
    tmp_path: Path, acme: Partner
) -> None:
    load("deal", deal_file(tmp_path, "D3,P1,2026-07-01,2026-07-01,,,submitted,,10,EUR"))
    path = deal_file(tmp_path, "D3,P1,2026-07-01,2026-07-01,2026-07-05,,proposal,,10,EUR")
    assert outcome(load("deal", path)) == (0, 1, 0, 0)
    assert Registration.objects.get().state == "approved"
    assert Deal.objects.get().registration == Registration.objects.get()


def test_a_closed_deal_keeps_the_stage_it_had(tmp_path: Path) -> None:
    load("deal", deal_file(tmp_path, "D1,,2026-07-01,,,,proposal,,10,EUR"))
    load("deal", deal_file(tmp_path, "D1,,2026-07-01,,,,won,2026-07-09,10,EUR"))
    deal = Deal.objects.get()
    assert (deal.state, deal.stage.key) == ("won", "proposal")


def test_columns_that_the_file_lacks_stay_as_they_are(tmp_path: Path) -> None:
    make_customer("Initech", source="crm", external_id="C1", region="DACH", domain="initech.com")
    load("customer", file_of(tmp_path, "customer_id,region\nC1,UK\n"))
    row = Customer.objects.get()
    assert (row.name, row.region, row.domain) == ("Initech", "UK", "initech.com")


def test_a_row_without_id_is_found_again_by_its_columns(tmp_path: Path, acme: Partner) -> None:
    load("contract", file_of(tmp_path, "partner_id,start_date\nP1,2026-01-01\n"))
    again = "partner_id,start_date,end_date\nP1,2026-01-01,2026-09-01\n"
    assert outcome(load("contract", file_of(tmp_path, again))) == (0, 1, 0, 0)
    assert Contract.objects.get(source="crm").external_id == "P1/2026-01-01"


def test_the_type_of_a_partner_fills_its_whole_history(tmp_path: Path) -> None:
    load("partner", file_of(tmp_path, "partner_id,type,segment\nP1,msp,smb\n"))
    only = PartnerProfile.objects.get()
    assert (only.type, str(only.valid_from)) == ("msp", "1990-01-01")
    history = "partner_id,tier,valid_from\nP1,gold,2026-06-01\nP1,silver,2025-01-01\n"
    load("partner_attr_history", file_of(tmp_path, history))
    rows = PartnerProfile.objects.order_by("valid_from").values_list(
        "type", "segment", "tier", "valid_from", "valid_to"
    )
    assert [tuple(map(str, row)) for row in rows] == [
        ("msp", "smb", "silver", "2025-01-01", "2026-06-01"),
        ("msp", "smb", "gold", "2026-06-01", "None"),
    ]
    load("partner", file_of(tmp_path, "partner_id,type\nP1,reseller\n"))
    assert set(PartnerProfile.objects.values_list("type", flat=True)) == {"reseller"}


def test_history_rows_may_change_places(tmp_path: Path) -> None:
    load("partner", file_of(tmp_path, "partner_id\nP1\n"))
    head = "external_id,partner_id,tier,valid_from,valid_to\n"
    load(
        "partner_attr_history",
        file_of(tmp_path, head + "a,P1,gold,2025-01-01,2026-01-01\nb,P1,silver,2026-01-01,\n"),
    )
    swapped = head + "a,P1,gold,2026-01-01,\nb,P1,silver,2025-01-01,2026-01-01\n"
    assert outcome(load("partner_attr_history", file_of(tmp_path, swapped))) == (0, 2, 0, 0)
    assert PartnerProfile.objects.get(valid_to=None).tier == "gold"


def test_a_partner_without_history_begins_with_its_first_contract(tmp_path: Path) -> None:
    load("partner", file_of(tmp_path, "partner_id\nP1\n"))
    text = "partner_id,start_date\nP1,2026-01-01\nP1,2024-05-01\n"
    assert outcome(load("contract", file_of(tmp_path, text))) == (2, 0, 0, 0)
    assert str(PartnerProfile.objects.get().valid_from) == "2024-05-01"


def test_merged_into_merges_once_with_audit(tmp_path: Path) -> None:
    text = "partner_id,merged_into,merged_at\nP1,,\nP2,P1,2026-08-01T08:00:00Z\n"
    load("partner", file_of(tmp_path, text))
    load("partner", file_of(tmp_path, text))
    stub = Partner.objects.get(external_id="P2")
    assert (stub.merged_into.external_id, stub.merged_at.isoformat()) == (
        "P1",
        "2026-08-01T08:00:00+00:00",
    )
    assert AuditEntry.objects.filter(action="partner.merge").count() == 1


def test_parents_and_managers_are_found(tmp_path: Path) -> None:
    ana = make_user("ana@example.com", staff_role="channel_manager")
    text = "partner_id,parent_id,manager\nP2,P1,ANA@example.com\nP1,,\n"
    load("partner", file_of(tmp_path, text))
    row = Partner.objects.get(external_id="P2")
    assert (row.parent.external_id, row.profiles.get().manager) == ("P1", ana)


def test_people_without_e_mail_exist_but_cannot_sign_in(tmp_path: Path, acme: Partner) -> None:
    text = (
        "user_id,partner_id,email,name,roles,active\nU1,P1,,,,1\n"
        "U2,P1,Pat@Example.com,Pat,admin|sales,0\n"
    )
    path = file_of(tmp_path, text)
    assert outcome(load("partner_user", path)) == (2, 0, 0, 0)
    assert outcome(load("partner_user", path)) == (0, 0, 2, 0)
    nobody, pat = Membership.objects.order_by("external_id")
    assert (nobody.user.email, nobody.user.name, nobody.user.has_usable_password()) == (
        None,
        "U1",
        False,
    )
    assert (pat.user.email, pat.roles, pat.is_active) == (
        "pat@example.com",
        ["admin", "sales"],
        False,
    )


def test_one_person_may_work_for_two_partners(tmp_path: Path, acme: Partner) -> None:
    make_partner("Globex", source="crm", external_id="P2")
    text = "user_id,partner_id,email\nU1,P1,pat@example.com\nU2,P2,pat@example.com\n"
    assert outcome(load("partner_user", file_of(tmp_path, text))) == (2, 0, 0, 0)
    assert User.objects.get().memberships.count() == 2


def test_sign_ins_belong_to_the_company_of_the_person(tmp_path: Path, acme: Partner) -> None:
    make_member(acme, source="crm", external_id="U1")
    text = "user_id,at,impersonated\nU1,2026-06-30T22:30:00Z,0\nU1,2026-07-02T10:00:00Z,1\n"
    assert outcome(load("login_event", file_of(tmp_path, text))) == (2, 0, 0, 0)
    event = LoginEvent.objects.order_by("at").first()
    assert (event.partner, str(event.on), event.impersonated) == (acme, "2026-07-01", False)


def test_history_of_deals_keeps_blank_amounts_and_leaves_registrations(
    tmp_path: Path, acme: Partner
) -> None:
    load("deal", deal_file(tmp_path, "D1,P1,2026-07-01,2026-07-01,2026-07-03,,proposal,,10,EUR"))
    text = (
        "deal_id,at,stage,amount\nD1,2026-07-01,submitted,\nD1,2026-07-03,qualified,\n"
        "D1,2026-07-09,proposal,7.50\n"
    )
    run = load("deal_stage_event", file_of(tmp_path, text))
    assert outcome(run) == (2, 0, 1, 0), list(run.problems.values())
    events = DealStageEvent.objects.order_by("at").values_list("stage__key", "amount", "currency")
    assert [(key, str(amount), currency) for key, amount, currency in events] == [
        ("qualified", "None", ""),
        ("proposal", "7.5000", ""),
    ]
    assert Stage.objects.count() == 2


def test_a_step_of_an_unapproved_registration_has_no_deal(tmp_path: Path, acme: Partner) -> None:
    load("deal", deal_file(tmp_path, "D1,P1,2026-07-01,2026-07-01,,,submitted,,10,EUR"))
    text = "deal_id,at,stage\nD1,2026-07-01,submitted\nD1,2026-07-03,proposal\n"
    run = load("deal_stage_event", file_of(tmp_path, text))
    assert outcome(run) == (0, 0, 1, 1)
    assert "is not approved" in run.problems.get().reason


def test_the_vendor_is_no_partner_of_a_touch(tmp_path: Path, acme: Partner) -> None:
    make_deal(source="crm", external_id="D1")
    text = (
        "deal_id,at,actor,kind,anchor\nD1,2026-07-01,vendor,webinar,lead_creation\n"
        "D1,2026-07-01,P1,intro,\n"
    )
    assert outcome(load("deal_touch", file_of(tmp_path, text))) == (2, 0, 0, 0)
    actors = DealTouch.objects.order_by("kind").values_list("partner__name", flat=True)
    assert list(actors) == ["Acme", None]


def test_a_full_refund_within_30_days_voids_the_deal_for_good(tmp_path: Path) -> None:
    path = deal_file(tmp_path, "D1,,2026-07-01,,,,won,2026-07-10,10,EUR")
    load("deal", path)
    refunds = "deal_id,at,kind,amount\nD1,2026-07-20,refund,-4\nD1,2026-07-30,refund,-6\n"
    refund_path = file_of(tmp_path, refunds, "refund.csv")
    assert outcome(load("deal_adjustment", refund_path)) == (2, 0, 0, 0)
    assert Deal.objects.get().state == "void"
    assert AuditEntry.objects.filter(action="deal.void").count() == 1
    assert outcome(load("deal", path)) == (0, 0, 1, 0)
    assert outcome(load("deal_adjustment", refund_path)) == (0, 0, 2, 0)
    assert Deal.objects.get().state == "void"


def test_a_late_refund_leaves_the_deal_won(tmp_path: Path) -> None:
    load("deal", deal_file(tmp_path, "D1,,2026-07-01,,,,won,2026-07-10,10,EUR"))
    text = "deal_id,at,kind,amount\nD1,2026-08-20,refund,-10\n"
    load("deal_adjustment", file_of(tmp_path, text))
    assert Deal.objects.get().state == "won"


def test_settings_come_first_and_have_short_names(tmp_path: Path) -> None:
    text = "key,value\nprogram_tz,America/New_York\nreport_currency,USD\nown_key,7\n"
    assert outcome(load("setting", file_of(tmp_path, text))) == (1, 2, 0, 0)
    assert (str(program().time_zone), program().currency) == ("America/New_York", "USD")
    load("deal", deal_file(tmp_path, "D1,,2026-07-01,,,,won,2026-07-02T03:00:00Z,10,USD"))
    assert str(Deal.objects.get().closed_on) == "2026-07-01"


def test_the_same_source_wins_when_two_sources_have_an_id(tmp_path: Path, acme: Partner) -> None:
    make_partner("Other", source="erp", external_id="P1")
    load("contract", file_of(tmp_path, "partner_id,start_date\nP1,2026-01-01\n"))
    assert Contract.objects.get(source="crm").partner == acme


def test_a_deal_won_in_the_desk_follows_the_file_again(tmp_path: Path) -> None:
    path = deal_file(tmp_path, "D1,,2026-07-01,,,,proposal,,10,EUR")
    load("deal", path)
    deals.win_deal(Deal.objects.get(), by=None, now=NOW)
    assert outcome(load("deal", path)) == (0, 1, 0, 0)
    deal = Deal.objects.get()
    assert (deal.state, deal.closed_at, deal.amount_rc) == ("open", None, None)
