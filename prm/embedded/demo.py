"""``./run demo``: set up, start web, worker and beat, say where, keep them running."""

import hashlib
import http.client
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

from prm.embedded.commands import MANAGE, ROOT, migrate, preflight, say, step
from prm.embedded.instance import Instance
from prm.embedded.processes import Child, Program

HOST = "127.0.0.1"
PORTS_TRIED = 100
START_PATIENCE = 60.0
STOP_GRACE = "5"  # seconds that a request may still take


class Demo:
    """One start of the demo in a data folder."""

    def __init__(self, base: Path, *, port: int, empty: bool) -> None:
        self.base, self.empty = base, empty
        self.wanted_port = port
        self.began = time.monotonic()

    def run(self, then: Callable[[], int] | None = None) -> int:
        """Run until stopped, or until ``then`` is through; raises Busy, Stopped or SystemExit."""
        with Instance(self.base, doing="./run demo", durable=True, say=self.progress) as instance:
            self.instance = instance
            self.listener = listen(self.wanted_port)
            self.port = int(self.listener.getsockname()[1])
            self._environment()
            servers = [server.child.program.name.capitalize() for server in instance.servers]
            self.progress(f"Started {' and '.join(servers) or 'with the given servers'}")
            self._set_up()
            self._start_programs()
            sign_ins = self._sign_ins()
            self._wait_until_it_answers()
            instance.publish(ready="1", address=self.address)
            self._announce(sign_ins)
            while then is None:
                instance.tend()
                time.sleep(0.2)
            return then()

    def progress(self, text: str) -> None:
        """A line with the seconds since the start."""
        say(f"{time.monotonic() - self.began:6.1f} s {text}")

    @property
    def address(self) -> str:
        """Where a browser finds the demo."""
        return f"http://{HOST}:{self.port}/"

    def _environment(self) -> None:
        env = self.instance.env
        env.setdefault("DEBUG", "0")
        env.setdefault("PRM_BASE_URL", self.address)

    def _set_up(self) -> None:
        env = self.instance.env
        preflight(env)
        self.progress("Making the tables")
        migrate(env)
        self.instance.publish(ready="1")
        self._collect_static()
        self._load_world()

    def _collect_static(self) -> None:
        folder = Path(self.instance.env["PRM_STATIC_ROOT"])
        stamp, mark = folder.with_name(f"{folder.name}.stamp"), _fingerprint()
        if folder.exists() and stamp.exists() and stamp.read_text() == mark:
            return
        self.progress("Collecting style sheets and scripts")
        step([*MANAGE, "collectstatic", "--noinput", "--clear", "--verbosity", "0"],
             self.instance.env)  # fmt: skip
        stamp.write_text(mark)

    def _load_world(self) -> None:
        """The first start decides between the demo world and an empty one; later starts keep it."""
        database = os.environ.get("DATABASE_URL", "")
        note = self.base / f"world-{hashlib.sha256(database.encode()).hexdigest()[:8]}"
        held = note.read_text() if note.exists() else ""
        if self.empty and held == "demo":
            raise SystemExit(
                "This folder already holds the demo world. For an empty start choose another: "
                "PRM_HOME=/another/folder ./run demo --empty"
            )
        if held == "empty" and not self.empty:
            say("         This folder was started with --empty, so the demo world is not loaded.")
        if not held and not self.empty:
            self.progress("Loading the demo world (once)")
            step([*MANAGE, "demo_world"], self.instance.env, show=True)
        self.world = held or ("empty" if self.empty else "demo")
        note.write_text(self.world)

    def _start_programs(self) -> None:
        self.progress("Starting web, worker and beat")
        celery = ["celery", "-A", "prm"]
        worker = ["worker", "-c", "2", "-l", "INFO", "-n", "demo@%h"]
        worker += ["--without-mingle", "--without-gossip"]
        beat = ["beat", "-l", "INFO", "--pidfile=", "-s", str(self.base / "beat" / "schedule")]
        (self.base / "beat").mkdir(exist_ok=True)
        web = ["gunicorn", "prm.wsgi", "--bind", f"fd://{self.listener.fileno()}"]
        web += ["--worker-class", "gthread", "--threads", "4", "--no-control-socket"]
        web += ["--workers", self.instance.env.get("WEB_CONCURRENCY", "2")]
        web += ["--graceful-timeout", STOP_GRACE, "--access-logfile", "-"]
        self._start("web", web, signal.SIGINT, pass_fds=(self.listener.fileno(),))
        # Celery's own shutdown can wait for ever when its broker dies in the same moment.
        kill = signal.SIGKILL
        self._start("worker", celery + worker, signal.SIGQUIT, kill)
        self._start("beat", celery + beat, signal.SIGTERM, kill)

    def _start(
        self,
        name: str,
        module: list[str],
        stop: signal.Signals,
        orphan: signal.Signals | None = None,
        **options: object,
    ) -> None:
        env = {k: v for k, v in self.instance.env.items() if k != "DATABASE_OWNER_URL"}
        log = self.base / "logs" / f"{name}.log"
        argv = [sys.executable, "-m", *module]
        # Without Redis worker and beat cannot stay up; pages and writes work on.
        program = Program(
            name, argv, log, env, stop, orphan,
            vital=name == "web", options={"cwd": ROOT, **options},
        )  # fmt: skip
        self.instance.run_child(Child(program, self.instance.ledger))

    def _sign_ins(self) -> list[str]:
        if self.world == "demo":
            return step([*MANAGE, "demo_world", "--print-sign-ins"], self.instance.env).splitlines()
        return ["(none yet) make the first admin: ./run manage createsuperuser"]

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_PATIENCE
        while not self._answers():
            self.instance.tend()
            if time.monotonic() > deadline:
                web = self.instance.children[0]
                raise SystemExit(
                    f"The web server does not answer. Its log, {web.program.log}, ends with:\n"
                    + web.last_words()
                )
            time.sleep(0.1)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status < 500
        except OSError:
            return False
        finally:
            connection.close()

    def _announce(self, sign_ins: list[str]) -> None:
        self.progress("Ready")
        if self.port != self.wanted_port:
            say(f"\nPort {self.wanted_port} is in use, so another one was taken.")
        lines = [f"\nPRM runs at {self.address}\n", "Sign in as"]
        lines += [f"  {line.strip()}" for line in sign_ins if line.strip()]
        lines += [f"\nData and logs: {self.base}", "Stop with Ctrl-C\n"]
        print("\n".join(lines), flush=True)


def listen(port: int) -> socket.socket:
    """A listening socket on ``port``, or on the next free one; kept open while web restarts."""
    for candidate in range(port, min(port + PORTS_TRIED, 65536)):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, candidate))
            listener.listen(256)
        except PermissionError:
            raise SystemExit(f"Port {candidate} needs root. Choose one: --port 8000") from None
        except OSError:
            listener.close()
        else:
            return listener
    raise SystemExit(f"No free port from {port} on. Choose another with --port.")


def _fingerprint() -> str:
    """What the collected files are made from: our own, and the packages'."""
    digest = hashlib.sha256((ROOT / "requirements.lock").read_bytes())
    for path in sorted((ROOT / "static").rglob("*")):
        found = path.stat()
        digest.update(f"{path}:{found.st_size}:{found.st_mtime_ns}\n".encode())
    return digest.hexdigest()
