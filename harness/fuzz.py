"""Fuzzes every parser of strangers' files in turn: `python -m harness.fuzz [--seconds N] [TARGET…]`.

Findings are kept in var/fuzz/<parser>; the figures are printed, and with `--write` stand in docs/fuzzing.md.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from harness.fuzz_targets import ROOT, TARGETS

PAGE = ROOT / "docs" / "fuzzing.md"
BEGIN, END = "<!-- figures: written by make fuzz -->", "<!-- end of figures -->"
# The fork that reads has 256 MB above its base; the fuzzer's own tables come on top.
MEMORY_MB = 900


@dataclass(frozen=True)
class Figures:
    """What came of fuzzing one parser."""

    name: str
    runs: int
    coverage: int
    features: int
    corpus: int
    findings: int
    seconds: int

    def row(self) -> str:
        return (
            f"| {self.name} | {self.seconds} | {self.runs:,} | {self.coverage:,} | {self.features:,} | {self.corpus:,} |"
            f" {self.findings} |"
        )


HEAD = "| 解析器 | 秒 | 次数 | 覆盖的分支 | 特征 | 语料 | 新发现 |\n|---|---:|---:|---:|---:|---:|---:|"


def fuzz(name: str, seconds: int, folder: Path) -> Figures:
    """Fuzz one parser; what it finds lies in the folder."""
    place = folder / name
    place.mkdir(parents=True, exist_ok=True)
    before = set(place.glob("*-*"))
    command = [
        sys.executable, "-m", "harness.fuzz_one", name, str(place / "corpus"), f"-max_total_time={seconds}",
        f"-rss_limit_mb={MEMORY_MB}", "-timeout=60", f"-artifact_prefix={place}/", "-print_final_stats=1",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False)
    (place / "log.txt").write_text(done.stderr[-200_000:] + done.stdout[-20_000:], encoding="utf-8")
    lines = re.findall(r"#(\d+)\s+\w+\s+cov: (\d+) ft: (\d+) corp: (\d+)", done.stderr)
    runs = re.findall(r"number_of_executed_units:\s*(\d+)", done.stderr)
    last = [int(figure) for figure in lines[-1]] if lines else [0, 0, 0, 0]
    found = [each for each in place.glob("*-*") if each not in before and each.is_file()]
    if done.returncode and not found:
        raise SystemExit(f"{name}: the fuzzer didn't run:\n{done.stderr[-3000:]}")
    return Figures(name, int(runs[-1]) if runs else last[0], last[1], last[2], last[3], len(found), seconds)


def write(figures: list[Figures], page: Path = PAGE) -> None:
    """Put the figures into the page, between their marks."""
    text = page.read_text(encoding="utf-8")
    start, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    table = "\n".join([HEAD, *(each.row() for each in figures)])
    page.write_text(
        f"{text[:start]}\n\n{date.today():%Y-%m-%d}：\n\n{table}\n\n{text[end:]}", encoding="utf-8"
    )


def main(arguments: list[str]) -> int:
    """Fuzz all parsers, or those named; 1 when something was found."""
    wanted = argparse.ArgumentParser(prog="python -m harness.fuzz")
    wanted.add_argument("targets", nargs="*", metavar="TARGET", help=f"one of: {', '.join(TARGETS)}")
    wanted.add_argument("--seconds", type=int, default=60)
    wanted.add_argument("--folder", type=Path, default=ROOT / "var" / "fuzz")
    wanted.add_argument("--write", action="store_true", help="put the figures into docs/fuzzing.md")
    told = wanted.parse_args(arguments)
    unknown = set(told.targets) - TARGETS.keys()
    if unknown:
        wanted.error(f"no such parser: {', '.join(sorted(unknown))}")
    figures: list[Figures] = []
    print(HEAD, flush=True)
    for name in told.targets or TARGETS:
        figures.append(fuzz(name, told.seconds, told.folder))
        print(figures[-1].row(), flush=True)
    if told.write:
        write(figures)
    return 1 if any(each.findings for each in figures) else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
