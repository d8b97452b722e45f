"""CSV tables in and out: a fast reading of clean files, and an exact one that names every fault.

The fast reading accepts only what is surely right; whatever it doubts is read again by the exact one,
which alone says what is wrong. So both agree on every file, and only clean files are fast.
"""

from __future__ import annotations

import csv
import io
import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from yunquan.kernel.money import MoneyError, parse_yuan

MICROSECONDS = 1_000_000
SHANGHAI_OFFSET = 8 * 3600 * MICROSECONDS
DAY = 86_400 * MICROSECONDS
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIME = re.compile(
    r"\d{4}-?\d{2}-?\d{2}[T ]\d{2}(?::?\d{2}(?::?\d{2}(?:[.,]\d{1,6})?)?)?"
    r"(?P<offset>Z|[+-]\d{2}(?::?\d{2})?)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class TableFault:
    """One thing wrong in a table: file, line, column, what is wrong and what was expected."""

    file: str
    line: int
    column: str
    reason: str
    expected: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.column}：{self.reason}；应为：{self.expected}"


class CellError(ValueError):
    """A cell doesn't hold what its column asks for; carries the reason and what was expected."""

    def __init__(self, reason: str, expected: str) -> None:
        self.reason, self.expected = reason, expected
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the exact reading: its line in the file and its cells in NFC."""

    line: int
    cells: dict[str, str]


def read_bytes(path: str | Path, faults: list[TableFault]) -> bytes | None:
    """Read a file whole; one that can't be read adds a fault and gives None."""
    path = Path(path)
    try:
        return path.read_bytes()
    except OSError as error:
        faults.append(
            TableFault(path.name, 1, "-", f"读不到文件（{error.strerror}）", "存在并可读的 CSV 文件")
        )
        return None


def read_fast(content: bytes, columns: Sequence[str]) -> pl.DataFrame | None:
    """Read a plain CSV as text columns; None where anything about its form is unusual."""
    if b'"' in content or b"\x00" in content:
        return None
    try:
        table = pl.read_csv(content, infer_schema=False)
    except (pl.exceptions.PolarsError, ValueError):
        return None
    # A file without rows, or with another header, is left to the exact reading.
    if not table.height or table.columns != list(columns):
        return None
    return table.rechunk() if _is_accounted_for(content, table) else None


def _is_accounted_for(content: bytes, table: pl.DataFrame) -> bool:
    """Say whether the cells and their separators make up the whole file: no short row, no blank line."""
    header_end = content.find(b"\n") + 1
    line_end = 2 if content[header_end - 2 : header_end] == b"\r\n" else 1
    missing = 0 if content.endswith(b"\n") else line_end
    # A carriage return that ends no line would be a break to the exact reading.
    if b"\r" in content and (line_end == 1 or content.count(b"\r") != table.height + (not missing)):
        return False
    in_cells = sum(int(table[column].str.len_bytes().sum()) for column in table.columns)
    between = table.height * (table.width - 1 + line_end)
    return len(content) - header_end == in_cells + between - missing


def read_exactly(name: str, content: bytes, columns: Sequence[str], faults: list[TableFault]) -> list[Row]:
    """Read a CSV row by row with line numbers; faults of form are added, good rows given."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        faults.append(
            TableFault(name, line, "-", "不是 UTF-8 编码", "UTF-8 编码的文件，请在表格软件中另存为 CSV UTF-8")
        )
        return []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] | None = None
    rows: list[Row] = []
    start = 1
    try:
        for cells in reader:
            line, start = start, reader.line_num + 1
            if not cells:
                continue
            if header is None:
                header = [unicodedata.normalize("NFC", cell.strip()) for cell in cells]
                if not _check_header(name, line, header, columns, faults):
                    return []
            elif len(cells) != len(header):
                faults.append(
                    TableFault(name, line, "-", f"这一行有 {len(cells)} 列", f"{len(header)} 列，与表头一致")
                )
            else:
                named = zip(header, cells, strict=True)
                rows.append(Row(line, {key: unicodedata.normalize("NFC", cell) for key, cell in named}))
    except csv.Error as error:
        faults.append(TableFault(name, start, "-", f"引号或换行的写法有误（{error}）", "成对的引号"))
    if header is None:
        faults.append(TableFault(name, 1, "-", "文件是空的", "表头：" + ",".join(columns)))
    return rows


def _check_header(
    name: str, line: int, header: list[str], columns: Sequence[str], faults: list[TableFault]
) -> bool:
    before = len(faults)
    for column in columns:
        if header.count(column) != 1:
            reason = "表头缺少这一列" if column not in header else "表头中这一列出现了多次"
            faults.append(TableFault(name, line, column, reason, "表头：" + ",".join(columns)))
    for column in header:
        if column not in columns:
            faults.append(TableFault(name, line, column or "-", "不认识这一列", "表头：" + ",".join(columns)))
    return len(faults) == before


class CellReader:
    """Reads the cells of rows one by one and turns what is wrong into faults."""

    def __init__(self, name: str, faults: list[TableFault]) -> None:
        self._name, self._faults = name, faults

    def fault(self, row: Row, column: str, reason: str, expected: str) -> None:
        self._faults.append(TableFault(self._name, row.line, column, reason, expected))

    def read(self, row: Row, column: str, reading: Callable[[str], Any]) -> Any:
        """Read one cell; None and a fault where it doesn't hold what it should."""
        try:
            return reading(row.cells[column])
        except CellError as error:
            self.fault(row, column, error.reason, error.expected)
            return None


def filled(text: str) -> str:
    if not text.strip():
        raise CellError("没有填写", "填写这一列")
    return text


def positive_money(text: str) -> int:
    fen = money(text)
    if fen <= 0:
        raise CellError(f"金额“{text}”不大于零", "大于零、最多两位小数的元数，如 80000.00")
    return fen


def money(text: str) -> int:
    try:
        return parse_yuan(text)
    except MoneyError as error:
        raise CellError(str(error), "最多两位小数的元数，如 80000.00") from None


def flag(text: str) -> bool:
    if text.strip() not in ("0", "1"):
        raise CellError(f"“{text}”不是 0 或 1", "0 或 1")
    return text.strip() == "1"


def count(text: str) -> int:
    plain = unicodedata.normalize("NFKC", text).strip()
    if not re.fullmatch(r"[0-9]{1,4000}", plain, re.ASCII) or int(plain) <= 0:
        raise CellError(f"“{text}”不是正整数", "正整数，如 12")
    return int(plain)


def instant(text: str) -> int:
    """Read an ISO 8601 time with offset as microseconds since 1970 in UTC."""
    expected = "带时区的 ISO 8601 时间，如 2018-10-08T09:30:00+08:00"
    plain = text.strip().upper()
    found = _TIME.fullmatch(plain)
    if found is None:
        raise CellError(f"“{text}”不是 ISO 8601 时间", expected)
    if found["offset"] is None:
        raise CellError(f"时间“{text}”没有时区", expected)
    try:
        moment = datetime.fromisoformat(plain)
    except ValueError:
        raise CellError(f"“{text}”不是存在的时间", expected) from None
    return (moment - _EPOCH) // timedelta(microseconds=1)


def shanghai_day(instant_us: int) -> date:
    """Give the day in Shanghai of an instant in microseconds since 1970."""
    return date(1970, 1, 1) + timedelta(days=(instant_us + SHANGHAI_OFFSET) // DAY)


def write_whole(table: pl.DataFrame, path: str | Path, *, is_plain: bool = False) -> list[TableFault]:
    """Write a table as CSV so that the file is there whole or not at all; say why where it can't be.

    A plain table is one whose cells surely need no quotes; they are then not searched for any.
    """
    path = Path(path)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        table.write_csv(unfinished, quote_style="never" if is_plain else "necessary")
        unfinished.replace(path)
    except OSError as error:
        reason = f"写不出文件（{error.strerror or error}）"
        return [TableFault(path.name, 1, "-", reason, "存在并可写的文件夹中的文件")]
    finally:
        unfinished.unlink(missing_ok=True)
    return []


def sort_faults(faults: Iterable[TableFault]) -> list[TableFault]:
    return sorted(faults, key=lambda fault: (fault.file, fault.line))
