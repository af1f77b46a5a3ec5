"""What people are told about partners."""

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from partners.accounts.models import Partner, PartnerProfile
from prm.common import access
from prm.common.config import program
from prm.common.display import day
from prm.common.models import User
from prm.common.notices.kinds import Kind, declare
from prm.common.notices.services import notify


def _given(partner: Partner, args: dict[str, Any]) -> str:
    words: dict[str, Any] = {"partner": partner}
    if args.get("from"):
        words["day"] = day(date.fromisoformat(args["from"]))
        return now_("%(partner)s is yours to look after from %(day)s on") % words
    return now_("%(partner)s is yours to look after") % words


GIVEN = declare(
    Kind(
        "partner_given",
        _("A partner is given to you"),
        _("Partners"),
        "users",
        access.MANAGES,
        _given,
        action=_("See the partner"),
    )
)


def tell_manager(profile: PartnerProfile, *, by: User | None, now: datetime) -> None:
    """Somebody else looks after a partner from this profile on."""
    manager, partner = profile.manager, profile.partner
    if manager is None:
        return
    is_ahead = profile.valid_from > program().local_date(now)
    notify(
        GIVEN,
        [manager],
        key=f"{partner.public_id}/{now:%Y%m%dT%H%M%S%f}",
        url=partner.get_absolute_url(),
        about=partner,
        args={"from": profile.valid_from.isoformat()} if is_ahead else {},
        by=by,
        now=now,
    )
