"""``./run demo``: it answers, heals what is killed, and ends without a trace."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from prm.embedded.processes import live_processes
from tests.test_embedded import ROOT, clean_env, eventually, is_live
from tests.test_run import embedded


class Demo:
    """A running ``./run demo --empty``."""

    def __init__(self, home: Path, port: int) -> None:
        self.home, self.said = home, home.parent / "said"
        with self.said.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "prm.embedded", "demo", "--empty", "--port", str(port)],
                env=clean_env(PRM_HOME=str(home)), stdout=out, stderr=out, cwd=ROOT,
            )  # fmt: skip

    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = json.loads((self.home / "demo" / "instance.json").read_text())
        return state

    def ready(self) -> str:
        def address() -> str:
            assert self.process.poll() is None, self.said.read_text()
            return self.state().get("address", "") if self.answers() else ""

        return str(eventually(address, 120))

    def answers(self) -> bool:
        address = self.state().get("address")
        if not address:
            return False
        try:
            with urllib.request.urlopen(f"{address}readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except urllib.error.HTTPError:
            return False

    def pids(self) -> dict[str, int]:
        recorded = json.loads((self.home / "demo" / "processes.json").read_text())
        return {name: pid for name, (pid, _) in recorded.items()}

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One demo for this file's tests; the last one kills it."""
    home = tmp_path_factory.mktemp("demo") / "a home"
    home.mkdir()
    started = Demo(home, 18_300)
    yield started
    started.stop()


def group(pids: dict[str, int]) -> set[int]:
    """All live processes of these programs, their own children included."""
    return {process.pid for process in live_processes() if process.group in pids.values()}


@pytest.mark.slow
def test_the_demo_heals_each_killed_program_within_60_seconds(demo: Demo) -> None:
    demo.ready()
    for name in ("worker", "valkey", "postgres", "beat", "web"):
        pid = demo.pids()[name]
        os.kill(pid, signal.SIGKILL)
        eventually(lambda pid=pid, name=name: demo.pids()[name] != pid, 60)
        eventually(demo.answers, 60)
        assert not is_live(pid)
    worker = [sys.executable, "-m", "celery", "-A", "prm", "inspect", "ping", "-t", "5"]
    env = clean_env(**demo.state()["env"])
    ping = lambda: subprocess.run(worker, env=env, cwd=ROOT, capture_output=True).returncode == 0  # noqa: E731
    assert eventually(ping, 60)
    assert demo.process.poll() is None


@pytest.mark.slow
def test_a_demo_is_joined_by_commands_and_refuses_a_second_one(demo: Demo) -> None:
    address = demo.ready()
    second = embedded("demo", PRM_HOME=str(demo.home))
    assert second.returncode == 1
    assert f"./run demo (process {demo.process.pid}) already runs in this folder" in second.stderr
    assert address in second.stderr
    joined = embedded("manage", "migrate", "--check", PRM_HOME=str(demo.home))
    assert (joined.returncode, demo.process.poll()) == (0, None), joined.stderr


@pytest.mark.slow
def test_a_busy_port_is_replaced_by_the_next_free_one(demo: Demo, tmp_path: Path) -> None:
    taken = int(demo.ready().rstrip("/").rsplit(":", 1)[1])
    (tmp_path / "other").mkdir()
    other = Demo(tmp_path / "other" / "home", taken)
    try:
        assert other.ready() != demo.ready()
        eventually(lambda: f"Port {taken} is in use" in other.said.read_text())
    finally:
        other.stop()


@pytest.mark.slow
def test_commands_started_without_a_demo_share_their_servers(tmp_path: Path) -> None:
    home = str(tmp_path)
    code = "import time, sys; print('up', flush=True); time.sleep(float(sys.argv[1]))"
    holder = subprocess.Popen(
        [sys.executable, "-m", "prm.embedded", "manage", "shell", "-c", code.replace(
            "float(sys.argv[1])", "3")],
        env=clean_env(PRM_HOME=home), stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert holder.stdout
    while holder.stdout.readline().strip() not in ("up", ""):
        pass
    ask = "import time; from django.db import connection as c; time.sleep(5); c.ensure_connection()"
    guest = embedded("manage", "shell", "-c", ask, PRM_HOME=home)
    assert guest.returncode == 0, guest.stderr
    assert holder.wait(60) == 0


@pytest.mark.slow
def test_a_killed_demo_leaves_no_orphans_and_the_next_one_stops_cleanly(demo: Demo) -> None:
    demo.ready()
    everyone = group(demo.pids())
    assert len(everyone) >= 8  # web and worker with children, beat, two servers
    demo.process.kill()
    demo.process.wait()
    eventually(lambda: not {p.pid for p in live_processes()} & everyone, 30)
    again = Demo(demo.home, 18_300)
    try:
        assert again.ready()
        everyone = group(again.pids())
    finally:
        assert again.stop() == 0
    assert not {p.pid for p in live_processes()} & everyone
    assert "Stopped." in again.said.read_text()
