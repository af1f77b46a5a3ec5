"""Who may know of programmes and standings, and how they are read."""

from django.db.models import QuerySet

from partners.accounts.models import Partner, PartnerProfile
from partners.programs.models import (
    Benefit,
    PartnerProgram,
    RuleVersion,
    TierException,
    TierMove,
    TierRun,
    TierStanding,
    TierStep,
)
from prm.common import access
from prm.common.access import Actor


@access.rows_of(PartnerProgram)
def programs_of(actor: Actor) -> QuerySet[PartnerProgram]:
    """All for the vendor's people; a partner's people know of their own one, once it has rules."""
    if actor.is_staff:
        return PartnerProgram.objects.all()
    types = PartnerProfile.objects.filter(partner=actor.partner_id or 0, valid_to=None)
    return PartnerProgram.objects.filter(
        types__type__in=types.values("type"), versions__state=RuleVersion.State.PUBLISHED
    )


@access.rows_of(RuleVersion)
def versions_of(actor: Actor) -> QuerySet[RuleVersion]:
    """Drafts and old versions are the vendor's own matter."""
    rows = RuleVersion.objects.filter(program__in=access.scope(actor, PartnerProgram))
    return rows if actor.is_staff else rows.filter(state=RuleVersion.State.PUBLISHED)


@access.rows_of(Benefit)
def benefits_of(actor: Actor) -> QuerySet[Benefit]:
    """The library is the vendor's; partners read values in the guide."""
    return Benefit.objects.all() if actor.is_staff else Benefit.objects.none()


@access.rows_of(TierStanding)
def standings_of(actor: Actor) -> QuerySet[TierStanding]:
    """Of the partners that the actor may know of."""
    return TierStanding.objects.filter(partner__in=access.scope(actor, Partner))


@access.rows_of(TierMove)
def moves_of(actor: Actor) -> QuerySet[TierMove]:
    """Of the partners that the actor may know of."""
    return TierMove.objects.filter(partner__in=access.scope(actor, Partner))


@access.rows_of(TierStep)
def steps_of(actor: Actor) -> QuerySet[TierStep]:
    """Of the partners that the actor may know of."""
    return TierStep.objects.filter(partner__in=access.scope(actor, Partner))


@access.rows_of(TierException)
def exceptions_of(actor: Actor) -> QuerySet[TierException]:
    """Of the partners that the actor may know of."""
    return TierException.objects.filter(partner__in=access.scope(actor, Partner))


@access.rows_of(TierRun)
def runs_of(actor: Actor) -> QuerySet[TierRun]:
    """A run names partners of all managers, so it is for those who see all."""
    if actor.has(*access.SEES_ALL_PARTNERS):
        return TierRun.objects.all()
    return TierRun.objects.none()


def program_of(partner: Partner) -> PartnerProgram | None:
    """The programme that a partner is in today, by its type."""
    types = PartnerProfile.objects.filter(partner=partner, valid_to=None)
    return PartnerProgram.objects.filter(types__type__in=types.values("type")).first()


def published(program: PartnerProgram) -> RuleVersion | None:
    """The rules that hold now, if any."""
    return program.versions.filter(state=RuleVersion.State.PUBLISHED).first()


def enterable(actor: Actor) -> QuerySet[PartnerProgram]:
    """The programmes that one may know of and that have published rules."""
    rules = RuleVersion.objects.filter(state=RuleVersion.State.PUBLISHED)
    known = access.scope(actor, PartnerProgram).filter(pk__in=rules.values("program"))
    return known.order_by("name")
