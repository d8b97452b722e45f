"""配套兑付: what the next run would pay from the city's own funds, prepared, released, results taken."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from yunquan.desks.city.frame import desk
from yunquan.desks.city.run_pages import RunKind, RunPages, StepForm, outcome_tiles, plan_rows
from yunquan.desks.shared.perform import perform
from yunquan.journal import clock
from yunquan.matching import access, actions, queries
from yunquan.matching.lifecycle import MATCHING_INSTRUCTION, MATCHING_RUN
from yunquan.parties.access import bureau_code
from yunquan.policy.roles import Role
from yunquan.programme import access as programme_access

BASE = "/city/matching/"
PAGES = RunPages(
    RunKind(
        access=access,
        actions=actions,
        queries=queries,
        lifecycle=MATCHING_RUN,
        instruction=MATCHING_INSTRUCTION,
        url=lambda run: f"{BASE}runs/{run.pk}/",
        back=lambda run: f"{BASE}?cycle={run.cycle.code}",
        row_of=lambda row: (row.line.voucher_number, f"{BASE}lines/{row.line_id}/"),
        back_label="地方配套",
        word="配套兑付",
        funds="配套",
        article="D47-4.4.6",
        note="资金全部出自本市配套账。",
    )
)


def plan_of(cycle: Any, city: str, now: datetime) -> dict[str, Any]:
    """The next run's rows in words with its sums."""
    rows = plan_rows(queries.next_plan(cycle, city, now).as_json())
    return {
        "rows": rows[:200],
        "count": len(rows),
        "tiles": outcome_tiles(rows, funds="配套"),
        "pays": any(row["outcome"] == "pay" for row in rows),
    }


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
