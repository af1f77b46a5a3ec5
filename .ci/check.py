"""``./run check``: one line for each step, with its time; 1 when a step failed."""

import concurrent.futures
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
# The settings want values, but no step needs a server.
SETTINGS = {
    "SECRET_KEY": "only-for-checks-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOP",
    "DEBUG": "0",
    "SECURE": "1",
    "DATABASE_URL": "postgres://prm_app:x@localhost:1/prm",
    "DATABASE_OWNER_URL": "postgres://prm_owner:x@localhost:1/prm",
    "REDIS_URL": "redis://localhost:1/0",
    "POSTGRES_PASSWORD": "x",
    "PRM_APP_PASSWORD": "x",
}
PARSES = "import ast, sys; ast.parse(open('run').read(), feature_version=(3, 9))"


class Step(NamedTuple):
    """One thing that must hold, and the command that says whether it does."""

    name: str
    argv: list[str]


def module(name: str, *arguments: str) -> list[str]:
    """A command of an installed package."""
    return [sys.executable, "-m", name, *arguments]


def script(name: str, *arguments: str) -> list[str]:
    """One of our own scripts beside this file, or manage.py."""
    return [sys.executable, name, *arguments]


STEPS = [
    Step("format", module("ruff", "format", "--check", ".")),
    Step("lint", module("ruff", "check", ".")),
    Step("types", module("mypy")),
    Step("templates", module("djlint", "templates", "--check", "--lint", "--quiet")),
    Step("import layers", [str(BIN / "lint-imports"), "--no-cache", "--no-logo"]),
    Step("relations point down", script(".ci/architecture.py", "relations")),
    Step("no pandas or plotly at start-up", script(".ci/architecture.py", "startup")),
    Step(
        "migrations are complete",
        script("manage.py", "makemigrations", "--check", "--dry-run"),
    ),
    Step(
        "safe to deploy",
        script("manage.py", "check", "--deploy", "--fail-level", "WARNING"),
    ),
    Step("translations are complete", script(".ci/messages.py", "--check")),
    Step("locks are fresh", script(".ci/locks.py")),
    Step("vendored files are unchanged", script(".ci/vendor.py", "--check")),
    Step("run parses on Python 3.9", [sys.executable, "-c", PARSES]),
    Step("docker-compose.yml", script(".ci/compose.py")),
    Step("Dockerfile", [str(BIN / "hadolint"), "Dockerfile"]),
]


def run(step: Step) -> tuple[Step, float, str | None]:
    """The step, its seconds, and what it printed if it failed."""
    began = time.monotonic()
    env = {**os.environ, **SETTINGS}
    done = subprocess.run(step.argv, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    output = None if done.returncode == 0 else done.stdout + done.stderr
    return step, time.monotonic() - began, output


def main() -> int:
    """Run all steps, two at a time, and report in their order."""
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        for step, seconds, output in pool.map(run, STEPS):
            print(
                f"{'ok  ' if output is None else 'FAIL'} {seconds:6.1f} s  {step.name}", flush=True
            )
            if output is not None:
                failed += 1
                print("\n".join(f"     {line}" for line in output.strip().splitlines()))
    print(f"{len(STEPS) - failed} checks passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
