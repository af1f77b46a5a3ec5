"""Whether the lock files still say what requirements.in and dev.in ask for. Needs no network."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REMAKE = (
    "uv pip compile --universal --python-version 3.11 --generate-hashes --no-header "
    "requirements.in -o requirements.lock, then the same for requirements.in dev.in "
    "-c requirements.lock -o dev.lock"
)
PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)( ; [^\\]+?)? \\$")


def plain(name: str) -> str:
    """A package's name as indexes compare it, without its extras."""
    return re.sub(r"[-_.]+", "-", name.split("[")[0]).lower()


def asked(name: str) -> dict[str, str]:
    """Package to version, as an .in file pins them."""
    lines = (ROOT / name).read_text().split("\n")
    pins = [line.split("#")[0].strip().split("==") for line in lines if "==" in line]
    return {plain(package): version for package, version in pins}


def locked(name: str) -> dict[str, dict[str, object]]:
    """Each pin of a lock file with its marker, its hashes and who asked for it."""
    pins: dict[str, dict[str, object]] = {}
    entry: dict[str, object] = {}
    for line in (ROOT / name).read_text().splitlines():
        if found := PIN.match(line):
            entry = {"version": found[2], "hashes": set(), "direct": set()}
            pins[f"{plain(found[1])}=={found[2]}{found[3] or ''}"] = entry
        elif hashed := re.search(r"--hash=(\S+)", line):
            entry["hashes"].add(hashed[1])  # type: ignore[attr-defined]
        elif origin := re.search(r"# .*?-r (\S+)|^\s+#\s+-r (\S+)", line):
            entry["direct"].add(origin[1] or origin[2])  # type: ignore[attr-defined]
    return pins


def problems() -> list[str]:
    """One sentence for each way in which the locks are stale or unsafe."""
    found = []
    run_time, tools = locked("requirements.lock"), locked("dev.lock")
    for name in ("requirements.lock", "dev.lock", "uv.lock.txt"):
        if re.search(r"https?://|file:|^-", (ROOT / name).read_text(), re.MULTILINE):
            found.append(f"{name} names an address, a path or an option; it may hold only hashes.")
        found += [
            f"{name}: {pin} has no hash." for pin, e in locked(name).items() if not e["hashes"]
        ]
    for pin, entry in run_time.items():
        if pin not in tools or tools[pin]["hashes"] != entry["hashes"]:
            found.append(f"dev.lock does not hold {pin} as requirements.lock does.")
    for source, lock in (("requirements.in", run_time), ("dev.in", tools)):
        pins = {pin.split("==")[0]: e["version"] for pin, e in lock.items()}
        for package, version in asked(source).items():
            if pins.get(package) != version:
                found.append(f"{source} asks for {package}=={version}, its lock does not.")
        direct = {pin.split("==")[0] for pin, e in lock.items() if source in e["direct"]}
        found += [f"{p} is locked for {source}, which no longer asks for it."
                  for p in sorted(direct - set(asked(source)))]  # fmt: skip
    return found


if __name__ == "__main__":
    if wrong := problems():
        sys.exit("\n".join([*wrong, f"Make the locks again: {REMAKE}"]))
