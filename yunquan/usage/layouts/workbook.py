"""A workbook (XLSX) whose first sheet is one of our own tables: operator connections or an application log."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from python_calamine import CalamineError, CalamineWorkbook

from yunquan.papers.zipguard import UnsafeFileError, guard
from yunquan.usage.layouts.contract import LayoutUnknown, Options, Parsed
from yunquan.usage.layouts.mapping import Layouts
from yunquan.usage.layouts.records_of import records_of
from yunquan.usage.layouts.rows import of_fields, unique_names

ROWS, COLUMNS, AT_ONCE = 1_048_576, 200, 50_000
LARGEST = 120 * 1024 * 1024


def cells_of(path: Path) -> list[list[Any]]:
    """The first sheet; raises LayoutUnknown where the file can't be opened safely."""
    if path.stat().st_size > LARGEST:
        raise LayoutUnknown("XLSX 文件过大", f"不超过 {LARGEST >> 20} MB，更大的用 CSV")
    content = path.read_bytes()
    try:
        guard(content, max_rows=ROWS, max_columns=COLUMNS)
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        return book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except UnsafeFileError as wrong:
        raise LayoutUnknown(wrong.reason, wrong.expected) from wrong
    except (CalamineError, IndexError, ValueError, OSError) as wrong:
        raise LayoutUnknown("不是完好的 XLSX 文件", "用 Excel 或 WPS 另存为 .xlsx 后再装载") from wrong


def said(cell: Any, zone: ZoneInfo) -> str:
    """A cell as text; a date and time of a workbook has no offset, so that the zone of the file counts."""
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case float() if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        case datetime():
            rounded = (cell + timedelta(microseconds=500)).replace(tzinfo=zone)
            return rounded.isoformat(timespec="milliseconds" if rounded.microsecond >= 1000 else "seconds")
        case date():
            return cell.isoformat()
    return str(cell)


def parse_workbook(path: Path, mappings: Sequence[tuple[Layouts, Any]], options: Options) -> Iterator[Parsed]:
    """The records of the first sheet, by the first of the mappings that recognises its header."""
    zone = ZoneInfo(options.zone)
    rows = cells_of(path)
    start = next((place for place, row in enumerate(rows) if any(str(cell).strip() for cell in row)), None)
    if start is None:
        raise LayoutUnknown("工作表是空的", "表头和至少一行数据", line=1)
    columns = [str(cell).strip() for cell in rows[start]]
    while columns and not columns[-1]:
        columns.pop()
    mapping = next((mapping for mapping, recognised in mappings if recognised(columns)), None)
    if mapping is None:
        wanted = "；".join(mapping.title for mapping, _ in mappings)
        raise LayoutUnknown("工作表的表头认不出来", wanted, line=start + 1)
    names = unique_names(columns)
    for first in range(start + 1, len(rows), AT_ONCE):
        fields, lines = [], []
        for number, row in enumerate(rows[first : first + AT_ONCE], start=first + 1):
            texts = [said(cell, zone) for cell in row[: len(names)]]
            if any(text.strip() for text in texts):
                fields.append(texts + [""] * (len(names) - len(texts)))
                lines.append(number)
        shown = dict(zip(lines, fields, strict=True))
        found = of_fields(names, fields, lines)
        found.text = lambda line, shown=shown: ",".join(shown.get(line, []))  # type: ignore[misc]
        yield records_of(mapping, found, options)
