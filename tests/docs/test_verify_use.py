"""The commands of docs/howto/verify-use.md run as they stand there."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "howto" / "verify-use.md"
PAGE_OF_SIGNALS = ROOT / "docs" / "usage-signals.md"


@pytest.mark.clause("D47-5.13", "D47-5.16")
def test_the_commands_of_the_page_lead_from_files_to_verdicts(tmp_path: Path) -> None:
    commands = re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(commands) == 4
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        ["bash", "-euc", "".join(commands)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    with (tmp_path / "verdicts.csv").open(encoding="utf-8", newline="") as file:
        verdicts = {(row["voucher"], row["service"]): row for row in csv.DictReader(file)}
    with (tmp_path / "synthetic" / "labels.csv").open(encoding="utf-8", newline="") as file:
        labels = {(row["voucher"], row["service"]): row["fraud"] for row in csv.DictReader(file)}
    assert set(verdicts) == set(labels)
    caught = [key for key, fraud in labels.items() if fraud and fraud in verdicts[key]["signals"].split(";")]
    assert len(caught) >= 0.75 * sum(map(bool, labels.values()))
    assert "done" in {row["verdict"] for row in verdicts.values()}


def test_every_signal_is_described_in_three_sentences() -> None:
    from yunquan.usage.signals import SIGNALS

    described = re.findall(
        r"^\| `(\w+)` (.+?) \| (.+?。) \| (.+?。) \| (.+?。) \|$", PAGE_OF_SIGNALS.read_text("utf-8"), re.M
    )
    assert [code for code, *_ in described] == list(SIGNALS)
