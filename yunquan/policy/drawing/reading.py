"""Reading what a draw is made of: strict JSON, with every fault named by file and line."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from yunquan.kernel.canonical import LARGEST_INTEGER
from yunquan.policy.packfile import Fault

_BROKEN = "\ufffd"
"""What decoders put where they lost a character."""
_UNSEEN = {"Cc", "Cf", "Zl", "Zp"}
"""Signs nobody sees: two references could look the same."""


class DrawRefused(ValueError):
    """A draw can't be frozen or run with these files; `faults` lists everything that is wrong."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


@dataclass(frozen=True, slots=True)
class Source:
    """A file as it was handed in: its name, for messages, and its bytes."""

    name: str
    raw: bytes


@dataclass(slots=True)
class Faults:
    """Collects what is wrong, so that all of it is said at once."""

    found: list[Fault] = field(default_factory=list)

    def add(self, file: str, line: int, key: str, reason: str, expected: str) -> None:
        """Note one fault."""
        self.found.append(Fault(file, line, key, reason, expected))

    def refuse(self) -> None:
        """Raise DrawRefused if anything was noted, in the order of files and lines."""
        if self.found:
            files = list(dict.fromkeys(fault.file for fault in self.found))
            raise DrawRefused(sorted(self.found, key=lambda fault: (files.index(fault.file), fault.line)))


@dataclass(frozen=True, slots=True)
class Keyed:
    """A JSON object with the line on which each of its keys stands."""

    file: str
    things: Mapping[str, Any]
    text: str = ""
    at: int = 0

    def line(self, key: str) -> int:
        """The line of a key (the first line where it is missing)."""
        if self.at:
            return self.at
        found = re.search(re.escape(json.dumps(key, ensure_ascii=False)) + r"\s*:", self.text)
        return self.text.count("\n", 0, found.start()) + 1 if found else 1

    def fault(self, faults: Faults, key: str, reason: str, expected: str) -> None:
        """Note a fault of one key."""
        faults.add(self.file, self.line(key), key, reason, expected)


class _Unfit(ValueError):
    """JSON that could be read in more ways than one."""


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _Unfit(f"“{twice}”出现了两次")
    return named


def _no_number(text: str) -> Any:
    raise _Unfit(f"数值 {text} 不是整数")


def _parsed(raw: bytes, file: str, first_line: int, faults: Faults, expected: str) -> tuple[Any, str] | None:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as fault:
        line = first_line + raw.count(b"\n", 0, fault.start)
        faults.add(file, line, "编码", f"第 {fault.start + 1} 个字节不是 UTF-8", "UTF-8 编码的文字")
        return None
    if text.startswith("\ufeff"):
        faults.add(file, first_line, "编码", "开头有字节顺序标记（BOM）", "不带 BOM 的 UTF-8")
        return None
    try:
        return json.loads(
            text, object_pairs_hook=_pairs, parse_float=_no_number, parse_constant=_no_number
        ), text
    except json.JSONDecodeError as fault:
        line = first_line + fault.lineno - 1
        faults.add(file, line, "JSON", f"第 {fault.colno} 列写法不对（{fault.msg}）", expected)
    except (_Unfit, RecursionError, ValueError) as fault:
        reason = str(fault) if isinstance(fault, _Unfit) else "数值过大或嵌套过深"
        faults.add(file, first_line, "JSON", reason, expected)
    return None


def read_object(source: Source, faults: Faults) -> Keyed | None:
    """Read a file that is one JSON object."""
    parsed = _parsed(source.raw, source.name, 1, faults, "一个 JSON 对象")
    if parsed is None:
        return None
    thing, text = parsed
    if not isinstance(thing, dict):
        faults.add(source.name, 1, "JSON", "不是对象", "一个 JSON 对象")
        return None
    return Keyed(source.name, thing, text)


def read_lines(
    source: Source, kinds: Mapping[str, Callable[[Any], str]], expected: str, faults: Faults
) -> Iterator[Keyed]:
    """Read a file of one JSON object a line; gives the lines that hold what `kinds` asks for."""
    lines = source.raw.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    for place, raw in enumerate(lines, start=1):
        if not raw.strip():
            faults.add(source.name, place, "JSON", "是空行", expected)
            continue
        parsed = _parsed(raw, source.name, place, faults, expected)
        if parsed is None:
            continue
        thing = parsed[0]
        if not isinstance(thing, dict):
            faults.add(source.name, place, "JSON", "不是对象", expected)
            continue
        row = Keyed(source.name, thing, at=place)
        if are_fit(row, kinds, {}, expected, faults):
            yield row


def are_fit(
    keyed: Keyed,
    kinds: Mapping[str, Callable[[Any], str]],
    extras: Mapping[str, Callable[[Any], str]],
    expected: str,
    faults: Faults,
) -> bool:
    """Whether an object has every key of `kinds`, none but those and `extras`, each as its judge asks."""
    before = len(faults.found)
    for key in kinds:
        if key not in keyed.things:
            keyed.fault(faults, key, "没有填写", expected)
    for key, value in keyed.things.items():
        judge = kinds.get(key) or extras.get(key)
        if judge is None:
            keyed.fault(faults, str(key), "没有这一项", expected)
        elif reason := judge(value):
            keyed.fault(faults, key, reason, expected)
    return len(faults.found) == before


# —— judges of one value: each gives a reason, or nothing ——


def text_wrong(value: Any) -> str:
    """Why a reference or a name can't stand in a draw."""
    if not isinstance(value, str):
        return "不是文字"
    if not value:
        return "是空的"
    if value.isascii() and value.isprintable() and value == value.strip():
        return ""
    if any(0xD800 <= ord(sign) <= 0xDFFF for sign in value) or _BROKEN in value:
        return "文字编码已损坏"
    if any(unicodedata.category(sign) in _UNSEEN for sign in value):
        return "含有控制字符或看不见的字符"
    if not unicodedata.is_normalized("NFC", value):
        return "不是 NFC 形式的 Unicode 文字"
    if value != value.strip():
        return "首尾有空白"
    return ""


def texts_wrong(value: Any) -> str:
    """Why a list of names can't stand in a draw."""
    if not isinstance(value, list):
        return "不是列表"
    reasons = [reason for one in value if (reason := text_wrong(one))]
    if reasons:
        return f"其中一项{reasons[0]}"
    return "有重复" if len(set(value)) < len(value) else ""


def flag_wrong(value: Any) -> str:
    """Why a value is not true or false."""
    return "" if isinstance(value, bool) else "不是 true 或 false"


def whole_wrong(value: Any) -> str:
    """Why a value is not a whole number from 0 on."""
    if isinstance(value, bool) or not isinstance(value, int):
        return "不是整数"
    return "" if 0 <= value <= LARGEST_INTEGER else "是负数，或超出 2^53"


def hex_wrong(value: Any) -> str:
    """Why a value is not bytes in lower-case hex."""
    is_hex = isinstance(value, str) and re.fullmatch("(?:[0-9a-f]{2})+", value)
    return "" if is_hex else "不是小写十六进制"
