"""What seldom happens, but does: calendars, costs of every kind, subsidiaries, a retired benefit.

Nothing here changes a deal: the figures of the story stay what they are.
"""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from partners.hierarchy.services import place_below
from partners.models import Contract, Cost, Partner, PartnerLink
from prm.common.calendars import services as calendars
from prm.common.models import User
from prm.management.demo import cast, words
from prm.management.demo.people import email_of
from prm.management.demo.plan import Plan
from prm.management.demo.recruits import SOURCE, moment

# The first one counts where no other does.
CALENDARS = (
    ("Aldermoor offices", "GB", "Europe/London"),
    ("Nordics", "NO", "Europe/Oslo"),
    ("DACH", "DE", "Europe/Berlin"),
)
# A month: kind, what for, how much, and whether it is of one partner.
MONTHLY = (
    ("partner_manager_time", "Hours of partner managers", 5_200, False),
    ("tools", "Portal and training platform", 640, False),
    ("support", "Partner support desk", 1_900, False),
    ("campaign", "Joint campaign", 1_250, True),
    ("other", "Travel", 310, False),
)
MONTHS = 12
ENDS = (("terminated", "terminated"), ("expired", "not_renewed"), ("dormant", "not_renewed"))


def make_calendars(plan: Plan) -> None:
    """Three calendars with the public holidays of last, this and next year."""
    admin = User.objects.get(email=email_of(cast.STAFF[0][0], words.VENDOR_DOMAIN))
    now = moment(plan, plan.last_day - timedelta(days=700), 10)
    for name, country, zone in CALENDARS:
        calendar = calendars.create_calendar(
            name=name, weekdays=[0, 1, 2, 3, 4], opens=time(9), closes=time(17), time_zone=zone,
            country=country, by=admin, now=now,
        )  # fmt: skip
        for year in range(plan.last_day.year - 1, plan.last_day.year + 2):
            calendars.add_public_holidays(calendar, year=year, by=admin, now=now)


def play(plan: Plan) -> None:
    """Costs of a year, and companies that belong to other ones."""
    elena = User.objects.get(email=email_of(cast.STAFF[1][0], words.VENDOR_DOMAIN))
    _costs(plan)
    _ended(plan.last_day)
    _families(plan.last_day, elena, datetime.combine(plan.last_day, time(11), plan.zone))


def _costs(plan: Plan) -> None:
    dice = plan.random("other costs")
    names = [role.name for role in cast.PARTNERS[:8]]
    partners = list(Partner.objects.filter(name__in=names, merged_into=None).order_by("pk"))
    month, rows = date(plan.last_day.year, plan.last_day.month, 1), []
    for back in range(MONTHS):
        month = (month - timedelta(days=1)).replace(day=1)
        for kind, note, usual, of_one in MONTHLY:
            amount = Decimal(round(usual * float(dice.uniform(0.8, 1.2))))
            rows.append(
                Cost(
                    source=SOURCE, external_id=f"Y{month:%Y%m}-{kind}", kind=kind, amount=amount,
                    currency=words.REPORT_CURRENCY, note=f"{note} {month:%Y-%m}",
                    at=moment(plan, month + timedelta(days=24), 12),
                    partner=partners[back % len(partners)] if of_one else None,
                )
            )  # fmt: skip
    Cost.objects.bulk_create(rows)


def _ended(today: date) -> None:
    """Somebody wrote down how three of the contracts ended."""
    over = Contract.objects.filter(source=SOURCE, ends_on__lte=today, partner__merged_into=None)
    for contract, (kind, reason) in zip(over.order_by("ends_on", "pk"), ENDS, strict=False):
        contract.end_kind, contract.end_reason = kind, reason
        contract.save(update_fields=["end_kind", "end_reason"])


def _families(today: date, by: User, now: datetime) -> None:
    """A subsidiary and a franchise among the partners without a part in the story."""
    named = [role.name for role in cast.PARTNERS]
    alone = Partner.objects.filter(merged_into=None, parent=None, children=None)
    rows = list(alone.exclude(name__in=named).order_by("-pk")[12:16])
    kinds = (PartnerLink.Kind.SUBSIDIARY, PartnerLink.Kind.FRANCHISE)
    for kind, child, parent in zip(kinds, rows[:2], rows[2:], strict=False):
        place_below(child, parent, kind=kind, valid_from=today - timedelta(days=20), by=by, now=now)
