"""News of the partners' features, sent inside the transaction of the change. The lowest file."""

from django.dispatch import Signal

# Tiers: ``standing`` (partners.TierStanding), ``now``; moves also ``move`` (partners.TierMove).
tier_raised = Signal()
tier_lowered = Signal()
promotion_proposed = Signal()
promotion_declined = Signal()
demotion_proposed = Signal()
demotion_declined = Signal()
tier_at_risk = Signal()
tier_recovered = Signal()
rules_published = Signal()  # ``version`` (partners.RuleVersion), ``now``
