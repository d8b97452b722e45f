"""Lists of invoices as XLSX, under the headings of the national platform's export."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter

from tests.evidence.papers.invoice import SPECIAL, Paper, yuan

HEADINGS = (
    "序号", "发票代码", "发票号码", "数电发票号码", "销方识别号", "销方名称", "购方识别号", "购买方名称", "开票日期",
    "金额", "税额", "价税合计", "发票来源", "发票票种", "发票状态", "是否正数发票", "发票风险等级", "开票人", "备注",
)  # fmt: skip


def row_of(place: int, paper: Paper, *, state: str = "正常") -> list[Any]:
    """One row of the export."""
    digital = "数电发票（增值税专用发票）" if paper.kind == SPECIAL else "数电发票（普通发票）"
    kind = digital if paper.digital else paper.kind
    return [
        str(place), paper.code, "" if paper.digital else paper.number, paper.number if paper.digital else "",
        paper.seller_no, paper.seller, paper.buyer_no, paper.buyer, f"{paper.day} 10:11:12",
        yuan(paper.net_fen), yuan(paper.tax_fen), yuan(paper.gross_fen), "电子发票服务平台", kind, state,
        "否" if paper.gross_fen < 0 else "是", "正常", "虚构开票员", paper.remark,
    ]  # fmt: skip


def xlsx(rows: Sequence[Sequence[Any]], *, headings: Sequence[str] = HEADINGS, title: str = "") -> bytes:
    """A workbook with headings and rows; `title` stands above the headings."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet("信息汇总表")
    first = 0
    if title:
        sheet.write_string(0, 0, title)
        first = 1
    for place, line in enumerate([list(headings), *rows], start=first):
        for column, cell in enumerate(line):
            sheet.write(place, column, cell)
    book.close()
    return out.getvalue()
