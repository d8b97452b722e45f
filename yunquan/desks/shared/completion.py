"""完成情况表 as a page and as papers, alike on the province's and the city's desk (D47-5.13)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.http.response import HttpResponseBase

from yunquan.desks.shared import exports
from yunquan.kernel.calendar import local_date
from yunquan.papers import pdf
from yunquan.papers.tables import Column, Sheet
from yunquan.parties import queries as parties
from yunquan.parties import regions
from yunquan.usage import completion, queries
from yunquan.usage.lifecycle import COMPLETION_TABLE

TONES = {"drafted": "waiting", "sent": "good", "withdrawn": "bad"}
OUTCOMES = {
    "done": ("完成", "good"),
    "not_done": ("未完成", "bad"),
    "not_enough_data": ("数据不足", "waiting"),
}
SOURCES = {"hand": "人工录入", "computed": "行为数据计算", "": "尚未判定"}
LINES_SHOWN = 200
SYNTHETIC = "演示数据：判定依据的行为数据全部由程序合成，不是真实企业的使用记录。"
COLUMNS = (
    Column("position", "序", "count", 6),
    Column("voucher", "券号", "text", 20),
    Column("enterprise_name", "企业", "text", 28),
    Column("enterprise_uscc", "统一社会信用代码", "text", 22),
    Column("supplier_name", "供应商", "text", 26),
    Column("service_name", "应用服务", "text", 20),
    Column("outcome", "是否完成上云上平台", "text", 12),
    Column("source", "判定方式", "text", 14),
    Column("active_days", "活跃天数", "count", 8),
    Column("records", "记录数", "count", 10),
    Column("clients", "用户端数", "count", 8),
    Column("working_share", "工作时段占比", "text", 10),
    Column("reasons", "理由", "text", 44),
    Column("signals", "异常信号", "text", 30),
)
_ON_PAPER = (
    "position", "voucher", "enterprise_name", "supplier_name", "service_name", "outcome", "active_days", "records",
    "reasons", "signals",
)  # fmt: skip


def percent(share: Any) -> str:
    """A share as 84.2%; a dash where there is none.

    >>> percent("0.842"), percent("")
    ('84.2%', '—')
    """
    try:
        return f"{float(share) * 100:.1f}%"
    except (TypeError, ValueError):
        return "—"


def said(reason: Mapping[str, Any]) -> str:
    """A reason or signal in words."""
    return "：".join(str(reason[key]) for key in ("label", "text") if reason.get(key))


def row_of(line: Any) -> dict[str, Any]:
    """One line as page and papers show it."""
    label, tone = OUTCOMES[line.outcome]
    figures = line.figures
    source = completion.source_of(line)
    return {
        "position": line.position,
        "voucher": line.voucher,
        "enterprise_name": line.enterprise_name,
        "enterprise_uscc": line.enterprise_uscc,
        "supplier_name": line.supplier_name,
        "service": line.service,
        "service_name": line.service_name,
        "outcome": label,
        "tone": tone,
        "source": SOURCES[source],
        "by_hand": source == "hand",
        "active_days": _count(figures.get("active_days")),
        "records": _count(figures.get("records")),
        "clients": _count(figures.get("clients")),
        "working_share": percent(figures.get("working_share")),
        "reasons_said": [said(reason) for reason in line.reasons if not reason.get("met")],
        "grounds_said": [said(reason) for reason in line.reasons],
        "signals_said": [said(signal) for signal in line.signals],
    }


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) else None


TABLES = exports.Listing(
    "完成情况表",
    ("情况表", "row.title"), ("地市", "city"), ("版本", "row.edition", "count"), ("期间自", "row.from_on", "date"),
    ("期间至", "row.to_on", "date"), ("张数", "row.count", "count"), ("状态", "state"), ("发送时间", "row.sent_at", "time"),
    ("摘要", "row.content_hash"),
)  # fmt: skip


def listed(tables: Sequence[Any]) -> list[dict[str, Any]]:
    """Tables as rows of a list."""
    return [
        {
            "row": row,
            "city": regions.place_name(row.city),
            "state": COMPLETION_TABLE.states[row.state],
            "tone": TONES[row.state],
        }
        for row in tables
    ]


def page_of(table: Any, *, page: str, base: str) -> dict[str, Any]:
    """Everything the page of a table shows; `base` is the desk's address of it."""
    lines = queries.table_lines(table)
    counted = completion.totals(lines)
    shown = Paginator(lines, LINES_SHOWN).get_page(page)
    names = parties.person_names([name for name in (table.drafted_by, table.sent_by) if name])
    tiles = [{"label": "服务券", "value": counted["vouchers"]}]
    tiles += [
        {"label": label, "value": counted[outcome], "tone": tone if counted[outcome] else ""}
        for outcome, (label, tone) in OUTCOMES.items()
    ]
    signals = counted["signals"]
    tiles.append({"label": "有异常信号", "value": signals, "tone": "bad" if signals else ""})
    before = queries.edition_before(table)
    return {
        "table": table,
        "state": COMPLETION_TABLE.states[table.state],
        "tone": TONES[table.state],
        "rows": [row_of(line) for line in shown],
        "shown": shown,
        "tiles": tiles,
        "before": before,
        "changes": queries.changes_since(table, lines) if before is not None else [],
        "unchanged": queries.table_is_unchanged(table, lines),
        "drafted_by": names.get(table.drafted_by, ""),
        "sent_by": names.get(table.sent_by, "") if table.sent_by else "",
        "files": [
            {"label": "完成情况表 PDF", "url": f"{base}table.pdf"},
            {"label": "完成情况表 Excel", "url": f"{base}table.xlsx", "note": f"{len(lines)} 行"},
            {"label": "完成情况表 CSV", "url": f"{base}table.csv"},
            {"label": "摘要原文 JSON", "url": f"{base}table.json", "note": "用于自行核对摘要"},
        ],
    }


def download(table: Any, kind: str) -> HttpResponseBase:
    """The table as PDF, XLSX, CSV, or the canonical bytes that its hash is taken over."""
    lines = queries.table_lines(table)
    name = f"{table.title}第{table.edition}版"
    if kind == "json":
        headers = {"Content-Disposition": exports.disposition(name, "json")}
        content = completion.hashed_bytes(table, lines)
        return HttpResponse(content, content_type="application/json", headers=headers)
    rows = [
        row | {"reasons": "；".join(row["grounds_said"]), "signals": "；".join(row["signals_said"])}
        for row in map(row_of, lines)
    ]
    if kind == "pdf":
        return exports.paper("pdf", name, _pdf(table, lines, rows))
    notes: tuple[str, ...] = (
        f"期间 {table.from_on} 至 {table.to_on}（按兑现申请日期）；第 {table.edition} 版；{_state_said(table)}",
        f"规则版本 {table.rule_version}；摘要 {table.content_hash}",
    )
    if settings.YUNQUAN_DEMO:
        notes = (*notes, SYNTHETIC)
    plain = [{column.name: row[column.name] for column in COLUMNS} for row in rows]
    return exports.answer(kind, name, Sheet(columns=COLUMNS, rows=plain, title=table.title, notes=notes))


def _state_said(table: Any) -> str:
    if table.sent_at is None:
        return "未发送稿，不作为办理依据"
    return f"{local_date(table.sent_at)} 发送地市"


def _pdf(table: Any, lines: Sequence[Any], rows: Sequence[dict[str, Any]]) -> bytes:
    columns = [column for column in COLUMNS if column.name in _ON_PAPER]
    bureau = parties.bureau("440000")
    counted = completion.totals(lines)
    sums = "，".join(f"{label} {counted[outcome]} 张" for outcome, (label, _tone) in OUTCOMES.items())
    title = table.title if table.sent_at is not None else f"{table.title}（未发送稿）"
    return pdf.table_paper(
        title=title,
        columns=columns,
        rows=[
            {column.name: row[column.name] for column in columns}
            | {"reasons": "；".join(row["reasons_said"])}
            for row in rows
        ],
        lines=[
            f"期间：{table.from_on} 至 {table.to_on}（按兑现申请日期）　版本：第 {table.edition} 版",
            f"共 {counted['vouchers']} 张服务券：{sums}；有异常信号 {counted['signals']} 张。",
        ],
        notes=[
            "数据不足不等于未完成。异常信号供核查参考，不单独作为判定依据。行为数据只含时间、两端、协议和流量，不含业务内容。",
            f"{_state_said(table)}。规则版本 {table.rule_version}。",
            *([SYNTHETIC] if settings.YUNQUAN_DEMO else []),
        ],
        issuer=bureau.name if bureau is not None else "",
        issued_on=local_date(table.sent_at) if table.sent_at is not None else None,
        digest=table.content_hash,
        foot=f"{table.title}　第 {table.edition} 版",
    )
