"""The one way in which a state changes: lock, guard, update where expected, audit."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.db import models, transaction
from django.utils.translation import gettext as _

from prm.common import audit
from prm.common.bulk import update_many
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
    expected: str = locked.state  # type: ignore[attr-defined]
    fields = {"state": _target(locked, action), **(changes or {})}
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


def _target(row: models.Model, action: str) -> str:
    """The state to which an action leads. Raises InvalidTransition."""
    table: dict[str, dict[str, str]] = row.NEXT  # type: ignore[attr-defined]
    target = table[row.state].get(action)  # type: ignore[attr-defined]
    if target is None:
        raise InvalidTransition(
            _("This is not possible any more: it is %(state)s now. Reload the page.")
            % {"state": row.get_state_display()}  # type: ignore[attr-defined]
        )
    return target


@transaction.atomic
def transition_many(
    steps: Sequence[tuple[M, str, dict[str, Any]]], *, by: User | None, now: datetime
) -> None:
    """Move many rows of one model, each by its action and with its changes (of the same names).

    The caller holds the rows locked and has read them since. Raises InvalidTransition, and moves
    nothing, when one is not possible.
    """
    if not steps:
        return
    entries, names = [], ["state", *steps[0][2]]
    for row, action, changes in steps:
        before = audit.snapshot(row, names)
        for name, value in {"state": _target(row, action), **changes}.items():
            setattr(row, name, value)
        row.updated_at = now  # type: ignore[attr-defined]
        after = audit.snapshot(row, names)
        action = f"{row._meta.model_name}.{action}"
        entries.append(audit.entry(action, row, by=by, now=now, before=before, after=after))
    update_many([row for row, _action, _changes in steps], [*names, "updated_at"])
    audit.record_many(entries)
