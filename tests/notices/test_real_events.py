"""What really happens is told to whom it concerns: imports, figures, partners, deals."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from kpis.engine.rebuild import rebuild, verify
from kpis.models import SalesCell
from partners.accounts.services import assign_manager, change_profile, create_partner
from partners.deals.services import lose_deal, reopen_deal, win_deal
from prm.common import access
from prm.common.imports import news, services
from prm.common.models import Notice, OutboxMail, User
from prm.common.notices.deliveries import deliver_due
from prm.common.notices.reading import lines_of
from tests.factories import make_deal, make_member, make_partner, make_user
from tests.notices.conftest import NOW
from tests.world import World

pytestmark = pytest.mark.django_db
TODAY = date(2026, 8, 5)


def told(user: User) -> list[str]:
    """What this person reads, oldest first."""
    rows = Notice.objects.filter(to=user).order_by("pk")
    return [line.sentence for line in lines_of(rows, access.actors_for(user))]


def run_import(by: User | None, rows: str, tmp_path: Path, **more: Any) -> None:
    path = tmp_path / "customers.csv"
    path.write_text(f"customer_id,name\n{rows}")
    run = services.new_run(path.name, resource="customer", source="crm", by=by, now=NOW, **more)
    services.run_import(run, now=NOW, path=path)


GOOD, BAD = "A,Ada\nB,Bob\n", "A,Ada\nB,\n"


@pytest.mark.parametrize(
    ("rows", "more", "sentence"),
    [
        (GOOD, {}, "customers.csv is imported: 2 rows"),
        (GOOD, {"dry_run": True}, "customers.csv is checked: 2 rows, none refused"),
        (BAD, {}, "customers.csv is imported: 1 row was refused"),
        (BAD, {"dry_run": True}, "customers.csv is checked: 1 row would be refused"),
        (
            BAD,
            {"all_or_nothing": True},
            "customers.csv could not be imported. Nothing of it is stored.",
        ),
    ],
)
def test_who_started_an_import_is_told_how_it_ended(
    world: World, tmp_path: Path, rows: str, more: dict[str, Any], sentence: str
) -> None:
    run_import(world.admin, rows, tmp_path, **more)
    assert told(world.admin) == [sentence]
    assert Notice.objects.count() == 1


def test_an_import_of_the_command_line_tells_nobody(world: World, tmp_path: Path) -> None:
    run_import(None, BAD, tmp_path)
    assert not Notice.objects.exists()


def test_only_a_long_or_failed_import_comes_by_mail(
    world: World, tmp_path: Path, monkeypatch: Any
) -> None:
    run_import(world.admin, GOOD, tmp_path)
    assert deliver_due(NOW) == 0
    monkeypatch.setattr(news, "LONG", 2)
    run_import(world.admin, GOOD, tmp_path)
    assert deliver_due(NOW) == 1
    run_import(world.admin, BAD, tmp_path, all_or_nothing=True)
    assert deliver_due(NOW) == 1


def test_administrators_are_told_of_wrong_figures_once_a_day(world: World) -> None:
    rebuild(NOW)
    verify(NOW)
    assert not Notice.objects.exists()
    SalesCell.objects.update(won_rc=7)
    for _time in range(2):
        verify(NOW)
    assert told(world.admin)[0].endswith("stored figures differ from the facts")
    assert Notice.objects.get().to == world.admin  # neither Ana nor anybody of a partner
    verify(NOW + timedelta(days=1))
    assert Notice.objects.count() == 2


def test_a_manager_is_told_of_a_partner_that_somebody_else_gives(world: World) -> None:
    ben = make_user("ben@example.com", staff_role="channel_manager")
    change_profile(world.acme, valid_from=TODAY, by=world.admin, now=NOW, manager=ben)
    change_profile(world.acme, valid_from=TODAY, by=world.admin, now=NOW, tier="silver")
    assert told(ben) == ["Acme is yours to look after"]
    change_profile(
        world.acme,
        valid_from=TODAY + timedelta(days=30),
        by=world.admin,
        now=NOW,
        manager=world.ana,
    )
    assert told(world.ana) == ["Acme is yours to look after from 4 Sep 2026 on"]
    new = create_partner(name="New", valid_from=TODAY, by=world.admin, now=NOW, manager=ben)
    create_partner(name="Own", valid_from=TODAY, by=ben, now=NOW, manager=ben)
    assert told(ben)[-1] == f"{new} is yours to look after"


def test_many_partners_given_at_once_come_as_one_mail(world: World) -> None:
    partners = [make_partner(f"Partner {number}") for number in range(3)]
    assign_manager(partners, manager=world.ana, valid_from=TODAY, by=world.admin, now=NOW)
    assert deliver_due(NOW) == 1
    assert OutboxMail.objects.get().subject == "Partner 0 is yours to look after, and 2 more"


def test_the_sellers_of_a_partner_are_told_when_the_vendor_closes_their_deal(world: World) -> None:
    seller = make_member(world.acme, "sales@example.com", "sales").user
    reads = make_member(world.acme, "tech@example.com", "technical").user
    deal = make_deal(world.acme, name="Big one", amount=1200)
    win_deal(deal, by=world.ana, now=NOW)
    reopen_deal(deal, by=world.ana, now=NOW + timedelta(hours=1), reason="Refused")
    lose_deal(deal, by=world.ana, now=NOW + timedelta(hours=2))
    expected = ["Big one is won: €1,200.00", "Big one is open again", "Big one is lost"]
    for user in (world.pat.user, seller):
        assert [text.partition(":")[0] for text in told(user)] == [
            text.partition(":")[0] for text in expected
        ]
    for user in (reads, world.gil.user, world.ana):
        assert told(user) == []


def test_what_closed_long_ago_and_direct_deals_are_no_news(world: World) -> None:
    deal = make_deal(world.acme, opened="2026-01-01")
    win_deal(deal, by=world.ana, now=NOW, closed_at=NOW - timedelta(days=30))
    win_deal(world.direct_deal, by=world.admin, now=NOW)
    assert not Notice.objects.exists()
