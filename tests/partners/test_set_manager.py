"""One manager for several partners at once: from the ticked rows to the audit, or not at all."""

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from partners.accounts import services
from partners.models import Partner, PartnerProfile
from prm.common.errors import Conflict
from prm.common.models import AuditEntry, User
from tests.factories import make_partner, make_user
from tests.world import World

pytestmark = pytest.mark.django_db
URL = reverse("partners:partner_manager")
DAY = date(2026, 8, 1)


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def manager_of(partner: Partner) -> User | None:
    return PartnerProfile.objects.get(partner=partner, valid_to=None).manager


def sent(manager: User, *partners: Partner) -> dict[str, object]:
    return {
        "sel": [str(one.public_id) for one in partners],
        "manager": str(manager.pk),
        "valid_from": str(DAY),
    }


def test_ticked_partners_get_the_manager_from_the_day_and_each_an_audit_entry(
    world: World,
) -> None:
    boss = make_user("boss@example.com", staff_role="operations")
    mia = make_user("mia@example.com", staff_role="channel_manager", name="Mia")
    asked = client_of(boss).post(URL, {"sel": [str(world.acme.public_id)]})
    assert asked.status_code == 200  # first the question; nothing is changed
    assert manager_of(world.acme) == world.ana
    answer = client_of(boss).post(URL, sent(mia, world.acme, world.globex))
    assert answer.status_code == 302
    assert manager_of(world.acme) == manager_of(world.globex) == mia
    before = PartnerProfile.objects.get(partner=world.acme, valid_to=DAY)
    assert before.manager == world.ana
    entries = AuditEntry.objects.filter(action="partner.change_profile")
    assert {entry.object_id for entry in entries} == {
        str(world.acme.public_id),
        str(world.globex.public_id),
    }
    assert {entry.actor for entry in entries} == {boss}


def test_one_refusal_leaves_all_partners_as_they_were(world: World) -> None:
    mia = make_user("mia@example.com", staff_role="channel_manager")
    services.change_profile(
        world.globex, valid_from=date(2026, 9, 1), by=None, now=timezone.now(), tier="silver"
    )
    AuditEntry.objects.filter(action="partner.change_profile").count()
    boss = client_of(make_user("boss@example.com", staff_role="operations"))
    answer = boss.post(URL, sent(mia, world.acme, world.globex))
    assert answer.status_code == 422
    assert world.globex.name in answer.content.decode()
    assert manager_of(world.acme) == world.ana
    with pytest.raises(Conflict, match=r"Globex"):
        services.assign_manager(
            [world.acme, world.globex], manager=mia, valid_from=DAY, by=None, now=timezone.now()
        )
    assert manager_of(world.acme) == world.ana


def test_an_entry_without_a_manager_says_what_to_do_and_keeps_the_partners(world: World) -> None:
    boss = client_of(make_user("boss@example.com", staff_role="operations"))
    data = sent(world.ana, world.acme) | {"manager": ""}
    page = boss.post(URL, data)
    assert page.status_code == 422
    text = page.content.decode()
    assert text.count("Choose who looks after these partners.") == 2
    assert str(world.acme.public_id) in text


@pytest.mark.parametrize("role", ["channel_manager", "executive", "finance_prepare"])
def test_who_does_not_run_the_programme_hands_over_no_partner(world: World, role: str) -> None:
    person = make_user("who@example.com", staff_role=role)
    assert client_of(person).post(URL, sent(person, world.acme, world.globex)).status_code == 403
    assert manager_of(world.acme) == world.ana


def test_a_partner_hands_over_nobody(world: World) -> None:
    assert client_of(world.pat.user).post(URL, sent(world.ana, world.globex)).status_code == 403
    assert manager_of(world.globex) is None


def test_posted_ids_outside_the_scope_change_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prm.common import access

    boss = make_user("boss@example.com", staff_role="operations")
    mia = make_user("mia@example.com", staff_role="channel_manager")
    only_acme = Partner.objects.filter(pk=world.acme.pk)
    monkeypatch.setitem(access._ROW_RULES, Partner, lambda _actor: only_acme)
    client_of(boss).post(URL, sent(mia, world.acme, world.globex))
    assert manager_of(world.acme) == mia
    assert manager_of(world.globex) is None
    none = client_of(boss).post(URL, sent(mia, world.globex))
    assert none.status_code == 302
    assert manager_of(world.globex) is None


def test_somebody_who_manages_no_partners_cannot_be_chosen(world: World) -> None:
    boss = client_of(make_user("boss@example.com", staff_role="operations"))
    for other in (world.pat.user, make_user("exec@example.com", staff_role="executive")):
        assert boss.post(URL, sent(other, world.acme)).status_code == 422
    assert manager_of(world.acme) == world.ana


def test_the_question_costs_the_same_for_one_partner_and_for_many(world: World) -> None:
    boss = client_of(make_user("boss@example.com", staff_role="operations"))
    many = [make_partner(f"P{n}", manager=world.ana) for n in range(30)]
    costs = []
    for partners in ([world.acme], many):
        with CaptureQueriesContext(connection) as queries:
            boss.post(URL, {"sel": [str(one.public_id) for one in partners]})
        costs.append(len(queries))
    assert costs[0] == costs[1]
