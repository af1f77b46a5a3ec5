"""The one way in which a state changes: lock, guard, update where expected, audit."""

from datetime import datetime
from typing import Any, TypeVar

from django.db import models, transaction
from django.utils.translation import gettext as _

from prm.common import audit
from prm.common.errors import InvalidTransition
from prm.common.models import User

M = TypeVar("M", bound=models.Model)


@transaction.atomic
def transition(
    obj: M,
    action: str,
    *,
    by: User | None,
    now: datetime,
    reason: str = "",
    changes: dict[str, Any] | None = None,
) -> M:
    """Move ``obj`` along its ``NEXT`` table and write ``changes`` with it.

    Returns the fresh row. Raises InvalidTransition (409) when ``action`` is not possible from
    the state that the row has in the database now.
    """
    model = type(obj)
    locked = model._default_manager.select_for_update(of=("self",)).get(pk=obj.pk)
    table: dict[str, dict[str, str]] = model.NEXT  # type: ignore[attr-defined]
    expected: str = locked.state  # type: ignore[attr-defined]
    target = table[expected].get(action)
    if target is None:
        raise InvalidTransition(
            _("This is not possible any more: it is %(state)s now. Reload the page.")
            % {"state": locked.get_state_display()}  # type: ignore[attr-defined]
        )
    fields = {"state": target, **(changes or {})}
    before = audit.snapshot(locked, list(fields))
    model._default_manager.filter(pk=obj.pk, state=expected).update(**fields, updated_at=now)
    locked.refresh_from_db()
    audit.record(
        f"{model._meta.model_name}.{action}",
        locked,
        by=by,
        now=now,
        before=before,
        after=audit.snapshot(locked, list(fields)),
        reason=reason,
    )
    return locked
