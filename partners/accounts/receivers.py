"""What follows from the news about people: who can sign in for a partner is told."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from partners.accounts.models import Membership
from partners.accounts.news import tell_joined
from partners.signals import person_added
from prm.common.models import User


@receiver(person_added)
def on_person_added(
    membership: Membership, now: datetime, by: User | None = None, **_more: Any
) -> None:
    """Somebody can sign in for a partner from now on."""
    tell_joined(membership, by=by, now=now)
