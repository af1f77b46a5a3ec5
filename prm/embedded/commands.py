"""Commands beside the servers: steps of the set-up, and what a person runs in the foreground."""

import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from prm.embedded.instance import JOIN_PATIENCE, Busy, Instance, has_guests, joined, read_state
from prm.embedded.instance import staying as guest
from prm.embedded.processes import dying_with_us

ROOT = Path(__file__).resolve().parent.parent.parent
MANAGE = [sys.executable, str(ROOT / "manage.py")]
TAIL = 25  # lines of a failed step that are shown


def say(text: str) -> None:
    """One line to the person, at once."""
    print(text, file=sys.stderr, flush=True)


def data_home() -> Path:
    """Where the data folders lie: ``PRM_HOME``, else ``.prm`` in the checkout."""
    chosen = os.environ.get("PRM_HOME")
    return Path(chosen).expanduser().absolute() if chosen else ROOT / ".prm"


def step(argv: list[str], env: dict[str, str], *, show: bool = False) -> str:
    """Run one step of the set-up and return its output; SystemExit with its end when it fails."""
    process = subprocess.Popen(
        argv, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, start_new_session=True, preexec_fn=dying_with_us(signal.SIGTERM),
    )  # fmt: skip
    lines: deque[str] = deque(maxlen=TAIL if show else None)
    try:
        for line in process.stdout or ():
            lines.append(line)
            if show:
                say(f"         {line.rstrip()}")
        code = process.wait()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    if code:
        tail = "" if show else "\n" + "".join(list(lines)[-TAIL:])
        raise SystemExit(f"This step failed: {' '.join(argv[1:])}{tail}")
    return "".join(lines)


def preflight(env: dict[str, str]) -> None:
    """Say which setting is wrong and which given server is away; SystemExit if it cannot start.

    Our own servers have just answered, so without given ones only the settings are read.
    """
    given = {"DATABASE_URL", "REDIS_URL", "EMAIL_URL"} & set(os.environ)
    argv = [sys.executable, "-m", "prm.preflight", *([] if given else ["--settings"])]
    code = subprocess.run(argv, env=env, check=False).returncode
    if code:
        raise SystemExit(code)


def migrate(env: dict[str, str]) -> None:
    """Bring the tables up to date, as their owner."""
    step([*MANAGE, "migrate", "--noinput", "--verbosity", "0"], env)


def foreground(argv: list[str], env: dict[str, str], tend: Callable[[], None]) -> int:
    """Run a command that owns the terminal and return its exit code; Ctrl-C is the command's."""
    process = subprocess.Popen(argv, env=env, preexec_fn=dying_with_us(signal.SIGTERM))
    ours = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        while True:
            try:
                code = process.wait(0.2)
            except subprocess.TimeoutExpired:
                tend()
            else:
                return code if code >= 0 else 128 - code
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
        signal.signal(signal.SIGINT, ours)


def beside_servers(argv: list[str], doing: str) -> int:
    """Run a command with the demo folder's servers: the running ones, else started for it."""
    base = data_home() / "demo"
    if {"DATABASE_URL", "REDIS_URL"} <= set(os.environ):
        env = {**os.environ}
        preflight(env)
        return foreground(argv, env, lambda: None)
    try:
        with Instance(base, doing=doing, durable=True, say=say) as instance:
            preflight(instance.env)
            if "DATABASE_URL" not in os.environ:
                migrate(instance.env)
            instance.publish(ready="1")
            code = foreground(argv, instance.env, instance.tend)
            _outlast_guests(instance)
            return code
    except Busy as busy:
        with guest(base):
            return foreground(argv, joined(_when_ready(base, busy.state)), lambda: None)


def _when_ready(base: Path, state: dict[str, object]) -> dict[str, object]:
    """The holder's state once its servers are up and its tables made."""
    deadline = time.monotonic() + JOIN_PATIENCE
    while not state.get("ready"):
        if time.monotonic() > deadline:
            raise SystemExit(
                f"{state.get('doing', 'Another command')} holds {base} and does not get ready. "
                "Stop it and try again."
            )
        time.sleep(0.1)
        state = read_state(base)
    return state


def _outlast_guests(instance: Instance) -> None:
    if has_guests(instance.base):
        say("Another command uses these servers; they stop when it ends.")
    while has_guests(instance.base):
        instance.tend()
        time.sleep(0.2)
