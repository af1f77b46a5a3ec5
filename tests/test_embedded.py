"""The embedded servers: they start anywhere, come back when killed, and leave no orphans."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import redis

from prm.embedded.demo import listen
from prm.embedded.processes import Ledger, live_processes, working_in

ROOT = Path(__file__).resolve().parent.parent
HOLD = """
import json, sys, time
from pathlib import Path
from prm.embedded.instance import Busy, Instance
from prm.embedded.processes import stop_on_signals

stop_on_signals()
say = lambda text: print(text, file=sys.stderr, flush=True)
try:
    with Instance(Path(sys.argv[1]), doing="this test", durable=False, say=say) as instance:
        pids = {server.child.program.name: server.child.pid for server in instance.servers}
        print(json.dumps({"env": instance.env, "pids": pids}), flush=True)
        while True:
            instance.tend()
            time.sleep(0.05)
except Busy as busy:
    sys.exit(f"held by {busy.state['doing']} {busy.state['pid']}")
"""


def clean_env(**more: str) -> dict[str, str]:
    """Our environment without the servers that the test run itself uses."""
    own = {"DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "PRM_HOME", "PRM_STATIC_ROOT"}
    kept = {key: value for key, value in os.environ.items() if key not in own}
    return {**kept, "PYTHONPATH": str(ROOT), **more}


class Holder:
    """A process that holds a data folder, as ``./run demo`` does."""

    def __init__(self, base: Path, **env: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(base)],
            env=clean_env(**env), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.base = base
        line = self.process.stdout.readline() if self.process.stdout else ""
        said: dict[str, Any] = json.loads(line) if line else {"env": {}, "pids": {}}
        self.env, self.pids = said["env"], said["pids"]

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> str:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.communicate(timeout=30)[1]

    def sql(self, statement: str, role: str = "DATABASE_URL") -> list[tuple[Any, ...]]:
        user = self.env[role].split("//")[1].split("@")[0]
        host = self.env[role].split("host=")[1]
        with contextlib.closing(psycopg2.connect(host=host, user=user, dbname="prm")) as link:
            link.autocommit = True
            cursor = link.cursor()
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def ping(self) -> bool:
        return bool(redis.Redis.from_url(self.env["REDIS_URL"]).ping())


def eventually(holds: Callable[[], Any], seconds: float = 30) -> Any:
    """The first true answer of ``holds``; errors count as not yet."""
    deadline = time.monotonic() + seconds
    while True:
        with contextlib.suppress(psycopg2.Error, redis.RedisError, OSError):
            if answer := holds():
                return answer
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.1)


def is_live(pid: int) -> bool:
    return any(process.pid == pid for process in live_processes())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder whose path has a space."""
    return tmp_path / "a folder"


@pytest.fixture
def holder(folder: Path) -> Iterator[Holder]:
    held = Holder(folder)
    yield held
    held.stop()


def test_the_app_role_is_neither_superuser_nor_owner(holder: Holder) -> None:
    rights = "SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname=current_user"
    assert holder.sql(rights) == [(False, False, False)]
    assert holder.sql("SELECT current_user", "DATABASE_OWNER_URL") == [("prm_owner",)]
    owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'prm'"
    assert holder.sql(owner) == [("prm_owner",)]


def test_no_tcp_port_is_opened(holder: Holder) -> None:
    assert holder.sql("SHOW listen_addresses", "DATABASE_OWNER_URL") == [("",)]
    assert redis.Redis.from_url(holder.env["REDIS_URL"]).config_get("port") == {"port": "0"}


def test_a_second_holder_is_told_who_is_here(holder: Holder) -> None:
    second = Holder(holder.base)
    assert second.pids == {}
    assert f"held by this test {holder.process.pid}" in second.stop()
    assert holder.ping()


def test_a_stop_leaves_no_process_and_no_socket(folder: Path) -> None:
    held = Holder(folder)
    sockets = Path(held.env["DATABASE_URL"].split("host=")[1])
    assert sockets.is_dir()
    assert oct(sockets.stat().st_mode)[-3:] == "700"
    held.stop()
    assert not sockets.exists()
    assert not any(is_live(pid) for pid in held.pids.values())


@pytest.mark.slow
def test_postgres_killed_comes_back_with_its_rows(holder: Holder) -> None:
    holder.sql("CREATE TABLE t AS SELECT 7 AS n; GRANT SELECT ON t TO prm_app",
               "DATABASE_OWNER_URL")  # fmt: skip
    os.kill(holder.pids["postgres"], signal.SIGKILL)
    assert eventually(lambda: holder.sql("SELECT n FROM t")) == [(7,)]


@pytest.mark.slow
def test_postgres_killed_in_the_middle_of_a_query_comes_back(holder: Holder) -> None:
    busy = subprocess.Popen(
        [sys.executable, "-c",
         "import psycopg2, sys; c = psycopg2.connect(sys.argv[1]).cursor();"
         "c.execute('SELECT count(*) FROM generate_series(1, 2000000000)')",
         f"host={holder.env['DATABASE_URL'].split('host=')[1]} user=prm_app dbname=prm"],
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    eventually(lambda: holder.sql(
        "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%generate_series(1, 2%' "
        "AND pid <> pg_backend_pid()"))  # fmt: skip
    os.kill(holder.pids["postgres"], signal.SIGKILL)
    assert eventually(lambda: holder.sql("SELECT 1")) == [(1,)]
    assert busy.wait(30) != 0


@pytest.mark.slow
def test_valkey_killed_comes_back_empty(holder: Holder) -> None:
    link = redis.Redis.from_url(holder.env["REDIS_URL"])
    link.set("key", "value")
    os.kill(holder.pids["valkey"], signal.SIGKILL)
    eventually(lambda: holder.ping() and not is_live(holder.pids["valkey"]))
    assert redis.Redis.from_url(holder.env["REDIS_URL"]).get("key") is None


@pytest.mark.slow
def test_a_killed_holder_leaves_no_orphans_and_the_next_one_finds_its_rows(folder: Path) -> None:
    first = Holder(folder)
    first.sql("CREATE TABLE t AS SELECT 7 AS n; GRANT SELECT ON t TO prm_app",
              "DATABASE_OWNER_URL")  # fmt: skip
    first.kill()
    if sys.platform == "linux":  # the kernel tells the servers; elsewhere the next start ends them
        eventually(lambda: not any(is_live(pid) for pid in first.pids.values()), 20)
    second = Holder(folder)
    try:
        assert second.sql("SELECT n FROM t") == [(7,)]
        assert second.ping()
        assert not Path(first.env["DATABASE_URL"].split("host=")[1]).exists()
    finally:
        second.stop()


@pytest.mark.slow
def test_a_start_ends_servers_that_outlived_their_holder(folder: Path) -> None:
    first = Holder(folder)
    for pid in first.pids.values():
        os.kill(pid, signal.SIGSTOP)  # they cannot obey the kernel's word, like a hung server
    first.kill()
    time.sleep(0.3)
    assert all(is_live(pid) for pid in first.pids.values())
    second = Holder(folder)
    try:
        assert not any(is_live(pid) for pid in first.pids.values())
        assert second.sql("SELECT 1") == [(1,)]
    finally:
        second.stop()


@pytest.mark.slow
def test_a_pid_file_that_names_a_stranger_is_no_obstacle(folder: Path) -> None:
    Holder(folder).stop()
    (folder / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n{folder}\n")
    held = Holder(folder)
    try:
        assert held.sql("SELECT 1") == [(1,)]
    finally:
        held.stop()


@pytest.mark.slow
def test_an_interrupted_first_start_is_begun_anew(folder: Path) -> None:
    half = folder / "postgres.new" / "base"
    half.mkdir(parents=True)
    held = Holder(folder)
    try:
        assert held.sql("SELECT 1") == [(1,)]
        assert not half.exists()
    finally:
        held.stop()


@pytest.mark.slow
def test_a_cluster_of_another_version_is_refused_in_one_sentence(folder: Path) -> None:
    Holder(folder).stop()
    (folder / "postgres" / "PG_VERSION").write_text("12\n")
    said = Holder(folder).stop()
    assert "was made by PostgreSQL 12, this is 18" in said
    assert "PRM_HOME=" in said


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user for Postgres")
def test_root_without_user_namespaces_runs_postgres_as_a_low_user(folder: Path) -> None:
    before = set(Path("/var/tmp").glob("prm-*"))
    held = Holder(folder, PRM_NO_USERNS="1")
    try:
        assert held.sql("SELECT 1") == [(1,)]
        assert Path(f"/proc/{held.pids['postgres']}").stat().st_uid != 0
        os.kill(held.pids["postgres"], signal.SIGKILL)
        assert eventually(lambda: held.sql("SELECT 1")) == [(1,)]
    finally:
        held.stop()
        for path in set(Path("/var/tmp").glob("prm-*")) - before:
            shutil.rmtree(path)


def test_a_pid_used_again_by_another_program_is_not_ours(tmp_path: Path) -> None:
    stranger = subprocess.Popen(["sleep", "60"], start_new_session=True)
    try:
        ledger = Ledger(tmp_path / "processes.json")
        ledger.write("ours", stranger.pid)
        assert ledger.survivors() == {stranger.pid}
        ledger.path.write_text(json.dumps({"ours": [stranger.pid, "another start time"]}))
        assert ledger.survivors() == set()
    finally:
        stranger.kill()
        stranger.wait()


def test_a_ledger_that_was_cut_off_counts_as_empty(tmp_path: Path) -> None:
    path = tmp_path / "processes.json"
    path.write_text('{"postgres": [12')
    assert Ledger(path).survivors() == set()


@pytest.mark.skipif(sys.platform != "linux", reason="working directories are read from /proc")
def test_processes_are_found_by_their_folder(tmp_path: Path) -> None:
    sleeper = subprocess.Popen(["sleep", "60"], cwd=tmp_path)
    try:
        assert working_in(tmp_path) == {sleeper.pid}
    finally:
        sleeper.kill()
        sleeper.wait()


def test_a_busy_port_gives_the_next_free_one() -> None:
    with listen(18_400) as first, listen(first.getsockname()[1]) as second:
        assert second.getsockname()[1] > first.getsockname()[1]
