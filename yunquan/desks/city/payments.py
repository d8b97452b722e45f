"""兑付: what the next run would pay and why, prepared by one, released by another, results taken (D47-5.15)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from yunquan.desks.city.frame import CITY_ROLES, desk
from yunquan.desks.city.run_pages import RunKind, RunPages, StepForm, outcome_tiles, plan_rows
from yunquan.desks.shared import exports
from yunquan.desks.shared.matching import RUN_TONES
from yunquan.desks.shared.perform import perform
from yunquan.journal import clock
from yunquan.kernel.money import format_yuan
from yunquan.kernel.workflow import Actor
from yunquan.parties.access import bureau_code
from yunquan.policy.roles import Role
from yunquan.programme import access as programme_access
from yunquan.programme import queries as programme
from yunquan.settlement import access, actions, queries
from yunquan.settlement.lifecycle import INSTRUCTION, PAYMENT_RUN

PAGES = RunPages(
    RunKind(
        access=access,
        actions=actions,
        queries=queries,
        lifecycle=PAYMENT_RUN,
        instruction=INSTRUCTION,
        url=lambda run: f"/city/payments/{run.pk}/",
        back=lambda _run: "/city/payments/",
        row_of=lambda row: (row.voucher.number, f"/city/vouchers/{row.voucher.number}/"),
        back_label="兑付",
        word="兑付",
        funds="",
        article="D47-5.15",
    )
)

RUNS = exports.Listing(
    "兑付批次",
    ("周期", "row.cycle.name"), ("批次", "row.number", "count"), ("兑付合计（元）", "row.total_fen", "money"),
    ("编制时资金（元）", "row.funds_fen", "money"), ("编制时间", "row.prepared_at", "time"),
    ("放行时间", "row.released_at", "time"), ("状态", "state"),
)  # fmt: skip


@desk(only=CITY_ROLES)
def payments(request: HttpRequest) -> HttpResponse:
    """The plan of the next run of each cycle, and the runs so far."""
    return _overview(request, StepForm())


def _overview(request: HttpRequest, form: StepForm, *, status: int = 200) -> HttpResponse:
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    runs = list(access.runs_visible_to(actor).order_by("-pk")[: exports.most(request, 100)])
    waiting = {run.cycle_id for run in runs if run.state == "prepared"}
    shown: set[str] = set()
    # The latest cycle first: what was carried into it isn't told again in the plan of its own cycle.
    plans = [_plan(cycle, actor, now, cycle.pk in waiting, shown) for cycle in programme.cycles(actor)]
    context = {
        "plans": [plan for plan in plans if plan["rows"] or plan["cycle"].state == "open"],
        "runs": [
            {"row": run, "state": PAYMENT_RUN.states[run.state], "tone": RUN_TONES[run.state]} for run in runs
        ],
        "can_prepare": actor.role == Role.CITY_REVIEWER,
        "form": form,
        "files": RUNS.files(request),
    }
    return RUNS.asked(request, context["runs"]) or render(
        request, "city/payments.html", context, status=status
    )


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
        "tiles": [
            {"label": "可用资金（元）", "value": format_yuan(queries.funds_of(cycle, city)["free_fen"])},
            *outcome_tiles(rows),
        ],
        "run_waits": run_waits,
        "pays": any(row["outcome"] == "pay" for row in rows),
    }


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
