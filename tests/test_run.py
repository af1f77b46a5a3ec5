"""``./run``: what a newcomer types works, and says what to do where it cannot."""

import ast
import importlib.machinery
import importlib.util
import json
import os
import pwd
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.test_embedded import ROOT, clean_env

RUN = ROOT / "run"
COMMANDS = ("demo", "test", "check", "messages", "manage", "worker", "bench", "shots", "lighthouse")


def call(*arguments: str, seconds: float = 120, **env: str) -> subprocess.CompletedProcess[str]:
    """Run ./run to its end."""
    return subprocess.run(
        [sys.executable, str(RUN), *arguments],
        env=clean_env(**env), capture_output=True, text=True, timeout=seconds, check=False,
    )  # fmt: skip


def embedded(*arguments: str, seconds: float = 120, **env: str) -> Any:
    """Run the part of ./run that follows the set-up, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "prm.embedded", *arguments],
        env=clean_env(**env), capture_output=True, text=True, timeout=seconds, check=False,
    )  # fmt: skip


@pytest.fixture
def run(tmp_path: Path) -> ModuleType:
    """./run as a module whose checkout is an empty folder."""
    loader = importlib.machinery.SourceFileLoader("run_under_test", str(RUN))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode, before = True, sys.dont_write_bytecode
    loader.exec_module(module)
    sys.dont_write_bytecode = before
    module.ROOT, module.VENV = tmp_path, tmp_path / ".venv"
    module.PYTHON = Path(sys.executable)
    module.STAMP, module.UNFINISHED = module.VENV / "prm.json", module.VENV / "prm.installing"
    module.VENV.mkdir()
    for lock in (module.RUN_TIME, module.WITH_TOOLS):
        (tmp_path / lock).write_text("a==1")
    return module


def installed(run: ModuleType, *locks: str, root: str = "") -> None:
    held = {lock: run.digest(lock) for lock in locks}
    run.STAMP.write_text(json.dumps({"root": root or str(run.ROOT), "locks": held}))


def test_run_needs_only_the_standard_library_and_parses_on_python_3_9() -> None:
    tree = ast.parse(RUN.read_text(), feature_version=(3, 9))
    names = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    names |= {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert names <= sys.stdlib_module_names


def test_help_names_every_command() -> None:
    told = call("help")
    assert told.returncode == 0
    assert all(f"./run {command}" in told.stdout for command in COMMANDS)


def test_an_unknown_command_is_refused_with_the_help() -> None:
    told = call("dmeo")
    assert told.returncode == 1
    assert "There is no command 'dmeo'" in told.stderr
    assert "./run demo" in told.stderr


def test_nothing_is_installed_again_while_the_lock_is_the_same(run: ModuleType) -> None:
    installed(run, run.RUN_TIME)
    assert run.current(run.RUN_TIME)
    assert not run.current(run.WITH_TOOLS)


def test_a_changed_lock_is_installed(run: ModuleType) -> None:
    installed(run, run.RUN_TIME)
    (run.ROOT / run.RUN_TIME).write_text("a==2")
    assert not run.current(run.RUN_TIME)


def test_an_interrupted_installation_is_not_trusted(run: ModuleType) -> None:
    installed(run, run.RUN_TIME)
    run.UNFINISHED.touch()
    assert not run.current(run.RUN_TIME)


def test_an_environment_that_was_moved_is_not_trusted(run: ModuleType) -> None:
    installed(run, run.RUN_TIME, root="/elsewhere")
    assert not run.current(run.RUN_TIME)


def test_an_environment_whose_python_is_gone_is_not_trusted(run: ModuleType) -> None:
    installed(run, run.RUN_TIME)
    run.PYTHON = run.VENV / "bin" / "python"
    assert not run.current(run.RUN_TIME)


def test_the_python_that_runs_it_is_preferred(run: ModuleType) -> None:
    assert Path(run.find_python()).samefile(sys._base_executable)  # type: ignore[attr-defined]


def test_without_a_usable_python_it_says_what_to_install(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "quiet", lambda argv: False)
    with pytest.raises(SystemExit, match=r"Python 3\.11 or newer.*apt install python3"):
        run.find_python()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("demo", "--port", "http"), "a port is a number from 1 to 65535, not 'http'"),
        (("demo", "--port", "70000"), "a port is a number from 1 to 65535, not '70000'"),
        (("demo", "--emtpy"), "unrecognized arguments: --emtpy"),
    ],
)
def test_a_wrong_option_is_refused_in_one_sentence(
    arguments: tuple[str, ...], sentence: str, tmp_path: Path
) -> None:
    told = embedded(*arguments, PRM_HOME=str(tmp_path))
    assert told.returncode == 2
    assert sentence in told.stderr


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("DATABASE_URL", "mysql://a@b/c", "DATABASE_URL must look like postgres://"),
        ("DATABASE_URL", "postgres://a:geheim@127.0.0.1:1/prm", "PostgreSQL at 127.0.0.1:1"),
        ("DATABASE_URL", "postgres://a@127.0.0.1:x/prm", "The port in DATABASE_URL must be"),
        ("REDIS_URL", "http://a", "REDIS_URL must begin with redis://"),
        ("EMAIL_URL", "mail.example", "EMAIL_URL must look like smtp://"),
        ("DEBUG", "maybe", "DEBUG must be 1 or 0"),
        ("REDIS_URL", "redis://h/abc", "REDIS_URL must end with the number of a database"),
        ("REDIS_URL", "unix:///s?db=x", "REDIS_URL must end with the number of a database"),
        ("REDIS_URL", "redis://h:port/0", "The port in REDIS_URL must be"),
        ("EMAIL_URL", "smtp://h:abc", "The port in EMAIL_URL must be"),
        ("EMAIL_URL", "smtp://[::1", "EMAIL_URL is no URL"),
        ("EMAIL_URL_FILE", "/nowhere/at/all", "EMAIL_URL_FILE names /nowhere/at/all, which"),
        ("PRM_TIME_ZONE", "Europe/Berlinn", "PRM_TIME_ZONE must be a time zone like"),
        ("PRM_CURRENCY", "EURO", "PRM_CURRENCY must be a currency code"),
    ],
)
def test_preflight_stops_a_wrong_setting_in_one_sentence(
    name: str, value: str, sentence: str
) -> None:
    given = {
        "SECRET_KEY": "x" * 60,
        "DATABASE_URL": os.environ["DATABASE_URL"],
        "REDIS_URL": os.environ["REDIS_URL"],
        name: value,
    }
    told = subprocess.run(
        [sys.executable, "-m", "prm.preflight"],
        env=clean_env(**given), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert told.returncode == 1
    assert told.stderr.startswith("Cannot start: ")
    assert sentence in told.stderr
    assert "geheim" not in told.stderr
    assert len(told.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PRM_TIME_ZONE", "Mars/X", "PRM_TIME_ZONE must be a time zone like"),
        ("PRM_CURRENCY", "ABCD", "PRM_CURRENCY must be a currency code"),
    ],
)
def test_a_wrong_first_value_stops_the_demo_in_one_sentence(
    name: str, value: str, sentence: str, tmp_path: Path
) -> None:
    told = embedded("demo", "--empty", PRM_HOME=str(tmp_path), **{name: value})
    assert told.returncode == 1
    *progress, last = told.stderr.strip().splitlines()
    assert last.startswith("Cannot start: ")
    assert sentence in last
    assert all(" s " in line for line in progress)
    assert "Making the tables" not in told.stderr


def test_a_data_folder_that_cannot_be_made_is_named_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    told = embedded("manage", "check", PRM_HOME=str(tmp_path / "file" / "x"))
    assert told.returncode == 1
    (said,) = told.stderr.strip().splitlines()
    assert said.startswith(f"The data folder {tmp_path / 'file' / 'x' / 'demo'} cannot be made")
    assert "PRM_HOME=/another/folder" in said


def test_preflight_only_warns_when_redis_and_mail_are_away() -> None:
    given = {
        "SECRET_KEY": "x" * 60,
        "DATABASE_URL": os.environ["DATABASE_URL"],
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "EMAIL_URL": "smtp://127.0.0.1:1",
    }
    told = subprocess.run(
        [sys.executable, "-m", "prm.preflight"],
        env=clean_env(**given), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert told.returncode == 0
    assert "Warning: Redis does not answer" in told.stderr
    assert "Warning: The mail server 127.0.0.1:1 does not answer" in told.stderr


@pytest.mark.slow
@pytest.mark.skipif(not Path("/usr/bin/python3").exists(), reason="needs the system's Python")
def test_a_normal_user_sets_it_up_in_a_path_with_a_space(run: ModuleType) -> None:
    system = subprocess.run(
        ["/usr/bin/python3", "-c", run.USABLE], capture_output=True, check=False
    )
    if system.returncode:
        pytest.skip("the system's Python is older than 3.11 or has no venv")
    checkout = Path("/var/tmp") / f"prm copy {os.getpid()}"
    keep_out = shutil.ignore_patterns(".venv*", ".prm", ".git", "__pycache__", ".*_cache")
    shutil.copytree(ROOT, checkout, ignore=keep_out)
    user: dict[str, Any] = {}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        for path in (checkout, *checkout.rglob("*")):
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
    try:
        began = time.monotonic()
        done = subprocess.run(
            ["/usr/bin/python3", "run", "manage", "migrate", "--check"],
            cwd=checkout, env=clean_env(
                HOME=str(checkout), UV_CACHE_DIR=str(checkout / "uv"), PYTHONPATH=""
            ),
            capture_output=True, text=True, timeout=300, check=False, **user,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert time.monotonic() - began < 240
    finally:
        shutil.rmtree(checkout)
