"""A programme in which Acme and Globex stand, for the walk; what is Globex's carries canaries."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from partners.models import (
    Benefit,
    Partner,
    PartnerProfile,
    PartnerProgram,
    RuleVersion,
    TierException,
    TierMove,
    TierRun,
    TierStanding,
)
from partners.programs import services
from partners.programs.rules import Criterion, Group, Measure, Rules, Tier
from tests.access.marks import MARK, PRIMES
from tests.world import World

EVER = Measure("partner_sourced_revenue/net", "lifetime")


def fill(world: World) -> None:
    """Rules published and drafted, a dry run, and how both partners stand."""
    now = timezone.now()
    Benefit.objects.create(name="Discount")
    program = services.create_program(name="Resellers", types=["reseller"], by=None, now=now)
    asks = Group("all", (Criterion("c", EVER, "ge", 1, "EUR"),))  # type: ignore[arg-type]
    draft = services.save_draft(
        program.versions.get(), Rules((Tier("silver"), Tier("gold", asks))),
        edit=0, by=None, now=now,
    )  # fmt: skip
    version = services.publish(draft, by=None, now=now)
    services.start_draft(program, by=None, now=now)
    TierRun.objects.create(
        program=program, version=version, version_number=1, kind="dry", day=now.date(),
        finished_at=now, counts={"drop": 1},
        changes=[{"partner": str(world.globex.public_id), "name": f"{MARK}-name", "what": "drop",
                  "from": "gold", "to": "", "missed": []}],
    )  # fmt: skip
    _stands(world.acme, "fine", 5, version, now)
    _stands(world.globex, MARK, PRIMES[4], version, now)


def _stands(partner: Partner, mark: str, amount: int, version: RuleVersion, now: datetime) -> None:
    """Gold since May, at risk, locked, with an exception."""
    profile = partner.profiles.get()
    PartnerProfile.objects.filter(pk=profile.pk).update(tier="silver", valid_to="2026-05-01")
    PartnerProfile.objects.create(
        partner=partner, type="reseller", tier="gold", region="DACH", manager=profile.manager,
        valid_from="2026-05-01",
    )  # fmt: skip
    program: PartnerProgram = version.program
    readings: dict[str, Any] = {"values": {EVER.text: str(amount)}, "rates": {"EUR": "1"}}
    TierStanding.objects.create(
        partner=partner, program=program, version=version, state="at_risk", pending_tier="silver",
        since=now.date(), grace_until=now.date(), readings=readings, evaluated_on=now.date(),
        evaluated_at=now, locked_at=now, lock_reason=f"{mark}-lock",
    )  # fmt: skip
    TierMove.objects.create(
        partner=partner, program=program, version=version, from_tier="silver", to_tier="gold",
        is_up=True, cause="by_hand", effective_from="2026-05-01", at=now, reason=f"{mark}-why",
        readings=readings,
    )  # fmt: skip
    TierException.objects.create(
        partner=partner, tier="gold", starts_on=now.date(), last_day=now.date(),
        reason=f"{mark}-exception",
    )  # fmt: skip
