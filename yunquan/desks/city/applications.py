"""申领审核: the queue, and one screen that decides one application (D47-5.10, D47-5.21)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from yunquan.desks.city import facts, panels, reviewing, waiting
from yunquan.desks.city.frame import REVIEWERS, desk
from yunquan.desks.city.lists import QueuePage
from yunquan.desks.shared import comparing, viewer
from yunquan.desks.shared.perform import perform
from yunquan.desks.shared.returning import late_days
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.kernel.workflow import Actor
from yunquan.parties import queries as parties
from yunquan.policy.roles import Role
from yunquan.programme.queries import rulebook, working_calendar
from yunquan.vouchers import access, actions, findings, queries
from yunquan.vouchers.lifecycle import VOUCHER, S

_DONE = {"issue": "已通过并发放", "send_back": "已退回补正", "reject": "已驳回"}


class Queue(QueuePage):
    """The applications that wait for this bureau."""

    title = "申领审核"
    crumb = "按办理期限先后；点券号开始审核（键盘：O 到第一件，回车打开）"
    review_url = "/city/applications/{}/"
    export_name = "待审核申领"
    empty_title = "没有待审核的申领"
    empty_text = "供应商确认后的申领会到这里，也会出现在“待办”。"

    def rows(self) -> Any:
        return queries.applications_due(self.request.actor)  # type: ignore[attr-defined]


def found(actor: Actor, number: str) -> Any:
    """The voucher, or 404; a county's officer reviews only where the city so set."""
    voucher = access.voucher_for(actor, number)
    if voucher is None:
        raise Http404
    if actor.role == Role.COUNTY_REVIEWER:
        home = parties.bureau(voucher.city)
        if home is None or not home.counties_review:
            raise Http404
    return voucher


@desk(only=REVIEWERS)
def review(request: HttpRequest, number: str) -> HttpResponse:
    """Decide one application: document left, facts and computed checks right, the table's buttons below."""
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    voucher = found(actor, number)
    rules = rulebook(voucher.cycle.pack)
    coded = reviewing.coded_reasons(rules.value("reasons.application", local_date(now)).value)
    place = reviewing.place_in(queries.applications_due(actor), voucher.pk, "number")
    asked: dict[str, Any] = {
        "coded": coded,
        "late": late_days(voucher, coded, "application", actor),
        "initial": {"seen": voucher.content_hash},
    }
    form = reviewing.DecisionForm(request.POST or None, **asked)
    again = panels.LookForm(request.POST if "look" in request.POST else None)
    if "look" in request.POST:
        form = reviewing.DecisionForm(None, **asked)
        answer = panels.look(request, voucher, step="application", form=again)
        if answer is not None:
            return answer
    elif request.method == "POST" and form.is_valid():
        answer = _decide(request, voucher, form, place, now)
        if answer is not None:
            return answer
        voucher = found(actor, number)
    elif voucher.state != S.CONFIRMED:
        return HttpResponseRedirect(f"/city/vouchers/{voucher.number}/")
    if viewer.asks_for_pane(request):
        return render(
            request, "shared/parts/viewer.html", {"pane": application_papers(request, voucher)["pane"]}
        )
    status = 422 if request.method == "POST" else 200
    return render(
        request,
        "city/application.html",
        _context(request, voucher, form, place, rules, now) | {"look_form": again},
        status=status,
    )


def _decide(
    request: HttpRequest, voucher: Any, form: Any, place: dict[str, Any], now: Any
) -> HttpResponse | None:
    actor = request.actor  # type: ignore[attr-defined]
    action = request.POST.get("decision", "")
    if action not in _DONE:
        form.add_error(None, "请选择通过、退回或驳回。")
        return None
    if not form.judge(action):
        return None

    def call() -> Any:
        if action == "issue":
            seen, answered = form.cleaned_data["seen"], form.cleaned_data["dissent_reason"]
            return actions.issue(voucher=voucher, seen_hash=seen, dissent_reason=answered, by=actor, now=now)
        if action == "reject":
            return actions.reject(voucher=voucher, reasons=form.stated(), by=actor, now=now)
        late = form.cleaned_data["late_words"]
        return actions.send_back(voucher=voucher, reasons=form.stated(), late_words=late, by=actor, now=now)

    following = place["following"]
    then = f"/city/applications/{following}/" if following else "/city/applications/"
    said = f"{voucher.number} {voucher.enterprise.name}：{_DONE[action]}。" + (
        "下面是下一件。" if following else ""
    )
    return perform(request, call, then=then, done=said, form=form)


def _context(
    request: HttpRequest, voucher: Any, form: Any, place: dict[str, Any], rules: Any, now: Any
) -> dict[str, Any]:
    actor = request.actor  # type: ignore[attr-defined]
    lines = queries.lines_of(voucher)
    here = voucher.state == S.CONFIRMED
    refusals = queries.issue_refusals(voucher, actor, on=local_date(now)) if here else []
    elsewhere = sum(refusal.code == "reviewed_elsewhere" for refusal in refusals)
    against = {"issue": len(refusals), "send_back": elsewhere, "reject": elsewhere}
    papers = application_papers(request, voucher, lines)
    beside = panels.beside(request, voucher, step="application", files=papers["files"], here=here)
    checks = _checks(voucher, refusals, rules, beside) if here else []
    calendar = working_calendar()
    return {
        "voucher": voucher,
        "services": "、".join(line.service_name for line in lines),
        "left": waiting.days_left(calendar, voucher.due_on, local_date(now)),
        "place": place,
        "back": "/city/applications/",
        "skip_url": f"/city/applications/{place['following']}/" if place["following"] else "",
        **papers,
        **beside,
        "more": facts.application_more(voucher, lines),
        "award": facts.award_shown(voucher.explanation),
        "checks": facts.sorted_checks(checks),
        "tally": comparing.tally(papers["cards"], checks),
        "returned": reviewing.returned(voucher),
        "form": form,
        "reasons": form.shown(),
        "article": "D47-5.21",
        "buttons": reviewing.buttons(VOUCHER, voucher.state, actor, wanted=_DONE, against=against),
        "state": VOUCHER.states[voucher.state],
    }


def _checks(voucher: Any, refusals: Any, rules: Any, beside: dict[str, Any]) -> list[dict[str, Any]]:
    """Eligibility, contract, quota, persons, prices: what was computed, and whatever else stops the decision."""
    rows = facts.application_checks(voucher, refusals, rules)
    rows += panels.finding_checks(findings.application_findings(voucher))
    rows += facts.beside_checks(beside, refusals)
    return rows + panels.unsaid(refusals, rows)


def application_papers(request: HttpRequest, voucher: Any, lines: Any = None) -> dict[str, Any]:
    """The documents of an application, and what was filled in beside what was read in the contract."""
    contract = voucher.contract
    files = [("合同", contract.file), ("合同附件", contract.addendum)] if contract is not None else []
    files.append(("营业执照", voucher.enterprise.licence))
    to = comparing.address(request.path)
    lines = queries.lines_of(voucher) if lines is None else lines
    card = comparing.contract_card(voucher, lines, to)
    cards = [card] if card is not None else []
    marks, eyes = comparing.marks_of(cards), comparing.eyes_of(cards)
    return {"cards": cards, "files": files, "pane": viewer.pane(request, files, marks=marks, eyes=eyes)}
