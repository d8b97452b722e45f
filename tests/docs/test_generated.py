"""The docs say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.generate_docs import generated
from yunquan.config.clauses import marks, requirements

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("path", ["docs/lifecycles.md", "docs/permissions.md", "docs/glossary.md"])
def test_generated_docs_equal_the_code(path: str) -> None:
    made = generated()[ROOT / path]
    assert (ROOT / path).read_text(encoding="utf-8") == made, "run `make docs`"


def test_links_between_docs_lead_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} names {target}"


def test_marks_name_known_requirements_or_invariants() -> None:
    known = {name.split(" ")[0] for row in requirements() for name in row.ids}
    invariant = re.compile(r"(M|Q|U|S|F|T|P|A|L|D|E)\d{1,2}")
    parts = re.compile(r"(D47|D0|D26|D108|D858)-[A-Z]?\d")
    strange = {clause for clause, _test in marks() if clause not in known and not invariant.fullmatch(clause)}
    assert {clause for clause in strange if not parts.match(clause)} == set()


def test_make_help_lists_every_target() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in ("setup", "demo", "test", "bench", "check", "help"):
        assert re.search(rf"^{target}:.*##|^help:", text, re.MULTILINE), target
