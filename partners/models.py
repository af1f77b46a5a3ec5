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

__all__ = [
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
    "Registration",
    "Stage",
    "Territory",
]
