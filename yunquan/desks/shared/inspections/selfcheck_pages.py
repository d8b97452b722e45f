"""自查表 as a page: filled by a supplier or a city, read by the province; drafts, filing, sending back (D858-2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from yunquan.desks.shared import exports
from yunquan.desks.shared.forms import DAY_FORMATS, BaseForm
from yunquan.desks.shared.inspections import selfcheck_papers
from yunquan.desks.shared.perform import perform
from yunquan.desks.shared.widgets import DayInput
from yunquan.inspections import selfcheck_queries as queries
from yunquan.inspections.actions import self_checks
from yunquan.inspections.selfcheck_checks import CONCLUSIONS, INSPECTED
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.kernel.refusal import Refusal
from yunquan.parties import queries as parties

ON_PAGE = 40
TONES = {"open": "waiting", "filed": "good", "returned": "bad"}
DIFFERENCES = {"above": "所填好于记录", "below": "记录好于所填"}
COLUMNS = {
    "supplier": (("use_state", "使用状态"), ("note", "说明")),
    "city": (("inspected", "是否检查"), ("conclusion", "检查结论"), ("note", "问题及整改情况")),
}


class LinesForm(BaseForm):
    """The token of one submission; what is wrong is kept by the line and column that it names."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_line: dict[str, list[Refusal]] = {}
        self.at_top: list[Refusal] = []

    def add_refusals(self, refusals: Any) -> None:
        for refusal in refusals:
            if refusal.field:
                self.by_line.setdefault(refusal.field, []).append(refusal)
            else:
                self.at_top.append(refusal)


class SendBackForm(BaseForm):
    """Why a table goes back, and until when it is to come again."""

    reason = forms.CharField(
        label="退回理由", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    due_on = forms.DateField(
        label="新的填报期限", required=False, widget=DayInput(), input_formats=DAY_FORMATS
    )


def found(request: HttpRequest, pk: int) -> Any:
    """A table that the person may see; 404 otherwise."""
    row = queries.self_check_for(request.actor, pk)  # type: ignore[attr-defined]
    if row is None:
        raise Http404
    return row


TABLES = exports.Listing(
    "自查表",
    ("填报单位", "who"), ("自查表", "kind"), ("计划", "row.plan.title"), ("编号", "row.plan.number"),
    ("填报期限", "row.due_on", "date"), ("状态", "state"), ("填报时间", "row.filed_at", "time"),
)  # fmt: skip


def listed(rows: Any, *, base: str, today: Any) -> list[dict[str, Any]]:
    """Tables as rows of a list."""
    return [
        {
            "row": row,
            "who": queries.whose(row),
            "kind": "服务商汇总表" if row.supplier_id else "地市检查表",
            "state": row.lifecycle.states[row.state],
            "tone": "over" if queries.is_late(row, today) else TONES[row.state],
            "late": queries.is_late(row, today),
            "url": f"{base}{row.pk}/",
        }
        for row in rows
    ]


def mine(request: HttpRequest, *, base: str, tabs: Any = ()) -> HttpResponseBase:
    """The tables that this organisation has to file or has filed."""
    now = clock.read()
    rows = queries.visible_to(request.actor).order_by("-pk")[: exports.most(request, 100)]  # type: ignore[attr-defined]
    shown = listed(rows, base=base, today=local_date(now))
    context = {"rows": shown, "tabs": tabs, "files": TABLES.files(request)}
    return TABLES.asked(request, shown) or render(request, "shared/inspections/self_checks.html", context)


def table(request: HttpRequest, pk: int, *, base: str, back: str) -> HttpResponse:
    """A table for whoever fills it; saving keeps everything as typed, filing refuses with every line that lacks."""
    row, now = found(request, pk), clock.read()
    form = LinesForm(request.POST or None)
    here = f"{base}{row.pk}/"
    if request.method == "POST":
        answer = _kept(request, row, form, here)
        if answer is not None:
            return answer
        row = found(request, pk)
    number, pages = _place(request, row, form)
    context = {
        **_shown(row, number, now=now),
        "form": form,
        "problems": _problems(row, form),
        "pages": pages,
        "number": number,
        "here": here,
        "back": back,
        "can_fill": row.state in queries.OPEN and request.actor.role in self_checks.FILLERS,  # type: ignore[attr-defined]
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "shared/inspections/self_check.html", context, status=status)


def _kept(request: HttpRequest, row: Any, form: LinesForm, here: str) -> HttpResponse | None:
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    typed = _typed(request, row)
    page = request.POST.get("page", "1")[:6]
    filing = request.POST.get("action") == "file"

    def call() -> Any:
        if typed:
            self_checks.save(self_check=row, typed=typed, by=actor, now=now)
        return self_checks.file(self_check=row, by=actor, now=now) if filing else None

    onward = request.POST.get("action", "").partition(":")
    then = f"{here}?page={onward[2] if onward[0] == 'page' and onward[2].isdecimal() else page}"
    done = "已填报，内容已冻结。" if filing else "已保存。"
    return perform(request, call, then=here if filing else then, done=done, form=form)


def _typed(request: HttpRequest, row: Any) -> dict[str, dict[str, str]]:
    """What was typed into the lines of this page, by voucher number."""
    names = [name for name, _label in COLUMNS["supplier" if row.supplier_id else "city"]]
    typed: dict[str, dict[str, str]] = {}
    for key in request.POST:
        name, dash, number = key.partition("-")
        if dash and name in names and 0 < len(number) <= 40 and len(typed) <= 2 * ON_PAGE:
            typed.setdefault(number, {})[name] = request.POST[key]
    return typed


def _place(request: HttpRequest, row: Any, form: LinesForm) -> tuple[int, int]:
    """Which page is shown, of how many: after a refusal the one that was sent."""
    pages = max(1, -(-queries.count_lines(row) // ON_PAGE))
    asked = request.POST.get("page") or request.GET.get("page", "1")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1
    return min(max(1, number), pages), pages


def _problems(row: Any, form: LinesForm) -> list[dict[str, Any]]:
    """All that is wrong at once, each with the way to its line."""
    rows = [{"refusal": one, "page": 0, "anchor": ""} for one in form.at_top]
    if not form.by_line:
        return rows
    places = {line.number: place for place, line in enumerate(queries.lines_of(row))}
    for field, refusals in form.by_line.items():
        place = places.get(field.partition("-")[2], 0)
        rows += [{"refusal": one, "page": place // ON_PAGE + 1, "anchor": f"id_{field}"} for one in refusals]
    return rows


def _shown(row: Any, number: int, *, now: Any) -> dict[str, Any]:
    """What every reader of a table sees: whose it is, its lines, the records beside them."""
    form = queries.form_of(row.plan)
    start = (number - 1) * ON_PAGE
    lines = queries.lines_of(row, start=start, most=ON_PAGE)
    lines = queries.with_figures(row, lines, local_date(now))
    people = parties.person_names([row.filed_by]) if row.filed_by else {}
    kind = "supplier" if row.supplier_id else "city"
    labels: dict[str, Mapping[str, str]] = {
        "use_state": dict(form.states) if form is not None else {},
        "inspected": INSPECTED,
        "conclusion": CONCLUSIONS,
    }
    return {
        "row": row,
        "who": queries.whose(row),
        "title": selfcheck_papers.title_of(row),
        "kind": kind,
        "state": row.lifecycle.states[row.state],
        "tone": "over" if queries.is_late(row, local_date(now)) else TONES[row.state],
        "late": queries.is_late(row, local_date(now)),
        "lines": [_line(line, kind, labels) for line in lines],
        "count": queries.count_lines(row),
        "window": form.window_days if form is not None else 0,
        "filed_by": people.get(row.filed_by, ""),
        "unchanged": self_checks.is_unchanged(row) if row.state == "filed" else None,
    }


def _line(line: Any, kind: str, labels: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    asked = []
    for name, label in COLUMNS[kind]:
        value = line.typed[name]
        options = [(code, said) for code, said in labels[name].items()] if name in labels else None
        known = labels.get(name, {})
        # What was typed past the choices is shown as it stands, not silently dropped.
        asked.append(
            {
                "name": f"{name}-{line.number}", "label": label, "value": value, "options": options,
                "said": known.get(value, value), "is_strange": bool(value) and options is not None and value not in known,
            }
        )  # fmt: skip
    voucher = line.voucher
    return {
        "number": line.number,
        "enterprise": voucher.enterprise.name,
        "supplier": voucher.supplier.name if voucher.supplier is not None else "—",
        "services": "、".join(one.service_name for one in voucher.lines.all()),
        "total_fen": voucher.contract.total_fen if voucher.contract is not None else None,
        "face_fen": voucher.face_fen,
        "asked": asked,
        "figures": line.figures,
        "difference": line.difference,
        "difference_said": DIFFERENCES.get(line.difference, ""),
        "is_prefilled": line.is_prefilled,
    }


def read(request: HttpRequest, pk: int, *, base: str, back: str, can_send_back: bool) -> HttpResponse:
    """A table for the province: what was said, what the records say, and the way back to who filed it."""
    row, now = found(request, pk), clock.read()
    form = SendBackForm(request.POST or None) if can_send_back and row.state == "filed" else None
    here = f"{base}{row.pk}/"
    if request.method == "POST":
        if form is None:
            raise Http404
        answer = _sent_back(request, row, form, here) if form.is_valid() else None
        if answer is not None:
            return answer
    number, pages = _place(request, row, LinesForm())
    context = {
        **_shown(row, number, now=now),
        "form": None,
        "send_back": form,
        "problems": [],
        "pages": pages,
        "number": number,
        "here": here,
        "back": back,
        "can_fill": False,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "shared/inspections/self_check.html", context, status=status)


def _sent_back(request: HttpRequest, row: Any, form: SendBackForm, here: str) -> HttpResponse | None:
    facts = form.facts
    return perform(
        request,
        lambda: self_checks.send_back(
            self_check=row,
            reason=facts["reason"],
            due_on=facts["due_on"],
            by=request.actor,  # type: ignore[attr-defined]
            now=clock.read(),
        ),
        then=here,
        done="已退回，对方会收到消息。",
        form=form,
    )


def download(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    """A table as XLSX, CSV or PDF; while it is open the XLSX is what is filled and brought back."""
    row = found(request, pk)
    return selfcheck_papers.download(row, kind, today=local_date(clock.read()))
