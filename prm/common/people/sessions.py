"""Browser sessions in the database; each row names its person, so that hers are found at once."""

from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models


class Session(AbstractBaseSession):
    """One browser; ``user`` is empty until somebody signs in there."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+"
    )

    @classmethod
    def get_session_store_class(cls) -> type["SessionStore"]:
        """Where rows are read and written."""
        return SessionStore


class SessionStore(DatabaseStore):
    """Django's store, which also keeps whose session it is (`SESSION_ENGINE`)."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """Our table."""
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """Return the row of this session, with the person who is signed in."""
        return _named(super().create_model_instance(data), data)

    async def acreate_model_instance(self, data: dict[str, Any]) -> Session:
        """As above, for views that wait."""
        return _named(await super().acreate_model_instance(data), data)


def _named(row: Any, data: dict[str, Any]) -> Session:
    row.user_id = data.get(SESSION_KEY)  # text of the id, or None
    found: Session = row
    return found
