#!/usr/bin/env python3
"""Fetch the front-end files that the repository carries, from npm, against pinned checksums.

python .ci/vendor.py          fetch again (needs npm), rewrite the files and their VENDOR.json
python .ci/vendor.py --check  compare the files with VENDOR.json (offline; part of ./run check)
"""

import base64
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# package@version, sha512 of its archive as npm states it, {file in the package: file here}.
PACKAGES = (
    (
        "htmx.org@4.0.1",
        "oF7JgXhDW9UXCy/k1ZYFUQgzu/rm19ORWPSPNL91vPluB2PB9+MV55tyQdH/w7o2EAbTYUG5SDW1R60mdkdqGg==",
        {
            "dist/htmx.min.js": "static/vendor/htmx.min.js",
            "LICENSE": "static/vendor/htmx.LICENSE.txt",
        },
    ),
    (
        # The version that the Python plotly embeds; tests/test_architecture.py compares them.
        "plotly.js-basic-dist-min@4.1.1",
        "1oNF8PeQx2hv/y7tqEVWKD3JGwn/MGEMQ8mL9HUwsaqG9FGy/OU5FHUHvzqbqxN4mnwZGI9abTiE775C4kkjMQ==",
        {
            "plotly-basic.min.js": "static/vendor/plotly-basic.min.js",
            "LICENSE": "static/vendor/plotly.LICENSE.txt",
        },
    ),
    (
        "axe-core@4.14.1",
        "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
        {
            "axe.min.js": "tests/browser/vendor/axe.min.js",
            "LICENSE": "tests/browser/vendor/axe.LICENSE.txt",
        },
    ),
)


def fetch(package: str, sha512: str, folder: Path) -> tarfile.TarFile:
    """The package's archive, refused when it is not the one that was pinned."""
    done = subprocess.run(
        ["npm", "pack", "--silent", package], cwd=folder, check=True, capture_output=True, text=True
    )
    archive = folder / done.stdout.split()[-1]
    found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != sha512:
        sys.exit(f"{package}: the archive is not the pinned one (sha512 {found}).")
    return tarfile.open(archive)


def vendor() -> None:
    """Write every vendored file anew, and one VENDOR.json beside each folder's files."""
    listed: dict[Path, dict[str, dict[str, str]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for package, sha512, files in PACKAGES:
            with fetch(package, sha512, Path(folder)) as archive:
                for source, target in files.items():
                    member = archive.extractfile(f"package/{source}")
                    if member is None:
                        sys.exit(f"{package} has no file {source}.")
                    data, path = member.read(), ROOT / target
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(data)
                    entry = {"package": package, "sha256": hashlib.sha256(data).hexdigest()}
                    listed.setdefault(path.parent, {})[path.name] = entry
    for parent, entries in listed.items():
        text = json.dumps(entries, indent=2, sort_keys=True) + "\n"
        (parent / "VENDOR.json").write_text(text, encoding="utf-8")


def problems() -> list[str]:
    """One sentence for each vendored file that is missing, changed or unknown."""
    found = []
    for parent in sorted({(ROOT / to).parent for _, _, files in PACKAGES for to in files.values()}):
        listed = json.loads((parent / "VENDOR.json").read_text(encoding="utf-8"))
        pinned = {
            Path(target).name: package
            for package, _, files in PACKAGES
            for target in files.values()
            if (ROOT / target).parent == parent
        }
        if {name: entry["package"] for name, entry in listed.items()} != pinned:
            found.append(f"{parent.relative_to(ROOT)}: run .ci/vendor.py, VENDOR.json is stale.")
        for path in sorted(parent.iterdir()):
            where = path.relative_to(ROOT)
            if path.name == "VENDOR.json":
                continue
            if path.name not in listed:
                found.append(f"{where} is not in VENDOR.json: add it to .ci/vendor.py.")
            elif hashlib.sha256(path.read_bytes()).hexdigest() != listed[path.name]["sha256"]:
                found.append(f"{where} was changed: run .ci/vendor.py to get the original back.")
        found += [
            f"{(parent / name).relative_to(ROOT)} is missing: run .ci/vendor.py."
            for name in listed
            if not (parent / name).exists()
        ]
    return found


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        sys.exit("\n".join(problems()) or None)
    vendor()
