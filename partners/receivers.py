"""Own reactions to news: a sign-in is a fact; another time zone gives facts other days."""

from datetime import datetime
from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partners.accounts.models import Partner
from partners.accounts.services import record_login
from partners.merging.services import follow_merge
from partners.signals import partner_merged
from partners.tasks import NEW_DAYS
from prm.common import jobs
from prm.common.models import User
from prm.common.programme.effects import has_effect
from prm.common.signals import time_zone_changed

has_effect(
    "time_zone", _("Deals whose closing day moves are converted at the rate of the new day.")
)


@receiver(user_logged_in)
def on_user_logged_in(user: User, request: HttpRequest | None = None, **_kwargs: Any) -> None:
    """A partner's person signed in."""
    record_login(user, now=timezone.now())


@receiver(time_zone_changed)
def on_time_zone_changed(now: datetime, **_kwargs: Any) -> None:
    """The local days of all facts are worked out anew by a worker."""
    jobs.enqueue(NEW_DAYS, "all", now=now)


@receiver(partner_merged)
def on_partner_merged(stub: Partner, by: User | None, now: datetime, **_kwargs: Any) -> None:
    """An import merged a partner: what is open moves, as when somebody does it on the page."""
    follow_merge(stub, by=by, now=now)
