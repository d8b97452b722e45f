"""A layout as data: which columns of a producer's log are which part of a record (one YAML file each)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal
from unicodedata import normalize

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

HERE = Path(__file__).parent
ENDS = ("address", "end", "end_and_port")
TIMES = ("iso", "local", "utc", "clf", "epoch_seconds", "epoch_decimal")


class _Form(BaseModel):
    """One way the log is written down: its id, its reader, and what that reader must know."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str
    kind: Literal["delimited", "jsonl", "xlsx", "access", "w3c", "zeek"]
    separator: str = ","
    order: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


class _Field(BaseModel):
    """Where a part of a record stands: the names its column may have, and the column used where it is empty."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    names: tuple[str, ...]
    otherwise: tuple[str, ...] = ()
    read: Literal["", "address", "end", "end_and_port", "iso", "local", "utc", "clf", "epoch_seconds",
                  "epoch_decimal"] = ""  # fmt: skip

    @model_validator(mode="before")
    @classmethod
    def _short(cls, given: Any) -> Any:
        if isinstance(given, str):
            return {"names": [given]}
        if isinstance(given, Mapping) and isinstance(given.get("names"), str):
            return {**given, "names": [given["names"]]}
        return {"names": given} if isinstance(given, list) else given


class _Skip(BaseModel):
    """A row that proves nothing: a column has one of these values, or a number of at least so much."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    column: str
    values: tuple[str, ...] = ()
    at_least: int | None = None
    also: dict[str, tuple[str, ...]] = {}


class Layouts(BaseModel):
    """A mapping file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str
    title: str
    source: Literal["operator", "application"]
    document: str
    checked: str = ""
    forms: tuple[_Form, ...]
    recognised_by: tuple[str, ...] = ()
    fields: dict[
        Literal["a", "a_port", "b", "b_port", "port", "start", "end", "duration", "bytes_ab", "bytes_ba",
                "protocol", "user"], _Field,
    ] = {}  # fmt: skip
    none: tuple[str, ...] = ()
    skip: tuple[_Skip, ...] = ()
    private: bool = False

    @model_validator(mode="after")
    def _whole(self) -> Layouts:
        if not {"a", "start"} <= set(self.fields):
            raise ValueError("fields 至少要有 a（客户端）和 start（开始时间）")
        if self.fields["start"].read not in TIMES:
            raise ValueError("fields.start.read 要写明时间的写法")
        if any(self.fields[part].read not in ENDS for part in ("a", "b") if part in self.fields):
            raise ValueError("fields.a、fields.b 的 read 应为 address、end 或 end_and_port")
        return self


@dataclass(frozen=True, slots=True)
class MappingFault:
    """One thing wrong in a mapping file."""

    file: str
    line: int
    key: str
    reason: str
    expected: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.key}：{self.reason}；应为：{self.expected}"


class MappingError(ValueError):
    """A mapping file doesn't hold; `faults` lists everything that is wrong."""

    def __init__(self, faults: list[MappingFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, faults)))


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


def _said(error: Mapping[str, Any]) -> tuple[str, str]:
    match error["type"]:
        case "missing":
            return "缺少这一项", "补上这一项"
        case "extra_forbidden":
            return "不认识这一项", "检查拼写或删去"
        case "literal_error":
            return f"不能取值 {error.get('input')!r}", str(error["ctx"]["expected"])
        case "value_error":
            return str(error["ctx"]["error"]), "见 docs/howto/a-new-log-format.md"
    return f"{error.get('input')!r} 的类型不对", str(error["type"])


def read_mapping(path: Path) -> Layouts:
    """One mapping file, checked; raises MappingError with file, line and key of every fault."""
    try:
        tree = YAML(typ="rt").load(path.read_text(encoding="utf-8"))
    except MarkedYAMLError as wrong:
        line = wrong.problem_mark.line + 1 if wrong.problem_mark else 1
        raise MappingError([MappingFault(path.name, line, "", "不是 YAML", "名称: 值，每行一项")]) from wrong
    except (YAMLError, UnicodeDecodeError, OSError) as wrong:
        raise MappingError([MappingFault(path.name, 1, "", "读不出来", "UTF-8 编码的 YAML 文件")]) from wrong
    try:
        return Layouts.model_validate(tree if isinstance(tree, dict) else {})
    except ValidationError as wrong:
        faults = []
        for error in wrong.errors():
            path_in = tuple(error["loc"])
            key = ".".join(str(step) for step in path_in)
            faults.append(MappingFault(path.name, _line(tree, path_in), key, *_said(error)))
        raise MappingError(faults) from wrong


@cache
def read_folder(folder: Path) -> tuple[Layouts, ...]:
    """Every mapping file of a folder by name; raises MappingError where one is wrong or an id stands twice."""
    found = [(path, read_mapping(path)) for path in sorted(folder.glob("*.yaml"))]
    seen: dict[str, str] = {}
    for path, mapping in found:
        for form in mapping.forms:
            if form.id in seen:
                said = MappingFault(
                    path.name, 1, f"forms.{form.id}", f"编号已用于 {seen[form.id]}", "另取编号"
                )
                raise MappingError([said])
            seen[form.id] = path.name
    return tuple(mapping for _, mapping in found)


def spelled(column: str) -> str:
    """A column's name as names are compared: without case, width and surrounding blanks."""
    return normalize("NFKC", column).strip().casefold()
