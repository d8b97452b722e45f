"""Reads a list of invoices, as the tax bureau's platform exports it or as a clerk typed it (XLSX)."""

from __future__ import annotations

import io
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from yunquan.evidence.reading.cells import cell_text
from yunquan.evidence.reading.facts import InvoiceFacts
from yunquan.evidence.reading.invoices import values
from yunquan.evidence.reading.invoices.merge import (
    ORDINARY,
    SPECIAL,
    Said,
    merge,
    reversed_key,
    title_kind,
    void_mark,
)
from yunquan.evidence.reading.unreadable import UnreadableError
from yunquan.papers.zipguard import UnsafeFileError, guard

MOST_ROWS, MOST_COLUMNS = 5_000, 100
_HEADING_WITHIN = 20
_LONGEST_CELL = 1_000
# Headings by field; the first are those of the national platform's export.
_TITLES = {
    "digital": ("数电发票号码", "数电票号码", "全电发票号码"),
    "number": ("发票号码", "号码"),
    "code": ("发票代码", "代码"),
    "issued_on": ("开票日期", "日期"),
    "seller": ("销方名称", "销售方名称", "销售方"),
    "seller_no": ("销方识别号", "销售方识别号", "销售方纳税人识别号", "销方税号", "销售方税号"),
    "buyer": ("购买方名称", "购方名称", "购买方"),
    "buyer_no": ("购方识别号", "购买方识别号", "购买方纳税人识别号", "购方税号", "购买方税号"),
    "net_fen": ("金额", "不含税金额", "合计金额"),
    "tax_fen": ("税额", "合计税额"),
    "gross_fen": ("价税合计", "含税金额"),
    "kind": ("发票票种", "发票种类", "发票类型", "票种"),
    "state": ("发票状态", "状态"),
    "positive": ("是否正数发票",),
    "remark": ("备注",),
}
_KNOWN = {title: field for field, titles in _TITLES.items() for title in titles}
_SUMS = ("net_fen", "tax_fen", "gross_fen")

Row = tuple[int, InvoiceFacts | None, str | None]


def read_list(content: bytes) -> list[Row]:
    """The invoices of the first sheet that has them: row number, facts or None, reason or None.

    A formula counts with the value that the sheet last showed.  Raises UnreadableError for a file that is no list.
    """
    try:
        guard(content, max_rows=MOST_ROWS + 1_000, max_columns=MOST_COLUMNS)
    except UnsafeFileError as unsafe:
        raise UnreadableError(f"{unsafe.reason}（应为：{unsafe.expected}）") from None
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        for name in book.sheet_names[:10]:
            cells = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            rows = _rows(cells)
            if rows is not None:
                return rows
    except (CalamineError, IndexError, ValueError, OSError):
        raise UnreadableError("不是完好的 XLSX 文件，请用 Excel 或 WPS 另存为 .xlsx 后再上传") from None
    raise UnreadableError("表格里没有发票清单：表头应有“发票号码”或“数电发票号码”，以及“价税合计”或“金额”")


def _rows(cells: list[list[Any]]) -> list[Row] | None:
    columns: dict[str, int] = {}
    rows: list[Row] = []
    for place, line in enumerate(cells, start=1):
        texts = [cell_text(cell, longest=_LONGEST_CELL) for cell in line]
        if not columns:
            if place > _HEADING_WITHIN:
                return None
            columns = _headings(texts)
            continue
        if not any(texts):
            continue
        told = {field: texts[column] for field, column in columns.items() if column < len(texts)}
        # Under the last invoice lists have a line of sums, and a foot.
        if not (told.get("number") or told.get("digital")) and (
            "合计" in "".join(texts[:3]) or sum(map(bool, texts)) < 3
        ):
            continue
        if len(rows) >= MOST_ROWS:
            raise UnreadableError(f"清单超过 {MOST_ROWS} 张发票，请分开上传")
        facts, reason = _row(told)
        rows.append((place, facts, reason))
    return rows or None


def _headings(texts: list[str]) -> dict[str, int]:
    columns: dict[str, int] = {}
    for column, text in enumerate(texts):
        field = _KNOWN.get("".join(text.split()).removesuffix("(元)").removesuffix("（元）"))
        if field is not None:
            columns.setdefault(field, column)
    named, summed = {"number", "digital"} & columns.keys(), {"gross_fen", "net_fen"} & columns.keys()
    return columns if named and summed else {}


def _row(told: dict[str, str]) -> tuple[InvoiceFacts | None, str | None]:
    written = told.get("digital") or told.get("number") or ""
    number = values.number(written)
    if number is None:
        return None, f"发票号码“{written[:30]}”不是 8 位或 20 位数字；号码列请设为文本格式"
    for field in _SUMS:
        if told.get(field) and values.fen(told[field]) is None:
            return None, f"“{_TITLES[field][0]}”列的“{told[field][:30]}”不是金额"
    issued_on = values.day(told.get("issued_on"))
    if told.get("issued_on") and issued_on is None:
        return None, f"“开票日期”列的“{told['issued_on'][:30]}”不是日期"
    said = Said(
        "typed",
        {
            "kind": _kind(told.get("kind", "")),
            "code": values.code(told.get("code")),
            "number": number,
            "issued_on": issued_on,
            "seller": values.name(told.get("seller")),
            "seller_no": values.tax_number(told.get("seller_no")),
            "buyer": values.name(told.get("buyer")),
            "buyer_no": values.tax_number(told.get("buyer_no")),
            **{field: values.fen(told.get(field)) for field in _SUMS},
            "reverses": reversed_key(told.get("remark", "")),
        },
        red_mark=told.get("positive") == "否",
        void=void_mark(told.get("state", "")),
    )
    return merge([said]), None


def _kind(text: str) -> str | None:
    if any(word in text for word in ("数电", "全电")) and "纸质" not in text:
        return SPECIAL if "专用" in text else ORDINARY if "普通" in text else values.name(text)
    return title_kind(text) or values.name(text)
