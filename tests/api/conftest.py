"""Clients of the API: by token, as a program uses it."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from prm.common import access, tokens
from prm.common.models import User


def scopes_of(user: User) -> set[str]:
    """All scopes that this person can give away."""
    return access.scopes_for(access.actor_for(user))


def token_client(user: User, scopes: Iterable[str] | None = None, **more: Any) -> APIClient:
    """A client with a fresh token of this person; all scopes if none are named."""
    _token, secret = tokens.create_token(
        user,
        name="test",
        scopes=scopes_of(user) if scopes is None else scopes,
        days=more.pop("days", 30),
        by=user,
        now=timezone.now(),
    )
    client = APIClient(**more)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


@pytest.fixture
def client_of() -> Callable[..., APIClient]:
    """``client_of(user, scopes)``: a client by token."""
    return token_client
