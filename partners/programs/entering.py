"""How a partner comes into a programme: by a type of it, in its lowest tier."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from partners.accounts.models import Partner, PartnerProfile
from partners.accounts.services import change_profile
from partners.programs.deciding import standing_for
from partners.programs.models import PartnerProgram, TierStanding
from partners.programs.selectors import published
from prm.common.errors import InvalidInput
from prm.common.models import User


def entry(program: PartnerProgram, *, type: str = "", tier: str = "") -> dict[str, str]:
    """Type and tier with which a partner enters; blank ones are the programme's own.

    Raises InvalidInput for a type or tier that is none of the programme's, a programme of several
    types without one chosen, and a programme without published rules.
    """
    version = published(program)
    if version is None:
        raise InvalidInput(
            _("“%(name)s” has no published rules yet. Publish them, or choose no programme.")
            % {"name": program},
            "program",
        )
    types = sorted(program.types.values_list("type", flat=True))
    own = next((one for one in types if one.casefold() == type.casefold()), "")
    if not own and (type or len(types) != 1):
        raise InvalidInput(
            _("“%(name)s” is for these types: %(types)s. Choose one of them.")
            % {"name": program, "types": ", ".join(types)},
            "type",
        )
    rules = version.parsed
    wanted = rules.tier(tier) if tier else rules.tiers[0]
    if wanted is None:
        raise InvalidInput(
            _("“%(name)s” has these tiers: %(tiers)s. Choose one, or leave it blank for the first.")
            % {"name": program, "tiers": ", ".join(one.key for one in rules.tiers)},
            "tier",
        )
    return {"type": own or types[0], "tier": wanted.key}


@transaction.atomic
def enrol(
    partner: Partner,
    program: PartnerProgram,
    *,
    valid_from: date,
    by: User | None,
    now: datetime,
) -> TierStanding:
    """A partner is in the programme from a day on; it keeps its tier if the ladder knows it.

    Doing it twice changes nothing. Raises InvalidInput (see entry), also for a partner whose type
    is none of the programme's; Conflict for a later profile.
    """
    profile = PartnerProfile.objects.filter(partner=partner, valid_to=None).first()
    own = profile.type if profile else ""
    if own and not program.types.filter(type__iexact=own).exists():
        raise InvalidInput(
            _("%(partner)s is of the type %(type)s, which is not in “%(name)s”. Change its profile"
              " first, or choose no programme.")
            % {"partner": partner, "type": own, "name": program},
            "program",
        )  # fmt: skip
    found: dict[str, Any] = entry(program, type=own)
    version = published(program)
    if profile and version and version.parsed.rank(profile.tier):
        found["tier"] = profile.tier
    changed = {key: one for key, one in found.items() if getattr(profile, key, None) != one}
    if changed:
        start = max(valid_from, profile.valid_from) if profile else valid_from
        change_profile(partner, valid_from=start, by=by, now=now, **changed)
    return standing_for(partner)
