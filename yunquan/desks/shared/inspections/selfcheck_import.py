"""A self-check table that comes back filled: a dry run names every fault, then it is kept as the draft (D858-2.1)."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from yunquan.desks.shared.forms import BaseForm, UploadField
from yunquan.desks.shared.inspections.selfcheck_pages import COLUMNS, found
from yunquan.desks.shared.perform import perform, show_again
from yunquan.inspections import selfcheck_queries as queries
from yunquan.inspections.actions import self_checks
from yunquan.inspections.selfcheck_checks import CONCLUSIONS, INSPECTED
from yunquan.journal import clock

TEMPLATE = "shared/inspections/self_check_import.html"
SHOWN, MOST_FAULTS = 50, 200


class TableForm(BaseForm):
    """One file, XLSX or CSV."""

    table = UploadField(label="填好的自查表", kinds=("xlsx", "csv"), limit_mb=20)


def bring(request: HttpRequest, pk: int, *, base: str) -> HttpResponse:
    """Upload, dry run, keep as draft; what is kept is what was shown."""
    row = found(request, pk)
    if row.state not in queries.OPEN:
        raise Http404
    here = f"{base}{row.pk}/"
    context: dict[str, Any] = {
        "row": row,
        "here": here,
        "form": TableForm(),
        "tried": None,
        "columns": [column.titles[0] for column in self_checks.wanted(row)],
    }
    if request.method != "POST":
        return render(request, TEMPLATE, context)
    if request.POST.get("load"):
        return _load(request, row, here, context)
    form = TableForm(request.POST, request.FILES)
    if not form.is_valid():
        return show_again(request, TEMPLATE, context | {"form": form})
    sent = form.cleaned_data["table"]
    rows, faults = self_checks.read_filled(row, sent.read(), file_name=sent.name)
    token = secrets.token_urlsafe(12)
    if not faults:
        request.session[_key(row)] = {"token": token, "rows": rows}
    context["tried"] = {
        "name": sent.name,
        "token": token,
        "count": len(rows),
        "fault_count": len(faults),
        "faults": [asdict(fault) for fault in faults[:MOST_FAULTS]],
        "rows": [{"row": one["row"], "cells": _cells(row, one)} for one in rows[:SHOWN]],
        "shown": min(SHOWN, len(rows)),
    }
    return render(request, TEMPLATE, context, status=422 if faults else 200)


def _key(row: Any) -> str:
    return f"import:self_check:{row.pk}"


def _load(request: HttpRequest, row: Any, here: str, context: dict[str, Any]) -> HttpResponse:
    kept = request.session.get(_key(row))
    if not kept or kept["token"] != request.POST["load"]:
        form = TableForm({"once": ""})
        form.full_clean()
        form.errors.clear()
        form.add_error(None, "试运行的结果已经失效，请重新选择文件。")
        return show_again(request, TEMPLATE, context | {"form": form})
    # What the spreadsheet leaves empty takes nothing away that was typed before.
    known = row.typed
    typed = {
        one["number"]: {
            name: one[name] or str(known.get(one["number"], {}).get(name, "")) for name in queries.TYPED
        }
        for one in kept["rows"]
    }
    answer = perform(
        request,
        lambda: self_checks.save(
            self_check=row,
            typed=typed,
            by=request.actor,  # type: ignore[attr-defined]
            now=clock.read(),
        ),
        then=here,
        done=f"已导入 {len(typed)} 行，保存为草稿；核对后请填报。",
    )
    if answer is None:
        return show_again(request, TEMPLATE, context)
    request.session.pop(_key(row), None)
    return answer


def _cells(row: Any, one: dict[str, Any]) -> list[str]:
    form = queries.form_of(row.plan)
    labels = {
        "use_state": dict(form.states) if form is not None else {},
        "inspected": INSPECTED,
        "conclusion": CONCLUSIONS,
    }
    names = [name for name, _label in COLUMNS["supplier" if row.supplier_id else "city"]]
    return [one["number"], *(labels.get(name, {}).get(one[name], one[name]) or "—" for name in names)]
