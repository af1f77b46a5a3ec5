"""What this app announces, past tense, sent inside the transaction of the change."""

from django.dispatch import Signal

deal_won = Signal()  # deal: Deal, now: datetime
deal_lost = Signal()  # deal: Deal, now: datetime
deal_reopened = Signal()  # deal: Deal, now: datetime
registration_decided = Signal()  # registration: Registration, now: datetime
partner_merged = Signal()  # partner: Partner (the stub), into: Partner, now: datetime
facts_changed = Signal()  # nothing: some fact that KPIs count was written
