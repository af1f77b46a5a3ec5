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
    """A row that an import created (``before`` is null) or changed, as it was before."""

    run = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="undo_rows")
    table = models.CharField(max_length=80)
    row_id = models.BigIntegerField()
    before: Any = models.JSONField(null=True)
    after_hash = models.CharField(max_length=32, blank=True)

    def __str__(self) -> str:
        return f"{self.table} {self.row_id}"
