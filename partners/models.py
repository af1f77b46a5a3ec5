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
    "Partner",
    "PartnerProfile",
    "Registration",
    "Stage",
    "Territory",
    "VisitCount",
]
