"""Re-exports the features' models: one app, one migration chain."""

from partners.accounts.models import (
    Contract,
    LoginEvent,
    Membership,
    Partner,
    PartnerProfile,
    Territory,
)
from partners.costs.models import Cost
from partners.deals.models import (
    Customer,
    Deal,
    DealAdjustment,
    DealStageEvent,
    DealTouch,
    Registration,
    Stage,
)
from partners.onboarding.models import (
    Milestone,
    OnboardingPlan,
    OnboardingTask,
    OnboardingTemplate,
    OnboardingVersion,
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
from partners.recruiting.accessmodels import AccessRequest
from partners.recruiting.models import (
    Application,
    ApplicationForm,
    ApplicationInvitation,
    ApplicationMessage,
    IdealProfile,
    VisitCount,
)

__all__ = [
    "AccessRequest",
    "Application",
    "ApplicationForm",
    "ApplicationInvitation",
    "ApplicationMessage",
    "Benefit",
    "Contract",
    "Cost",
    "Customer",
    "Deal",
    "DealAdjustment",
    "DealStageEvent",
    "DealTouch",
    "IdealProfile",
    "LoginEvent",
    "Membership",
    "Milestone",
    "OnboardingPlan",
    "OnboardingTask",
    "OnboardingTemplate",
    "OnboardingVersion",
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
    "VisitCount",
]
