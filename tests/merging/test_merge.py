"""Merging two records: what moves, what stays, and that taking it apart leaves nothing behind."""

import random
from decimal import Decimal
from uuid import UUID

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from kpis.engine.drain import drain
from kpis.engine.rebuild import rebuild, verify
from partners.hierarchy.services import place_below
from partners.merging.relations import BY_KEY, OWN
from partners.merging.selectors import preview
from partners.merging.services import merge_partner, unmerge_partner
from partners.models import AccessRequest, Cost, Membership, MovedRow, Partner, PartnerMerge
from prm.common import access
from prm.common.errors import Conflict, InvalidInput
from prm.common.models import Task
from prm.common.worklist.services import add_task
from tests.api.conftest import token_client
from tests.factories import (
    at,
    make_deal,
    make_login,
    make_member,
    make_partner,
    make_registration,
    make_user,
)
from tests.merging.cncf import load_cncf
from tests.onboarding.plans import make_plan

pytestmark = pytest.mark.django_db
NOW = at("2026-10-05")
# what tells of a merge, and what rows were when they were last written
LOGS = {"common_auditentry", "partners_partnermerge", "partners_movedrow", "common_outboxmail",
        "kpis_verification", "kpis_dirtymark", "kpis_dirtytotal", "common_job"}  # fmt: skip


def rows_of_all_tables() -> dict[str, str]:
    """A hash of every table's rows, without the moment of their last change."""
    tables = [name for name in connection.introspection.table_names() if name not in LOGS]
    parts = [
        f"SELECT '{name}', count(*) || ' ' || coalesce(sum("
        f"hashtextextended((to_jsonb(t) - 'updated_at')::text, 0)), 0) FROM \"{name}\" t"
        for name in tables
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return dict(cursor.fetchall())


def with_facts(partner: Partner, number: int) -> None:
    """A bit of everything that can name a partner."""
    make_deal(partner, won="2026-07-15", amount=Decimal(100 + number))
    make_deal(partner, name="Open one")
    make_registration(partner)
    member = make_member(partner, "", "admin")
    make_login(member, "2026-08-02")
    Cost.objects.create(
        partner=partner, at=at("2026-07-10"), kind="onboarding", amount=7, currency="EUR"
    )
    AccessRequest.objects.create(
        partner=partner, state="pending", name="N", email=f"n{number}@x.example", asked_at=NOW
    )
    add_task(title="Call", company=partner.public_id, by=None, now=NOW)


def test_merging_all_doubles_of_the_real_set_and_unmerging_leaves_all_as_before() -> None:
    firms = load_cncf()
    by_name = {row.name: row for row in Partner.objects.filter(source="cncf")}
    pairs = [(all_[0], other) for all_ in firms.values() for other in all_[1:]]
    assert (len(firms), len(pairs)) == (44, 45)  # one firm stands three times
    for number, (one, other) in enumerate(pairs):
        if one not in pairs[number - 1] or not number:
            with_facts(by_name[one], number * 2)
        with_facts(by_name[other], number * 2 + 1)
        make_partner(f"Child {number}", parent=by_name[other])
    rebuild(NOW)
    before = rows_of_all_tables()
    merged = []
    for one, other in pairs:
        stub = Partner.objects.get(pk=by_name[other].pk)
        merged.append(merge_partner(stub, into=by_name[one], by=None, now=NOW))
    drain(NOW)
    assert verify(NOW).details == []
    assert rows_of_all_tables() != before
    assert Partner.objects.filter(parent__in=merged).count() == 0
    random.Random(4).shuffle(merged)
    for stub in merged:
        unmerge_partner(stub, by=None, now=NOW)
    drain(NOW)
    after = rows_of_all_tables()
    assert {name for name in before if before[name] != after[name]} == set()
    assert verify(NOW).details == []
    assert PartnerMerge.objects.filter(undone_at=None).count() == 0


@pytest.mark.parametrize("seed", range(40))
def test_chains_of_merges_taken_apart_in_any_order_leave_all_as_before(seed: int) -> None:
    dice = random.Random(seed)
    partners = [make_partner(f"P{n}") for n in range(5)]
    for number, partner in enumerate(partners):
        with_facts(partner, number)
        make_partner(f"C{number}", parent=partner)
        if dice.random() < 0.6:
            make_plan(partner)
    before = rows_of_all_tables()
    for _ in range(12):
        mine = Partner.objects.filter(pk__in=[p.pk for p in partners]).order_by("pk")
        left = list(mine.filter(merged_into=None))
        stubs = list(mine.exclude(merged_into=None))
        if len(left) > 1 and (not stubs or dice.random() < 0.6):
            one, other = dice.sample(left, 2)
            merge_partner(one, into=other, by=None, now=NOW)
        elif stubs:
            unmerge_partner(dice.choice(stubs), by=None, now=NOW)
        assert not Partner.objects.filter(merged_into__merged_into__isnull=False).exists()
    while stubs := list(Partner.objects.exclude(merged_into=None).order_by("pk")):
        unmerge_partner(dice.choice(stubs), by=None, now=NOW)
    after = rows_of_all_tables()
    assert {name for name in before if before[name] != after[name]} == set()


def test_every_relation_to_a_partner_says_what_becomes_of_it() -> None:
    named = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if field.concrete and field.is_relation and field.related_model is Partner
        and model._meta.managed and not model._meta.proxy
    }  # fmt: skip
    assert named - set(BY_KEY) - OWN == set()
    assert set(BY_KEY) - {"common.Task.company"} - named == set()


def test_what_is_open_moves_and_what_is_over_stays() -> None:
    one, other = make_partner("One"), make_partner("Other")
    for number, partner in enumerate((one, other)):
        with_facts(partner, number)
    done = Task.objects.create(
        source="own", key="done", title="Over", side="ours", company=other.public_id,
        state="done", closed_at=NOW, created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    child = make_partner("Child", parent=other)
    merge_partner(other, into=one, by=None, now=NOW)
    child.refresh_from_db()
    done.refresh_from_db()
    assert (child.parent, done.company) == (one, other.public_id)
    assert {task.company for task in Task.objects.filter(state="open")} == {one.public_id}
    assert set(AccessRequest.objects.values_list("partner", flat=True)) == {one.pk}
    assert other.deals.count() == 2  # facts keep the record that they were counted by
    assert MovedRow.objects.count() == 4  # the child's link too


def test_what_somebody_pointed_elsewhere_since_stays_there() -> None:
    one, other, third = (make_partner(name) for name in ("One", "Other", "Third"))
    child = make_partner("Child", parent=other)
    merge_partner(other, into=one, by=None, now=NOW)
    Partner.objects.filter(pk=child.pk).update(parent=third)
    unmerge_partner(other, by=None, now=NOW)
    child.refresh_from_db()
    assert child.parent == third


def test_a_merge_in_a_circle_or_of_a_merged_record_is_refused() -> None:
    top, low = make_partner("Top"), make_partner("Low")
    middle = make_partner("Middle", parent=top)
    Partner.objects.filter(pk=low.pk).update(parent=middle)
    with pytest.raises(Conflict, match="stands below"):
        merge_partner(top, into=low, by=None, now=NOW)
    with pytest.raises(InvalidInput):
        merge_partner(top, into=top, by=None, now=NOW)
    merge_partner(low, into=top, by=None, now=NOW)
    for stub, into in ((low, middle), (middle, low)):
        with pytest.raises(InvalidInput):
            merge_partner(stub, into=into, by=None, now=NOW)
    unmerge_partner(low, by=None, now=NOW)
    with pytest.raises(Conflict):
        unmerge_partner(low, by=None, now=NOW)


def test_taking_apart_is_refused_where_a_company_would_stand_below_itself() -> None:
    top, into = make_partner("Top"), make_partner("Into")
    stub = make_partner("Stub", parent=top)
    child = make_partner("Child", parent=stub)
    merge_partner(stub, into=into, by=None, now=NOW)
    place_below(top, child, valid_from=NOW.date(), by=None, now=NOW)  # it stands below Into now
    with pytest.raises(Conflict, match="Place that one first"), transaction.atomic():
        unmerge_partner(stub, by=None, now=NOW)
    stub.refresh_from_db()
    assert stub.merged_into == into


def test_a_person_of_both_records_has_the_roles_of_both_and_one_company() -> None:
    one, other = make_partner("One"), make_partner("Other")
    pat = make_user("pat@example.com")
    make_member(one, "", "read_only", user=pat)
    make_member(other, "", "admin", user=pat)
    assert access.actor_for(pat).roles == {"partner:read_only"}
    merge_partner(other, into=one, by=None, now=NOW)
    actor = access.actor_for(pat)
    assert actor.roles == {"partner:read_only", "partner:admin"}
    assert (actor.companies, len(access.actors_for(pat))) == ((one,), 1)
    assert [row.user for row in preview(other, one).people] == [pat]
    Membership.objects.filter(partner=one).delete()
    assert access.actor_for(pat).companies == (one,)


def desk(role: str = "admin") -> Client:
    client = Client()
    client.force_login(make_user(f"{role}@vendor.example", staff_role=role))
    return client


def test_the_page_asks_for_the_survivor_shows_what_would_happen_and_merges() -> None:
    one, other = make_partner("One", city="Bonn"), make_partner("Other", city="Köln")
    with_facts(other, 1)
    window, page = desk(), reverse("merging:merge", args=[other.public_id])
    assert window.get(page, {"name": "Nobody"}).status_code == 422
    assert window.get(page, {"name": "Other"}).status_code == 422
    answer = window.get(page, {"name": "One"})
    shown = window.get(answer.url).content.decode()
    for words in ("Bonn", "Köln", "Deals: 2", "Open tasks: 1", "differs"):
        assert words in shown, words
    assert Partner.objects.exclude(merged_into=None).count() == 0
    answer = window.post(page, {"into": one.public_id, "reason": "Bought"}, follow=True)
    other.refresh_from_db()
    assert (other.merged_into, PartnerMerge.objects.get().reason) == (one, "Bought")
    assert "is merged into One" in answer.content.decode()
    log = window.get(reverse("merging:merge_list")).content.decode()
    assert reverse("merging:unmerge", args=[other.public_id]) in log
    window.post(reverse("merging:unmerge", args=[other.public_id]))
    other.refresh_from_db()
    assert other.merged_into is None


def test_a_refused_merge_answers_422_with_the_reason() -> None:
    top = make_partner("Top")
    low = make_partner("Low", parent=top)
    page = reverse("merging:merge", args=[top.public_id])
    answer = desk().post(page, {"into": low.public_id})
    assert (answer.status_code, b"stands below" in answer.content) == (422, True)


def test_the_api_lists_doubles_merges_and_takes_apart_under_the_same_rules() -> None:
    one, other = make_partner("Zeta"), make_partner("Zeta")
    program = token_client(make_user("olga@vendor.example", staff_role="operations"))
    found = program.get("/api/v1/partner-duplicates/").json()
    assert [pair["same_name"] for pair in found] == [True]
    body = {"stub": str(other.public_id), "survivor": str(one.public_id), "reason": "Same"}
    made = program.post("/api/v1/partner-merges/", body, content_type="application/json")
    assert (made.status_code, made.json()["survivor"]["id"]) == (201, str(one.public_id))
    undo = f"/api/v1/partner-merges/{UUID(made.json()['id'])}/undo/"
    assert program.post(undo).json()["undone_at"] is not None
    assert program.post(undo).status_code == 409
    manager = token_client(make_user("ana@vendor.example", staff_role="channel_manager"))
    assert manager.get("/api/v1/partner-merges/").status_code == 403
