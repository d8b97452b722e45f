"""Layouts of receipts and statements as data: one YAML file each, which a person can add without programming."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

HERE = Path(__file__).parent / "layouts"
# A folder with a programme's own layouts, beside those that come along.
FOLDER = "YUNQUAN_RECEIPTS"
MOST_FILES, MOST_BYTES = 200, 200_000
HOW_TO = "docs/howto/a-new-bank-layout.md"

Part = Literal[
    "payer", "payer_account", "payer_bank", "payee", "payee_account", "payee_bank", "amount", "capitals",
    "paid_on", "serial", "state",
]  # fmt: skip
Column = Literal[
    "paid_on", "debit", "credit", "amount", "way", "counterparty", "counterparty_account", "payer",
    "payer_account", "payee", "payee_account", "own", "own_account", "serial", "state",
]  # fmt: skip
_Words = tuple[str, ...]


class _Layout(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str = Field(pattern=r"^[a-z0-9-]{1,40}$")
    title: str = Field(min_length=1)
    # Against what the layout was checked, honestly.
    checked: str = Field(min_length=1)


class Receipt(_Layout):
    """How a bank's receipt is recognised and what stands before each part of it."""

    kind: Literal["receipt"] = "receipt"
    bank: str = ""
    recognised_by: _Words
    not_by: _Words = ()
    labels: dict[Part, _Words] = {}
    others: _Words = ()
    both: dict[Literal["name", "account", "bank"], _Words] = {}
    heads: dict[Literal["payer", "payee"], _Words] = {}
    requests: _Words = ()
    failures: _Words = ()


class Statement(_Layout):
    """What the columns of an account's statement are called."""

    kind: Literal["statement"]
    columns: dict[Column, _Words]
    out: _Words = ()
    into: _Words = ()


class LayoutError(ValueError):
    """A layout file doesn't hold; the message names file, line, key and what is expected, one fault a line."""


def _line(tree: Any, path: tuple[int | str, ...]) -> int:
    """The line where a key stands, or the nearest one above it."""
    line = 1
    for step in path:
        try:
            at = tree.lc
            place = at.item(step) if isinstance(tree, list) else at.key(step)
            line, tree = place[0] + 1, tree[step]
        except (KeyError, IndexError, AttributeError, TypeError):
            break
    return line


def _said(error: Any) -> str:
    match error["type"]:
        case "missing":
            return "缺少这一项；应为：补上这一项"
        case "extra_forbidden":
            return "不认识这一项；应为：检查拼写或删去"
        case "literal_error":
            return f"不能取值 {error.get('input')!r}；应为：{error['ctx']['expected']}"
    return f"{str(error.get('input'))[:60]!r} 不合要求；应为：见 {HOW_TO}"


def read_layout(path: Path) -> Receipt | Statement:
    """One layout file, checked; raises LayoutError with every fault in it."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise LayoutError(f"{path.name}:1: 文件过大；应为：不超过 {MOST_BYTES // 1000} KB")
        tree = YAML(typ="rt").load(path.read_text(encoding="utf-8"))
    except MarkedYAMLError as wrong:
        line = wrong.problem_mark.line + 1 if wrong.problem_mark else 1
        raise LayoutError(f"{path.name}:{line}: 不是 YAML；应为：名称: 值，每行一项") from wrong
    except (YAMLError, UnicodeDecodeError, OSError) as wrong:
        raise LayoutError(f"{path.name}:1: 读不出来；应为：UTF-8 编码的 YAML 文件") from wrong
    told = tree if isinstance(tree, dict) else {}
    try:
        if told.get("kind") == "statement":
            return Statement.model_validate(told)
        return Receipt.model_validate(told)
    except ValidationError as wrong:
        faults = []
        for error in wrong.errors():
            key = ".".join(str(step) for step in error["loc"])
            faults.append(f"{path.name}:{_line(tree, tuple(error['loc']))}: {key}：{_said(error)}")
        raise LayoutError("\n".join(faults)) from None


def read_folder(folder: Path) -> tuple[Receipt | Statement, ...]:
    """Every layout of a folder by the names of the files; raises LayoutError where one is wrong."""
    paths = sorted(folder.glob("*.yaml"))
    if len(paths) > MOST_FILES:
        raise LayoutError(f"{folder.name}: 格式文件超过 {MOST_FILES} 个")
    found = [(path, read_layout(path)) for path in paths]
    seen: dict[str, str] = {}
    for path, layout in found:
        if layout.id in seen:
            raise LayoutError(f"{path.name}:1: id：编号 {layout.id} 已用于 {seen[layout.id]}；应为：另取编号")
        seen[layout.id] = path.name
    return tuple(found_layout for _path, found_layout in found)


@cache
def known() -> tuple[tuple[Receipt | Statement, ...], tuple[str, ...]]:
    """The layouts in the order in which they are tried, a programme's own first, and what is wrong with those.

    A fault in an own layout leaves that folder out, never the others.
    """
    own: tuple[Receipt | Statement, ...] = ()
    faults: tuple[str, ...] = ()
    folder = os.environ.get(FOLDER)
    if folder:
        try:
            own = read_folder(Path(folder))
        except LayoutError as wrong:
            faults = tuple(str(wrong).splitlines()[:10])
    shipped = [layout for layout in read_folder(HERE) if layout.id not in {each.id for each in own}]
    return (*own, *shipped), faults


def generic() -> Receipt:
    """The labels that all receipts share."""
    return next(layout for layout in known()[0] if layout.id == "generic" and isinstance(layout, Receipt))


def receipts() -> tuple[Receipt, ...]:
    """The layouts of receipts, the generic one apart."""
    return tuple(each for each in known()[0] if isinstance(each, Receipt) and each.id != "generic")


def statements() -> tuple[Statement, ...]:
    """The layouts of statements."""
    return tuple(each for each in known()[0] if isinstance(each, Statement))
