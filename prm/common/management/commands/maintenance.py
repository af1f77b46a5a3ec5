"""Close the site for maintenance, and open it again: ``manage.py maintenance on --minutes 20``."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from prm.common import maintenance


class Command(BaseCommand):
    """Works without the database."""

    help = "Close the site for maintenance (on), open it again (off), or say what holds (status)."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do, for how long, and what visitors read."""
        parser.add_argument("state", choices=["on", "off", "status"])
        parser.add_argument("--minutes", type=int, help="when visitors may expect the site back")
        parser.add_argument("--message", default="", help="a sentence for visitors")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do it and say so."""
        state, minutes = options["state"], options["minutes"]
        if state == "on":
            until = timezone.now() + timedelta(minutes=minutes) if minutes else None
            maintenance.begin(options["message"], until)
        elif state == "off":
            maintenance.end()
        is_on = maintenance.current() is not None
        self.stdout.write("The site is closed." if is_on else "The site is open.")
