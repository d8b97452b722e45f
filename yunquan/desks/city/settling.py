"""结算清单: drawn up from approved claims, approved and published by another, withdrawn with a reason (D47-5.14)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_POST

from yunquan.desks.city.frame import CITY_ROLES, desk
from yunquan.desks.shared import exports
from yunquan.desks.shared.forms import BaseForm
from yunquan.desks.shared.list_papers import days_in_public, list_pdf
from yunquan.desks.shared.perform import perform
from yunquan.desks.shared.templatetags.gov import until
from yunquan.journal import clock
from yunquan.kernel.workflow import Actor
from yunquan.papers.tables import Column, Sheet
from yunquan.parties import queries as parties
from yunquan.parties.access import bureau_code
from yunquan.policy.deadlines import publicity_days_left
from yunquan.policy.roles import Role
from yunquan.programme import access as programme_access
from yunquan.programme import queries as programme
from yunquan.settlement import access, actions, queries
from yunquan.settlement.lifecycle import SETTLEMENT_LIST

TONES = {"drafted": "waiting", "published": "now", "standing": "good", "withdrawn": "bad"}
COLUMNS = (
    Column("position", "序", "count", 6),
    Column("voucher_number", "券号", "text", 20),
    Column("enterprise_name", "企业", "text", 30),
    Column("enterprise_uscc", "统一社会信用代码", "text", 22),
    Column("services", "应用服务", "text", 30),
    Column("supplier_name", "供应商", "text", 28),
    Column("face_fen", "奖补金额（元）", "money", 16),
    Column("bonus_fen", "贯标奖补（元）", "money", 16),
)
PAPER = [column for column in COLUMNS if column.name != "enterprise_uscc"]
LISTS = (
    exports.Listing(
        "结算清单",
        ("清单", "row.title"), ("版本", "row.edition", "count"), ("张数", "row.count", "count"),
        ("合计（元）", "row.total_fen", "money"), ("状态", "state"), ("公示时间", "row.published_at", "time"),
        ("公示截止", "row.publicity_ends_at", "until"), ("清单摘要", "row.content_hash"), key="lists",
    ),
    exports.Listing(
        "待列入结算清单",
        ("结算序号", "claim_seq", "count"), ("券号", "number"), ("企业", "enterprise.name"),
        ("供应商", "supplier.name"), ("奖补金额（元）", "face_fen", "money"), ("贯标奖补（元）", "bonus_fen", "money"),
        key="waiting",
    ),
)  # fmt: skip
OBJECTION = "对清单有异议的，请在公示期内在平台对应条目提出，或以书面形式向主管部门反映。"


def found(request: HttpRequest, pk: int) -> Any:
    """The list, or 404."""
    row = access.list_for(request.actor, pk)  # type: ignore[attr-defined]
    if row is None:
        raise Http404
    return row


class OnceForm(BaseForm):
    """A button that is pressed once."""


class WithdrawForm(BaseForm):
    """Why a list is taken down."""

    reason = forms.CharField(
        label="撤下理由", max_length=500, widget=forms.Textarea(attrs={"rows": 2}), required=False
    )


@desk(only=CITY_ROLES)
def lists(request: HttpRequest) -> HttpResponseBase:
    """What is approved and waits for a list, cycle by cycle, and the city's lists."""
    actor = request.actor  # type: ignore[attr-defined]
    most = exports.most(request, 100)
    context = lists_context(actor, most) | {"files": {one.key: one.files(request) for one in LISTS}}
    due = (row for group in context["waiting"] for row in group["rows"])
    file = exports.first_asked(request, (LISTS[0], context["lists"]), (LISTS[1], due))
    return file or render(request, "city/lists.html", context)


def lists_context(actor: Actor, most: int = 100) -> dict[str, Any]:
    """The waiting claims of each cycle with their sum, and all lists, the latest first."""
    waiting = []
    for cycle in programme.cycles(actor):
        rows = list(queries.approved_waiting(cycle, bureau_code(actor)))
        if rows:
            total_fen = sum(row.face_fen + row.bonus_fen for row in rows)
            waiting.append(
                {"cycle": cycle, "rows": rows[: 2 * most], "count": len(rows), "total_fen": total_fen}
            )
    held = [
        {"row": row, "state": SETTLEMENT_LIST.states[row.state], "tone": TONES[row.state]}
        for row in access.lists_visible_to(actor).order_by("-pk")[:most]
    ]
    return {
        "waiting": waiting,
        "lists": held,
        "can_draw": actor.role == Role.CITY_REVIEWER,
        "once": OnceForm(),
    }


@desk(only=[Role.CITY_REVIEWER])
def draw_up(request: HttpRequest, cycle: int) -> HttpResponse:
    """Freeze everything approved into a list, after a look at what goes in."""
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    row = programme_access.cycle_for(actor, cycle)
    if row is None:
        raise Http404
    form = OnceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answer = perform(
            request,
            lambda: actions.draw_up(cycle=row, city=bureau_code(actor), by=actor, now=now),
            then=lambda drawn: f"/city/lists/{drawn.pk}/",
            done=lambda drawn: f"已编制{drawn.title}，共 {drawn.count} 张，待审批人审批后公示。",
            form=form,
        )
        if answer is not None:
            return answer
    held = list(queries.approved_waiting(row, bureau_code(actor)))
    context = {
        "cycle": row,
        "rows": held,
        "total_fen": sum(voucher.face_fen + voucher.bonus_fen for voucher in held),
        "form": form,
    }
    return render(request, "city/draw_up.html", context, status=422 if request.method == "POST" else 200)


@desk(only=CITY_ROLES)
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One list with its lines, its hash, and the steps that the table offers."""
    return shown(request, found(request, pk), WithdrawForm(auto_id="withdraw_%s"))


def shown(request: HttpRequest, row: Any, form: BaseForm, *, status: int = 200) -> HttpResponse:
    """The page of a list, with a form that may have been refused."""
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    names = parties.person_names([row.drafted_by, row.approved_by])
    offered = [offer.action for offer in SETTLEMENT_LIST.offers_to(row.state, actor)]
    context = {
        "list": row,
        "lines": list(queries.lines_of(row)),
        "state": SETTLEMENT_LIST.states[row.state],
        "tone": TONES[row.state],
        "unchanged": queries.is_unchanged(row),
        "days_left": publicity_days_left(row.publicity_ends_at, now),
        "days": days_in_public(row),
        "drafted_by": names.get(row.drafted_by, ""),
        "approved_by": names.get(row.approved_by, "") if row.approved_by else "",
        "offered": offered,
        "own": row.drafted_by == actor.person,
        "form": form,
        "once": OnceForm(),
        "files": [
            {"label": "结算清单 PDF", "url": f"/city/lists/{row.pk}/list.pdf"},
            {"label": "结算清单 Excel", "url": f"/city/lists/{row.pk}/list.xlsx", "note": f"{row.count} 行"},
            {"label": "结算清单 CSV", "url": f"/city/lists/{row.pk}/list.csv"},
            {"label": "摘要原文 JSON", "url": f"/city/lists/{row.pk}/list.json", "note": "用于自行核对摘要"},
        ],
    }
    return render(request, "city/list.html", context, status=status)


@desk(only=[Role.CITY_APPROVER])
@require_POST
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve the list and put it in public."""
    row, now = found(request, pk), clock.read()
    form = OnceForm(request.POST)
    form.is_valid()
    answer = perform(
        request,
        lambda: actions.publish(settlement_list=row, by=request.actor, now=now),  # type: ignore[attr-defined]
        then=f"/city/lists/{pk}/",
        done=lambda kept: f"已审批并公示，公示至 {until(kept.publicity_ends_at)}。",
        form=form,
    )
    return answer or shown(request, found(request, pk), _refused(form), status=422)


def _refused(form: BaseForm) -> BaseForm:
    """The reasons of a refused button, carried by the form that the page draws."""
    fresh = WithdrawForm(form.data, auto_id="withdraw_%s")
    fresh.full_clean()
    fresh.add_refusals([refusal for rows in form.refusals_by_field.values() for refusal in rows])
    return fresh


@desk(only=[Role.CITY_APPROVER])
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the list down with a reason."""
    row, now = found(request, pk), clock.read()
    form = WithdrawForm(request.POST, auto_id="withdraw_%s")
    if form.is_valid():
        answer = perform(
            request,
            lambda: actions.withdraw(
                settlement_list=row,
                reason=form.cleaned_data["reason"],
                by=request.actor,
                now=now,  # type: ignore[attr-defined]
            ),
            then=f"/city/lists/{pk}/",
            done="清单已撤下，其中的服务券退回“待列入清单”。",
            form=form,
        )
        if answer is not None:
            return answer
    return shown(request, found(request, pk), form, status=422)


@desk(only=CITY_ROLES)
def download(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    """The list as PDF, XLSX, CSV, or the canonical bytes that its hash is taken over."""
    row = found(request, pk)
    if kind == "json":
        headers = {"Content-Disposition": exports.disposition(row.title, "json")}
        return HttpResponse(queries.hashed_bytes(row), content_type="application/json", headers=headers)
    lines = [
        {column.name: getattr(line, column.name) for column in COLUMNS} for line in queries.lines_of(row)
    ]
    if kind == "pdf":
        return exports.paper("pdf", row.title, list_pdf(row, PAPER, lines, objection=OBJECTION))
    sheet = Sheet(
        columns=COLUMNS,
        rows=lines,
        title=row.title,
        notes=(f"版本 {row.edition}，摘要 {row.content_hash}",),
        totals={name: sum(line[name] for line in lines) for name in ("face_fen", "bonus_fen")},
    )
    return exports.answer(kind, row.title, sheet)
