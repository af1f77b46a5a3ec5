"""The part of ``./run`` that needs the installed packages: ``python -m prm.embedded COMMAND``."""

import argparse
import os
import sys
from typing import Any

from prm.embedded.commands import MANAGE, beside_servers, data_home, foreground, say
from prm.embedded.demo import Demo
from prm.embedded.instance import Busy, Instance
from prm.embedded.looking import at_the_demo
from prm.embedded.processes import Stopped, stop_on_signals


def demo(arguments: list[str]) -> int:
    """Run the demo until it is stopped."""
    parser = argparse.ArgumentParser(prog="./run demo")
    parser.add_argument("--port", type=_port, default=8000, help="first port to try (8000)")
    parser.add_argument("--empty", action="store_true", help="start without the demo world")
    options = parser.parse_args(arguments)
    Demo(data_home() / "demo", port=options.port, empty=options.empty).run()
    return 0


def test(arguments: list[str]) -> int:
    """Run pytest with servers of its own: all files two at a time; the slow ones with --all.

    What measures time runs before the others, while nothing else does.
    """
    named = [a for a in arguments if a != "--all"]
    in_twos = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
    runs = [named or in_twos]
    if "--all" in arguments and not named:
        runs = [["-m", "timed"], ["-m", "not timed", *in_twos]]
    elif "--all" not in arguments and "-m" not in arguments:
        runs = [["-m", "not slow", *runs[0]]]
    base = data_home() / "test"
    with Instance(base, doing="./run test", durable=False, say=say) as instance:
        instance.env.setdefault("DEBUG", "0")
        pytest = [sys.executable, "-m", "pytest"]
        ended = [foreground([*pytest, *run], instance.env, instance.tend) for run in runs]
        return max(ended)


def manage(arguments: list[str]) -> int:
    """Run a Django command."""
    return beside_servers([*MANAGE, *arguments], " ".join(["./run manage", *arguments[:1]]))


def worker(arguments: list[str]) -> int:
    """Run one more Celery worker."""
    name = ["-n", f"worker{os.getpid()}@%h"]  # two workers of one name hide each other
    argv = [sys.executable, "-m", "celery", "-A", "prm", "worker", *name]
    argv += arguments or ["-l", "INFO"]
    return beside_servers(argv, "./run worker")


def bench(arguments: list[str]) -> int:
    """Measure speed side by side with its limits."""
    return beside_servers([*MANAGE, "bench", *arguments], "./run bench")


def shots(arguments: list[str]) -> int:
    """Take the pictures of the documents."""
    return at_the_demo("shots.py", arguments)


def lighthouse(arguments: list[str]) -> int:
    """Let Lighthouse judge the first pages of both faces."""
    return at_the_demo("lighthouse.py", arguments)


COMMANDS = {
    "shots": shots,
    "lighthouse": lighthouse,
    "demo": demo,
    "test": test,
    "manage": manage,
    "worker": worker,
    "bench": bench,
}


def _port(text: str) -> int:
    if text.isdigit() and 0 < int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError(f"a port is a number from 1 to 65535, not {text!r}")


def _who_is_here(state: dict[str, Any]) -> str:
    who = f"{state.get('doing', 'Another PRM')} (process {state.get('pid', 'unknown')})"
    where = f" at {state['address']}" if state.get("address") else ""
    return (
        f"{who} already runs in this folder{where}. Stop it there with Ctrl-C, "
        "or give this one a data folder of its own: PRM_HOME=/another/folder ./run …"
    )


def main() -> int:
    """Run the named command and return its exit code."""
    stop_on_signals()
    try:
        return COMMANDS[sys.argv[1]](sys.argv[2:])
    except Busy as busy:
        say(_who_is_here(busy.state))
        return 1
    except Stopped:
        say("Stopped.")
        return 0 if sys.argv[1] == "demo" else 130


if __name__ == "__main__":
    sys.exit(main())
