"""What people are told about partners."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from partners.accounts.models import Membership, Partner, PartnerProfile
from partners.accounts.worklist import answers_for, manager_of
from prm.common import access
from prm.common.config import program
from prm.common.display import day, number
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


def _many(_about: Any, args: dict[str, Any]) -> str:
    return ngettext(
        "%(n)s partner is yours to look after since an import",
        "%(n)s partners are yours to look after since an import",
        args["n"],
    ) % {"n": number(args["n"])}


MANY_GIVEN = declare(
    Kind(
        "partners_given",
        _("Partners are given to you by an import"),
        _("Partners"),
        "users",
        access.MANAGES,
        _many,
        action=_("See your partners"),
    )
)


def _joined(member: Membership, _args: dict[str, Any]) -> str:
    return now_("%(person)s can sign in for %(partner)s now") % {
        "person": member.user,
        "partner": member.partner,
    }


JOINED = declare(
    Kind(
        "person_added",
        _("Somebody can sign in for a partner"),
        _("Partners"),
        "user",
        access.MANAGES | {"partner:admin"},
        _joined,
        action=_("See the people"),
        links=("user", "partner"),
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


def tell_managers(
    given: Mapping[int, list[int]], *, key: str, by: User | None, now: datetime
) -> None:
    """An import gave profiles (their ids) to managers (theirs): each is told once for all."""
    managers = User.objects.in_bulk(given)
    for pk, profiles in given.items():
        if len(profiles) == 1:
            rows = PartnerProfile.objects.select_related("partner", "manager")
            tell_manager(rows.get(pk=profiles[0]), by=by, now=now)
            continue
        notify(
            MANY_GIVEN,
            [managers.get(pk)],
            key=key,
            url=reverse("partners:partner_list") + "?manager=me",
            args={"n": len(profiles)},
            by=by,
            now=now,
        )


def tell_joined(member: Membership, *, by: User | None, now: datetime) -> None:
    """The partner's administrators and its manager learn who can sign in; not whoever it is."""
    company = member.partner.public_id
    places: list[tuple[Iterable[User | None], str]] = [
        (answers_for(company), reverse("partners:portal_people")),
        ([manager_of(company)], member.partner.get_absolute_url()),
    ]
    for people, url in places:
        notify(
            JOINED,
            [user for user in people if user != member.user],
            key=f"{member.public_id}/{now:%Y%m%dT%H%M%S%f}",
            url=url,
            about=member,
            by=by,
            now=now,
        )
