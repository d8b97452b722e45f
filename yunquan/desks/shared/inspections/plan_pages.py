"""抽查计划: list, draft, preview, filing, freeze and draw; the same pages for the province and the cities (D108-2, D858-2.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path, re_path
from django.urls.resolvers import URLPattern

from yunquan.desks.shared import exports
from yunquan.desks.shared.inspections import plan_forms as f
from yunquan.desks.shared.inspections import visit_pages
from yunquan.desks.shared.inspections.plan_items import item_list
from yunquan.desks.shared.inspections.plan_list import TONES, plan_list
from yunquan.desks.shared.perform import perform, show_again
from yunquan.evidence import actions as evidence
from yunquan.inspections import access, visit_queries
from yunquan.inspections import plan_queries as queries
from yunquan.inspections.actions import drawing, planning
from yunquan.inspections.lifecycle import APPROVERS, INSPECTION, OFFICERS, PLAN, VISIT
from yunquan.inspections.plan_checks import ENOUGH_CUSTODIANS
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.papers.tables import Column, Sheet
from yunquan.parties import access as parties_access
from yunquan.parties import regions
from yunquan.policy.regimes.forms import TABLES

BEFORE_FREEZE = ("drafted", "filed", "accepted", "published")
MOST_BYTES = 20 * 1024 * 1024
PREVIEW = (
    Column("number", "券号"), Column("stratum", "分层"), Column("face", "奖补（元）", "money"),
    Column("weight", "权重", "count"), Column("reasons", "权重理由"), Column("mandatory", "指定理由"),
    Column("excluded", "排除理由"),
)  # fmt: skip
# Steps that are one button; what they say when done.
SIMPLE = {
    "file": (planning.file, "已报省厅备案。"),
    "accept": (planning.accept, "已备案。"),
    "publish": (planning.publish, "计划已公布，保管人已收到消息。"),
    "close": (drawing.close, "本次抽查已结束，盲签已公布。"),
}
WITH_REASON = {
    "send_back": (planning.send_back, "已退回修改。"),
    "abort": (planning.abort, "计划已中止，公开页面仍然可见。"),
}


class PlanPages:
    """The pages of one desk; `base` is the address under which they lie."""

    def __init__(self, desk: Callable[[Any], Any], base: str) -> None:
        self.desk, self.base = desk, base

    def urls(self) -> list[URLPattern]:
        """The addresses, to be put into the desk's own."""
        desk = self.desk
        number = r"(?P<number>[0-9A-Z-]{1,40})"
        head = "inspections/plans/"
        return [
            path(head, desk(plan_list(self.base).as_view()), name="plans"),
            path(f"{head}new/", desk(self.write), name="plan_new"),
            re_path(f"^{head}{number}/$", desk(self.show), name="plan"),
            re_path(f"^{head}{number}/edit/$", desk(self.write), name="plan_edit"),
            re_path(f"^{head}{number}/preview/$", desk(self.preview), name="plan_preview"),
            re_path(f"^{head}{number}/preview.xlsx$", desk(self.preview_sheet), name="plan_preview_sheet"),
            re_path(f"^{head}{number}/items/$", self.items, name="plan_items"),
            re_path(f"^{head}{number}/freeze/$", desk(self.freeze), name="plan_freeze"),
            re_path(f"^{head}{number}/draw/$", desk(self.draw), name="plan_draw"),
            re_path(f"^{head}{number}/custodians/$", desk(self.drop), name="plan_custodians"),
            re_path(f"^{head}{number}/replace/$", desk(self.replace), name="plan_replace"),
            re_path(f"^{head}{number}/(?P<action>send_back|abort)/$", desk(self.reasoned), name="plan_reason"),
            re_path(f"^{head}{number}/(?P<action>file|accept|publish|close)$", desk(self.move),
                    name="plan_move"),
        ]  # fmt: skip

    def write(self, request: HttpRequest, number: str = "") -> HttpResponse:
        """Draft a plan, or write a drafted one down anew."""
        actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
        if actor.role not in OFFICERS:
            raise Http404
        plan = self._plan(request, number) if number else None
        code = parties_access.bureau_code(actor)
        city = "" if code == regions.PROVINCE else code
        initial = f.initial_of(plan) if plan else {"share": "20 %", "strata": ["city"] if not city else []}
        form = f.PlanForm(
            request.POST or None, actor=actor, today=local_date(now), city=city, initial=initial
        )
        context = {
            "title": f"修改 {plan.number}" if plan else "拟定抽查计划", "form": form, "base": self.base,
            "back": f"{self.base}{number}/" if number else self.base,
        }  # fmt: skip
        if request.method != "POST":
            return render(request, "shared/inspections/plan_form.html", context)
        kept = {"mandatory": plan.mandatory, "left_out": plan.left_out, "merged": plan.merged} if plan else {}
        if not form.is_valid():
            # What can be judged of the rest is said in the same round.
            form.add_further(planning.faults_of(facts=form.plan_facts(kept), plan=plan, by=actor, now=now))
        else:
            facts = form.plan_facts(kept)
            answer = perform(
                request,
                lambda: (
                    planning.revise(plan=plan, facts=facts, by=actor, now=now)
                    if plan
                    else planning.draft(facts=facts, by=actor, now=now)
                ),
                then=lambda row: f"{self.base}{row.number}/preview/",
                done="已保存。请核对试算的名单。",
                form=form,
            )
            if answer:
                return answer
        return show_again(request, "shared/inspections/plan_form.html", context)

    def preview(self, request: HttpRequest, number: str) -> HttpResponse:
        """The population as of now: strata, weights, exclusions, everything that is wrong; picks and merges."""
        actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
        plan = self._plan(request, number)
        if plan.state not in BEFORE_FREEZE:
            raise Http404
        population = queries.preview(plan, local_date(now))
        names = [one.name for one in population.strata]
        small = [one.name for one in population.strata if one.count == 1]
        # Strata that were merged stay on offer, so that a merge can be taken back.
        small = list(dict.fromkeys([*plan.merged, *small]))
        initial = {
            "mandatory": queries.lines_of(plan.mandatory.items()),
            "left_out": queries.lines_of(plan.left_out.items()),
            **{f"merge-{place}": plan.merged.get(name, "") for place, name in enumerate(small)},
        }
        form = f.PicksForm(
            request.POST or None, strata=list(dict.fromkeys([*names, *small])), small=small, initial=initial
        )
        context = {
            "plan": plan, "title": f"{plan.number} 试算名单", "population": population, "form": form,
            "base": self.base,
            "may_write": plan.state == "drafted" and actor.role in OFFICERS and actor.org == plan.org
            and actor.may("plan.pick"),
            "some": sorted(population.candidates, key=lambda one: (-one.weight, one.number))[:50],
            "excluded": population.excluded[:50],
        }  # fmt: skip
        if request.method == "POST" and form.is_valid():
            answer = perform(
                request,
                lambda: planning.pick(plan=plan, **form.picks(), by=actor, now=now),
                then=f"{self.base}{number}/preview/",
                done="已保存，名单已重新试算。",
                form=form,
            )
            if answer:
                return answer
        if request.method == "POST":
            return show_again(request, "shared/inspections/plan_preview.html", context)
        return render(request, "shared/inspections/plan_preview.html", context)

    def preview_sheet(self, request: HttpRequest, number: str) -> HttpResponseBase:
        """The population as of now as XLSX."""
        plan = self._plan(request, number)
        rows = queries.preview_rows(queries.preview(plan, local_date(clock.read())))
        sheet = Sheet(columns=PREVIEW, rows=rows, title=f"{plan.number} 试算名单")
        return exports.answer("xlsx", f"{plan.number} 试算名单", sheet)

    # The plan and its steps

    def show(self, request: HttpRequest, number: str) -> HttpResponse:
        """One plan: what comes next, its buttons, its rule, custodians, strata and files."""
        return render(request, "shared/inspections/plan.html", self._context(request, number))

    def _context(self, request: HttpRequest, number: str) -> dict[str, Any]:
        actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
        plan = self._plan(request, number)
        people = queries.custodians(plan)
        counted = queries.progress(plan)
        steps, step = queries.steps_of(plan)
        province = actor.org == "bureau:440000"
        offers = [
            row
            for row in PLAN.offers_to(plan.state, actor)
            if (row.action in ("accept", "send_back") and province and plan.city)
            or (row.action == "abort" and province and plan.ends_on < local_date(now))
            or actor.org == plan.org
        ]
        return {
            "plan": plan,
            "title": plan.title,
            "state": PLAN.states[plan.state],
            "tone": TONES[plan.state],
            "steps": steps,
            "step": step,
            "next": queries.next_words(plan, now=now),
            "offers": offers,
            "may_replace": plan.state == "drawn"
            and actor.org == plan.org
            and actor.role in APPROVERS
            and actor.may("inspection.replace"),
            # Who decides on a plan sees the list first; its officer has a button of his own for it.
            "may_preview": plan.state in BEFORE_FREEZE and "revise" not in {row.action for row in offers},
            "visits": [
                {
                    "visit": one,
                    "whom": visit_pages.whom(one),
                    "table": TABLES[one.table],
                    "state": VISIT.states[one.state],
                    "tone": visit_pages.TONES[one.state],
                }
                for one in visit_queries.of_plan(actor, plan)
            ]
            if plan.drawn_at
            else [],
            "visits_base": self.base.replace("/plans/", "/visits/"),
            "labels": PLAN.actions,
            "base": self.base,
            "scope": queries.plan_scope_words(plan),
            "run_by": queries.run_by_name(plan),
            "share": queries.share_words(plan),
            "sources": queries.sources_of(plan),
            "custodians": people,
            "few": len(people) < ENOUGH_CUSTODIANS,
            "strata": queries.strata_of(plan) if plan.frozen_at else [],
            "excluded": queries.excluded_of(plan) if plan.frozen_at else [],
            "files": queries.files(plan),
            "weights": queries.weights_of(plan),
            "regime_title": queries.regime_title(plan),
            "progress": [(INSPECTION.states[state], count) for state, count in counted.items()],
        }

    def items(self, request: HttpRequest, number: str) -> HttpResponseBase:
        """The frozen list and its result with the vouchers, exported as it stands."""
        return self.desk(item_list(number).as_view())(request)

    def move(self, request: HttpRequest, number: str, action: str) -> HttpResponse:
        """A step that is one button; its address alone leads to the plan."""
        plan = self._plan(request, number)
        if request.method != "POST":
            return HttpResponseRedirect(f"{self.base}{number}/")
        verb, done = SIMPLE[action]
        answer = perform(
            request,
            lambda: verb(plan=plan, by=request.actor, now=clock.read()),  # type: ignore[attr-defined, operator]
            then=f"{self.base}{number}/",
            done=done,
        )
        return answer or show_again(request, "shared/inspections/plan.html", self._context(request, number))

    def reasoned(self, request: HttpRequest, number: str, action: str) -> HttpResponse:
        """A step that needs a reason: send back, abort."""
        verb, done = WITH_REASON[action]
        form = f.ReasonForm(request.POST or None)
        return self._step(
            request, number, form, title=PLAN.actions[action], button=PLAN.actions[action], done=done,
            call=lambda plan, by, now: verb(plan=plan, reason=form.cleaned_data["reason"], by=by, now=now),
        )  # fmt: skip

    def freeze(self, request: HttpRequest, number: str) -> HttpResponse:
        """Freeze the list, with the time until which secrets are revealed."""
        plan = self._plan(request, number)
        form = f.FreezeForm(request.POST or None, initial=f.initial_of(plan))
        return self._step(
            request, number, form, title="冻结名单", button="冻结名单", done="名单已冻结，散列已记入日志。",
            note="冻结后名单、权重、专家和参数一个字节也不能再改；散列记入日志，并立即公开。",
            call=lambda row, by, now: drawing.freeze(
                plan=row, by=by, now=now, reveals_end_at=form.cleaned_data["reveals_end_at"]
            ),
        )  # fmt: skip

    def drop(self, request: HttpRequest, number: str) -> HttpResponse:
        """Take out a custodian who can't serve."""
        plan = self._plan(request, number)
        names = [one.name for one in queries.custodians(plan) if not one.commitment]
        form = f.DropForm(request.POST or None, names=names)
        return self._step(
            request, number, form, title="撤换保管人", button="撤去", done="已撤去。",
            note="只能撤去还没有公布承诺的保管人，并公开理由。",
            call=lambda row, by, now: drawing.drop_custodian(plan=row, by=by, now=now, **form.facts),
        )  # fmt: skip

    def replace(self, request: HttpRequest, number: str) -> HttpResponse:
        """Put the next of the reserve in the place of what can't be inspected."""
        plan = self._plan(request, number)
        if plan.state != "drawn":
            raise Http404
        form = f.ReplaceForm(request.POST or None, plan=plan)
        return self._step(
            request, number, form, title="由备选替换", button="由备选替换",
            done=lambda row: f"已替换为 {row.voucher.number}（同一分层备选第 {row.item.rank} 位）。",
            note="只用于停业等不能抽查的情形，写明理由；由同一分层的下一位备选接替，不能挑选。检查已开始的不能替换。",
            call=lambda row, by, now: planning.replace(
                inspection=form.cleaned_data["item"], reason=form.cleaned_data["reason"], by=by, now=now
            ),
        )  # fmt: skip

    def draw(self, request: HttpRequest, number: str) -> HttpResponse:
        """Enter the public values with their evidence, and draw."""
        plan = self._plan(request, number)
        form = f.EntropyForm(request.POST or None, request.FILES or None, plan=plan)

        def call(row: Any, by: Any, now: Any) -> Any:
            sent = form.cleaned_data["proof"]
            proof = evidence.take_file(
                content=sent.read(MOST_BYTES + 1), name=sent.name or "proof", org=by.org, by=by, now=now
            )
            return drawing.draw(
                plan=row, entropy=form.values(), silent=form.silences(), proof=proof, by=by, now=now
            )

        return self._step(
            request, number, form, title="录入公开随机数并抽取", button="抽取", done="已抽取，抽取包已公开。",
            note="按公布的原样填写，一个字符也不能差。抽取只有一次，不能重做。", call=call,
        )  # fmt: skip

    def _step(
        self,
        request: HttpRequest,
        number: str,
        form: Any,
        *,
        title: str,
        button: str,
        done: str | Callable[[Any], str],
        call: Callable[[Any, Any, Any], Any],
        note: str = "",
    ) -> HttpResponse:
        plan = self._plan(request, number)
        context = {
            "title": f"{plan.number}：{title}", "form": form, "button": button, "note": note, "plan": plan,
            "back": f"{self.base}{number}/", "base": self.base,
        }  # fmt: skip
        if request.method != "POST":
            return render(request, "shared/inspections/plan_step.html", context)
        if form.is_valid():
            answer = perform(
                request,
                lambda: call(plan, request.actor, clock.read()),  # type: ignore[attr-defined]
                then=f"{self.base}{number}/",
                done=done,
                form=form,
            )
            if answer:
                return answer
        return show_again(request, "shared/inspections/plan_step.html", context)

    def _plan(self, request: HttpRequest, number: str) -> Any:
        plan = access.plan_for(request.actor, number)  # type: ignore[attr-defined]
        if plan is None:
            raise Http404
        return plan
