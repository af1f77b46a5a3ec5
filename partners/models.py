"""Re-exports the features' models: one app, one migration chain."""

from partners.accounts.models import (
    Contract,
    LoginEvent,
    Membership,
    Partner,
    PartnerProfile,
    Territory,
)
from partners.deals.models import (
    Customer,
    Deal,
    DealAdjustment,
    DealStageEvent,
    DealTouch,
    Registration,
    Stage,
)
from partners.programs.models import (
    Benefit,
    PartnerProgram,
    ProgramType,
    RuleVersion,
    TierException,
    TierMove,
    TierRun,
    TierStanding,
    TierStep,
)

__all__ = [
    "Benefit",
    "Contract",
    "Customer",
    "Deal",
    "DealAdjustment",
    "DealStageEvent",
    "DealTouch",
    "LoginEvent",
    "Membership",
    "Partner",
    "PartnerProfile",
    "PartnerProgram",
    "ProgramType",
    "Registration",
    "RuleVersion",
    "Stage",
    "Territory",
    "TierException",
    "TierMove",
    "TierRun",
    "TierStanding",
    "TierStep",
]
