"""What an import run was, what it refused, and how to undo it."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from prm.common.ids import uuid7


class ImportMapping(models.Model):
    """A mapping that is kept under a name, to be chosen again; ``data`` is what its TOML holds."""

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    resource = models.CharField(max_length=60)
    name = models.CharField(max_length=80)
    data = models.JSONField(default=dict)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["resource", "name"]
        constraints = [
            models.UniqueConstraint(fields=["resource", "name"], name="common_importmapping_name")
        ]

    def __str__(self) -> str:
        return self.name


class Import(models.Model):
    """One run of one file: counts, hash, progress; can be undone within 7 days.

    A draft is an uploaded file whose columns are being matched; a run that was only checked
    (``dry_run`` and done) can become the import itself.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Being prepared")
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        STOPPED = "stopped", _("Stopped")
        UNDONE = "undone", _("Undone")

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    resource = models.CharField(max_length=60)
    source = models.CharField(max_length=60)
    file_name = models.CharField(max_length=255)
    file_hash = models.CharField(max_length=64)
    stored_file = models.CharField(max_length=255, blank=True)
    file_bytes = models.BigIntegerField(default=0)
    found: Any = models.JSONField(
        default=dict, help_text=_("What was found out about the file: encoding, delimiter, lines.")
    )
    mapping = models.JSONField(default=dict)
    saved_mapping = models.ForeignKey(
        ImportMapping, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    fixes = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.SET_NULL,
        related_name="fixed_by",
        help_text=_("The import whose refused rows this one brings, corrected."),
    )
    dry_run = models.BooleanField(default=False)
    all_or_nothing = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    working_since = models.DateTimeField(null=True)
    stop_asked_at = models.DateTimeField(null=True)
    percent = models.PositiveSmallIntegerField(default=0)
    percent_at = models.DateTimeField(null=True, help_text=_("When the percent were reached."))
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

    @property
    def is_checked(self) -> bool:
        """The file was checked and nothing stored: the import itself can follow."""
        return self.dry_run and self.state == self.State.DONE

    @property
    def importable(self) -> int:
        """How many rows a checked file would bring or leave as they are."""
        return self.created + self.updated + self.unchanged

    @property
    def is_working(self) -> bool:
        """A worker has it, or will soon."""
        return self.state in (self.State.WAITING, self.State.RUNNING)

    @property
    def can_match(self) -> bool:
        """Its columns may be matched (again): nothing of it is stored and the file is there."""
        unstored = (self.State.DRAFT, self.State.FAILED, self.State.STOPPED)
        return bool(self.stored_file) and (self.state in unstored or self.is_checked)


class ImportProblem(models.Model):
    """A refused row: which line, which column, and what to do."""

    run = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="problems")
    line = models.BigIntegerField()
    column = models.CharField(max_length=100, blank=True)
    reason = models.TextField()
    row: Any = models.JSONField(default=list)
    values: Any = models.JSONField(
        default=dict, help_text=_("The row by the names of the format; empty: it cannot be read.")
    )
    fixed_in = models.ForeignKey(
        Import, null=True, on_delete=models.SET_NULL, related_name="fixed_problems"
    )

    class Meta:
        ordering = ["line", "id"]

    def __str__(self) -> str:
        return f"{self.line}: {self.column}: {self.reason}"

    @property
    def value(self) -> str:
        """The text that stands in the refused cell; empty when it is blank or unknown."""
        return (self.values.get(self.column) or "") if self.column else ""


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
