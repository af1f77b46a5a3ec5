"""Programs that we start, watch and find again after we were killed."""

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, NamedTuple

PR_SET_PDEATHSIG = 1
LOG_LIMIT = 10_000_000  # bytes; a longer log is set aside at the next start
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
ON_LINUX = sys.platform == "linux"
LIBC = ctypes.CDLL(None) if ON_LINUX else None


class Stopped(Exception):
    """A person or the system asked us to stop."""


def stop_on_signals() -> None:
    """Turn Ctrl-C, a polite kill and a closed terminal into Stopped."""

    def stop(*_: object) -> None:
        raise Stopped

    for signum in STOP_SIGNALS:
        # Under nohup a closed terminal shall not stop us.
        if signum != signal.SIGHUP or signal.getsignal(signum) != signal.SIG_IGN:
            signal.signal(signum, stop)


@contextlib.contextmanager
def deaf_to_signals() -> Iterator[None]:
    """While we clean up, a further Ctrl-C changes nothing."""
    before = {signum: signal.signal(signum, lambda *_: None) for signum in STOP_SIGNALS}
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)


class Seen(NamedTuple):
    """A live process: a pid alone may be used again, pid and start time together are not."""

    pid: int
    group: int
    started: str


def live_processes() -> list[Seen]:
    """Every live process; zombies (dead, not yet collected by their parent) are left out."""
    return _from_proc() if ON_LINUX else _from_ps()


def _from_proc() -> list[Seen]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                # The name in brackets may hold spaces; the fields after it are fixed.
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if fields[0] not in "ZX":
                    found.append(Seen(int(entry.name), int(fields[2]), fields[19]))
    return found


def _from_ps() -> list[Seen]:
    listing = subprocess.run(
        ["ps", "-A", "-o", "pid=,pgid=,stat=,lstart="], capture_output=True, text=True, check=False
    )
    rows = (line.split(None, 3) for line in listing.stdout.splitlines())
    return [Seen(int(row[0]), int(row[1]), row[3]) for row in rows if row[2][0] not in "ZX"]


def working_in(folder: Path) -> set[int]:
    """Live processes whose working directory is ``folder`` (Linux; elsewhere none are known)."""
    found = set()
    for process in live_processes() if ON_LINUX else []:
        with contextlib.suppress(OSError):
            if Path(f"/proc/{process.pid}/cwd").readlink() == folder:
                found.add(process.pid)
    return found


@dataclass
class Program:
    """How to start one program, and which signals end it."""

    name: str
    argv: list[str]
    log: Path
    env: dict[str, str]
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals | None = None  # when we are killed; else the stop signal
    vital: bool = True  # without it nothing works, so a person must look when it never stays up
    options: dict[str, Any] = field(default_factory=dict)


class Ledger:
    """The file that names our processes, so that the next start finds what a kill -9 left."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> dict[str, tuple[int, str]]:
        """Name to (pid, start time); empty when the file is absent or was cut off."""
        try:
            return {
                name: (pid, at) for name, (pid, at) in json.loads(self.path.read_text()).items()
            }
        except (OSError, ValueError):
            return {}

    def write(self, name: str, pid: int) -> None:
        """Record a process that was just started."""
        started = next((p.started for p in live_processes() if p.pid == pid), "")
        entries = {**self.read(), name: (pid, started)}
        spare = self.path.with_suffix(".new")
        spare.write_text(json.dumps(entries))
        spare.replace(self.path)

    def survivors(self) -> set[int]:
        """Live processes of the recorded groups; a pid that another program now has is not ours."""
        live, ours = live_processes(), set()
        for pid, started in self.read().values():
            leader = next((p for p in live if p.pid == pid), None)
            if leader is None or leader.started == started:
                ours |= {p.pid for p in live if p.group == pid}
        return ours

    def reap(self) -> None:
        """End everything that an earlier, killed run left behind."""
        end_all(self.survivors)
        self.path.unlink(missing_ok=True)


def end_all(find: Callable[[], set[int]], patience: float = 10.0) -> None:
    """Kill what ``find`` lists until it lists nothing; SIGKILL needs no answer."""
    deadline = time.monotonic() + patience
    while left := find():
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if time.monotonic() > deadline:
            raise SystemExit(f"These processes cannot be ended: {sorted(left)}. End them by hand.")
        time.sleep(0.05)


class Child:
    """One running program in a process group of its own."""

    def __init__(self, program: Program, ledger: Ledger) -> None:
        self.program, self.ledger = program, ledger
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0

    def start(self) -> None:
        """Start the program, its output going to its log."""
        with _log(self.program.log) as log:
            self.process = subprocess.Popen(
                self.program.argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.program.env,
                start_new_session=True,
                preexec_fn=dying_with_us(self.program.orphan_signal or self.program.stop_signal),
                **self.program.options,
            )
        self.started_at = time.monotonic()
        self.ledger.write(self.program.name, self.process.pid)

    @property
    def pid(self) -> int:
        """The running process; raises RuntimeError before the first start."""
        if self.process is None:
            raise RuntimeError(f"{self.program.name} was not started")
        return self.process.pid

    def ended(self) -> int | None:
        """The exit code (minus a signal's number), or None while it runs."""
        return self.process.poll() if self.process else None

    def send(self, signum: int) -> None:
        """Send a signal to the program, if it still runs."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signum)

    def stop(self, patience: float) -> None:
        """Ask it to end, wait up to ``patience`` seconds, then end its whole group."""
        if self.process is None:
            return
        self.send(self.program.stop_signal)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(patience)
        self.end_group()

    def end_group(self) -> None:
        """Kill what is left of the program, its own children included."""
        if self.process is not None:
            group = self.process.pid
            end_all(lambda: {p.pid for p in live_processes() if p.group == group})
            self.process.wait()

    def last_words(self, lines: int = 12) -> str:
        """The end of its log, for a message."""
        text = self.program.log.read_text(errors="replace") if self.program.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])


def dying_with_us(signum: int) -> Callable[[], None] | None:
    """What a child does before it starts: ask the kernel for ``signum`` when we die (Linux)."""
    parent = os.getpid()
    return (lambda: die_with(parent, signum)) if ON_LINUX else None


def die_with(parent: int, signum: int) -> None:
    """Ask the kernel for ``signum`` when our parent dies; elsewhere than on Linux do nothing."""
    if LIBC:
        LIBC.prctl(PR_SET_PDEATHSIG, int(signum))
        if os.getppid() != parent:  # it died between fork and prctl
            os._exit(1)


def _log(path: Path) -> IO[bytes]:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_LIMIT:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab")
