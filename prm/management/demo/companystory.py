"""Companies and people: who stands below whom, contracts, doubles, strengths, the directory.

Since when the links hold is written as rows; the rest is played by the services.
"""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection

from partners.accounts.colleagues import remove_person
from partners.contracts.renewals import remind_of_renewals
from partners.contracts.services import end_contract, renew_contract, suspend_contract
from partners.deals.below import hide_deal
from partners.directory.services import describe_entry, end_trait, note_trait, write_to_partner
from partners.hierarchy.services import place_below
from partners.merging.services import keep_apart, merge_partner, unmerge_partner
from partners.models import Contract, Deal, Membership, Partner, PartnerLink
from prm.common.models import User
from prm.management.demo import cast, words
from prm.management.demo.people import email_of
from prm.management.demo.plan import Plan

SINCE = """
UPDATE partners_partnerlink AS link SET valid_from = prm_local_day(child.created_at)
FROM partners_partner AS child WHERE child.id = link.child_id
"""
CAN = ("Kubernetes", "Data migration", "First-line support", "Security audits", "Public sector",
       "Retail", "Healthcare", "Training")  # fmt: skip
STRONG = ("Wins against the market leader", "Quick first answer", "Loyal customers")
WEAK = ("Few people with certificates", "Depends on one customer", "Slow to register deals")
SAYS = (
    ("Clouds for the cold half of Europe", "We plan, build and run Aldermoor Flow since 2019."),
    ("Norway’s west coast runs on our help desk", "Twelve people, one floor, no queue."),
    ("Integration for public bodies", "From the first workshop to the last interface."),
)


def play(plan: Plan) -> None:
    """Everything about companies; needs the partners, their people, deals and contracts."""
    with connection.cursor() as cursor:
        cursor.execute(SINCE)
    elena = _person(cast.STAFF[1][0])
    now = datetime.combine(plan.last_day, time(11), plan.zone)
    _hierarchy(plan.last_day, elena, now)
    _doubles(elena, now)
    _contracts(plan.last_day, elena, now)
    _strengths(plan.last_day, elena, now)
    _directory(now)
    leaver = Membership.objects.filter(partner=_partner(cast.BRIGHTWATER), is_active=True)
    gone = leaver.exclude(roles__contains=["admin"]).order_by("pk").last()
    if gone is not None:
        remove_person(gone, by=elena, now=now)


def _person(name: str) -> User:
    return User.objects.get(email=email_of(name, words.VENDOR_DOMAIN))


def _partner(place: int) -> Partner:
    return Partner.objects.get(name=cast.PARTNERS[place].name)


def _small() -> list[Partner]:
    """Partners outside the story, the last ones first."""
    named = [role.name for role in cast.PARTNERS]
    rows = Partner.objects.filter(merged_into=None, parent=None, children=None)
    return list(rows.exclude(name__in=named).order_by("-pk")[:12])


def _hierarchy(today: date, by: User, now: datetime) -> None:
    """Nordlys has resellers; one came from Fjordline lately. One of all resellers hides a deal."""
    nordlys, fjordline = _partner(cast.NORDLYS), _partner(cast.FJORDLINE)
    rows = PartnerLink.objects.filter(parent=nordlys, valid_to=None).order_by("pk")
    links = list(rows.select_related("child"))
    for link in links[:1]:
        moved = today - timedelta(days=150)
        if link.valid_from < moved:
            PartnerLink.objects.filter(pk=link.pk).update(parent=fjordline)
            Partner.objects.filter(pk=link.child_id).update(parent=fjordline)
            place_below(link.child, nordlys, valid_from=moved, by=by, now=now)
    below = PartnerLink.objects.filter(valid_to=None).values("child")
    deals = Deal.objects.filter(partner__in=below).exclude(opened_on=None)
    for deal in deals.order_by("-opened_on", "pk")[1:2]:
        hide_deal(deal, hidden=True, by=None, now=now)


def _doubles(by: User, now: datetime) -> None:
    """A double that waits, one that is none, and a merge that was taken apart."""
    small = _small()
    for one, other in ((small[0], small[1]), (small[2], small[3])):
        Partner.objects.filter(pk=one.pk).update(domain=f"www.{other.domain}")
    keep_apart(small[2], small[3], by=by, now=now)
    merge_partner(small[4], into=small[5], by=by, now=now - timedelta(days=9), reason="Same owner")
    unmerge_partner(small[4], by=by, now=now - timedelta(days=8))


def _contracts(today: date, by: User, now: datetime) -> None:
    """One that ends soon, one renewed, one that will end for a reason, one that rests."""
    running = Contract.objects.filter(partner__in=_small(), ends_on=None).order_by("-pk")
    soon, renewed, ending, resting = running[:4]
    for contract, days in ((soon, 40), (renewed, 25)):
        contract.ends_on = today + timedelta(days=days)
        contract.save(update_fields=["ends_on"])
    renew_contract(renewed, ends_on=None, by=by, now=now)
    end_contract(ending, ends_on=today + timedelta(days=60), reason="Closes its business",
                 kind="voluntary", by=by, now=now)  # fmt: skip
    suspend_contract(resting, suspended=True, by=by, now=now)
    remind_of_renewals(now)


def _strengths(today: date, by: User, now: datetime) -> None:
    rows = Partner.objects.filter(merged_into=None).order_by("pk")[:40]
    for number, partner in enumerate(rows):
        more: dict[str, Any] = {"partner": partner, "by": by, "now": now}
        day = today - timedelta(days=30 * (number % 9 + 2))
        for step in range(number % 3 + 1):
            text = CAN[(number + 3 * step) % len(CAN)]
            note_trait(kind="capability", text=text, valid_from=day, **more)
        strong, weak = STRONG[number % len(STRONG)], WEAK[number % len(WEAK)]
        note_trait(kind="strength", text=strong, valid_from=day, **more)
        trait = note_trait(kind="weakness", text=weak, valid_from=day, **more)
        if number % 4 == 0:
            end_trait(trait, valid_to=today - timedelta(days=20), by=by, now=now)


def _directory(now: datetime) -> None:
    """Three companies have a page, one took its consent back; somebody wrote."""
    places = (cast.NORDLYS, cast.FJORDLINE, 2, cast.BRIGHTWATER)
    entries = []
    for number, place in enumerate(places):
        partner = _partner(place)
        admins = Membership.objects.filter(partner=partner, roles__contains=["admin"])
        admin = admins.select_related("user").order_by("pk").first()
        if admin is None:
            continue
        headline, text = SAYS[number % len(SAYS)]
        entries.append(
            describe_entry(
                partner, headline=headline, text=text, is_public=True, by=admin.user, now=now
            )
        )
        if place == cast.BRIGHTWATER:
            describe_entry(partner, headline=headline, text=text, is_public=False, by=admin.user,
                           now=now)  # fmt: skip
    write_to_partner(
        entries[0], name="Kaisa Koskinen", email="kaisa.koskinen@vaasasatama.example",
        company="Port of Vaasa", now=now,
        text="We look for somebody who moves our old archive. Could you call us this week?",
    )  # fmt: skip
