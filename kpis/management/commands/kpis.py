"""``manage.py kpis rebuild | verify | drain``."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from kpis.engine import rebuild
from kpis.engine.drain import drain


class Command(BaseCommand):
    help = "Rebuild all KPI cells from the facts, verify them, or drain what is marked."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The action."""
        parser.add_argument("action", choices=["rebuild", "verify", "drain"])
        parser.add_argument(
            "--workers",
            action="store_true",
            help="rebuild: spread it over the Celery workers instead of doing it here",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it and print what was done; verify exits with 1 on a difference."""
        now = timezone.now()
        if options["action"] == "verify":
            self._verify(now)
        elif options["action"] == "rebuild" and options["workers"]:
            run = rebuild.start_rebuild(now)
            self.stdout.write(f"The workers rebuild (run {run}); the back office lists its jobs.")
        else:
            done = rebuild.rebuild(now) if options["action"] == "rebuild" else drain(now)
            self.stdout.write(
                f"{done.marks} marks taken, {done.written} cells written, {done.deleted} deleted,"
                f" {done.totals} months of totals, {done.seconds:.2f} s"
            )

    def _verify(self, now: Any) -> None:
        result = rebuild.verify(now)
        self.stdout.write(f"{result.differences} differences, {result.seconds:.2f} s")
        for detail in result.details:
            self.stdout.write(f"  {detail}")
        if result.differences:
            raise SystemExit(1)
