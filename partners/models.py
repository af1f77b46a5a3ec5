"""Re-exports the features' models: one app, one migration chain."""

from partners.accounts.models import (
    Contract,
    LoginEvent,
    Membership,
    Partner,
    PartnerProfile,
    PortalSession,
    Territory,
)
from partners.costs.models import Cost
from partners.deals.belowmodels import DealBelow
from partners.deals.models import (
    Customer,
    Deal,
    DealAdjustment,
    DealStageEvent,
    DealTouch,
    Registration,
    Stage,
)
from partners.directory.models import DirectoryEntry, DirectoryMessage, Trait
from partners.hierarchy.models import PartnerLink
from partners.merging.models import Apart, MovedRow, PartnerMerge
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
from partners.segments.models import DynamicSegment, SegmentStay

__all__ = [
    "AccessRequest",
    "Apart",
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
    "DealBelow",
    "DealStageEvent",
    "DealTouch",
    "DirectoryEntry",
    "DirectoryMessage",
    "DynamicSegment",
    "IdealProfile",
    "LoginEvent",
    "Membership",
    "Milestone",
    "MovedRow",
    "OnboardingPlan",
    "OnboardingTask",
    "OnboardingTemplate",
    "OnboardingVersion",
    "Partner",
    "PartnerLink",
    "PartnerMerge",
    "PartnerProfile",
    "PartnerProgram",
    "PortalSession",
    "ProgramType",
    "Registration",
    "RuleVersion",
    "SegmentStay",
    "Stage",
    "Territory",
    "TierException",
    "TierMove",
    "TierRun",
    "TierStanding",
    "TierStep",
    "Trait",
    "VisitCount",
]
