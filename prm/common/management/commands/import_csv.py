"""``import_csv RESOURCE FILE``: import one file and print what happened to its rows."""

import shutil
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import ngettext

from prm.common.errors import InvalidInput
from prm.common.imports import mapping as mappings
from prm.common.imports import resources, services
from prm.common.imports.models import Import, ImportProblem

SHOWN = 10


def counts(run: Import) -> str:
    """The four numbers of a run."""
    return (
        f"created {run.created}, updated {run.updated}, unchanged {run.unchanged}, "
        f"rejected {run.rejected}"
    )


def place_and_reason(problem: ImportProblem) -> str:
    """Where a refused row or cell stands and why it is refused; a whole row has no column."""
    where = f"line {problem.line}: " + (f"{problem.column}: " if problem.column else "")
    return where + problem.reason


def refused(run: Import) -> str:
    """How many rows were refused: "1 row refused"."""
    return ngettext("%(n)s row refused", "%(n)s rows refused", run.rejected) % {"n": run.rejected}


class Command(BaseCommand):
    help = "Import a CSV or XLSX file; a second import of the same file changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        names = ", ".join(resource.name for resource in resources.ordered())
        parser.add_argument("resource", help=f"one of: {names}")
        parser.add_argument("file", type=Path)
        parser.add_argument("--mapping", type=Path, help="TOML file: which column feeds which")
        parser.add_argument("--source", default="import", help="name of the system it comes from")
        parser.add_argument("--dry-run", action="store_true", help="check only, store nothing")
        parser.add_argument(
            "--all-or-nothing", action="store_true", help="store nothing if a row is refused"
        )
        parser.add_argument("--errors", type=Path, help="write the refused rows into this CSV")

    def handle(self, *_args: Any, **options: Any) -> None:
        now = timezone.now()
        path: Path = options["file"]
        mapping: Path | None = options["mapping"]
        try:
            run = services.new_run(
                path.name,
                resource=options["resource"],
                source=options["source"],
                by=None,
                now=now,
                mapping=mappings.load(mapping) if mapping else None,
                dry_run=options["dry_run"],
                all_or_nothing=options["all_or_nothing"],
            )
        except InvalidInput as error:
            raise CommandError(error.message) from None
        services.run_import(run, now=now, path=path)
        self.report(run, options["errors"])

    def report(self, run: Import, errors: Path | None) -> None:
        """Print the outcome; exit code 1 when rows were refused or nothing could be read."""
        for note in run.notes:
            self.stdout.write(note)
        for problem in run.problems.all()[:SHOWN]:
            self.stderr.write(place_and_reason(problem))
        if run.rejected and errors:
            shutil.copyfile(services.error_path(run), errors)
        if run.rejected:
            more = f"; all of them: {errors or services.error_path(run)}"
            self.stderr.write(f"{refused(run)}{more}")
        if run.error and not run.rejected:
            raise CommandError(run.error)
        self.stdout.write(("dry run, nothing stored: " if run.dry_run else "") + counts(run))
        if run.error or run.rejected:
            raise CommandError(run.error or "Correct the refused rows and import them again.")
