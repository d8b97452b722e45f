"""地方配套: the scheme, own funds, what is due, lists, runs and recoveries of the city, on one page (D47-4.4.6)."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from yunquan.desks.city.frame import CITY_ROLES, desk
from yunquan.desks.city.matching_runs import plan_of
from yunquan.desks.city.records import history
from yunquan.desks.shared import exports
from yunquan.desks.shared import matching as shared
from yunquan.desks.shared.forms import BaseForm, DayField, MoneyField
from yunquan.desks.shared.perform import perform
from yunquan.journal import clock
from yunquan.kernel.money import MoneyError, parse_yuan, yuan_plain
from yunquan.matching import access, actions, queries
from yunquan.matching.checks import TRIGGERS, scheme_faults
from yunquan.matching.lifecycle import MATCHING_OBJECTION, MATCHING_RECOVERY, SCHEME
from yunquan.parties import queries as parties
from yunquan.parties.access import bureau_code
from yunquan.policy.matching import FIXED, RATIO, ROUNDINGS, percent
from yunquan.policy.roles import Role
from yunquan.programme import access as programme_access

BASE = "/city/matching/"
_FIXED_LINE = re.compile(r"\s*(\d{1,3})\s*[\s:：,，]\s*(\S+)\s*")


class SchemeForm(BaseForm):
    """A version of the city's scheme as it is typed."""

    musts = (
        "title", "document", "clause", "basis", "ceiling_fen", "total_fen", "rounding", "trigger", "from_on",
    )  # fmt: skip

    title = forms.CharField(label="文件名称", required=False, help_text="本市印发的配套依据文件")
    document = forms.CharField(label="文号", required=False)
    clause = forms.CharField(label="条款", required=False, help_text="如“第三条”")
    basis = forms.ChoiceField(
        label="配套方式", required=False, choices=[(RATIO, "按省奖补的比例"), (FIXED, "按每项应用服务定额")]
    )
    ratio = forms.CharField(
        label="配套比例（%）", required=False, max_length=10, help_text="按比例时填写，最多两位小数，如 50"
    )
    counts_bonus = forms.BooleanField(label="贯标奖补计入配套基数", required=False)
    fixed = forms.CharField(
        label="每项定额", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text="按定额时填写，每行一项：目录序号 金额（元），如“2 10000”",
    )  # fmt: skip
    within_fee = forms.BooleanField(label="配套不超过企业自付的上云费用", required=False, initial=True)
    ceiling_fen = MoneyField(label="每家企业上限（本周期累计）", required=False)
    total_fen = MoneyField(label="配套资金总额（本市自有资金）", required=False)
    rounding = forms.ChoiceField(
        label="取整", required=False, choices=[(code, f"{said}，只舍不入") for code, said in ROUNDINGS.items()],
        initial="yuan",
    )  # fmt: skip
    trigger = forms.ChoiceField(label="何时配套", required=False, choices=list(TRIGGERS.items()))
    pilots_first = forms.BooleanField(label="试点优先兑付", required=False)
    from_on = DayField(label="起始日期", required=False, help_text="修改版本须晚于审定日")
    until_on = DayField(label="截止日期", required=False, help_text="可以不填")
    note = forms.CharField(
        label="修改说明", required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, services: Collection[int] = (), **kwargs: Any) -> None:
        self.services = services
        super().__init__(*args, **kwargs)

    def clean_ratio(self) -> int:
        """Hundredths of a percent."""
        text = self.cleaned_data["ratio"].strip().rstrip("%％")
        if not text:
            return 0
        if not re.fullmatch(r"\d{1,3}(\.\d{1,2})?", text, re.ASCII):
            raise ValidationError("比例请写成百分数，最多两位小数，如 50 或 33.33。", code="ratio")
        whole, _, rest = text.partition(".")
        return int(whole) * 100 + int((rest + "00")[:2])

    def clean_fixed(self) -> dict[int, int]:
        """Fen by service; every line that can't be read is named."""
        found: dict[int, int] = {}
        wrong = []
        for place, line in enumerate(self.cleaned_data["fixed"].splitlines(), 1):
            if not line.strip():
                continue
            read = _FIXED_LINE.fullmatch(line)
            number = int(read[1]) if read else 0
            if read is None or number in found:
                wrong.append(f"第 {place} 行{'重复了同一项' if read else '请写成“目录序号 金额”'}。")
                continue
            try:
                found[number] = parse_yuan(read[2])
                if number not in self.services:
                    wrong.append(f"第 {place} 行：应用服务目录中没有序号 {number}。")
            except MoneyError as error:
                wrong.append(f"第 {place} 行：{error}")
        if wrong:
            raise ValidationError(wrong, code="fixed")
        return found

    def clean(self) -> dict[str, Any]:
        """The rules are held against what could be read, so that every fault is told at once."""
        unread = set(self.errors)
        values = dict.fromkeys(self.fields) | self.cleaned_data
        self.add_refusals(one for one in scheme_faults(values, self.services) if one.field not in unread)
        return self.cleaned_data


OBJECTIONS = exports.Listing(
    "配套异议",
    ("企业", "row.line.enterprise_name"), ("券号", "row.line.voucher_number"), ("异议内容", "row.grounds"),
    ("提出时间", "row.raised_at", "time"), ("答复期限", "row.due_on", "date"), ("状态", "state"), ("答复", "row.answer"),
    key="objections",
)  # fmt: skip
RECOVERIES = exports.Listing(
    "配套追回",
    ("企业", "row.line.enterprise_name"), ("券号", "row.line.voucher_number"), ("追回金额（元）", "row.amount_fen", "money"),
    ("理由", "row.reason"), ("下达时间", "row.demanded_at", "time"), ("状态", "state"), key="recoveries",
)  # fmt: skip


def cycle_of(request: HttpRequest, pk: int) -> Any:
    """A cycle that the person may see, or 404."""
    row = programme_access.cycle_for(request.actor, pk)  # type: ignore[attr-defined]
    if row is None:
        raise Http404
    return row


@desk(only=CITY_ROLES)
def overview(request: HttpRequest) -> HttpResponseBase:
    """Everything of one cycle: scheme, own funds, what is due, lists, plan, runs, objections, recoveries."""
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    cycle, tabs = shared.chosen_cycle(request)
    if cycle is None:
        return render(request, "city/matching.html", {"cycle": None, "tabs": []})
    city = bureau_code(actor)
    schemes = [
        row for row in access.schemes_visible_to(actor).order_by("-edition") if row.cycle_id == cycle.pk
    ]
    current = queries.scheme_today(cycle, city, now)
    due = [one for one in queries.due_now(cycle, city) if one.worked.amount_fen]
    lines = access.lines_visible_to(actor).filter(matching_list__cycle=cycle)
    most = exports.most(request, 100)
    objections = (
        access.objections_visible_to(actor).filter(line__matching_list__cycle=cycle).order_by("-pk")[:most]
    )
    recoveries = (
        access.recoveries_visible_to(actor).filter(line__matching_list__cycle=cycle).order_by("-pk")[:most]
    )
    runs = access.runs_visible_to(actor).filter(cycle=cycle).order_by("-pk")[:most]
    context: dict[str, Any] = {
        "base": BASE,
        "cycle": cycle,
        "tabs": tabs,
        "apart": shared.APART,
        "schemes": shared.scheme_heads(schemes),
        "proposed": next((row for row in schemes if row.state == "proposed"), None),
        "current": current,
        "facts": shared.scheme_facts(current, shared.services_named(cycle.pack, now)) if current else [],
        "tiles": shared.fund_tiles(queries.funds_of(cycle, city)),
        "due_count": len(due),
        "due_fen": sum(one.worked.amount_fen for one in due),
        "lists": shared.list_heads(access.lists_visible_to(actor).filter(cycle=cycle).order_by("-pk")[:most]),
        "plan": plan_of(cycle, city, now),
        "run_waits": any(run.state == "prepared" for run in runs),
        "runs": shared.run_heads(runs),
        "objections": [{"row": row, "state": MATCHING_OBJECTION.states[row.state]} for row in objections],
        "to_recover": queries.to_recover(lines),
        "recoveries": [{"row": row, "state": MATCHING_RECOVERY.states[row.state]} for row in recoveries],
        "is_reviewer": actor.role == Role.CITY_REVIEWER,
        "once": BaseForm(),
    }
    lists = (shared.LISTS, shared.RUNS, OBJECTIONS, RECOVERIES)
    context["list_files"] = {one.key: one.files(request) for one in lists}
    file = exports.first_asked(request, *((one, context[one.key]) for one in lists))
    return file or render(request, "city/matching.html", context)


@desk(only=[Role.CITY_REVIEWER])
def propose(request: HttpRequest, cycle: int) -> HttpResponse:
    """Propose a version; the values of the last one stand in the form."""
    row, actor, now = cycle_of(request, cycle), request.actor, clock.read()  # type: ignore[attr-defined]
    schemes = access.schemes_visible_to(actor).filter(cycle=row, state="adopted").order_by("-edition")
    last = schemes.first()
    names = shared.services_named(row.pack, now)
    form = SchemeForm(
        request.POST if request.method == "POST" else None,
        initial=_typed(last) if last is not None else None,
        services=names,
    )
    if request.method == "POST" and form.is_valid():
        answer = perform(
            request,
            lambda: actions.propose(cycle=row, city=bureau_code(actor), by=actor, now=now, **form.facts),
            then=lambda made: f"{BASE}schemes/{made.pk}/",
            done="已提出，待审批人审定。审定前不适用。",
            form=form,
        )
        if answer is not None:
            return answer
    context = {"base": BASE, "cycle": row, "form": form, "last": last, "services": sorted(names.items())}
    return render(
        request, "city/matching_propose.html", context, status=422 if request.method == "POST" else 200
    )


def _typed(row: Any) -> dict[str, Any]:
    """A version's values as they would be typed, but its days."""
    names = ("title", "document", "clause", "basis", "counts_bonus", "within_fee", "ceiling_fen", "total_fen",
             "rounding", "trigger", "pilots_first")  # fmt: skip
    fixed = sorted((int(number), int(fen)) for number, fen in row.fixed.items())
    return {
        **{name: getattr(row, name) for name in names},
        "ratio": percent(row.ratio).rstrip("%") if row.ratio else "",
        "fixed": "\n".join(f"{number} {yuan_plain(fen)}" for number, fen in fixed),
    }


class DecisionForm(BaseForm):
    """A decision on a version; sending back takes a reason."""

    reason = forms.CharField(
        label="退回理由", required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="仅退回时填写",
    )  # fmt: skip


@desk(only=CITY_ROLES)
def scheme(request: HttpRequest, pk: int) -> HttpResponse:
    """One version with its values; the approver adopts it or sends it back."""
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    row = access.scheme_for(actor, pk)
    if row is None:
        raise Http404
    form = DecisionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        answer, place, wanted = None, f"{BASE}schemes/{pk}/", request.POST.get("decision", "")
        if wanted == "adopt":
            answer = perform(
                request, lambda: actions.adopt(scheme=row, by=actor, now=now), then=place,
                done="已审定，自起始日期起适用；配套资金已落实到账。", form=form,
            )  # fmt: skip
        elif wanted == "turn_down":
            answer = perform(
                request,
                lambda: actions.turn_down(scheme=row, reason=form.cleaned_data["reason"], by=actor, now=now),
                then=place, done="已退回。", form=form,
            )  # fmt: skip
        else:
            form.add_error(None, "请选择审定或退回。")
        if answer is not None:
            return answer
    names = parties.person_names([row.proposed_by, row.decided_by])
    context = {
        "base": BASE,
        "row": row,
        "state": SCHEME.states[row.state],
        "tone": shared.SCHEME_TONES[row.state],
        "facts": shared.scheme_facts(row, shared.services_named(row.cycle.pack, now)),
        "proposed_by": names.get(row.proposed_by, ""),
        "decided_by": names.get(row.decided_by, "") if row.decided_by else "",
        "offered": [offer.action for offer in SCHEME.offers_to(row.state, actor)],
        "own": row.proposed_by == actor.person,
        "form": form,
        "history": history(row.journal_key, SCHEME),
    }
    return render(
        request, "city/matching_scheme.html", context, status=422 if request.method == "POST" else 200
    )
