"""News of the ground, sent inside the transaction of the change."""

from django.dispatch import Signal

facts_changed = Signal()  # facts that figures are made of were written (or taken back)
calendar_changed = Signal()  # fiscal quarters and years hold other months than before
time_zone_changed = Signal()  # instants belong to other local days than before
