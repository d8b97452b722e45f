"""The one writer of XLSX and CSV: exact money, real dates, and no cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Literal

import xlsxwriter

from yunquan.kernel.calendar import SHANGHAI
from yunquan.kernel.money import yuan_plain

Kind = Literal["text", "money", "count", "date", "time"]

# A spreadsheet reads a cell that begins so as a formula; the full-width forms count in some locales.
_FORMULA_STARTS = frozenset("=+-@\t\r\n＝＋－＠")
_LARGEST_EXACT = 10**15  # A spreadsheet keeps fifteen figures; longer numbers are written as text.
_CELL_CHARACTERS = 32_767
_SHEET_ROWS = 1_048_576
_CUT = "…（已截断）"
_WIDTHS = {"text": 22, "money": 16, "count": 10, "date": 12, "time": 18}


@dataclass(frozen=True, slots=True)
class Column:
    """One column; a money column takes integer fen and writes 元."""

    name: str
    title: str
    kind: Kind = "text"
    width: int | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table: rows are sequences in the order of the columns, or mappings by their names."""

    columns: Sequence[Column]
    rows: Iterable[Sequence[Any] | Mapping[str, Any]]
    title: str = ""
    notes: Sequence[str] = ()
    name: str = ""
    totals: Mapping[str, int] = field(default_factory=dict)


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula when it opens a CSV.

    >>> harmless('=HYPERLINK("http://x")'), harmless("东莞")
    ('\\'=HYPERLINK("http://x")', '东莞')
    """
    first = text[:1]
    if first in _FORMULA_STARTS or text.lstrip()[:1] in _FORMULA_STARTS:
        return "'" + text
    return text


def _values(sheet: Sheet, row: Sequence[Any] | Mapping[str, Any]) -> list[Any]:
    if isinstance(row, Mapping):
        return [row.get(column.name) for column in sheet.columns]
    if len(row) != len(sheet.columns):
        raise ValueError(f"a row of {len(row)} values under {len(sheet.columns)} columns")
    return list(row)


def _local(value: datetime) -> datetime:
    """A spreadsheet knows no zones: the time of Shanghai."""
    return value.astimezone(SHANGHAI).replace(tzinfo=None) if value.tzinfo else value


def _exact(value: Any, column: Column) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"column {column.name}: {column.kind} takes an integer, not {type(value).__name__}")
    return value


def _csv_cell(column: Column, value: Any) -> str:
    if value is None or value == "":
        return ""
    if column.kind == "money":
        return yuan_plain(_exact(value, column))
    if column.kind == "count":
        return str(_exact(value, column))
    if isinstance(value, datetime):
        return _local(value).strftime("%Y-%m-%d" if column.kind == "date" else "%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    return harmless(str(value))


def csv_lines(sheet: Sheet, *, bom: bool = True) -> Iterator[str]:
    """The table as lines of CSV, for a stream; the byte-order mark lets Excel see UTF-8."""
    place = io.StringIO()
    writer = csv.writer(place)

    def line(cells: Iterable[str]) -> str:
        place.seek(0)
        place.truncate()
        writer.writerow(cells)
        return place.getvalue()

    head = line(harmless(column.title) for column in sheet.columns)
    yield ("\ufeff" if bom else "") + head
    for row in sheet.rows:
        yield line(
            _csv_cell(column, value) for column, value in zip(sheet.columns, _values(sheet, row), strict=True)
        )


def csv_bytes(sheet: Sheet, *, bom: bool = True) -> bytes:
    """The whole CSV in UTF-8."""
    return "".join(csv_lines(sheet, bom=bom)).encode()


class _Writer:
    """Writes one sheet after another into a workbook, going on to a further one when it is full."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.book = book
        self.names: set[str] = set()
        self.styles = {
            "title": book.add_format({"bold": True, "font_size": 15}),
            "head": book.add_format(
                {"bold": True, "bg_color": "#E9EFFB", "border": 1, "text_wrap": True, "valign": "vcenter"}
            ),
            "text": book.add_format({"valign": "top", "text_wrap": True}),
            "money": book.add_format({"num_format": "#,##0.00"}),
            "count": book.add_format({"num_format": "0"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd", "align": "left"}),
            "time": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss", "align": "left"}),
            "total": book.add_format({"bold": True, "num_format": "#,##0.00", "top": 1}),
            "note": book.add_format({"font_color": "#4A5568"}),
        }

    def _named(self, wanted: str) -> str:
        clean = "".join(sign for sign in wanted if sign not in "[]:*?/\\").strip("'")[:28] or "表"
        name, number = clean, 2
        while name.lower() in self.names:
            name, number = f"{clean[:25]}({number})", number + 1
        self.names.add(name.lower())
        return name

    def _begin(self, sheet: Sheet) -> tuple[Any, int]:
        page = self.book.add_worksheet(self._named(sheet.name or sheet.title or "表"))
        for place, column in enumerate(sheet.columns):
            page.set_column(
                place, place, column.width or max(_WIDTHS[column.kind], 2 * len(column.title) + 2)
            )
        row = 0
        if sheet.title:
            page.write_string(0, 0, sheet.title[:_CELL_CHARACTERS], self.styles["title"])
            row = 1
        for place, column in enumerate(sheet.columns):
            page.write_string(row, place, column.title, self.styles["head"])
        page.freeze_panes(row + 1, 0)
        page.repeat_rows(row)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.set_footer("&C第 &P 页 / 共 &N 页")
        return page, row + 1

    def write(self, sheet: Sheet) -> None:
        page, row = self._begin(sheet)
        foot = len(sheet.notes) + 2
        for values in sheet.rows:
            if row >= _SHEET_ROWS - foot:
                page, row = self._begin(sheet)
            for place, (column, value) in enumerate(zip(sheet.columns, _values(sheet, values), strict=True)):
                self._cell(page, row, place, column, value)
            row += 1
        if sheet.totals:
            for place, column in enumerate(sheet.columns):
                if column.name in sheet.totals:
                    self._cell(page, row, place, column, sheet.totals[column.name], self.styles["total"])
            if sheet.columns[0].name not in sheet.totals:
                page.write_string(row, 0, "合计", self.styles["total"])
            row += 1
        for note in sheet.notes:
            page.write_string(row, 0, note[:_CELL_CHARACTERS], self.styles["note"])
            row += 1

    def _cell(self, page: Any, row: int, place: int, column: Column, value: Any, style: Any = None) -> None:
        """One cell by its kind; text always through write_string, so nothing becomes a formula or a link."""
        if value is None or value == "":
            return
        kind = column.kind
        if kind in ("money", "count"):
            number = _exact(value, column)
            if abs(number) >= _LARGEST_EXACT:
                written = yuan_plain(number) if kind == "money" else str(number)
                page.write_string(row, place, written, self.styles["text"])
            else:
                exact = Decimal(number).scaleb(-2) if kind == "money" else number
                page.write_number(row, place, exact, style or self.styles[kind])
        elif kind in ("date", "time") and isinstance(value, date):
            moment = _local(value) if isinstance(value, datetime) else value
            if kind == "date" and isinstance(moment, datetime):
                moment = moment.date()
            page.write_datetime(row, place, moment, self.styles[kind])
        else:
            text = str(value)
            if len(text) > _CELL_CHARACTERS:
                text = text[: _CELL_CHARACTERS - len(_CUT)] + _CUT
            page.write_string(row, place, text, self.styles["text"])


def write_xlsx(target: IO[bytes] | Path | str, sheets: Iterable[Sheet]) -> None:
    """Write the sheets as one workbook, row by row, so that a long list does not fill the memory."""
    # An open file is handed on as it is; a path as text.
    place = str(target) if isinstance(target, Path) else target
    book = xlsxwriter.Workbook(
        place,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_date_format": "yyyy-mm-dd",
        },
    )
    # A fixed moment of making keeps equal content equal, byte for byte.
    book.set_properties({"created": datetime(2018, 1, 1), "author": "云券"})
    writer = _Writer(book)
    try:
        for sheet in sheets:
            writer.write(sheet)
    except BaseException:
        # Closing into memory removes the writer's files and leaves no half-written target.
        book.filename = io.BytesIO()
        book.close()
        raise
    book.close()


def xlsx_bytes(sheets: Iterable[Sheet]) -> bytes:
    """The workbook as bytes."""
    place = io.BytesIO()
    write_xlsx(place, sheets)
    return place.getvalue()
