"""自查表 as XLSX, CSV and PDF: the columns of the regime, and the platform's records beside them (D858-2.1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.http.response import HttpResponseBase

from yunquan.desks.shared import exports
from yunquan.inspections import selfcheck_queries as queries
from yunquan.inspections.selfcheck_checks import CONCLUSIONS, INSPECTED
from yunquan.kernel.calendar import local_date
from yunquan.papers import pdf
from yunquan.papers.tables import Column, Sheet

SUPPLIER = (
    Column("number", "服务券号", "text", 22),
    Column("enterprise", "企业名称", "text", 28),
    Column("services", "应用服务", "text", 24),
    Column("total_fen", "合同金额（元）", "money", 14),
    Column("face_fen", "奖补金额（元）", "money", 14),
    Column("use_state", "使用状态", "text", 12),
    Column("note", "说明", "text", 34),
)
CITY = (
    Column("number", "服务券号", "text", 22),
    Column("enterprise", "企业名称", "text", 28),
    Column("supplier", "供应商", "text", 26),
    Column("inspected", "是否开展过实地检查或抽查", "text", 14),
    Column("conclusion", "检查结论", "text", 12),
    Column("note", "问题及整改情况", "text", 40),
)
RECORDS = (
    Column("verdict", "行为数据判定", "text", 12),
    Column("active", "活跃天数", "count", 8),
    Column("covered", "有记录天数", "count", 8),
    Column("last_on", "最后使用", "text", 12),
    Column("says", "记录显示", "text", 10),
    Column("difference", "对照", "text", 12),
    Column("signals", "异常信号", "text", 26),
)
DIFFERENCES = {"above": "所填好于记录", "below": "记录好于所填"}


def title_of(row: Any) -> str:
    """The name of the official table."""
    return "“上云上平台”实施项目情况汇总表" if row.supplier_id else "“上云上平台”项目情况检查表"


def columns_of(row: Any) -> tuple[Column, ...]:
    """The columns of a table; a supplier's has the records beside the claim."""
    return (*SUPPLIER, *RECORDS) if row.supplier_id else CITY


def rows_of(row: Any, *, today: date) -> list[dict[str, Any]]:
    """Every line of a table as papers show it."""
    form = queries.form_of(row.plan)
    states = dict(form.states) if form is not None else {}
    lines = queries.with_figures(row, queries.lines_of(row), today)
    return [_row(line, states) for line in lines]


def _row(line: queries.Line, states: dict[str, str]) -> dict[str, Any]:
    voucher, typed, seen = line.voucher, line.typed, line.figures
    return {
        "number": line.number,
        "enterprise": voucher.enterprise.name,
        "supplier": voucher.supplier.name if voucher.supplier is not None else "",
        "services": "、".join(one.service_name for one in voucher.lines.all()),
        "total_fen": voucher.contract.total_fen if voucher.contract is not None else None,
        "face_fen": voucher.face_fen,
        "use_state": states.get(typed["use_state"], typed["use_state"]),
        "inspected": INSPECTED.get(typed["inspected"], typed["inspected"]),
        "conclusion": CONCLUSIONS.get(typed["conclusion"], typed["conclusion"]),
        "note": typed["note"],
        "verdict": seen.verdict_said if seen is not None else "",
        "active": seen.active if seen is not None and seen.covered else None,
        "covered": seen.covered if seen is not None else None,
        "last_on": seen.last_on if seen is not None else "",
        "says": seen.says_said if seen is not None else "",
        "difference": DIFFERENCES.get(line.difference, ""),
        "signals": "；".join(seen.signals) if seen is not None else "",
    }


def notes_of(row: Any) -> list[str]:
    """What stands below a table: whether it was filed, when, under which hash; what the records are."""
    form = queries.form_of(row.plan)
    if row.state == "filed" and row.filed_at is not None:
        notes = [f"填报 {local_date(row.filed_at)}；摘要 {row.content_hash}"]
    else:
        notes = [f"未填报稿，填报期限 {row.due_on}"]
    if row.supplier_id and form is not None:
        notes.append(
            f"行为数据为最近 {form.window_days} 天平台收到的使用记录，只含时间、两端和流量；"
            f"有记录不足 {form.least_covered_days} 天的不作比较。对照结果供核查参考。"
        )
    return notes


def download(row: Any, kind: str, *, today: date) -> HttpResponseBase:
    """The table as a file."""
    name = f"{title_of(row)}（{queries.whose(row)}）"
    columns, rows = columns_of(row), rows_of(row, today=today)
    if kind == "pdf":
        return exports.paper("pdf", name, _paper(row, columns, rows))
    # An open table comes back filled: below its lines stands nothing that would be read as one.
    notes = tuple(notes_of(row)) if row.state == "filed" else ()
    title = name if kind == "xlsx" else ""
    sheet = Sheet(columns=columns, rows=rows, title=title, notes=notes, name="自查表")
    return exports.answer(kind, name, sheet)


def _paper(row: Any, columns: Sequence[Column], rows: Sequence[dict[str, Any]]) -> bytes:
    shown = [column for column in columns if column.name not in ("signals", "verdict")]
    filed = row.state == "filed" and row.filed_at is not None
    return pdf.table_paper(
        title=title_of(row) if filed else f"{title_of(row)}（未填报稿）",
        columns=[Column(one.name, one.title, one.kind, min(one.width or 12, 22)) for one in shown],
        rows=[{column.name: one[column.name] for column in shown} for one in rows],
        lines=[
            f"填报单位：{queries.whose(row)}　计划：{row.plan.title}（{row.plan.number}）　共 {len(rows)} 张"
        ],
        notes=notes_of(row),
        issuer=queries.whose(row),
        issued_on=local_date(row.filed_at) if filed else None,
        digest=row.content_hash if filed else "",
        foot=title_of(row),
    )
