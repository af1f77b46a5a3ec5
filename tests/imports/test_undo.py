"""A run can be taken back within 7 days, unless others build on its rows or changed them."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from partners.deals import services as deals
from partners.models import Contract, Customer, Deal, Membership, Partner, PartnerProfile
from prm.common.errors import Conflict
from prm.common.imports import services, undo
from prm.common.imports.models import Import, ImportUndo
from prm.common.models import AuditEntry, FxRate, User
from prm.common.signals import facts_changed
from tests.factories import make_deal
from tests.imports.helpers import NOW, file_of, load, outcome

pytestmark = pytest.mark.django_db


def take_back(run: Import) -> Import:
    return services.undo_import(run, by=None, now=NOW + timedelta(days=1))


def snapshot() -> list[tuple[object, ...]]:
    """Every row of the tables that imports write, but for the ids of the program."""
    found: list[tuple[object, ...]] = []
    for model in (Partner, PartnerProfile, Contract, Membership, User, Customer, Deal, FxRate):
        found += [(model.__name__, *row) for row in model.objects.order_by("pk").values_list()]
    return found


@pytest.mark.parametrize(
    ("resource", "first", "second"),
    [
        ("customer", "customer_id,name\nC1,Old\n", "customer_id,name\nC1,New\nC2,More\n"),
        (
            "partner",
            "partner_id,name,type\nP1,One,msp\nP2,Two,msp\n",
            "partner_id,name,type,merged_into\nP1,Uno,reseller,\nP2,Two,msp,P1\nP3,Three,si,\n",
        ),
        (
            "fx_rate",
            "currency,valid_from,rate\nUSD,2026-01-01,0.9\n",
            "currency,valid_from,rate\nUSD,2026-01-01,0.8\nUSD,2026-02-01,0.7\n",
        ),
        (
            "deal",
            "deal_id,stage\nD1,proposal\n",
            "deal_id,stage,closed_at,amount,currency\nD1,won,2026-07-01,5,EUR\nD2,void,2026-07-01,,\n",
        ),
    ],
)
def test_undo_brings_back_exactly_what_was(
    tmp_path: Path, resource: str, first: str, second: str
) -> None:
    assert load(resource, file_of(tmp_path, first)).state == "done"
    before = snapshot()
    run = load(resource, file_of(tmp_path, second))
    assert run.created + run.updated == len(second.splitlines()) - 1
    assert snapshot() != before
    assert take_back(run).state == "undone"
    assert snapshot() == before
    assert not ImportUndo.objects.filter(run=run).exists()
    assert AuditEntry.objects.filter(action="import.undo").count() == 1


def test_undo_of_history_brings_the_single_profile_back(tmp_path: Path) -> None:
    load("partner", file_of(tmp_path, "partner_id,type\nP1,msp\n"))
    before = snapshot()
    text = (
        "partner_id,tier,valid_from,valid_to\nP1,gold,2026-01-01,2026-05-01\nP1,top,2026-05-01,\n"
    )
    run = load("partner_attr_history", file_of(tmp_path, text))
    assert outcome(run) == (2, 0, 0, 0)
    assert set(PartnerProfile.objects.values_list("type", "tier")) == {
        ("msp", "gold"),
        ("msp", "top"),
    }
    take_back(run)
    assert snapshot() == before


def test_undo_of_people_removes_the_persons_that_it_made(tmp_path: Path) -> None:
    load("partner", file_of(tmp_path, "partner_id\nP1\n"))
    before = snapshot()
    run = load(
        "partner_user", file_of(tmp_path, "user_id,partner_id,email\nU1,P1,a@example.com\nU2,P1,\n")
    )
    assert (User.objects.count(), Membership.objects.count()) == (2, 2)
    take_back(run)
    assert snapshot() == before


def test_a_file_can_be_imported_again_after_its_undo(tmp_path: Path) -> None:
    path = file_of(tmp_path, "customer_id\nC1\nC2\n")
    take_back(load("customer", path))
    assert outcome(load("customer", path)) == (2, 0, 0, 0)


def test_created_rows_are_remembered_as_ranges(tmp_path: Path) -> None:
    text = "customer_id\n" + "".join(f"C{n}\n" for n in range(500))
    run = load("customer", file_of(tmp_path, text))
    assert ImportUndo.objects.filter(run=run).count() == 1


def test_rows_that_others_need_are_not_taken_away(tmp_path: Path) -> None:
    run = load("customer", file_of(tmp_path, "customer_id\nC1\n"))
    make_deal(customer=Customer.objects.get())
    with pytest.raises(Conflict, match="1 deals belong to customers of this import"):
        take_back(run)
    assert Customer.objects.exists()


def test_rows_that_were_changed_since_are_not_taken_away(tmp_path: Path) -> None:
    run = load("deal", file_of(tmp_path, "deal_id,stage,amount,currency\nD1,proposal,5,EUR\n"))
    deals.change_deal(Deal.objects.get(), by=None, now=NOW, name="by hand")
    with pytest.raises(Conflict, match="changed since"):
        take_back(run)
    assert Deal.objects.get().name == "by hand"


def test_a_later_import_is_undone_first(tmp_path: Path) -> None:
    first = load("customer", file_of(tmp_path, "customer_id,name\nC1,Old\n"))
    Customer.objects.update(updated_at=NOW)  # the second run has another moment
    Import.objects.update(written_at=NOW)
    second = load("customer", file_of(tmp_path, "customer_id,name\nC1,New\n"))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE common_import SET written_at = now() WHERE id = %s", [second.pk])
    with pytest.raises(Conflict):
        take_back(Import.objects.get(pk=first.pk))
    take_back(Import.objects.get(pk=second.pk))
    take_back(Import.objects.get(pk=first.pk))
    assert not Customer.objects.exists()


def test_settings_dry_runs_and_old_runs_are_not_undone(tmp_path: Path) -> None:
    path = file_of(tmp_path, "customer_id\nC1\n")
    dry = load("customer", path, dry_run=True)
    run = load("customer", path)
    setting = load("setting", file_of(tmp_path, "key,value\nown,1\n"))
    for bad in (dry, setting):
        with pytest.raises(Conflict):
            take_back(bad)
    with pytest.raises(Conflict, match="older than 7 days"):
        services.undo_import(run, by=None, now=NOW + timedelta(days=8))
    take_back(run)
    with pytest.raises(Conflict, match="only once"):
        take_back(run)


def test_undo_data_and_files_are_forgotten_after_7_days(tmp_path: Path) -> None:
    run = load("customer", file_of(tmp_path, "customer_id\nC1\nC2,x\n"))
    assert services.error_path(run).exists()
    undo.forget_old(NOW + timedelta(days=6))
    assert ImportUndo.objects.exists()
    undo.forget_old(NOW + timedelta(days=8))
    assert not ImportUndo.objects.exists()
    assert not services.error_path(run).exists()


def test_only_runs_that_change_rows_are_news_and_audited(tmp_path: Path) -> None:
    told: list[str] = []

    def hear(**_more: object) -> None:
        told.append("news")

    facts_changed.connect(hear)
    path = file_of(tmp_path, "customer_id\nC1\n")
    load("customer", path, dry_run=True)
    load("customer", file_of(tmp_path, "customer_id\nC1\nC1\n", "b.csv"), all_or_nothing=True)
    assert (told, AuditEntry.objects.filter(action="import.run").count()) == ([], 0)
    run = load("customer", path)
    assert (told, AuditEntry.objects.filter(action="import.run").count()) == (["news"], 1)
    take_back(run)
    assert told == ["news", "news"]
    facts_changed.disconnect(hear)
