"""Our own Valkey: the bell and the cache, reached by a unix socket only."""

import os
import time
from pathlib import Path

from prm.embedded.processes import Child, Ledger, Program
from prm.embedded.wheels import valkey_program

START_PATIENCE = 30.0  # seconds


class Valkey:
    """The Redis-protocol server of one data folder. Nothing in it is irreplaceable."""

    def __init__(self, base: Path, sockets: Path, ledger: Ledger) -> None:
        self.socket = sockets / "valkey.sock"
        self.folder = base / "valkey"
        argv = [
            str(valkey_program()),
            *("--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"),
            # Nothing is saved: the rows in Postgres are the truth, and a full disk stops no writes.
            *("--dir", str(self.folder), "--save", "", "--daemonize", "no"),
            *("--maxmemory-policy", "noeviction"),
        ]
        log = base / "logs" / "valkey.log"
        self.child = Child(Program("valkey", argv, log, {**os.environ}), ledger)

    def urls(self) -> dict[str, str]:
        """The setting by which programs find this server."""
        return {"REDIS_URL": f"unix://{self.socket}?db=0"}

    def start(self) -> None:
        """Start the server; raises SystemExit when it will not start."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.socket.unlink(missing_ok=True)
        self.child.start()
        deadline = time.monotonic() + START_PATIENCE
        while not self.socket.exists():
            if self.child.ended() is not None or time.monotonic() > deadline:
                raise SystemExit(
                    f"Valkey does not start. Its log, {self.child.program.log}, ends with:\n"
                    + self.child.last_words()
                )
            time.sleep(0.02)

    def stop(self) -> None:
        """End the server cleanly."""
        self.child.stop(patience=10)
