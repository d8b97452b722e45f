"""配套兑付: what the next run would pay from the city's own funds, prepared, released, results taken."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_POST

from yunquan.desks.city import bankfile
from yunquan.desks.city.frame import CITY_ROLES, desk
from yunquan.desks.city.payments import ResultForm, StepForm, plan_rows
from yunquan.desks.city.records import history
from yunquan.desks.shared import exports
from yunquan.desks.shared.forms import BaseForm
from yunquan.desks.shared.matching import RUN_TONES
from yunquan.desks.shared.perform import perform
from yunquan.journal import clock
from yunquan.kernel.money import format_yuan
from yunquan.matching import access, actions, queries
from yunquan.matching.lifecycle import MATCHING_INSTRUCTION, MATCHING_RUN
from yunquan.papers.tables import Column, Sheet
from yunquan.parties import queries as parties
from yunquan.parties.access import bureau_code
from yunquan.policy.roles import Role
from yunquan.programme import access as programme_access

BASE = "/city/matching/"
_PAID = {"ordered": "now", "paid": "good", "bounced": "bad"}
_PAYMENT = (
    Column("instruction", "指令号", "text", 26),
    Column("payee_name", "收款户名", "text", 32),
    Column("bank_name", "开户银行", "text", 26),
    Column("bank_account", "银行账号", "text", 26),
    Column("amount_fen", "本市配套金额（元）", "money", 18),
    Column("voucher", "券号", "text", 20),
)


def plan_of(cycle: Any, city: str, now: datetime) -> dict[str, Any]:
    """The next run's rows in words with its sums."""
    rows = plan_rows(queries.next_plan(cycle, city, now).as_json())
    return {"rows": rows[:200], "count": len(rows), "tiles": _tiles(rows), "pays": _sum(rows, "pay") > 0}


def _sum(rows: list[dict[str, Any]], outcome: str) -> int:
    return sum(row["amount_fen"] for row in rows if row["outcome"] == outcome)


def _tiles(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    labels = (("pay", "本批可兑付", "good"), ("carry", "配套资金不足结转", "waiting"), ("held", "暂缓", ""))
    return [
        {
            "label": label,
            "value": f"{sum(row['outcome'] == outcome for row in rows)} 张",
            "note": f"{format_yuan(_sum(rows, outcome))} 元",
            "tone": tone,
        }
        for outcome, label, tone in labels
    ]


def _found(request: HttpRequest, pk: int) -> Any:
    run = access.run_for(request.actor, pk)  # type: ignore[attr-defined]
    if run is None:
        raise Http404
    return run


@desk(only=[Role.CITY_REVIEWER])
def prepare(request: HttpRequest, cycle: int) -> HttpResponse:
    """Look at the plan, then prepare the run; nothing is paid before the cashier releases it."""
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    row = programme_access.cycle_for(actor, cycle)
    if row is None:
        raise Http404
    form = StepForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        answer = perform(
            request,
            lambda: actions.prepare_run(cycle=row, city=bureau_code(actor), by=actor, now=now),
            then=lambda run: f"{BASE}runs/{run.pk}/",
            done="配套批次已编制，待出纳复核放行。",
            form=form,
        )
        if answer is not None:
            return answer
    context = {"base": BASE, "cycle": row, "plan": plan_of(row, bureau_code(actor), now), "form": form}
    return render(
        request, "city/matching_prepare.html", context, status=422 if request.method == "POST" else 200
    )


@desk(only=CITY_ROLES)
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One run: its plan, and once released its instructions and the bank's results."""
    run, now = _found(request, pk), clock.read()
    form = StepForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        answer = _step(request, run, form, now)
        if answer is not None:
            return answer
        run = _found(request, pk)
    return _shown(request, run, form, ResultForm(), status=422 if request.method == "POST" else 200)


def _step(request: HttpRequest, run: Any, form: StepForm, now: datetime) -> HttpResponse | None:
    verbs = {"release": actions.release, "cancel": actions.cancel, "finish": actions.finish}
    said = {
        "release": "已放行，配套资金已安排。请下载兑付文件交银行。",
        "cancel": "批次已取消，按原顺序等待下一批。",
        "finish": "批次已办结。",
    }
    action = request.POST.get("decision", "")
    if action not in verbs:
        form.add_error(None, "请选择要办理的步骤。")
        return None
    call = lambda: verbs[action](run=run, by=request.actor, now=now)  # type: ignore[attr-defined]  # noqa: E731
    return perform(request, call, then=f"{BASE}runs/{run.pk}/", done=said[action], form=form)


def _shown(
    request: HttpRequest, run: Any, form: BaseForm, upload: ResultForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    names = parties.person_names([run.prepared_by, run.released_by])
    instructions = [
        {"row": row, "state": MATCHING_INSTRUCTION.states[row.state], "tone": _PAID[row.state]}
        for row in queries.instructions_of(run)
    ]
    rows = plan_rows(run.plan)
    is_cashier = actor.role == Role.CITY_CASHIER
    context = {
        "base": BASE,
        "run": run,
        "state": MATCHING_RUN.states[run.state],
        "tone": RUN_TONES[run.state],
        "rows": rows,
        "tiles": [{"label": "编制时配套资金（元）", "value": format_yuan(run.funds_fen)}, *_tiles(rows)],
        "instructions": instructions,
        "waiting": sum(item["row"].state == "ordered" for item in instructions),
        "prepared_by": names.get(run.prepared_by, ""),
        "released_by": names.get(run.released_by, "") if run.released_by else "",
        "offered": [
            {"action": offer.action, "label": MATCHING_RUN.actions[offer.action]}
            for offer in MATCHING_RUN.offers_to(run.state, actor)
        ],
        "form": form,
        "upload": upload if is_cashier and run.state == "released" else None,
        "files": _files(run) if is_cashier and instructions else [],
        "faults": (),
        "outcomes": (),
        "history": history(run.journal_key, MATCHING_RUN),
        **more,
    }
    return render(request, "city/matching_run.html", context, status=status)


def _files(run: Any) -> list[dict[str, str]]:
    base = f"{BASE}runs/{run.pk}"
    return [
        {"label": "配套兑付文件 Excel", "url": f"{base}/payment.xlsx", "note": "含银行账号"},
        {"label": "配套兑付文件 CSV", "url": f"{base}/payment.csv", "note": "含银行账号"},
        {"label": "银行结果空表 CSV", "url": f"{base}/results.csv", "note": "填写后导入"},
    ]


@desk(only=[Role.CITY_CASHIER])
def payment_file(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    """The file for the bank, of the city's own money alone."""
    run = _found(request, pk)
    name = f"{run.cycle.name}第{run.number}批配套兑付文件"
    return exports.answer(kind, name, Sheet(columns=_PAYMENT, rows=queries.payment_rows(run)))


@desk(only=[Role.CITY_CASHIER])
def result_blank(request: HttpRequest, pk: int) -> HttpResponseBase:
    """An empty result file with the run's instructions and amounts already in it."""
    run = _found(request, pk)
    columns = [Column(name, name, "money" if name == "amount" else "text") for name in bankfile.HEADINGS]
    rows = [
        {"instruction": row["instruction"], "amount": row["amount_fen"]} for row in queries.payment_rows(run)
    ]
    return exports.answer("csv", f"第{run.number}批配套银行结果", Sheet(columns=columns, rows=rows))


@desk(only=[Role.CITY_CASHIER])
@require_POST
def results(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the bank's result file line by line; the same line twice is taken once."""
    run, now = _found(request, pk), clock.read()
    form = ResultForm(request.POST, request.FILES)
    if not form.is_valid():
        return _shown(request, run, StepForm(), form, status=422)
    sent = form.cleaned_data["results"]
    lines, faults = bankfile.read(sent.read(), file_name=sent.name or "")
    if faults:
        return _shown(request, run, StepForm(), form, status=422, faults=faults)
    taken = actions.take_results(run=run, rows=lines, by=request.actor, now=now)  # type: ignore[attr-defined]
    return _shown(request, _found(request, pk), StepForm(), ResultForm(), outcomes=bankfile.said(taken))
