"""A report by the outline as PDF, Word and XLSX; the lists as PDF and Word (D858-2.1)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http.response import HttpResponseBase

from yunquan.demonstrations import queries
from yunquan.demonstrations.actions.reporting import is_unchanged
from yunquan.demonstrations.lifecycle import STANDING
from yunquan.demonstrations.outline import FUNDS, OUTCOMES, SECTIONS
from yunquan.desks.shared import exports
from yunquan.desks.shared.demonstrations import lists
from yunquan.desks.shared.registers import place
from yunquan.kernel.calendar import local_date
from yunquan.kernel.money import format_yuan
from yunquan.papers import outlines
from yunquan.papers.outlines import Outline, Table
from yunquan.papers.tables import Column, Sheet, xlsx_bytes

__all__ = ["is_unchanged", "list_paper", "report_paper"]
TITLE = "工业互联网标杆示范项目建设情况报告"
MOST_ROWS = 5000
NUMERALS = "一二三四五六七八九十"
PAYMENTS = (
    Column("purpose", "用途", "text", 16),
    Column("fund", "资金", "text", 10),
    Column("amount_fen", "金额（元）", "money", 14),
    Column("paid_on", "支付日期", "date", 12),
    Column("document", "凭证号", "text", 12),
    Column("payee", "收款单位", "text", 20),
)
PLAN = (
    Column("purpose", "用途", "text", 20),
    Column("public_fen", "财政计划（元）", "money", 14),
    Column("public_spent_fen", "财政累计支出（元）", "money", 14),
    Column("own_fen", "自筹计划（元）", "money", 14),
    Column("own_spent_fen", "自筹累计支出（元）", "money", 14),
)
STEPS = (
    Column("title", "建设节点", "text", 24),
    Column("due_on", "计划完成", "date", 12),
    Column("reached_on", "实际完成", "date", 12),
)


def _rows(things: Any, columns: tuple[Column, ...]) -> list[dict[str, Any]]:
    return [{column.name: getattr(one, column.name) for column in columns} for one in things]


def _tables(row: Any) -> list[Table]:
    payments = [
        {
            "purpose": one.line.purpose, "fund": FUNDS[one.fund], "amount_fen": one.amount_fen,
            "paid_on": one.paid_on, "document": one.document, "payee": one.payee,
        }
        for one in queries.payments_of(row)
    ]  # fmt: skip
    return [
        Table("本次报告的支出明细", PAYMENTS, payments),
        Table("资金计划与累计支出", PLAN, _rows(queries.spending_by_line(row.project), PLAN)),
        Table("建设节点", STEPS, _rows(queries.milestones_of(row.project), STEPS)),
    ]


def outline_of(row: Any) -> Outline:
    """A report as a paper: what was filed, or the draft as it stands."""
    project, stands = row.project, row.state in STANDING
    told = row.content if stands else row.typed
    holder = lists.holder_of(project)
    facts = [
        ("项目名称", f"{project.name}（{project.number}）"),
        ("牵头单位", f"{holder.name}（{holder.uscc}）"),
        ("所在地市", place(project.city)),
        ("立项年度、资金来源", f"{project.year} 年，{project.get_funded_by_display()}"),
        ("建设期", f"{project.starts_on} 至 {project.ends_on}"),
        ("财政资金、自筹资金", f"{format_yuan(project.public_fen)} 元、{format_yuan(project.own_fen)} 元"),
        ("报告、情况截至", f"{row.title}，截至 {row.stood_on}"),
    ]
    sections = [
        (f"{NUMERALS[number]}、{one.label}", str(told.get(one.name) or "（未填写）"))
        for number, one in enumerate(SECTIONS)
    ]
    if told.get("overrun"):
        sections.append(("超支原因", str(told["overrun"])))
    if row.findings and row.outcome:
        sections.append((f"地市检查结果：{OUTCOMES[row.outcome]}", row.findings))
    if row.state == "reviewed":
        sections.append(("省厅复核", row.review_note or "同意。"))
    notes = ["已退回和未报送的报告不计入累计支出。"]
    filed = stands and row.filed_at is not None
    return Outline(
        title=TITLE if stands else f"{TITLE}（未报送稿）",
        facts=facts,
        sections=sections,
        tables=_tables(row) if stands else _tables(row)[1:],
        notes=notes,
        issuer=holder.name,
        issued_on=local_date(row.filed_at) if filed else None,
        digest=row.content_hash if stands else "",
    )


def report_paper(row: Any, kind: str) -> HttpResponseBase:
    """A report as a download."""
    outline = outline_of(row)
    name = f"{row.project.number} {row.title}"
    if kind == "xlsx":
        rows = [*outline.facts, *outline.sections]
        columns = (Column("heading", "项目", "text", 26), Column("text", "内容", "text", 90))
        first = Sheet(
            columns=columns, rows=rows, title=outline.title, notes=tuple(outline.notes), name="提纲"
        )
        sheets = [
            Sheet(columns=one.columns, rows=one.rows, title=one.title, name=one.title[:20])
            for one in outline.tables
        ]
        return exports.paper("xlsx", name, xlsx_bytes([first, *sheets]))
    return exports.paper(kind, name, outlines.as_pdf(outline) if kind == "pdf" else outlines.as_docx(outline))


_PROJECTS = (
    Column("number", "编号", "text", 12),
    Column("name", "项目名称", "text", 22),
    Column("holder", "牵头单位", "text", 20),
    Column("city", "地市", "text", 8),
    Column("public", "财政计划/已支出（元）", "text", 18),
    Column("ends_on", "计划完成", "date", 11),
    Column("state", "状态", "text", 12),
)
_REPORTS = (
    Column("project", "项目名称", "text", 22),
    Column("holder", "牵头单位", "text", 20),
    Column("city", "地市", "text", 8),
    Column("title", "报告", "text", 18),
    Column("due_on", "报送期限", "date", 11),
    Column("state", "状态", "text", 14),
    Column("late", "逾期", "text", 8),
)


def list_paper(page: lists.ProjectList | lists.ReportList, kind: str, *, today: date) -> HttpResponseBase:
    """The filtered list as a paper: the register, or the reports with who is late."""
    found, _filters = page._filtered()
    rows = list(page._sorted(found)[:MOST_ROWS])
    is_register = isinstance(page, lists.ProjectList)
    shown = [_project(row) if is_register else _report(row, today) for row in rows]
    outline = Outline(
        title=page.title,
        tables=[Table(f"共 {len(shown)} 项，{today}", _PROJECTS if is_register else _REPORTS, shown)],
    )
    return exports.paper(
        kind, page.title, outlines.as_pdf(outline) if kind == "pdf" else outlines.as_docx(outline)
    )


def _project(row: Any) -> dict[str, Any]:
    late = "（到期未验收）" if lists.is_past(row) else ""
    return {
        "number": row.number,
        "name": row.name,
        "holder": lists.holder_of(row).name,
        "city": place(row.city),
        "public": f"{format_yuan(row.public_fen)} / {format_yuan(row.public_spent_fen)}",
        "ends_on": row.ends_on,
        "state": row.lifecycle.states[row.state] + late,
    }


def _report(row: Any, today: date) -> dict[str, Any]:
    return {
        "project": row.project.name,
        "holder": lists.holder_of(row.project).name,
        "city": place(row.project.city),
        "title": row.title,
        "due_on": row.due_on,
        "state": row.lifecycle.states[row.state],
        "late": "已逾期" if queries.is_late(row, today) else "",
    }
