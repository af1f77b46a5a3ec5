"""Our own Postgres: one cluster in the data folder, reached by a unix socket only."""

import contextlib
import os
import shutil
import signal
import time
from pathlib import Path

from prm.embedded.privileges import Privileges
from prm.embedded.processes import Child, Ledger, Program, end_all, working_in
from prm.embedded.wheels import postgres_programs

OWNER, APP, DATABASE = "prm_owner", "prm_app", "prm"
SMALL_SHARED_MEMORY = 256_000_000  # bytes; containers often have 64 MB
START_PATIENCE = 120.0  # seconds; recovery after a crash may take a while
FIRST_SQL = f"CREATE ROLE {APP} LOGIN;\nCREATE DATABASE {DATABASE} OWNER {OWNER};\n"
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "120",
    "shared_buffers": "512MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "effective_cache_size": "1GB",
    "max_wal_size": "4GB",
    "random_page_cost": "1.1",
    "max_locks_per_transaction": "256",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# Test data may be lost in a power cut (a killed server still loses nothing); time may not.
FORGETFUL = {"fsync": "off", "full_page_writes": "off"}


class Postgres:
    """The cluster of one data folder."""

    def __init__(self, base: Path, sockets: Path, ledger: Ledger, *, durable: bool) -> None:
        self.privileges = Privileges(base, postgres_programs())
        self.sockets, self.ledger = sockets, ledger
        self.data = self.privileges.base / "postgres"
        settings = SETTINGS | ({} if durable else FORGETFUL) | _shared_memory()
        given = [part for item in settings.items() for part in ("-c", "=".join(item))]
        self.child = Child(
            Program(
                "postgres",
                self.privileges.command("postgres", "-D", self.data, "-k", sockets, *given),
                base / "logs" / "postgres.log",
                self.privileges.env,
                signal.SIGINT,  # "fast": roll back, write all, end
                options=self.privileges.options,
            ),
            ledger,
        )

    def urls(self) -> dict[str, str]:
        """The settings by which programs find this server: the app's role and the owner's."""
        place = f"/{DATABASE}?host={self.sockets}"
        return {
            "DATABASE_URL": f"postgres://{APP}@{place}",
            "DATABASE_OWNER_URL": f"postgres://{OWNER}@{place}",
        }

    def start(self) -> None:
        """Start the server, after healing what a kill left; SystemExit when it will not start."""
        if self.privileges.owner:
            os.chown(self.sockets, self.privileges.owner.pw_uid, self.privileges.owner.pw_gid)
        self._heal()
        self._create()
        self.child.start()
        deadline = time.monotonic() + START_PATIENCE
        while not self._is_ready():
            if self.child.ended() is not None or time.monotonic() > deadline:
                raise SystemExit(
                    f"PostgreSQL does not start. Its log, {self.child.program.log}, ends with:\n"
                    + self.child.last_words()
                )
            time.sleep(0.03)

    def _is_ready(self) -> bool:
        ask = ("-q", "-h", self.sockets, "-U", OWNER, "-d", DATABASE)
        return self.privileges.run("pg_isready", *ask).returncode == 0

    def stop(self) -> None:
        """End the server cleanly."""
        self.child.stop(patience=30)
        end_all(lambda: working_in(self.data))

    def _heal(self) -> None:
        """We hold the lock, so whoever works in this cluster is a leftover of a killed run."""
        end_all(lambda: working_in(self.data))
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        for leftover in self.sockets.glob(".s.PGSQL*"):
            leftover.unlink()

    def _create(self) -> None:
        """Make the cluster once: in a spare folder that is renamed when it is complete."""
        if (self.data / "PG_VERSION").exists():
            self._check_version()
            return
        spare = self.privileges.base / "postgres.new"
        shutil.rmtree(spare, ignore_errors=True)
        self.privileges.private_folder(spare)
        # The built-in locale sorts alike on every system and needs no locale package.
        made = self.privileges.run(
            "initdb", "-D", spare, "-U", OWNER, "-A", "trust", "-E", "UTF8", "--no-sync",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C",
        )  # fmt: skip
        if made.returncode == 0:
            made = self.privileges.run(
                "postgres", "--single", "-D", spare, "postgres", text=FIRST_SQL
            )
        if made.returncode or "ERROR" in made.stderr:
            raise SystemExit(f"PostgreSQL could not make its folder {spare}:\n{made.stderr}")
        spare.rename(self.data)

    def _check_version(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        program = self.privileges.run("postgres", "--version").stdout.split()[-1]
        if program.split(".")[0] != made_by:
            raise SystemExit(
                f"{self.data} was made by PostgreSQL {made_by}, this is {program}. "
                "Export your data with the earlier version of PRM, or choose an empty folder: "
                "PRM_HOME=/another/folder ./run demo"
            )


def _shared_memory() -> dict[str, str]:
    """Parallel queries share memory through /dev/shm; where that is tiny, through files."""
    with contextlib.suppress(OSError):
        room = os.statvfs("/dev/shm")  # noqa: S108 (only measured)
        if room.f_bavail * room.f_frsize < SMALL_SHARED_MEMORY:
            return {"dynamic_shared_memory_type": "mmap"}
    return {}
