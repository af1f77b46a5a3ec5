"""Scenes that people of the vendor play by the ordinary services, so that the audit tells them."""

from datetime import date, datetime, time, timedelta

from partners.deals.services import reopen_deal
from partners.merging.services import merge_partner
from partners.models import Deal, Partner
from prm.common.models import User
from prm.management.demo import cast, words
from prm.management.demo.people import email_of
from prm.management.demo.plan import Plan


def play(plan: Plan) -> None:
    """A merge some months ago, and a deal that came back to life on the last working day."""
    elena = User.objects.get(email=email_of(cast.STAFF[1][0], words.VENDOR_DOMAIN))
    roles = cast.PARTNERS
    stub = Partner.objects.get(name=roles[cast.STUB].name)
    into = Partner.objects.get(name=roles[cast.OAKLINE].name)
    merged_on = plan.last_day - timedelta(days=cast.MERGED_DAYS)
    merge_partner(stub, into=into, by=elena, now=_at(plan, merged_on, 16))
    kestrel = Partner.objects.get(name=roles[cast.KESTREL].name)
    lost = Deal.objects.filter(partner=kestrel, state=Deal.State.LOST).order_by("-closed_at")
    if deal := lost.first():
        evening = _at(plan, plan.last_day, 18)  # nothing closes later than that
        reopen_deal(
            deal, by=elena, now=evening, reason="The customer's budget was approved after all."
        )


def _at(plan: Plan, day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), plan.zone)
