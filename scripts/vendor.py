"""Fetch the browser libraries named in vendor.lock.json from npm, or check the committed copies.

    python scripts/vendor.py            check the committed files against their SHA-256 (no network)
    python scripts/vendor.py --fetch    fetch each package with `npm pack NAME@VERSION`, compare, write

A file whose content differs from the lock is named and the exit code is 1.  To take a new version,
edit `version` in the lock and run with `--fetch --accept`: the new sums are written to the lock.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "vendor.lock.json"
TARGET = ROOT / "yunquan" / "desks" / "shared" / "static" / "vendor"

# A map file that is not shipped breaks the manifest storage, so the reference to it is cut.
SOURCE_MAP = re.compile(rb"\n?(//# sourceMappingURL=\S+|/\*# sourceMappingURL=[^*]*\*/)\s*\Z")


def digest(content: bytes) -> str:
    """The SHA-256 of a file's content, as lower-case hex."""
    return hashlib.sha256(content).hexdigest()


def fetch(name: str, version: str, folder: Path) -> dict[str, bytes]:
    """All files of one npm package by their path inside it."""
    answer = subprocess.run(
        ["npm", "pack", f"{name}@{version}", "--json", "--silent"],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    described = json.loads(answer)
    first = described[0] if isinstance(described, list) else next(iter(described.values()))
    with tarfile.open(folder / first["filename"].replace("@", "").replace("/", "-")) as archive:
        return {
            member.name.removeprefix("package/"): archive.extractfile(member).read()  # type: ignore[union-attr]
            for member in archive.getmembers()
            if member.isfile()
        }


def refresh(lock: dict, *, accept: bool) -> list[str]:
    """Fetch every package, write its files, and name those whose sum is not the locked one."""
    faults = []
    with tempfile.TemporaryDirectory() as folder:
        for name, package in lock["packages"].items():
            contents = fetch(name, package["version"], Path(folder))
            for entry in package["files"]:
                if "from" not in entry:
                    continue  # A licence text that the package does not carry is kept by hand.
                content = SOURCE_MAP.sub(b"\n", contents[entry["from"]])
                if accept:
                    entry["sha256"] = digest(content)
                elif digest(content) != entry["sha256"]:
                    faults.append(f"{name}@{package['version']} {entry['from']}: not the locked content")
                    continue
                place = TARGET / entry["to"]
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(content)
    return faults


def check(lock: dict) -> list[str]:
    """Name every committed file that is missing, altered, or not in the lock."""
    faults, known = [], set()
    for name, package in lock["packages"].items():
        for entry in package["files"]:
            place = TARGET / entry["to"]
            known.add(place)
            if not place.is_file():
                faults.append(f"{name}: {entry['to']} is missing")
            elif digest(place.read_bytes()) != entry["sha256"]:
                faults.append(f"{name}: {entry['to']} was altered")
    faults += [
        f"{place.relative_to(ROOT)} is not in vendor.lock.json"
        for place in sorted(TARGET.rglob("*"))
        if place.is_file() and place not in known
    ]
    return faults


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Fetch or check the committed browser libraries.")
    parser.add_argument("--fetch", action="store_true", help="fetch the packages again with npm")
    parser.add_argument(
        "--accept", action="store_true", help="write the sums of what was fetched to the lock"
    )
    chosen = parser.parse_args(arguments)
    lock = json.loads(LOCK.read_text("utf-8"))
    faults = refresh(lock, accept=chosen.accept) if chosen.fetch else []
    if chosen.accept:
        for package in lock["packages"].values():
            for entry in package["files"]:
                entry["sha256"] = digest((TARGET / entry["to"]).read_bytes())
        LOCK.write_text(json.dumps(lock, ensure_ascii=False, indent=2) + "\n", "utf-8")
    faults += check(lock)
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
