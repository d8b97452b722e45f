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

import numpy as np
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
# Letters and ideographs up to here are always in NFC; anything else is normalised to be sure.
SURELY_NFC = r"^[\x00-\u02FF\u3001-\u3029\u4E00-\u9FFF\uFF01-\uFFEF]*$"
BLANK = r"^\s*$"
PLAIN_MONEY = r"^[0-9]{1,10}(\.[0-9]{1,2})?$"


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
    return table if _is_accounted_for(content, table) else None


def _is_accounted_for(content: bytes, table: pl.DataFrame) -> bool:
    """Say whether the cells and their separators make up the whole file: no short row, no blank line."""
    header_end = content.find(b"\n") + 1
    line_end = 2 if content[header_end - 2 : header_end] == b"\r\n" else 1
    in_cells = sum(int(table[column].str.len_bytes().sum()) for column in table.columns)
    between = table.height * (table.width - 1 + line_end)
    missing = 0 if content.endswith(b"\n") else line_end
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


def fast_money(text: pl.Series) -> np.ndarray | None:
    """Read a column of plain amounts as positive int64 fen; None where any cell is unusual."""
    if text.null_count() or not len(text):
        return None
    clean, fen = (
        text.to_frame("t")
        .select(
            clean=pl.col("t").str.contains(PLAIN_MONEY).all(),
            fen=pl.col("t").cast(pl.Decimal(18, 2), strict=False).cast(pl.Decimal(18, 2)),
        )
        .pipe(lambda table: (table["clean"][0], table["fen"]))
    )
    if not clean or fen.null_count():
        return None
    amounts = (fen * 100).cast(pl.Int64).to_numpy()
    return amounts if (amounts > 0).all() else None


def fast_instants(text: pl.Series) -> np.ndarray | None:
    """Read a column of times of one plain shape as int64 microseconds; None where any is unusual."""
    if text.null_count() or not len(text):
        return None
    lengths = text.str.len_bytes()
    length = int(lengths[0])
    if length not in (20, 25) or lengths.min() != lengths.max():
        return None
    signs = text.cast(pl.Binary).bin.reinterpret(dtype=pl.Array(pl.UInt8, length)).to_numpy()
    digit_places = [0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18]
    fixed = {4: b"-", 7: b"-", 10: b"T", 13: b":", 16: b":"}
    if length == 25:
        digit_places += [20, 21, 23, 24]
        fixed[22] = b":"
    else:
        fixed[19] = b"Z"
    if any((signs[:, place] != sign[0]).any() for place, sign in fixed.items()):
        return None
    digits = np.ascontiguousarray(signs.T)[digit_places] - np.uint8(48)
    if (digits > 9).any():
        return None
    pairs = digits[0::2] * np.uint8(10) + digits[1::2]
    century, year, month, day, hour, minute, second = pairs[:7]
    if (
        (century < 19).any()
        or (month - np.uint8(1) > 11).any()
        or ((day - np.uint8(1) > 27).any() and not _days_exist(century, year, month, day))
        or (hour > 23).any()
        or (minute > 59).any()
        or (second > 59).any()
    ):
        return None
    months = (century.astype(np.int32) * 100 + year - 1970) * 12 + month - 1
    first, last = int(months.min()), int(months.max())
    # Few months occur; the days before each are looked up rather than computed row by row.
    starts = np.arange(first, last + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    seconds = (starts[months - first] + day - 1) * 86_400
    seconds += hour.astype(np.int32) * 3600 + minute.astype(np.int32) * 60 + second
    if length == 25:
        sign = signs[:, 19]
        if not np.isin(sign, [43, 45]).all() or (pairs[7] > 23).any() or (pairs[8] > 59).any():
            return None
        offset = pairs[7].astype(np.int32) * 3600 + pairs[8].astype(np.int32) * 60
        seconds -= np.where(sign == 43, offset, -offset)
    return seconds * MICROSECONDS


def _days_exist(century: np.ndarray, year: np.ndarray, month: np.ndarray, day: np.ndarray) -> bool:
    full = century.astype(np.int32) * 100 + year
    leap = ((full % 4 == 0) & (full % 100 != 0)) | (full % 400 == 0)
    lengths = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], dtype=np.int32)[month - 1]
    return bool(((day >= 1) & (day <= lengths + (leap & (month == 2)))).all())


def surely_nfc(text: pl.Series) -> bool:
    """Say whether a column holds only text that is certainly in NFC and not empty."""
    if text.null_count():
        return False
    if text.str.len_bytes().sum() == text.str.len_chars().sum():
        return True
    return bool(text.str.contains(SURELY_NFC).all())


def surely_named(text: pl.Series) -> bool:
    """Say whether a column is surely in NFC and has no blank cell."""
    return surely_nfc(text) and not bool(text.str.contains(BLANK).any())


def dense_rank(text: pl.Series) -> np.ndarray:
    """Rank a column by code point: equal texts share a rank, counted from 0."""
    _, first, group = np.unique(text.hash().to_numpy(), return_index=True, return_inverse=True)
    known = text.gather(first)
    if not known.gather(group).eq(text).all():
        # Two texts share a hash: take the slower way, which needs none.
        return text.rank("dense").to_numpy().astype(np.int64) - 1
    ranks = np.empty(len(first), dtype=np.int64)
    ranks[known.arg_sort().to_numpy()] = np.arange(len(first))
    return ranks[group]


def ordered(first: np.ndarray, instants: np.ndarray, names: pl.Series) -> np.ndarray:
    """Give the order by a small rank, then instant, then name by code point."""
    low = int(instants.min())
    span = int(instants.max()) - low + 1
    unit = MICROSECONDS if not (instants % MICROSECONDS).any() and low % MICROSECONDS == 0 else 1
    span = span // unit + 1
    if (int(first.max()) + 1) * span < 2**62:
        key = first * span + (instants - low) // unit
        order = pl.Series(key).arg_sort().to_numpy().astype(np.int64)
        sorted_key = key[order]
        ties = sorted_key[1:] == sorted_key[:-1]
    else:
        order = np.lexsort((instants, first))
        ties = (first[order][1:] == first[order][:-1]) & (instants[order][1:] == instants[order][:-1])
    if not ties.any():
        return order
    # Only rows that tie are ordered by name; a run of ties keeps its places among the others.
    tied = np.zeros(len(order), dtype=bool)
    tied[1:] |= ties
    tied[:-1] |= ties
    runs = np.concatenate(([0], np.cumsum(~ties)))[tied]
    rows = order[tied]
    inner = pl.DataFrame({"run": runs, "name": names.gather(rows), "row": rows}).sort("run", "name")
    order[tied] = inner["row"].to_numpy()
    return order


def yuan_text(fen: np.ndarray) -> pl.Series:
    """Write int64 fen as 元 with two decimals."""
    return yuan_column(fen).cast(pl.String)


def yuan_column(fen: np.ndarray) -> pl.Series:
    """Give int64 fen as an exact decimal column of 元 with two decimals."""
    return (pl.Series(fen).cast(pl.Decimal(20, 2)) / 100).cast(pl.Decimal(20, 2))


def write_whole(table: pl.DataFrame, path: str | Path, *, is_plain: bool = False) -> None:
    """Write a table as CSV so that the file is there whole or not at all.

    A plain table is one whose cells surely need no quotes; they are then not searched for any.
    """
    path = Path(path)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        table.write_csv(unfinished, quote_style="never" if is_plain else "necessary")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def sort_faults(faults: Iterable[TableFault]) -> list[TableFault]:
    return sorted(faults, key=lambda fault: (fault.file, fault.line))
