"""``manage.py demo_world``: fill an empty database with Aldermoor's invented business."""

import time
from datetime import date, datetime, timedelta
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from prm.common import config

DEALS_PER_PARTNER_YEAR = 12
FEWEST_PARTNERS, FEWEST_DEALS, MOST_YEARS = 40, 200, 15


class Command(BaseCommand):
    """Believable and the same for the same seed, sizes and day."""

    help = "Fill an empty database with the demo world of the vendor Aldermoor."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--partners", type=int, default=148)
        parser.add_argument("--years", type=int, default=3)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--deals", type=int, help="default: 12 for each partner and year")
        parser.add_argument("--today", type=date.fromisoformat, help="YYYY-MM-DD: end there")
        parser.add_argument("--print-sign-ins", action="store_true", help="only print who can")

    def handle(self, **options: Any) -> None:
        if options["print_sign_ins"]:
            self._print_sign_ins()
            return
        from prm.management.demo.build import build, facts_held, is_here
        from prm.management.demo.plan import Plan

        if not is_here():
            if held := facts_held():
                counts = ", ".join(f"{n:,} {name}" for name, n in held.items())
                raise CommandError(
                    f"This database already holds facts ({counts}), so the demo world stays out. "
                    "Start it beside: PRM_HOME=/another/folder ./run demo"
                )
            build(Plan(zone=config.program().time_zone, **self._sizes(options)), self._say)
        self._finish(self._now(options["today"]))

    def _finish(self, now: datetime) -> None:
        """Figures and targets; a start that was killed before them makes up for it."""
        from prm.management.demo import asking, exhibits, goals, groups, mails, programmes

        began = time.monotonic()
        if refused := exhibits.import_accounts(now):
            spent = time.monotonic() - began
            self._say(f"{spent:7.1f} s for an imported file, {refused} of its rows refused")
        if not asking.is_asked():
            began = time.monotonic()
            tasks, notices = asking.ask(now)
            spent = time.monotonic() - began
            self._say(f"{spent:7.1f} s for {tasks} tasks and {notices} notices")
        if goals.are_set():
            self._say("The demo world is here already; nothing was changed.")
            return
        began = time.monotonic()
        call_command("kpis", "rebuild", stdout=self.stdout)
        if not programmes.are_there():
            mails.choose_otherwise(now)
            placed = programmes.make_programmes(now)
            self._say(f"{time.monotonic() - began:7.1f} s for programmes, {placed} partners placed")
            sent = mails.send_out(now)
            self._say(f"{time.monotonic() - began:7.1f} s for programmes and {sent} mails")
        if not groups.are_there():
            made = groups.make_segments(now)
            self._say(f"{time.monotonic() - began:7.1f} s for {made} dynamic segments")
        count = goals.set_goals(now)
        groups.set_goal(now)
        self._say(f"{time.monotonic() - began:7.1f} s for all figures, {count} targets, baselines")

    def _now(self, today: date | None) -> datetime:
        """The moment to look from: noon of the day that was asked for, else the present."""
        if today is None:
            return timezone.now()
        return config.program().midnight(today) + timedelta(hours=12)

    def _sizes(self, options: dict[str, Any]) -> dict[str, Any]:
        partners, years = options["partners"], options["years"]
        now = timezone.now()
        local = config.program().local_date(now)
        deals = options["deals"] or partners * years * DEALS_PER_PARTNER_YEAR
        today = options["today"] or local
        if not 1 <= years <= MOST_YEARS:
            raise CommandError(f"Choose from 1 to {MOST_YEARS} years.")
        if partners < FEWEST_PARTNERS or deals < FEWEST_DEALS:
            raise CommandError(
                f"The story needs at least {FEWEST_PARTNERS} partners and {FEWEST_DEALS} deals."
            )
        if not date(2015, 1, 1) <= today <= local:
            raise CommandError(f"Choose a day from 2015-01-01 to today, {local}: no future facts.")
        return {
            "seed": options["seed"],
            "partners": partners,
            "deals": deals,
            "years": years,
            "today": today,
        }

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def _print_sign_ins(self) -> None:
        from prm.management.demo.people import password_of, sign_ins

        rows = [(role, email, password_of(email)) for role, email in sign_ins()]
        widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
        for role, email, password in rows:
            self._say(f"{role:<{widths[0]}}  {email:<{widths[1]}}  {password}")
