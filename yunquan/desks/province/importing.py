"""Tables taken in with a dry run: first every fault by row and column, then all of it or nothing."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from yunquan.desks.province.frame import cycle_or_404, desk
from yunquan.desks.shared import exports
from yunquan.desks.shared.forms import BaseForm, UploadField
from yunquan.desks.shared.perform import perform, show_again
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.kernel.money import format_yuan
from yunquan.papers.readers import Fault, Wanted, read_table
from yunquan.papers.tables import Column, Sheet
from yunquan.parties import actions as parties
from yunquan.parties import regions
from yunquan.parties.actions.importing import ENTERPRISE_COLUMNS, SUPPLIER_COLUMNS
from yunquan.programme import actions as programme
from yunquan.programme import queries as programme_queries

SHOWN = 50
MOST_FAULTS = 200
QUOTA_COLUMNS = {
    "city": "地市",
    "target_fen": "目标额度（元）",
    "factor_percent": "发放系数（%）",
    "quota_fen": "发放额度（元）",
}
_QUOTA_FIELDS = {
    "target": "目标额度（元）",
    "factor_percent": "发放系数（%）",
    "quota": "发放额度（元）",
    "city": "地市",
}
_KINDS = {"target_fen": "money", "quota_fen": "money", "factor_percent": "count"}


class TableForm(BaseForm):
    """One file, XLSX or CSV."""

    table = UploadField(label="导入文件", kinds=("xlsx", "csv"), limit_mb=20)


Judge = Callable[[bytes, str], tuple[list[dict[str, Any]], list[Fault]]]
Load = Callable[[list[dict[str, Any]], str], Any]


def table_page(
    request: HttpRequest,
    *,
    title: str,
    key: str,
    columns: dict[str, str],
    judge: Judge,
    load: Load,
    back: str,
    notes: list[str],
) -> HttpResponse:
    """Upload → dry run → load; the judged rows wait in the session, so what is loaded is what was shown."""
    if request.GET.get("format") in exports.KINDS:
        return _template(request.GET["format"], title, columns)
    context: dict[str, Any] = {
        "title": title, "back": back, "notes": notes, "columns": list(columns.values()),
        "form": TableForm(), "tried": None,
    }  # fmt: skip
    if request.method != "POST":
        return render(request, "province/import.html", context)
    if request.POST.get("load"):
        return _load(request, key, load, back, context)
    form = TableForm(request.POST, request.FILES)
    context["form"] = form
    if not form.is_valid():
        return show_again(request, "province/import.html", context)
    sent = form.cleaned_data["table"]
    rows, faults = judge(sent.read(), sent.name)
    token = secrets.token_urlsafe(12)
    if not faults:
        request.session[key] = {"token": token, "name": sent.name, "rows": rows}
    context["form"] = TableForm()
    context["tried"] = {
        "name": sent.name,
        "token": token,
        "count": len(rows),
        "fault_count": len(faults),
        "faults": [asdict(fault) for fault in faults[:MOST_FAULTS]],
        "rows": [
            {"row": row["row"], "cells": [_shown(name, row.get(name)) for name in columns]}
            for row in rows[:SHOWN]
        ],
        "shown": min(SHOWN, len(rows)),
    }
    return render(request, "province/import.html", context, status=422 if faults else 200)


def _load(request: HttpRequest, key: str, load: Load, back: str, context: dict[str, Any]) -> HttpResponse:
    kept = request.session.get(key)
    if not kept or kept["token"] != request.POST["load"]:
        form = TableForm({"once": ""})
        form.full_clean()
        form.errors.clear()
        form.add_error(None, "试运行的结果已经失效，请重新选择文件。")
        return show_again(request, "province/import.html", context | {"form": form})
    answer = perform(
        request,
        lambda: load(kept["rows"], kept["name"]),
        then=back,
        done=f"已导入 {len(kept['rows'])} 行。",
    )
    if answer is None:
        return show_again(request, "province/import.html", context)
    request.session.pop(key, None)
    return answer


def _template(kind: str, title: str, columns: dict[str, str]) -> HttpResponse:
    """An empty table with the headings."""
    sheet = Sheet([Column(name, heading) for name, heading in columns.items()], [], name="导入")
    return exports.answer(kind, f"{title}模板", sheet)  # type: ignore[return-value]


def _shown(name: str, value: Any) -> str:
    if value is None or value == "":
        return "—"
    if name.endswith("_fen"):
        return format_yuan(value)
    if name == "city":
        return regions.place_name(str(value))
    return str(value)


@desk
def quotas(request: HttpRequest, pk: int) -> HttpResponse:
    """Targets and quotas of the cities from a table."""
    cycle = cycle_or_404(request, pk)
    by = request.actor  # type: ignore[attr-defined]

    def judge(content: bytes, name: str) -> tuple[list[dict[str, Any]], list[Fault]]:
        wanted = [
            Wanted(column, (title,), _KINDS.get(column, "text"), column in ("city", "target_fen"))  # type: ignore[arg-type]
            for column, title in QUOTA_COLUMNS.items()
        ]
        reading = read_table(content, wanted, file_name=name, max_rows=500)
        rows: list[dict[str, Any]] = []
        faults = list(reading.faults)
        for line in reading.rows:
            city = regions.find_city(str(line.values["city"]))
            if city is None:
                faults.append(
                    Fault(line.number, "地市", f"“{line.values['city']}”不是广东省的地市", "21 个地市之一")
                )
            elif any(row["city"] == city.code for row in rows):
                faults.append(Fault(line.number, "地市", f"{city.name}出现了两次", "每个地市只占一行"))
            else:
                rows.append({"row": line.number, **line.values, "city": city.code})
        places = {row["city"]: row["row"] for row in rows}
        for refusal in programme.split_faults(cycle=cycle, shares=_shares(rows), by=by, now=clock.read()):
            code, _, column = refusal.field.partition("_")
            faults.append(
                Fault(places.get(code, 0), _QUOTA_FIELDS.get(column, ""), refusal.message, refusal.mend)
            )
        return rows, sorted(faults, key=lambda fault: fault.row)

    return table_page(
        request,
        title=f"{cycle.name}：导入地市额度",
        key=f"import:quotas:{pk}",
        columns=QUOTA_COLUMNS,
        judge=judge,
        load=lambda rows, _name: programme.split_quota(
            cycle=cycle, shares=_shares(rows), by=by, now=clock.read()
        ),
        back=f"/province/cycles/{pk}/",
        notes=[
            "地市可写全称、简称或区划代码；金额以元为单位。",
            "发放系数和发放额度可留空：系数留空按规则的通常倍数，额度留空等于目标额度 × 系数。",
        ],
    )


def _shares(rows: list[dict[str, Any]]) -> list[programme.CityShare]:
    return [
        programme.CityShare(row["city"], row["target_fen"], row["factor_percent"], row["quota_fen"])
        for row in rows
    ]


@desk
def enterprises(request: HttpRequest) -> HttpResponse:
    """Enterprises from a table: accounts with drafts."""
    by = request.actor  # type: ignore[attr-defined]
    return table_page(
        request,
        title="导入企业",
        key="import:enterprises",
        columns=ENTERPRISE_COLUMNS,
        judge=lambda content, name: parties.read_enterprises(content, file_name=name),
        load=lambda rows, name: parties.import_enterprises(rows=rows, source=name, by=by, now=clock.read()),
        back="/province/enterprises/",
        notes=[
            "每行开一个账号和一份注册草稿；登录名留空时用统一社会信用代码，初始密码由系统管理员发放。",
            "营业执照和企业承诺书由企业自己补齐后提交，仍由所在地市（县区）审核。",
        ],
    )


@desk
def suppliers(request: HttpRequest) -> HttpResponse:
    """Suppliers from a table: accounts with drafts."""
    by = request.actor  # type: ignore[attr-defined]
    rules, on = programme_queries.current_rulebook(), local_date(clock.read())
    return table_page(
        request,
        title="导入供应商",
        key="import:suppliers",
        columns=SUPPLIER_COLUMNS,
        judge=lambda content, name: parties.read_suppliers(content, rules=rules, on=on, file_name=name),
        load=lambda rows, name: parties.import_suppliers(rows=rows, source=name, by=by, now=clock.read()),
        back="/province/suppliers/",
        notes=[
            "拟提供的应用服务写目录序号或名称，用顿号隔开，如 2、8；是否类的列写“是”或“否”。",
            "营业执照和知识产权证明由供应商自己补齐后提交，审核步骤不变。",
        ],
    )
