"""What people of the demo world ask of each other and are told, by the real services."""

from datetime import datetime, time, timedelta

from partners.accounts import news as accounts
from partners.deals import news as deals
from partners.models import Deal, Partner, PartnerProfile
from prm.common.config import program
from prm.common.models import Notice, Task, User
from prm.common.notices.models import When
from prm.common.notices.services import choose, keep_quiet, mark_read
from prm.common.worklist import services
from prm.common.worklist.sources import OWN
from prm.management.demo import cast
from prm.management.demo.people import sign_ins

DAY = timedelta(days=1)
# For the vendor's people and for Nordlys: what, for whom, days until due (negative: late).
OURS = (
    ("Prepare the yearly talk with Nordlys", "manager", 2, Task.Priority.HIGH),
    ("Ask about the deals past their expected close", "manager", -4, Task.Priority.NORMAL),
    ("Check the addresses of the Nordics import", "admin", 5, Task.Priority.NORMAL),
)
THEIRS = (
    ("Send us the signed addendum to the contract", "person", 6, Task.Priority.NORMAL),
    ("Name a technical contact for the new release", "", -2, Task.Priority.HIGH),
    ("Correct the company’s address", "person", None, Task.Priority.LOW),
)


def is_asked() -> bool:
    """Whether the demo world has its tasks already."""
    return Task.objects.filter(source=OWN).exists()


def ask(now: datetime) -> tuple[int, int]:
    """Tasks of both sides in every state, notices read and unread, a digest that waits.

    Returns how many tasks and notices there are.
    """
    people = [User.objects.get(email=email) for _role, email in sign_ins()[:3]]
    admin, manager, person = people
    nordlys = Partner.objects.get(name=cast.PARTNERS[cast.NORDLYS].name)
    _tell(manager, person, nordlys, now)
    _ask_both_sides(admin, manager, person, nordlys, now)
    services.remind(now)
    return Task.objects.count(), Notice.objects.count()


def _tell(manager: User, person: User, nordlys: Partner, now: datetime) -> None:
    """News of what the facts hold already; some of it is read by now."""
    choose(manager, {"partner_given": (True, When.DAILY.value)}, by=manager, now=now)
    keep_quiet(person, (time(20), time(7)), by=person, now=now)
    for state in (Deal.State.WON, Deal.State.LOST):
        deal = Deal.objects.filter(partner=nordlys, state=state).latest("closed_at")
        if deal.closed_at is not None:
            deals.tell_closed(deal, by=manager, now=deal.closed_at)
    mark_read(person, Notice.objects.filter(kind="deal_lost"), now=now)
    mine = PartnerProfile.objects.filter(manager=manager, valid_to=None, partner__merged_into=None)
    for profile in mine.select_related("manager", "partner").order_by("-valid_from", "pk")[:2]:
        accounts.tell_manager(profile, by=None, now=now)  # by mail with tomorrow's digest


def _ask_both_sides(
    admin: User, manager: User, person: User, nordlys: Partner, now: datetime
) -> None:
    """Open, late, resting, done and not needed, on both sides."""
    today, then = program().local_date(now), now - 3 * DAY
    who = {"admin": admin, "manager": manager, "person": person, "": None}
    sides = ((OURS, Task.Side.OURS, admin), (THEIRS, Task.Side.COMPANY, manager))
    for asked, side, by in sides:
        made = [
            services.add_task(
                title=title, by=by, now=then, side=side, owner=who[owner], priority=priority,
                company=nordlys.public_id, due_on=None if days is None else today + days * DAY,
            )
            for title, owner, days, priority in asked
        ]  # fmt: skip
        extra = {
            "done": "Confirm the figures of last quarter",
            "dismissed": "Book a room for the workshop",
            "resting": "Talk about next year’s target",
        }
        for state, title in extra.items():
            task = services.add_task(
                title=title, by=by, now=then, side=side, owner=made[0].owner,
                company=nordlys.public_id,
            )  # fmt: skip
            if state == "done":
                services.finish_task(task, by=made[0].owner, now=then + DAY)
            elif state == "dismissed":
                services.dismiss_task(task, reason="It takes place online.", by=by, now=then + DAY)
            else:
                services.snooze(task, today + 30 * DAY, by=by, now=now)
    mark_read(manager, Notice.objects.filter(kind="task_assigned"), now=now)
