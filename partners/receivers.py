"""Own reactions to news: a sign-in is a fact."""

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from partners.accounts.services import record_login
from prm.common.models import User


@receiver(user_logged_in)
def on_user_logged_in(user: User, request: HttpRequest | None = None, **_kwargs: Any) -> None:
    """A partner's person signed in."""
    record_login(user, now=timezone.now())
