"""``./run bench [kpis|import|pages]``: each figure beside its limit, in one run, as a table."""

import os
import platform
import subprocess
import sys
from argparse import ArgumentParser
from typing import Any
from urllib.parse import urlsplit

import psycopg2
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from prm import env

NAMES = ("kpis", "import", "pages")


class Command(BaseCommand):
    help = "Measure speed in a database of its own, filled by the demo world at scale."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to measure, and at which size."""
        parser.add_argument("name", nargs="?", choices=NAMES, help="all, if left out")
        parser.add_argument("--partners", type=int, default=10_000)
        parser.add_argument("--deals", type=int, default=1_000_000)
        parser.add_argument("--here", action="store_true", help="measure in the given database")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the bench database if needed, then measure inside it."""
        if not options["here"]:
            self._elsewhere(options)
            return
        self.stdout.write(self._machine())
        for name in [options["name"]] if options["name"] else NAMES:
            self._table(name, self._measure(name, options))

    def _elsewhere(self, options: dict[str, Any]) -> None:
        """Run this command again in the database ``…_bench``."""
        if not settings.DATABASE_OWNER_URL:
            raise CommandError("Set DATABASE_OWNER_URL: the bench makes a database of its own.")
        name = f"{connection.settings_dict['NAME']}_bench_{options['deals']}"
        self._create(name)
        inside = dict(os.environ)
        for key in ("DATABASE_URL", "DATABASE_OWNER_URL"):
            inside[key] = urlsplit(inside[key])._replace(path=f"/{name}").geturl()
        inside["LOG_LEVEL"] = "ERROR"
        manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
        size = ["--partners", str(options["partners"]), "--deals", str(options["deals"])]
        run = [*manage, "bench", *filter(None, [options["name"]]), *size, "--here"]
        is_empty = "import sys; from partners.models import Deal; sys.exit(Deal.objects.exists())"
        subprocess.run([*manage, "migrate", "-v", "0"], env=inside, check=True)  # noqa: S603
        files = [*manage, "collectstatic", "--noinput", "-v", "0"]
        subprocess.run(files, env=inside, check=True)  # noqa: S603
        empty = subprocess.run([*manage, "shell", "-v", "0", "-c", is_empty], env=inside)  # noqa: S603
        if empty.returncode == 0:
            subprocess.run([*manage, "demo_world", *size], env=inside, check=True)  # noqa: S603
        subprocess.run(run, env=inside, check=True)  # noqa: S603

    def _create(self, name: str) -> None:
        owner = env.database("DATABASE_OWNER_URL")
        known = {"user": owner["USER"], "password": owner["PASSWORD"], "host": owner["HOST"]}
        link = psycopg2.connect(dbname=owner["NAME"], port=owner["PORT"] or None, **known)
        link.autocommit = True
        with link.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            if not cursor.fetchone():
                cursor.execute(f"CREATE DATABASE {connection.ops.quote_name(name)}")
        link.close()

    def _measure(self, name: str, options: dict[str, Any]) -> list[dict[str, Any]]:
        if name == "kpis":
            from prm.management import bench_kpis

            return bench_kpis.measure()
        if name == "import":
            from prm.management import bench_import

            return [_rate(one) for one in bench_import.measure(options["deals"] // 5)]
        from prm.management import bench_pages

        return bench_pages.measure()

    def _machine(self) -> str:
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            version = cursor.fetchone()[0]
            cursor.execute(
                "SELECT (SELECT count(*) FROM partners_deal), (SELECT count(*) FROM"
                " partners_partner), (SELECT count(*) FROM partners_dealstageevent),"
                " (SELECT count(*) FROM partners_dealtouch), (SELECT count(*) FROM"
                " partners_loginevent)"
            )
            sizes = cursor.fetchone()
        load = " ".join(f"{value:.1f}" for value in os.getloadavg())
        return (
            f"{timezone.now():%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores, {platform.machine()},"
            f" load {load}, Python {platform.python_version()}, Postgres {version.split()[0]}\n"
            "deals {:,}, partners {:,}, stage events {:,}, touches {:,}, sign-ins {:,}".format(
                *sizes
            )
        )

    def _table(self, name: str, rows: list[dict[str, Any]]) -> None:
        """A markdown table: what, measured, goal, whether it holds."""
        self.stdout.write(f"\n### {name}\n\n| what | measured | goal | |\n|---|---|---|---|")
        for row in rows:
            holds = {True: "ok", False: "**missed**", None: ""}[row.get("holds")]
            self.stdout.write(
                f"| {row['what']} | {row['measured']} | {row.get('goal', '')} | {holds} |"
            )


GOALS = {"customer": 40_000, "deal": 15_000}


def _rate(one: dict[str, Any]) -> dict[str, Any]:
    """A line of the import's figures: rows a second, beside its goal where it has one."""
    rate, kind = one["rows_per_second"], one["what"].split(":")[0]
    line: dict[str, Any] = {"what": one["what"], "measured": f"{rate:,.0f} rows/s"}
    if "times_bulk_create" in one:
        times, goal = one["times_bulk_create"], GOALS[kind]
        line["measured"] += f" = {times:.1f} x bulk_create"
        line |= {"goal": f"{goal:,} rows/s and 2 x", "holds": rate >= goal and times >= 2}
    return line
