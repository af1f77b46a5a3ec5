"""Whether docker-compose.yml is one that Docker Compose accepts; needs no Docker.

The schema finds misspelt keys; this finds names that nothing defines. Where Docker Compose itself
is installed, it is asked too.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "docker-compose.yml"
VARIABLE = re.compile(r"(?<!\$)\$\{([A-Z0-9_]+)")


def schema_problems() -> list[str]:
    """What the compose specification's own schema says."""
    argv = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run([*argv, str(FILE)], capture_output=True, text=True, check=False)
    return [done.stdout + done.stderr] if done.returncode else []


def names_used(service: dict[str, Any]) -> dict[str, set[str]]:
    """What a service refers to: services it waits for, named volumes, configs and networks."""
    volumes = [str(volume).split(":")[0] for volume in service.get("volumes", ())]
    return {
        "services": set(service.get("depends_on", ())),
        "volumes": {name for name in volumes if name[0] not in "./~"},
        "configs": {c["source"] if isinstance(c, dict) else c for c in service.get("configs", ())},
        "networks": set(service.get("networks", ())),
    }


def reference_problems(content: dict[str, Any]) -> list[str]:
    """Names that a service uses and nothing defines, and services that wait for each other."""
    found = []
    services = content["services"]
    for name, service in services.items():
        for kind, used in names_used(service).items():
            missing = sorted(used - set(content.get(kind) or ()))
            found += [f"The service {name} names {m}, which is not in {kind}." for m in missing]
        if not service.get("image") and not service.get("build"):
            found.append(f"The service {name} has neither an image nor a build.")
    return found or circle_problems({n: set(s.get("depends_on", ())) for n, s in services.items()})


def circle_problems(waits: dict[str, set[str]]) -> list[str]:
    """Services that could never start because they wait for each other."""
    left = dict(waits)
    while ready := {name for name, needs in left.items() if not needs & set(left)}:
        left = {name: needs for name, needs in left.items() if name not in ready}
    return [f"These services wait for each other: {', '.join(sorted(left))}."] if left else []


def docker_problems(variables: set[str]) -> list[str]:
    """What Docker Compose says, where it is installed."""
    env = {**os.environ, **dict.fromkeys(variables, "x")}
    for argv in (["docker", "compose"], ["docker-compose"]):
        if _works([*argv, "version"]):
            config = [*argv, "-f", str(FILE), "config", "--quiet"]
            done = subprocess.run(config, env=env, capture_output=True, text=True, check=False)
            return [done.stderr] if done.returncode else []
    return []


def _works(argv: list[str]) -> bool:
    if not shutil.which(argv[0]):
        return False
    return subprocess.run(argv, capture_output=True, check=False).returncode == 0


def problems() -> list[str]:
    """Everything that is wrong, in sentences."""
    if wrong := schema_problems():
        return wrong
    text = FILE.read_text()
    return reference_problems(yaml.safe_load(text)) + docker_problems(set(VARIABLE.findall(text)))


if __name__ == "__main__":
    sys.exit("\n".join(problems()) or None)
