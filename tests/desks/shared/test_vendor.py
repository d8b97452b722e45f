"""The committed browser libraries are the locked ones, each with its licence."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_every_committed_library_has_its_sum_and_its_licence() -> None:
    checked = subprocess.run([sys.executable, ROOT / "scripts" / "vendor.py"], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    for name, package in json.loads((ROOT / "vendor.lock.json").read_text("utf-8"))["packages"].items():
        assert any(entry["to"].endswith("LICENSE") for entry in package["files"]), name
