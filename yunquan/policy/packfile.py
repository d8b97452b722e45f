"""Reading a pack's files: every fault with its file, line, key, reason and what was expected."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from yunquan.policy.keys import KeySpec, spec_of
from yunquan.policy.values import Article, Day, Words

SOURCES = "sources.yaml"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a pack or a table: where, what, and what was expected there."""

    file: str
    line: int
    key: str
    reason: str
    expected: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.key}：{self.reason}；应为：{self.expected}"


class PackError(ValueError):
    """A pack or a change to it doesn't hold; `faults` lists everything that is wrong."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


@dataclass(frozen=True, slots=True)
class Entry:
    """One dated value as a file or a change gives it, with the value already understood."""

    key: str
    from_on: date
    value: Any
    raw: Any
    document: str
    article: str
    meaning: str
    chapter: str
    line: int = 1


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    title: Words
    short: Words
    numbered_parts: list[int] = []


class _Pack(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    id: Words
    title: Words
    meaning: Words
    # The regime whose values hold where this one states none; packs follow nothing.
    follows: Words = ""


class Sources(BaseModel):
    """What the pack is and which documents it rests on."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    pack: _Pack
    documents: dict[str, _Document]


class _EntryForm(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    from_: Day
    value: Any
    document: Words
    article: Article
    meaning: Words


_FIELDS = {
    "from": "起算日期，如 2018-03-20",
    "value": "规则的值",
    "document": "来源文件代号，如 D47",
    "article": "条款出处，如 D47-4.4.2",
    "meaning": "一句说明",
}


def chinese(error: Mapping[str, Any]) -> str:
    """Say in Chinese what pydantic found."""
    context, kind = error.get("ctx") or {}, error["type"]
    given = repr(error.get("input"))
    given = given if len(given) <= 40 else given[:40] + "…"
    match kind:
        case "rule_value":
            return str(context["reason"])
        case "missing":
            return "缺少这一项"
        case "extra_forbidden":
            return "不认识这一项，请检查拼写或删去"
        case "literal_error":
            return f"不能取值 {given}，只能是 {str(context.get('expected', '')).replace(' or ', '、')}"
        case "string_type" | "string_too_short":
            return f"{given} 不是文字，或是空的"
        case "string_pattern_mismatch":
            return f"{given} 的写法不对，应符合 {context.get('pattern')}"
        case "model_type" | "dict_type" | "model_attributes_type":
            return f"{given} 不是“名称: 值”的结构"
        case "list_type":
            return f"{given} 不是列表"
        case "int_type" | "int_parsing" | "int_from_float":
            return f"{given} 不是整数"
        case "greater_than" | "greater_than_equal":
            return f"{given} 太小"
    return f"{given} 不合要求（{kind}）"


def plain(node: Any) -> Any:
    """Turn a round-trip node into plain values, so that nothing of the reader stays behind."""
    if isinstance(node, Mapping):
        return {str(key): plain(part) for key, part in node.items()}
    if isinstance(node, list | tuple):
        return [plain(part) for part in node]
    if isinstance(node, bool) or node is None:
        return node
    if isinstance(node, str):
        return str(node)
    if isinstance(node, int):
        return int(node)
    if isinstance(node, float):
        return float(node)
    if isinstance(node, date):
        return date(node.year, node.month, node.day)
    return node


def _writable(part: Any) -> Any:
    """Keep a value as it was written, in types that JSON knows."""
    if isinstance(part, Mapping):
        return {key: _writable(inner) for key, inner in part.items()}
    if isinstance(part, list):
        return [_writable(inner) for inner in part]
    return part.isoformat() if isinstance(part, date) else part


def line_at(node: Any, path: Iterable[Any], default: int = 1) -> int:
    """Find the line (from 1) of the deepest part of a path that the file has."""
    line = default
    for step in path:
        step = "from" if step == "from_" else step
        try:
            if isinstance(node, CommentedMap) and step in node:
                line = node.lc.key(step)[0] + 1
                node = node[step]
            elif isinstance(node, CommentedSeq) and isinstance(step, int):
                line = node.lc.item(step)[0] + 1
                node = node[step]
            else:
                return line
        except (KeyError, IndexError, AttributeError, TypeError):
            return line
    return line


def read_yaml(path: Path, faults: list[Fault]) -> CommentedMap | None:
    """Read one file with its line numbers; a file that can't be read adds faults and gives None."""
    expects = "一个 YAML 文件，最外层是“名称: 值”"
    try:
        tree = YAML(typ="rt").load(path.read_text(encoding="utf-8-sig"))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = (
            "同一个名称写了两次" if "duplicate key" in str(error) else f"YAML 写法有误（{error.problem}）"
        )
        faults.append(
            Fault(path.name, mark.line + 1 if mark else 1, "-", reason, "正确缩进、名称不重复的 YAML")
        )
        return None
    except (YAMLError, ValueError) as error:
        if isinstance(error, UnicodeDecodeError):
            faults.append(Fault(path.name, 1, "-", "文件不是 UTF-8 编码", "UTF-8 编码的文件"))
        elif bad := _no_day(path.read_text(encoding="utf-8-sig")):
            line, written = bad
            faults.append(
                Fault(path.name, line, "-", f"“{written}”不是有效日期", "日历上有的日期，如 2018-12-31")
            )
        else:
            faults.append(Fault(path.name, 1, "-", f"YAML 写法有误（{error}）", expects))
        return None
    if not isinstance(tree, CommentedMap):
        faults.append(Fault(path.name, 1, "-", "文件是空的或最外层不对", expects))
        return None
    return tree


def _no_day(text: str) -> tuple[int, str] | None:
    """The line and the writing of the first thing that looks like a day and is none."""
    for number, line in enumerate(text.splitlines(), start=1):
        for written in re.findall(r"\b\d{4}-\d{1,2}-\d{1,2}\b", line):
            try:
                date(*map(int, written.split("-")))
            except ValueError:
                return number, written
    return None


def read_sources(folder: Path, faults: list[Fault]) -> Sources | None:
    path = folder / SOURCES
    if not path.is_file():
        faults.append(
            Fault(SOURCES, 1, "pack", "规则包里没有这个文件", "登记规则包和来源文件的 sources.yaml")
        )
        return None
    tree = read_yaml(path, faults)
    if tree is None:
        return None
    try:
        return Sources.model_validate(plain(tree))
    except ValidationError as error:
        for one in error.errors():
            key = ".".join(map(str, one["loc"]))
            faults.append(
                Fault(path.name, line_at(tree, one["loc"]), key, chinese(one), "pack 和 documents，各项写全")
            )
        return None


def read_values(
    path: Path,
    sources: Sources | None,
    faults: list[Fault],
    *,
    specs: Callable[[str], KeySpec | None] = spec_of,
    listed_in: str = "《改一个上限》",
) -> list[Entry]:
    """Read one chapter's file into entries; whatever is wrong goes to `faults`.

    `specs` knows the keys; `listed_in` is the guide that lists them.
    """
    tree = read_yaml(path, faults)
    if tree is None:
        return []
    name, found = path.name, []
    for part in tree:
        if part not in ("chapter", "values"):
            faults.append(
                Fault(
                    name,
                    line_at(tree, [part]),
                    str(part),
                    "不认识这一项，请检查拼写或删去",
                    "chapter 和 values",
                )
            )
    chapter = tree.get("chapter")
    if not isinstance(chapter, str) or not chapter.strip():
        faults.append(Fault(name, line_at(tree, ["chapter"]), "chapter", "没有写章名", "这一章的名称"))
        chapter = name
    keyed = tree.get("values")
    if not isinstance(keyed, CommentedMap):
        faults.append(
            Fault(name, line_at(tree, ["values"]), "values", "没有规则值", "“规则名:”下面列出带日期的值")
        )
        return []
    for key, dated in keyed.items():
        line = line_at(tree, ["values", key])
        spec = specs(str(key))
        if spec is None:
            faults.append(
                Fault(name, line, str(key), "没有这个规则名，请检查拼写", f"{listed_in}一文列出的规则名")
            )
            continue
        if not isinstance(dated, CommentedSeq) or not dated:
            faults.append(Fault(name, line, key, "没有带日期的值", "以“- from: 日期”开头的列表"))
            continue
        for place, node in enumerate(dated):
            entry = _read_entry(
                name, tree, ("values", key, place), spec, str(key), node, chapter, sources, faults
            )
            if entry is not None:
                found.append(entry)
        _check_order(name, tree, key, dated, faults)
    return found


def _check_order(name: str, tree: CommentedMap, key: str, dated: CommentedSeq, faults: list[Fault]) -> None:
    last: date | None = None
    for place, node in enumerate(dated):
        day = node.get("from") if isinstance(node, CommentedMap) else None
        if type(day) is not date:
            continue
        if last is not None and day <= last:
            faults.append(
                Fault(
                    name,
                    line_at(tree, ["values", key, place]),
                    f"{key}.from",
                    f"日期 {day} 不晚于上一个值的 {last}",
                    "按日期从早到晚排列，每个日期只写一次",
                )
            )
        last = day


def _read_entry(
    name: str,
    tree: Any,
    path: tuple[Any, ...],
    spec: KeySpec,
    key: str,
    node: Any,
    chapter: str,
    sources: Sources | None,
    faults: list[Fault],
) -> Entry | None:
    if not isinstance(node, Mapping):
        faults.append(
            Fault(
                name,
                line_at(tree, path),
                key,
                "不是“名称: 值”的结构",
                "from、value、document、article、meaning",
            )
        )
        return None
    entry, problems = understand(spec, key, plain(node), chapter, sources)
    for where, reason, expected in problems:
        label = ".".join([key, *("from" if step == "from_" else str(step) for step in where)])
        faults.append(Fault(name, line_at(tree, [*path, *where]), label, reason, expected))
    return replace(entry, line=line_at(tree, path)) if entry is not None else None


Problem = tuple[tuple[Any, ...], str, str]


def understand(
    spec: KeySpec, key: str, form: Mapping[str, Any], chapter: str, sources: Sources | None
) -> tuple[Entry | None, list[Problem]]:
    """Check one dated value in plain form and understand it; gives the entry or every problem."""
    problems: list[Problem] = []
    checked: _EntryForm | None = None
    named = {("from_" if field == "from" else field): part for field, part in form.items()}
    try:
        checked = _EntryForm.model_validate(named)
    except ValidationError as error:
        for one in error.errors():
            field = "from" if one["loc"][0] == "from_" else str(one["loc"][0])
            problems.append((one["loc"], chinese(one), _FIELDS.get(field, "、".join(_FIELDS))))
    value = None
    if "value" in named:
        try:
            value = spec.adapter.validate_python(named["value"])
        except ValidationError as error:
            for one in error.errors():
                problems.append((("value", *one["loc"]), chinese(one), spec.expects))
    if checked is not None:
        if checked.article.partition("-")[0] != checked.document:
            problems.append(
                (
                    ("article",),
                    f"条款 {checked.article} 不属于文件 {checked.document}",
                    f"{checked.document}-…",
                )
            )
        if sources is not None and checked.document not in sources.documents:
            known = "、".join(sources.documents)
            problems.append(
                (("document",), f"文件 {checked.document} 没有在 {SOURCES} 登记", f"之一：{known}")
            )
    if problems or checked is None:
        return None, problems
    return (
        Entry(
            key,
            checked.from_,
            value,
            _writable(named["value"]),
            checked.document,
            checked.article,
            checked.meaning,
            chapter,
        ),
        [],
    )
