"""Which requirement is proved by which tests: `docs/requirements.md` held against the marks in `tests/`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ID = re.compile(r"(?:D\d+|P\d+)(?:-[A-Z]?\d+(?:\.\d+)*(?:-\d+)?[a-c]?)?|public", re.ASCII)


@dataclass(frozen=True, slots=True)
class Requirement:
    """A row of the register: its ids as written, and what the platform does."""

    ids: tuple[str, ...]
    part: str
    text: str


def requirements(register: Path = ROOT / "docs" / "requirements.md") -> list[Requirement]:
    """The rows of the register in order; `D47-5.3, 5.4` stands for two ids."""
    rows, part = [], ""
    for line in register.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            part = line[3:].strip()
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|") or len(cells) < 2 or cells[0] in ("id", "---"):
            continue
        rows.append(Requirement(_ids(cells[0]), part, cells[1]))
    return rows


def _ids(cell: str) -> tuple[str, ...]:
    """`D47-4.4.1, 4.4.4` → D47-4.4.1, D47-4.4.4; `D47-3 券` keeps its word."""
    found, document = [], ""
    for piece in (piece.strip() for piece in cell.split(",")):
        head, dash, _tail = piece.partition("-")
        if dash or not piece[:1].isdigit():
            document = head
            found.append(piece)
        else:
            found.append(f"{document}-{piece}")
    return tuple(found)


def marks(tests: Path = ROOT / "tests") -> Iterator[tuple[str, str]]:
    """Each (clause id, test) named by `@pytest.mark.clause(...)` on a test, class or module."""
    for path in sorted(tests.rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                for clause in _clauses(node.decorator_list):
                    yield clause, f"{path.relative_to(tests.parent)}::{node.name}"
            elif isinstance(node, ast.Assign) and any(
                isinstance(target, ast.Name) and target.id == "pytestmark" for target in node.targets
            ):
                for clause in _clauses([node.value]):
                    yield clause, str(path.relative_to(tests.parent))


def _clauses(nodes: list[ast.expr]) -> Iterator[str]:
    for node in nodes:
        for call in ast.walk(node):
            if (
                isinstance(call, ast.Call)
                and isinstance(call.func, ast.Attribute)
                and call.func.attr == "clause"
            ):
                for arg in call.args:
                    if isinstance(arg, ast.Constant) and isinstance(arg.value, str):
                        yield arg.value


def table() -> list[tuple[str, list[str], Requirement]]:
    """Each requirement id with the tests that name it, in the order of the register."""
    by_id: dict[str, list[str]] = {}
    for clause, test in marks():
        by_id.setdefault(clause, []).append(test)
    return [
        (
            name,
            by_id.get(name, []) or by_id.get(name.split(" ")[0], []) if " " in name else by_id.get(name, []),
            row,
        )
        for row in requirements()
        for name in row.ids
    ]
