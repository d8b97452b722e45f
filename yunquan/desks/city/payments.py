"""兑付: what the next run would pay and why, prepared by one, released by another, results taken (D47-5.15)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from yunquan.desks.city import bankfile
from yunquan.desks.city.frame import CITY_ROLES, desk
from yunquan.desks.city.records import history
from yunquan.desks.shared import exports
from yunquan.desks.shared.forms import BaseForm, UploadField
from yunquan.desks.shared.perform import perform
from yunquan.journal import clock
from yunquan.kernel.money import format_yuan
from yunquan.kernel.workflow import Actor
from yunquan.papers.tables import Column, Sheet
from yunquan.parties import queries as parties
from yunquan.parties.access import bureau_code
from yunquan.policy.roles import Role
from yunquan.programme import access as programme_access
from yunquan.programme import queries as programme
from yunquan.settlement import access, actions, queries
from yunquan.settlement.lifecycle import INSTRUCTION, PAYMENT_RUN

TONES = {"prepared": "waiting", "released": "now", "done": "good", "cancelled": "bad"}
_PAID = {"ordered": "now", "paid": "good", "bounced": "bad"}
_OUTCOMES = {"pay": ("本批兑付", "good"), "carry": ("结转下批", "waiting"), "held": ("暂缓", "bad")}
_PAYMENT = (
    Column("instruction", "指令号", "text", 26),
    Column("payee_name", "收款户名", "text", 32),
    Column("bank_name", "开户银行", "text", 26),
    Column("bank_account", "银行账号", "text", 26),
    Column("amount_fen", "金额（元）", "money", 16),
    Column("voucher", "券号", "text", 20),
)


class StepForm(BaseForm):
    """A step on a run: release, cancel, finish, prepare."""


class ResultForm(BaseForm):
    """The bank's result file."""

    results = UploadField(
        label="银行结果文件",
        kinds=("csv", "xlsx"),
        limit_mb=20,
        help_text="列：" + "、".join(bankfile.HEADINGS),
    )


def _found(request: HttpRequest, pk: int) -> Any:
    run = access.run_for(request.actor, pk)  # type: ignore[attr-defined]
    if run is None:
        raise Http404
    return run


@desk(only=CITY_ROLES)
def payments(request: HttpRequest) -> HttpResponse:
    """The plan of the next run of each cycle, and the runs so far."""
    return _overview(request, StepForm())


def _overview(request: HttpRequest, form: StepForm, *, status: int = 200) -> HttpResponse:
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    runs = list(access.runs_visible_to(actor).order_by("-pk")[:100])
    waiting = {run.cycle_id for run in runs if run.state == "prepared"}
    shown: set[str] = set()
    # The latest cycle first: what was carried into it isn't told again in the plan of its own cycle.
    plans = [_plan(cycle, actor, now, cycle.pk in waiting, shown) for cycle in programme.cycles(actor)]
    context = {
        "plans": [plan for plan in plans if plan["rows"] or plan["cycle"].state == "open"],
        "runs": [
            {"row": run, "state": PAYMENT_RUN.states[run.state], "tone": TONES[run.state]} for run in runs
        ],
        "can_prepare": actor.role == Role.CITY_REVIEWER,
        "form": form,
    }
    return render(request, "city/payments.html", context, status=status)


def _plan(cycle: Any, actor: Actor, now: datetime, run_waits: bool, shown: set[str]) -> dict[str, Any]:
    city = bureau_code(actor)
    plan = queries.next_plan(cycle, city, now)
    rows = [row for row in plan_rows(plan.as_json()) if row["voucher"] not in shown]
    shown.update(row["voucher"] for row in rows)
    for place, row in enumerate(rows, start=1):
        row["position"] = place
    return {
        "cycle": cycle,
        "rows": rows[:200],
        "count": len(rows),
        "tiles": _plan_tiles(rows, queries.funds_of(cycle, city)),
        "run_waits": run_waits,
        "pays": any(row["outcome"] == "pay" for row in rows),
    }


def plan_rows(kept: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A plan's rows with outcome and reason in words."""
    return [
        {**row, "label": _OUTCOMES[row["outcome"]][0], "tone": _OUTCOMES[row["outcome"]][1], "why": _why(row)}
        for row in kept
    ]


def _why(row: dict[str, Any]) -> str:
    if row["outcome"] == "held":
        return str(row["reason"])
    if row["outcome"] == "carry":
        return "资金不足，排在后面的结转，下一批优先"
    return "上批结转，优先" if row["carried"] else "试点优先" if row["pilot"] else "按兑现申请先后"


def _plan_tiles(rows: list[dict[str, Any]], funds: dict[str, int]) -> list[dict[str, Any]]:
    def total(outcome: str) -> str:
        return f"{format_yuan(sum(row['amount_fen'] for row in rows if row['outcome'] == outcome))} 元"

    def count(outcome: str) -> int:
        return sum(row["outcome"] == outcome for row in rows)

    return [
        {"label": "可用资金（元）", "value": format_yuan(funds["free_fen"])},
        {"label": "本批可兑付", "value": f"{count('pay')} 张", "note": total("pay"), "tone": "good"},
        {"label": "资金不足结转", "value": f"{count('carry')} 张", "note": total("carry"), "tone": "waiting"},
        {"label": "暂缓", "value": f"{count('held')} 张", "note": total("held")},
    ]


@desk(only=[Role.CITY_REVIEWER])
def prepare(request: HttpRequest, cycle: int) -> HttpResponse:
    """Prepare the next run; nothing is paid before the cashier releases it."""
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    row = programme_access.cycle_for(actor, cycle)
    if row is None or request.method != "POST":
        raise Http404
    form = StepForm(request.POST)
    form.is_valid()
    answer = perform(
        request,
        lambda: actions.prepare_run(cycle=row, city=bureau_code(actor), by=actor, now=now),
        then=lambda run: f"/city/payments/{run.pk}/",
        done="批次已编制，待出纳复核放行。",
        form=form,
    )
    return answer or _overview(request, form, status=422)


@desk(only=CITY_ROLES)
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One run: its plan, and once released its instructions and the bank's results."""
    run, now = _found(request, pk), clock.read()
    form = StepForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answer = _step(request, run, form, now)
        if answer is not None:
            return answer
        run = _found(request, pk)
    return _shown(request, run, form, ResultForm(), status=422 if request.method == "POST" else 200)


def _step(request: HttpRequest, run: Any, form: StepForm, now: datetime) -> HttpResponse | None:
    verbs = {"release": actions.release, "cancel": actions.cancel, "finish": actions.finish}
    said = {
        "release": "已放行，资金已安排。请下载兑付文件交银行。",
        "cancel": "批次已取消，券按原顺序等待下一批。",
        "finish": "批次已办结。",
    }
    action = request.POST.get("decision", "")
    if action not in verbs:
        form.add_error(None, "请选择要办理的步骤。")
        return None
    call = lambda: verbs[action](run=run, by=request.actor, now=now)  # type: ignore[attr-defined]  # noqa: E731
    return perform(request, call, then=f"/city/payments/{run.pk}/", done=said[action], form=form)


def _shown(
    request: HttpRequest, run: Any, form: BaseForm, upload: ResultForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    names = parties.person_names([run.prepared_by, run.released_by])
    instructions = [
        {"row": row, "state": INSTRUCTION.states[row.state], "tone": _PAID[row.state]}
        for row in queries.instructions_of(run)
    ]
    rows = plan_rows(run.plan)
    is_cashier = actor.role == Role.CITY_CASHIER
    offered = [
        {"action": offer.action, "label": PAYMENT_RUN.actions[offer.action]}
        for offer in PAYMENT_RUN.offers_to(run.state, actor)
    ]
    waiting = sum(item["row"].state == "ordered" for item in instructions)
    context = {
        "run": run,
        "state": PAYMENT_RUN.states[run.state],
        "tone": TONES[run.state],
        "rows": rows,
        "tiles": [
            {"label": "编制时可用资金（元）", "value": format_yuan(run.funds_fen)},
            *_plan_tiles(rows, {"free_fen": 0})[1:],
        ],
        "instructions": instructions,
        "waiting": waiting,
        "prepared_by": names.get(run.prepared_by, ""),
        "released_by": names.get(run.released_by, "") if run.released_by else "",
        "offered": offered,
        "form": form,
        "upload": upload if is_cashier and run.state == "released" else None,
        "files": _files(run) if is_cashier and instructions else [],
        "faults": (),
        "outcomes": (),
        "history": history(run.journal_key, PAYMENT_RUN),
        **more,
    }
    return render(request, "city/run.html", context, status=status)


def _files(run: Any) -> list[dict[str, str]]:
    base = f"/city/payments/{run.pk}"
    return [
        {"label": "兑付文件 Excel", "url": f"{base}/payment.xlsx", "note": "含银行账号"},
        {"label": "兑付文件 CSV", "url": f"{base}/payment.csv", "note": "含银行账号"},
        {"label": "银行结果空表 CSV", "url": f"{base}/results.csv", "note": "填写后导入"},
    ]


@desk(only=[Role.CITY_CASHIER])
def payment_file(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    """The file for the bank; the only place where account numbers stand in full."""
    run = _found(request, pk)
    name = f"{run.cycle.name}第{run.number}批兑付文件"
    return exports.answer(kind, name, Sheet(columns=_PAYMENT, rows=queries.payment_rows(run)))


@desk(only=[Role.CITY_CASHIER])
def result_blank(request: HttpRequest, pk: int) -> HttpResponseBase:
    """An empty result file with the run's instructions and amounts already in it."""
    run = _found(request, pk)
    columns = [Column(name, name, "money" if name == "amount" else "text") for name in bankfile.HEADINGS]
    rows = [
        {"instruction": row["instruction"], "amount": row["amount_fen"]} for row in queries.payment_rows(run)
    ]
    return exports.answer("csv", f"第{run.number}批银行结果", Sheet(columns=columns, rows=rows))


@desk(only=[Role.CITY_CASHIER])
def results(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the bank's result file line by line; the same line twice is taken once."""
    run, now = _found(request, pk), clock.read()
    if request.method != "POST":
        raise Http404
    form = ResultForm(request.POST, request.FILES)
    if not form.is_valid():
        return _shown(request, run, StepForm(), form, status=422)
    sent = form.cleaned_data["results"]
    lines, faults = bankfile.read(sent.read(), file_name=sent.name or "")
    if faults:
        return _shown(request, run, StepForm(), form, status=422, faults=faults)
    taken = actions.take_results(run=run, rows=lines, by=request.actor, now=now)  # type: ignore[attr-defined]
    fresh = _found(request, pk)
    return _shown(request, fresh, StepForm(), ResultForm(), outcomes=bankfile.said(taken))
