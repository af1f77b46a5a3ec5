"""What an import run was, what it refused, and how to undo it."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from prm.common.ids import uuid7


class Import(models.Model):
    """One run of one file: counts, hash, progress; can be undone within 7 days."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        UNDONE = "undone", _("Undone")

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    resource = models.CharField(max_length=60)
    source = models.CharField(max_length=60)
    file_name = models.CharField(max_length=255)
    file_hash = models.CharField(max_length=64)
    stored_file = models.CharField(max_length=255, blank=True)
    mapping = models.JSONField(default=dict)
    dry_run = models.BooleanField(default=False)
    all_or_nothing = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    rows_read = models.BigIntegerField(default=0)
    rows_total = models.BigIntegerField(default=0)
    step = models.CharField(max_length=60, blank=True)
    created = models.BigIntegerField(default=0)
    updated = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    notes = models.JSONField(default=list)
    error = models.TextField(blank=True)
    written_at = models.DateTimeField(
        null=True, help_text=_("The stamp (updated_at) that this run left on its rows.")
    )

    class Meta:
        ordering = ["-started_at", "-id"]

    def __str__(self) -> str:
        return f"{self.resource} {self.file_name}"


class ImportProblem(models.Model):
    """A refused row: which line, which column, and what to do."""

    run = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="problems")
    line = models.BigIntegerField()
    column = models.CharField(max_length=100, blank=True)
    reason = models.TextField()
    row: Any = models.JSONField(default=list)

    class Meta:
        ordering = ["line", "id"]

    def __str__(self) -> str:
        return f"{self.line}: {self.column}: {self.reason}"


class ImportUndo(models.Model):
    """What a run did to rows of one table, so that it can be taken back.

    ``created``: the rows with ids from ``row_id`` to ``last_id`` (a load makes few, long ranges).
    ``changed`` and ``removed``: one row, as it was before.
    """

    class Kind(models.TextChoices):
        CREATED = "created", _("Created")
        CHANGED = "changed", _("Changed")
        REMOVED = "removed", _("Removed")

    run = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="undo_rows")
    kind = models.CharField(max_length=7, choices=Kind.choices)
    table = models.CharField(max_length=80)
    row_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    before: Any = models.JSONField(null=True)

    def __str__(self) -> str:
        return f"{self.table} {self.kind} {self.row_id}–{self.last_id}"
