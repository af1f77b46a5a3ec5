"""One data folder and its servers, for as long as somebody holds it."""

import contextlib
import fcntl
import json
import os
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from prm.embedded.postgres import Postgres
from prm.embedded.processes import Child, Ledger, deaf_to_signals
from prm.embedded.valkey import Valkey

SOCKET_ROOM = 60  # a socket's path may have about 100 bytes on every system
PLAIN_PATH = re.compile(r"[\w/.-]+")
GIVE_UP_AFTER = 6  # starts in a row that lasted less than STEADY seconds
STEADY = 15.0
LONGEST_REST = 10  # seconds before the next try
JOIN_PATIENCE = 120.0
SHARED = (
    *("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SECRET_KEY"),
    *("PRM_STATIC_ROOT", "PRM_FILES"),
)
Say = Callable[[str], None]


class Busy(Exception):
    """Another process holds the folder; ``state`` is what it says about itself."""

    def __init__(self, state: dict[str, Any]) -> None:
        super().__init__("the folder is held")
        self.state = state


class Instance:
    """The holder of a data folder: starts the servers that are not given, and restarts them."""

    def __init__(self, base: Path, *, doing: str, durable: bool, say: Say) -> None:
        self.base = base.absolute()
        self.doing, self.durable, self.say = doing, durable, say
        self.servers: list[Postgres | Valkey] = []
        self.children: list[Child] = []
        self.env: dict[str, str] = {}
        self.ledger = Ledger(self.base / "processes.json")
        self._short_lives: dict[str, int] = {}
        self._resting: dict[str, float] = {}
        self._lock: IO[str] | None = None

    def __enter__(self) -> "Instance":
        """Take the folder and start its servers; raises Busy or SystemExit."""
        self._take_lock()
        self.ledger.reap()
        try:
            self._start_servers()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _take_lock(self) -> None:
        try:
            self.base.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = (self.base / "lock").open("a")
        except OSError as error:
            raise SystemExit(
                f"The data folder {self.base} cannot be made or written ({error.strerror}). "
                "Choose another: PRM_HOME=/another/folder ./run …"
            ) from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise Busy(read_state(self.base)) from None
        self._lock = lock
        self._state_file.unlink(missing_ok=True)
        self.publish()

    def _start_servers(self) -> None:
        sockets = self._socket_folder()
        self.env = {"SECRET_KEY": self._secret(), **dict(os.environ)}
        self.env.setdefault("PRM_STATIC_ROOT", str(self.base / "static"))
        self.env.setdefault("PRM_FILES", str(self.base / "files"))
        if "DATABASE_URL" not in os.environ:
            postgres = Postgres(self.base, sockets, self.ledger, durable=self.durable)
            self.servers.append(postgres)
        if "REDIS_URL" not in os.environ:
            self.servers.append(Valkey(self.base, sockets, self.ledger))
        for server in self.servers:
            server.start()
            self.env |= server.urls()

    def _socket_folder(self) -> Path:
        """A short, private folder; the one of a killed run is removed."""
        note = self.base / "sockets"
        if note.exists():
            shutil.rmtree(note.read_text(), ignore_errors=True)
        place = tempfile.gettempdir()
        if len(place) > SOCKET_ROOM or not PLAIN_PATH.fullmatch(place):
            place = "/tmp"  # noqa: S108 (mkdtemp makes it private)
        folder = tempfile.mkdtemp(prefix="prm-", dir=place)
        note.write_text(folder)
        return Path(folder)

    def _secret(self) -> str:
        path = self.base / "secret_key"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(50))
        return path.read_text()

    @property
    def _state_file(self) -> Path:
        return self.base / "instance.json"

    def publish(self, **more: str) -> None:
        """Write down who we are, so that other commands can join or say who is here."""
        state = {
            "pid": os.getpid(),
            "doing": self.doing,
            "env": {name: self.env[name] for name in SHARED if name in self.env},
            **more,
        }
        spare = self._state_file.with_suffix(".new")
        spare.touch(mode=0o600)
        spare.write_text(json.dumps(state))
        spare.replace(self._state_file)

    def run_child(self, child: Child) -> None:
        """Start a program and keep it running until we close."""
        child.start()
        self.children.append(child)

    def tend(self) -> None:
        """Start again what has ended; raises SystemExit for a server that never stays up."""
        for server in self.servers:
            if server.child.ended() is not None:
                self._again(server.child, server.start, vital=True)
        for child in self.children:
            if child.ended() is not None:
                self._again(child, child.start, vital=child.program.vital)

    def _again(self, child: Child, start: Callable[[], None], *, vital: bool) -> None:
        name, now = child.program.name, time.monotonic()
        if name not in self._resting:
            self._note_end(child, vital=vital)
            self._resting[name] = now + min(self._short_lives[name] - 1, LONGEST_REST)
        if now >= self._resting[name]:
            del self._resting[name]
            start()

    def _note_end(self, child: Child, *, vital: bool) -> None:
        """Say that a program ended and count how often it did so early."""
        name, code = child.program.name, child.ended() or 0
        child.end_group()
        steady = time.monotonic() - child.started_at > STEADY
        lives = self._short_lives[name] = 1 if steady else self._short_lives.get(name, 0) + 1
        if vital and lives >= GIVE_UP_AFTER:
            raise SystemExit(
                f"{name} does not stay up. Its log, {child.program.log}, ends with:\n"
                + child.last_words()
            )
        how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
        self.say(f"{name} {how}; starting it again")

    def close(self) -> None:
        """Stop everything, newest first, and let the folder go."""
        with deaf_to_signals():
            self._stop_all()
            self._let_go()

    def _stop_all(self) -> None:
        for child in reversed(self.children):
            child.send(child.program.stop_signal)
        for child in reversed(self.children):
            child.stop(patience=15)
        for server in reversed(self.servers):
            server.stop()
        self.children, self.servers = [], []

    def _let_go(self) -> None:
        note = self.base / "sockets"
        if self._lock is not None:
            if note.exists():
                shutil.rmtree(note.read_text(), ignore_errors=True)
                note.unlink()
            self.ledger.path.unlink(missing_ok=True)
            self._state_file.unlink(missing_ok=True)
            self._lock.close()
            self._lock = None


def read_state(base: Path) -> dict[str, Any]:
    """What the holder of the folder wrote about itself; empty when nothing is there."""
    try:
        state: dict[str, Any] = json.loads((base / "instance.json").read_text())
    except (OSError, ValueError):
        return {}
    return state


def joined(state: dict[str, Any]) -> dict[str, str]:
    """The environment for a command beside the holder; what the caller has set wins."""
    env = dict(state.get("env", {}))
    if "DATABASE_URL" in os.environ:
        env.pop("DATABASE_OWNER_URL", None)
    return {**env, **os.environ}


@contextlib.contextmanager
def staying(base: Path) -> Iterator[None]:
    """While a joined command runs: the holder, when it is only a command too, waits for it."""
    with (base / "guests").open("a") as guests:
        fcntl.flock(guests, fcntl.LOCK_SH)
        yield


def has_guests(base: Path) -> bool:
    """Whether a joined command still uses the servers."""
    with (base / "guests").open("a") as guests:
        try:
            fcntl.flock(guests, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
