"""News of the ground, sent inside the transaction of the change."""

from django.dispatch import Signal

facts_changed = Signal()  # facts that figures are made of were written (or taken back)
