"""Every parser that is fuzzed takes its seeds and what fuzzing found; the figures' page can be written."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness import fuzz
from harness.fuzz_targets import TARGETS, tried
from yunquan.evidence.reading.unreadable import UnreadableError

FOUND = Path(__file__).parent / "found"


@pytest.mark.parametrize("name", TARGETS)
def test_the_seeds_of_a_parser_are_papers_that_it_reads(name: str) -> None:
    seeds = list(TARGETS[name].seeds())
    assert len(seeds) == len(set(seeds)) >= 2
    read = 0
    for seed in seeds:
        assert len(seed) <= TARGETS[name].longest
        try:
            read += TARGETS[name].take(seed) is not None
        except UnreadableError:
            continue
    # What a page alone can't say, a seed still reaches the parser with.
    assert read >= len(seeds) / 2


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00",
        b"PK\x03\x04",
        b"%PDF-1.7",
        b"<?xml version='1.0'?><a/>",
        b"\xff\xfe\x00\xd8",
        b"\x89PNG\r\n\x1a\n",
        b"@\t\n\t\t\n",
    ],
)
def test_stumps_are_refused_or_read(name: str, content: bytes) -> None:
    tried(name, content)


@pytest.mark.parametrize(
    "file", sorted(FOUND.glob("*/*")), ids=lambda file: f"{file.parent.name}-{file.name[:20]}"
)
def test_what_fuzzing_found_stays_mended(file: Path) -> None:
    tried(file.parent.name, file.read_bytes())


def test_the_figures_stand_in_the_page(tmp_path: Path) -> None:
    page = tmp_path / "fuzzing.md"
    page.write_text(f"above\n{fuzz.BEGIN}\nold\n{fuzz.END}\nbelow\n", encoding="utf-8")
    fuzz.write([fuzz.Figures("contract-words", 123_456, 700, 2_000, 90, 0, 60)], page)
    text = page.read_text(encoding="utf-8")
    assert "| contract-words | 60 | 123,456 | 700 | 2,000 | 90 | 0 |" in text
    assert "old" not in text and text.startswith("above") and text.endswith("below\n")


def test_the_page_names_every_parser() -> None:
    text = fuzz.PAGE.read_text(encoding="utf-8")
    told = re.findall(
        r"^\| ([a-z-]+) \| \d", text[text.index(fuzz.BEGIN) : text.index(fuzz.END)], re.MULTILINE
    )
    assert told == list(TARGETS)


def test_a_parser_that_is_not_there_is_refused() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "harness.fuzz", "nothing"],
        cwd=fuzz.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2 and "no such parser: nothing" in done.stderr
