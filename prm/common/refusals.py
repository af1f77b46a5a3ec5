"""What only the database can refuse (two writers at once), in words: one place for all doors."""

import logging
from typing import TYPE_CHECKING

from django.db import Error, IntegrityError
from django.utils.translation import gettext_lazy as lazy

from prm.common.errors import Conflict, DomainError

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

log = logging.getLogger(__name__)
_SENTENCES: "dict[str, StrOrPromise]" = {
    "_source_external_id": lazy(
        "There is a row with this source and external_id already. Change that one."
    ),
}
# SQLSTATE of what two people at once can always do to each other.
_KINDS: "dict[str, StrOrPromise]" = {
    "23505": lazy("Somebody stored the same a moment ago. Look at that row first, then go on."),
    "23P01": lazy("Somebody stored the same a moment ago. Look at that row first, then go on."),
    "23503": lazy(
        "Other rows belong to this one, or a row that it names is gone. Load the page again."
    ),
}


def explain(constraint: str, sentence: "StrOrPromise") -> None:
    """Say what to do when this constraint refuses a row; the end of a name stands for many."""
    _SENTENCES[constraint] = sentence


def as_refusal(error: Exception) -> DomainError | None:
    """The refusal to tell the person; None for an error that nobody could cause by a request."""
    if isinstance(error, DomainError):
        return error
    if not isinstance(error, IntegrityError):
        return None
    name, kind = _constraint(error)
    log.warning("the database refused a row: %s %s", kind, name)
    for constraint, sentence in _SENTENCES.items():
        if name.endswith(constraint):
            return Conflict(str(sentence))
    return Conflict(str(_KINDS[kind])) if kind in _KINDS else None


def _constraint(error: Error) -> tuple[str, str]:
    """Name and SQLSTATE of what refused the row."""
    cause = error.__cause__
    diagnosis = getattr(cause, "diag", None)
    return getattr(diagnosis, "constraint_name", None) or "", getattr(cause, "pgcode", None) or ""
