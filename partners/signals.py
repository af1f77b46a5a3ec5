"""What this app announces, in the past tense, inside the transaction of what happened.

The lowest file of the app: receivers of this or an upper app listen. Each argument list stands in
a comment.
"""

from django.dispatch import Signal

# Tiers: ``standings`` (some partners.TierStanding at once: an evaluation moves hundreds), ``by``,
# ``now``; the first two instead ``moved``, pairs of a standing and its partners.TierMove.
tier_raised = Signal()
tier_lowered = Signal()
promotion_proposed = Signal()
promotion_declined = Signal()
promotion_withdrawn = Signal()  # the partner meets the higher tier no more
demotion_proposed = Signal()
demotion_declined = Signal()
tier_at_risk = Signal()
tier_recovered = Signal()
standing_left = Signal()  # the partner is in the programme no more; something was open
rules_published = Signal()  # ``version`` (partners.RuleVersion), ``now``

application_received = Signal()  # application, now: its address is confirmed, it waits for us
application_answered = Signal()  # application, now: the applicant gave the detail we asked for
application_withdrawn = Signal()  # application, by (None: the applicant), now
application_approved = Signal()  # application, partner, by, now
application_rejected = Signal()  # application, by, now
application_detail_asked = Signal()  # application, text, by, now
access_requested = Signal()  # access_request, now: its address is confirmed, somebody decides
access_decided = Signal()  # access_request, by, now
person_added = Signal()  # membership, by, now: somebody can sign in for a partner from now on

# Onboarding: ``plan`` (partners.OnboardingPlan), ``by`` (None: by itself), ``now``.
onboarding_started = Signal()
onboarding_completed = Signal()
onboarding_ended = Signal()
onboarding_task_moved = Signal()  # task (partners.OnboardingTask), action, by, now
partner_merged = Signal()  # stub, by, now: an import merged it; what is open follows

# Dynamic segments: segment, partners (their keys), now; not when a rule was made or changed.
segment_entered = Signal()
