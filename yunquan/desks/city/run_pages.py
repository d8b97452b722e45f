"""One run of payments on its pages, whatever money it pays: released by another, sent to the bank, results taken.

The province's awards (`payments`) and the city's own subsidy (`matching_runs`) are paid in the same steps; what
differs is said by a `RunKind`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path

from yunquan.desks.city import bankfile
from yunquan.desks.city.frame import CITY_ROLES, desk
from yunquan.desks.city.records import history
from yunquan.desks.shared import exports
from yunquan.desks.shared.forms import BaseForm, UploadField
from yunquan.desks.shared.matching import RUN_TONES
from yunquan.desks.shared.perform import perform
from yunquan.journal import clock
from yunquan.kernel.money import format_yuan
from yunquan.kernel.workflow import Lifecycle
from yunquan.papers.tables import Column, Sheet
from yunquan.parties import queries as parties
from yunquan.policy.roles import Role

_PAID = {"ordered": "now", "paid": "good", "bounced": "bad"}
_OUTCOMES = {"pay": ("本批兑付", "good"), "carry": ("结转下批", "waiting"), "held": ("暂缓", "bad")}


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


def plan_rows(kept: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
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


def outcome_tiles(rows: Sequence[dict[str, Any]], *, funds: str = "") -> list[dict[str, Any]]:
    """How many of a plan's rows are paid, carried and held, and their sums; `funds` names money that ran short."""
    labels = (
        ("pay", "本批可兑付", "good"),
        ("carry", f"{funds}资金不足结转", "waiting"),
        ("held", "暂缓", ""),
    )
    return [
        {
            "label": label,
            "value": f"{sum(row['outcome'] == outcome for row in rows)} 张",
            "note": f"{format_yuan(sum(row['amount_fen'] for row in rows if row['outcome'] == outcome))} 元",
            "tone": tone,
        }
        for outcome, label, tone in labels
    ]


@dataclass(frozen=True, slots=True)
class RunKind:
    """What differs between the runs of two kinds of money: rooms, addresses and words.

    `url` gives a run's address, `row_of` an instruction's voucher number and the address it leads to.
    """

    access: Any
    actions: Any
    queries: Any
    lifecycle: Lifecycle
    instruction: Lifecycle
    url: Callable[[Any], str]
    back: Callable[[Any], str]
    row_of: Callable[[Any], tuple[str, str]]
    back_label: str
    word: str
    funds: str
    article: str
    note: str = ""


class RunPages:
    """The pages of one run and the files to and from the bank."""

    def __init__(self, kind: RunKind) -> None:
        self.kind = kind

    def urls(self, head: str, prefix: str = "") -> list[URLPattern]:
        """The addresses below `head`, their names begin with `prefix`."""
        cashier = [Role.CITY_CASHIER]
        return [
            path(f"{head}<int:pk>/", desk(only=CITY_ROLES)(self.one), name=f"{prefix}run"),
            path(f"{head}<int:pk>/payment.<str:ending>", desk(only=cashier)(self.payment_file)),
            path(f"{head}<int:pk>/results.csv", desk(only=cashier)(self.result_blank)),
            path(f"{head}<int:pk>/results/", desk(only=cashier)(self.results), name=f"{prefix}results"),
        ]

    def _found(self, request: HttpRequest, pk: int) -> Any:
        run = self.kind.access.run_for(request.actor, pk)  # type: ignore[attr-defined]
        if run is None:
            raise Http404
        return run

    def one(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One run: its plan, and once released its instructions and the bank's results."""
        run, now = self._found(request, pk), clock.read()
        form = StepForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            answer = self._step(request, run, form, now)
            if answer is not None:
                return answer
            run = self._found(request, pk)
        return self._shown(request, run, form, ResultForm(), status=422 if request.method == "POST" else 200)

    def _step(self, request: HttpRequest, run: Any, form: StepForm, now: datetime) -> HttpResponse | None:
        actions = self.kind.actions
        verbs = {"release": actions.release, "cancel": actions.cancel, "finish": actions.finish}
        said = {
            "release": f"已放行，{self.kind.funds}资金已安排。请下载兑付文件交银行。",
            "cancel": "批次已取消，按原顺序等待下一批。",
            "finish": "批次已办结。",
        }
        action = request.POST.get("decision", "")
        if action not in verbs:
            form.add_error(None, "请选择要办理的步骤。")
            return None
        return perform(
            request,
            lambda: verbs[action](run=run, by=request.actor, now=now),  # type: ignore[attr-defined]
            then=self.kind.url(run),
            done=said[action],
            form=form,
        )

    def _shown(
        self,
        request: HttpRequest,
        run: Any,
        form: BaseForm,
        upload: ResultForm,
        *,
        status: int = 200,
        **more: Any,
    ) -> HttpResponse:
        kind, actor = self.kind, request.actor  # type: ignore[attr-defined]
        names = parties.person_names([run.prepared_by, run.released_by])
        instructions = [self._instruction(row) for row in kind.queries.instructions_of(run)]
        rows = plan_rows(run.plan)
        is_cashier = actor.role == Role.CITY_CASHIER
        funds = {"label": f"编制时可用{kind.funds}资金（元）", "value": format_yuan(run.funds_fen)}
        context = {
            "kind": kind,
            "run": run,
            "url": kind.url(run),
            "back": kind.back(run),
            "state": kind.lifecycle.states[run.state],
            "tone": RUN_TONES[run.state],
            "rows": rows,
            "tiles": [funds, *outcome_tiles(rows, funds=kind.funds)],
            "instructions": instructions,
            "waiting": sum(item["row"].state == "ordered" for item in instructions),
            "prepared_by": names.get(run.prepared_by, ""),
            "released_by": names.get(run.released_by, "") if run.released_by else "",
            "offered": [
                {"action": offer.action, "label": kind.lifecycle.actions[offer.action]}
                for offer in kind.lifecycle.offers_to(run.state, actor)
            ],
            "form": form,
            "upload": upload if is_cashier and run.state == "released" else None,
            "files": self._files(run) if is_cashier and instructions else [],
            "faults": (),
            "outcomes": (),
            "history": history(run.journal_key, kind.lifecycle),
            **more,
        }
        return render(request, "city/run.html", context, status=status)

    def _instruction(self, row: Any) -> dict[str, Any]:
        voucher, url = self.kind.row_of(row)
        state = self.kind.instruction.states[row.state]
        return {"row": row, "voucher": voucher, "url": url, "state": state, "tone": _PAID[row.state]}

    def _files(self, run: Any) -> list[dict[str, str]]:
        base, word = self.kind.url(run), self.kind.word
        return [
            {"label": f"{word}文件 Excel", "url": f"{base}payment.xlsx", "note": "含银行账号"},
            {"label": f"{word}文件 CSV", "url": f"{base}payment.csv", "note": "含银行账号"},
            {"label": "银行结果空表 CSV", "url": f"{base}results.csv", "note": "填写后导入"},
        ]

    def _payments(self, run: Any) -> list[dict[str, Any]]:
        """What the bank needs for each instruction; amounts in fen."""
        return [
            {
                "instruction": row.number,
                "payee_name": row.payee_name,
                "bank_name": row.bank_name,
                "bank_account": row.bank_account,
                "amount_fen": row.amount_fen,
                "voucher": self.kind.row_of(row)[0],
            }
            for row in self.kind.queries.instructions_of(run)
        ]

    def payment_file(self, request: HttpRequest, pk: int, ending: str) -> HttpResponseBase:
        """The file for the bank; the only place where account numbers stand in full."""
        if ending not in ("xlsx", "csv"):
            raise Http404
        run = self._found(request, pk)
        columns = (
            Column("instruction", "指令号", "text", 26),
            Column("payee_name", "收款户名", "text", 32),
            Column("bank_name", "开户银行", "text", 26),
            Column("bank_account", "银行账号", "text", 26),
            Column("amount_fen", f"{self.kind.funds}金额（元）", "money", 18),
            Column("voucher", "券号", "text", 20),
        )
        name = f"{run.cycle.name}第{run.number}批{self.kind.word}文件"
        return exports.answer(ending, name, Sheet(columns=columns, rows=self._payments(run)))

    def result_blank(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """An empty result file with the run's instructions and amounts already in it."""
        run = self._found(request, pk)
        columns = [Column(name, name, "money" if name == "amount" else "text") for name in bankfile.HEADINGS]
        rows = [
            {"instruction": row.number, "amount": row.amount_fen}
            for row in self.kind.queries.instructions_of(run)
        ]
        return exports.answer(
            "csv", f"第{run.number}批{self.kind.word}银行结果", Sheet(columns=columns, rows=rows)
        )

    def results(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take the bank's result file line by line; the same line twice is taken once."""
        run, now = self._found(request, pk), clock.read()
        if request.method != "POST":
            raise Http404
        form = ResultForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._shown(request, run, StepForm(), form, status=422)
        sent = form.cleaned_data["results"]
        lines, faults = bankfile.read(sent.read(), file_name=sent.name or "")
        if faults:
            return self._shown(request, run, StepForm(), form, status=422, faults=faults)
        taken = self.kind.actions.take_results(run=run, rows=lines, by=request.actor, now=now)  # type: ignore[attr-defined]
        again = self._found(request, pk)
        return self._shown(request, again, StepForm(), ResultForm(), outcomes=bankfile.said(taken))
