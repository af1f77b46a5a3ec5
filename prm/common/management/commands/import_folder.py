"""``import_folder DIR``: import all files of the exchange format, in the order they need."""

import contextlib
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from prm.common.errors import InvalidInput
from prm.common.imports import mapping as mappings
from prm.common.imports import resources, services
from prm.common.imports.models import Import
from prm.common.imports.resources import Resource
from prm.common.management.commands.import_csv import counts, place_and_reason, refused

ENDINGS = (".csv", ".xlsx")
SHOWN = 5


class Command(BaseCommand):
    help = "Import a folder with one file per resource, named after it (partner.csv, deal.csv …)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--source", default="import", help="name of the system it comes from")
        parser.add_argument("--dry-run", action="store_true", help="check only, store nothing")

    def handle(self, *_args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        if not folder.is_dir():
            raise CommandError(f"{folder} is no folder. Give the folder that holds the files.")
        files = {path.stem: path for path in sorted(folder.iterdir()) if path.suffix in ENDINGS}
        known = [resource for resource in resources.ordered() if resource.name in files]
        if not known:
            names = ", ".join(f"{resource.name}.csv" for resource in resources.ordered())
            raise CommandError(f"{folder} has none of the files {names}.")
        # a dry run keeps each file's rows until the end, because the next files refer to them
        with transaction.atomic() if options["dry_run"] else contextlib.nullcontext():
            runs = [self.import_one(resource, files[resource.name], options) for resource in known]
            if options["dry_run"]:
                transaction.set_rollback(True)
                self.stdout.write("dry run, nothing stored")
        left = sorted(set(files) - {resource.name for resource in known})
        if left:
            self.stdout.write(f"not imported, because no such resource exists: {', '.join(left)}")
        if any(run.error or run.rejected for run in runs):
            raise CommandError("Some rows were refused. Correct them and import the folder again.")

    def import_one(self, resource: Resource, path: Path, options: dict[str, Any]) -> Import:
        """Import one file and print its line; a mapping of the same name beside it is used."""
        now = timezone.now()
        mapping = path.with_suffix(".toml")
        try:
            run = services.new_run(
                path.name,
                resource=resource.name,
                source=options["source"],
                by=None,
                now=now,
                mapping=mappings.load(mapping) if mapping.exists() else None,
            )
        except InvalidInput as error:
            raise CommandError(f"{path.name}: {error.message}") from None
        services.run_import(run, now=now, path=path)
        self.stdout.write(f"{resource.name}: {run.error or counts(run)}")
        for note in run.notes:
            self.stdout.write(f"  {note}")
        for problem in run.problems.all()[:SHOWN]:
            self.stderr.write(f"  {place_and_reason(problem)}")
        if run.rejected:
            self.stderr.write(f"  {refused(run)}: {services.error_path(run)}")
        return run
