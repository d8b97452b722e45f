"""Reads a table that a person filled in, XLSX or CSV: all faults at once, and nothing half read."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from python_calamine import CalamineError, CalamineWorkbook

from yunquan.kernel.money import MoneyError, parse_yuan
from yunquan.papers.zipguard import UnsafeFileError, guard

Kind = Literal["text", "money", "count", "date", "time"]
MAX_BYTES = 20 * 1024 * 1024
MAX_ROWS = 50_000
MAX_FAULTS = 500
_MAX_COLUMNS = 256
_MAX_TEXT = 4_000
_DAY_FORMS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日")
_EXACT_FIGURES = 15


@dataclass(frozen=True, slots=True)
class Wanted:
    """A column that a table must or may have; `titles` are the headings it goes by, the first is shown.

    `check` gets the read value and answers None or the reason why it is refused.
    """

    name: str
    titles: tuple[str, ...]
    kind: Kind = "text"
    required: bool = True
    expected: str = ""
    check: Callable[[Any], str | None] | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong where: the sheet's own row number (the heading is row 1), column heading, reason."""

    row: int
    column: str
    reason: str
    expected: str

    def __str__(self) -> str:
        place = f"第 {self.row} 行" if self.row else "文件"
        return (
            f"{place}{'“' + self.column + '”' if self.column else ''}：{self.reason}（应为：{self.expected}）"
        )


@dataclass(frozen=True, slots=True)
class Line:
    """One row read: its number in the sheet and its values by name."""

    number: int
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """The rows of a table, or its faults; where there is one fault there are no rows."""

    rows: tuple[Line, ...] = ()
    faults: tuple[Fault, ...] = ()
    sheet: str = field(default="")

    @property
    def is_whole(self) -> bool:
        """Everything was read and nothing is wrong."""
        return not self.faults


def read_table(
    content: bytes, wanted: Sequence[Wanted], *, file_name: str = "", max_rows: int = MAX_ROWS
) -> Reading:
    """Read an XLSX (its first sheet) or a CSV in UTF-8 or GB18030.

    Blank rows are passed over and columns not wanted are left alone.  Money comes back in fen, days as
    dates.  Formulas count with the value the sheet last showed.
    """
    if len(content) > MAX_BYTES:
        return _refused(f"文件有 {len(content) // 1048576} MB", f"不超过 {MAX_BYTES // 1048576} MB")
    if not content.strip():
        return _refused("文件是空的", "至少有表头和一行数据")
    try:
        lines = (
            _xlsx_lines(content, max_rows) if content[:4] == b"PK\x03\x04" else _csv_lines(content, file_name)
        )
        return _read(lines, wanted, max_rows)
    except UnsafeFileError as wrong:
        return _refused(wrong.reason, wrong.expected)


def _refused(reason: str, expected: str) -> Reading:
    return Reading(faults=(Fault(0, "", reason, expected),))


def _xlsx_lines(content: bytes, max_rows: int) -> Iterator[tuple[int, list[Any]]]:
    guard(content, max_rows=max_rows + 1_000, max_columns=_MAX_COLUMNS)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheet = book.get_sheet_by_index(0)
        cells = sheet.to_python(skip_empty_area=False)
    except (CalamineError, IndexError, ValueError, OSError) as wrong:
        raise UnsafeFileError("不是完好的 XLSX 文件", "用 Excel 或 WPS 另存为 .xlsx 后再上传") from wrong
    yield from enumerate(cells, start=1)


def _csv_lines(content: bytes, file_name: str) -> Iterator[tuple[int, list[Any]]]:
    if content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise UnsafeFileError("这是旧版 XLS 或加密的文件", "另存为 .xlsx 或 CSV，并去掉密码")
    if b"\x00" in content[:4096]:
        raise UnsafeFileError(
            f"“{file_name or '文件'}”不是 XLSX，也不是 CSV", "XLSX，或 UTF-8、GB18030 编码的 CSV"
        )
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise UnsafeFileError("文字编码认不出来", "UTF-8 或 GB18030 编码的 CSV")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        try:
            begins = reader.line_num + 1
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as wrong:
            raise UnsafeFileError(
                f"第 {reader.line_num} 行的引号或分隔不完整", "标准 CSV，含逗号或换行的格用双引号括起"
            ) from wrong
        # An apostrophe that our own writer put before a formula sign goes again.
        yield begins, [_unquoted(cell) for cell in cells]


def _unquoted(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell[1:].lstrip()[:1] in set("=+-@＝＋－＠") else cell


def _read(lines: Iterable[tuple[int, list[Any]]], wanted: Sequence[Wanted], max_rows: int) -> Reading:
    places: dict[str, int] | None = None
    faults: list[Fault] = []
    rows: list[Line] = []
    for number, cells in lines:
        if all(cell is None or str(cell).strip() == "" for cell in cells):
            continue
        if places is None:
            places, missing = _headings(number, cells, wanted)
            if missing and number < 10 and not places:
                places = None  # A title may stand above the headings.
                faults = missing
                continue
            faults = missing
            if faults:
                return Reading(faults=tuple(faults))
            continue
        if len(rows) >= max_rows:
            return _refused(f"超过 {max_rows} 行", f"每个文件不超过 {max_rows} 行，请分开导入")
        values: dict[str, Any] = {}
        for column in wanted:
            place = places.get(column.name)
            cell = cells[place] if place is not None and place < len(cells) else None
            value, reason, expected = _value(cell, column)
            if reason:
                faults.append(Fault(number, column.titles[0], reason, column.expected or expected))
            values[column.name] = value
        rows.append(Line(number, values))
        if len(faults) >= MAX_FAULTS:
            faults.append(
                Fault(number, "", f"错误已超过 {MAX_FAULTS} 处，后面的行没有再看", "改正后重新导入")
            )
            break
    if not rows and not faults:
        faults.append(Fault(0, "", "没有数据行", "表头下至少有一行数据"))
    return Reading(faults=tuple(faults)) if faults else Reading(rows=tuple(rows))


def _headings(number: int, cells: list[Any], wanted: Sequence[Wanted]) -> tuple[dict[str, int], list[Fault]]:
    found = [str(cell).strip().lower() if cell is not None else "" for cell in cells]
    places: dict[str, int] = {}
    faults = []
    for column in wanted:
        known = {title.strip().lower() for title in (*column.titles, column.name)}
        matches = [place for place, heading in enumerate(found) if heading in known]
        if len(matches) > 1:
            faults.append(Fault(number, column.titles[0], "表头里这一列出现了两次", "每列只出现一次"))
        elif matches:
            places[column.name] = matches[0]
        elif column.required:
            faults.append(
                Fault(number, column.titles[0], "表头里没有这一列", f"有一列名为“{column.titles[0]}”")
            )
    return places, faults


def _value(cell: Any, column: Wanted) -> tuple[Any, str, str]:
    """The value of one cell, or why it is none and what was expected."""
    if isinstance(cell, str):
        cell = cell.strip()
    if cell is None or cell == "":
        return (None, "没有填写", _EXPECTED[column.kind]) if column.required else (None, "", "")
    value, reason = _READERS[column.kind](cell)
    if not reason and column.check is not None:
        reason = column.check(value) or ""
    return (None if reason else value), reason, _EXPECTED[column.kind]


def _plain_number(cell: int | float) -> str:
    written = format(Decimal(repr(cell)), "f")
    return written.rstrip("0").rstrip(".") if "." in written else written


def _text(cell: Any) -> tuple[str | None, str]:
    if isinstance(cell, bool):
        return ("是" if cell else "否"), ""
    if isinstance(cell, (int, float)):
        written = _plain_number(cell)
        if len(written.lstrip("-").replace(".", "")) > _EXACT_FIGURES:
            return None, "这一格是数字格式，超过 15 位的号码已经失真；请把该列设为文本格式重新填写"
        return written, ""
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M:%S" if cell.time() != time() else "%Y-%m-%d"), ""
    text = str(cell)
    if len(text) > _MAX_TEXT:
        return None, f"有 {len(text)} 个字，超过 {_MAX_TEXT} 个"
    if any(ord(sign) < 32 and sign not in "\t\n\r" for sign in text):
        return None, "含有不可见的控制字符"
    return text, ""


def _money(cell: Any) -> tuple[int | None, str]:
    if isinstance(cell, (bool, date, time)):
        return None, "不是金额"
    written = _plain_number(cell) if isinstance(cell, (int, float)) else str(cell)
    try:
        return parse_yuan(written), ""
    except MoneyError as wrong:
        return None, str(wrong)


def _count(cell: Any) -> tuple[int | None, str]:
    if isinstance(cell, (bool, date, time)):
        return None, "不是整数"
    try:
        number = Decimal(repr(cell) if isinstance(cell, (int, float)) else str(cell))
    except InvalidOperation:
        return None, f"“{str(cell)[:30]}”不是整数"
    if not number.is_finite() or abs(number) >= 10**_EXACT_FIGURES or number != number.to_integral_value():
        return None, f"“{str(cell)[:30]}”不是整数"
    return int(number), ""


def _day(cell: Any) -> tuple[date | None, str]:
    if isinstance(cell, datetime):
        return cell.date(), ""
    if isinstance(cell, date):
        return cell, ""
    for form in _DAY_FORMS:
        try:
            return datetime.strptime(str(cell), form).date(), ""
        except ValueError:
            continue
    return None, f"“{str(cell)[:30]}”不是日期"


def _moment(cell: Any) -> tuple[datetime | None, str]:
    if isinstance(cell, datetime):
        return cell, ""
    try:
        return datetime.fromisoformat(str(cell)), ""
    except ValueError:
        day, reason = _day(cell)
        return (datetime.combine(day, time()), "") if day else (None, reason)


_READERS: dict[str, Callable[[Any], tuple[Any, str]]] = {
    "text": _text,
    "money": _money,
    "count": _count,
    "date": _day,
    "time": _moment,
}
_EXPECTED = {
    "text": "文字",
    "money": "以元为单位的金额，最多两位小数，如 110000.00",
    "count": "整数，如 60",
    "date": "日期，如 2018-12-31",
    "time": "日期和时刻，如 2018-12-31 17:00",
}
