"""兑现审核: invoices, payments, report, ends and verdict beside the computed checks (D47-5.14, M6)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from yunquan.desks.city import facts, panels, reviewing, waiting
from yunquan.desks.city.frame import desk
from yunquan.desks.city.lists import ClaimQueueTable, QueuePage
from yunquan.desks.city.usage import beside_claim
from yunquan.desks.shared import comparing, viewer
from yunquan.desks.shared.perform import perform
from yunquan.desks.shared.returning import late_days
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.parties import queries as parties
from yunquan.policy.roles import Role
from yunquan.programme.queries import rulebook, working_calendar
from yunquan.usage import queries as usage
from yunquan.vouchers import access, actions, findings, queries
from yunquan.vouchers.lifecycle import VOUCHER, S

_DONE = {"approve_claim": "兑现审核已通过", "send_back_claim": "兑现已退回补正", "reject_claim": "兑现已驳回"}


class Queue(QueuePage):
    """The claims that wait for the city."""

    title = "兑现审核"
    crumb = "行为数据已判定完成的兑现申请，按办理期限先后（键盘：O 到第一件，回车打开）"
    table_class = ClaimQueueTable
    export_name = "待审核兑现"
    empty_title = "没有待审核的兑现申请"
    empty_text = "兑现申请经供应商确认、行为数据判定完成后会到这里。"

    def rows(self) -> Any:
        return _queue(self.request.actor)  # type: ignore[attr-defined]


def _queue(actor: Any) -> Any:
    return queries.waiting_for(actor, (S.VERIFIED,))


def _found(request: HttpRequest, number: str) -> Any:
    voucher = access.voucher_for(request.actor, number)  # type: ignore[attr-defined]
    if voucher is None:
        raise Http404
    return voucher


@desk(only=[Role.CITY_REVIEWER])
def review(request: HttpRequest, number: str) -> HttpResponse:
    """Decide one claim on one screen."""
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    voucher = _found(request, number)
    rules = rulebook(voucher.cycle.pack)
    coded = reviewing.coded_reasons(rules.value("reasons.claim", local_date(now)).value)
    place = reviewing.place_in(_queue(actor), voucher.pk, "number")
    asked: dict[str, Any] = {
        "coded": coded,
        "late": late_days(voucher, coded, "claim", actor),
        "initial": {"seen": voucher.claim_hash},
    }
    form = reviewing.DecisionForm(request.POST or None, **asked)
    again = panels.LookForm(request.POST if "look" in request.POST else None)
    if "look" in request.POST or "accept" in request.POST:
        form = reviewing.DecisionForm(None, **asked)
        answer = (
            panels.accept(request, voucher)
            if "accept" in request.POST
            else panels.look(request, voucher, step="claim", form=again)
        )
        if answer is not None:
            return answer
    elif request.method == "POST" and form.is_valid():
        answer = _decide(request, voucher, form, place, now)
        if answer is not None:
            return answer
        voucher = _found(request, number)
    elif voucher.state != S.VERIFIED:
        return HttpResponseRedirect(f"/city/vouchers/{voucher.number}/")
    if viewer.asks_for_pane(request):
        return render(request, "shared/parts/viewer.html", {"pane": _papers(request, voucher)["pane"]})
    status = 422 if request.method == "POST" else 200
    context = _context(request, voucher, form, place, now) | {"look_form": again}
    return render(request, "city/claim.html", context, status=status)


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
        if action == "approve_claim":
            seen, answered = form.cleaned_data["seen"], form.cleaned_data["dissent_reason"]
            return actions.approve_claim(
                voucher=voucher, seen_hash=seen, dissent_reason=answered, by=actor, now=now
            )
        stated = form.stated()
        if action == "reject_claim":
            return actions.reject_claim(voucher=voucher, reasons=stated, by=actor, now=now)
        late = form.cleaned_data["late_words"]
        return actions.send_back_claim(voucher=voucher, reasons=stated, late_words=late, by=actor, now=now)

    following = place["following"]
    then = f"/city/claims/{following}/" if following else "/city/claims/"
    said = f"{voucher.number} {voucher.enterprise.name}：{_DONE[action]}。" + (
        "下面是下一件。" if following else ""
    )
    return perform(request, call, then=then, done=said, form=form)


def _context(
    request: HttpRequest, voucher: Any, form: Any, place: dict[str, Any], now: Any
) -> dict[str, Any]:
    actor = request.actor  # type: ignore[attr-defined]
    here = voucher.state == S.VERIFIED
    refusals, bonus_fen = (
        queries.claim_review(voucher, actor, on=local_date(now)) if here else ([], voucher.bonus_fen)
    )
    shown = claim_shown(request, voucher)
    beside = panels.beside(request, voucher, step="claim", files=shown["files"], here=here)
    checks = _checks(voucher, refusals, beside) if here else []
    return {
        "voucher": voucher,
        "services": "、".join(line.service_name for line in queries.lines_of(voucher)),
        "left": waiting.days_left(working_calendar(), voucher.due_on, local_date(now)),
        "place": place,
        "back": "/city/claims/",
        "skip_url": f"/city/claims/{place['following']}/" if place["following"] else "",
        **shown,
        **beside,
        "bonus_fen": bonus_fen,
        "total_fen": voucher.face_fen + bonus_fen,
        "checks": facts.sorted_checks(checks),
        "tally": comparing.tally([*shown["invoices"], *shown["proofs"]], checks),
        "returned": reviewing.returned(voucher),
        "form": form,
        "reasons": form.shown(),
        "article": "D47-5.21",
        "buttons": reviewing.buttons(
            VOUCHER, voucher.state, actor, wanted=_DONE, against={"approve_claim": len(refusals)}
        ),
        "state": VOUCHER.states[voucher.state],
    }


def _checks(voucher: Any, refusals: Any, beside: dict[str, Any]) -> list[dict[str, Any]]:
    """Parties, sums, days, marks, hash, persons, prices, and whatever else stops the decision."""
    rows = panels.finding_checks(panels.told_once(findings.claim_findings(voucher), refusals))
    rows += facts.claim_checks(voucher, refusals) + facts.beside_checks(beside, refusals)
    return rows + panels.unsaid(refusals, rows)


def claim_shown(request: HttpRequest, voucher: Any) -> dict[str, Any]:
    """The claim's documents, invoices, proofs, report, ends and verdict, for the review and the voucher's page."""
    verdict = usage.latest_verdict(voucher.number)
    names = parties.person_names([verdict.recorded_by]) if verdict is not None else {}
    return {
        **_papers(request, voucher, verdict),
        "report": voucher.report,
        "verdict": verdict,
        "verdict_reasons": _said(verdict.reasons) if verdict is not None else [],
        "verdict_by": names.get(verdict.recorded_by, "") if verdict is not None else "",
        **beside_claim(request.actor, voucher),  # type: ignore[attr-defined]
    }


def _papers(request: HttpRequest, voucher: Any, verdict: Any = None) -> dict[str, Any]:
    """The documents of a claim, and what was filled in beside what was read in each of them."""
    evidence = queries.evidence_of(voucher)
    report, contract = voucher.report, voucher.contract
    files = [(f"发票 {row.number}", row.file) for row in evidence["invoices"]]
    files += [(f"付款 {row.serial}", row.file) for row in evidence["proofs"]]
    files.append(("验收报告", report.file if report is not None else None))
    if contract is not None:
        files += [("合同", contract.file), ("合同附件", contract.addendum)]
    verdict = verdict or usage.latest_verdict(voucher.number)
    if verdict is not None:
        files.append(("判定依据", verdict.document))
    first = next((str(file.pk) for _label, file in files if file is not None), "")
    to, chosen = comparing.address(request.path), request.GET.get("file", first)
    invoices = comparing.invoice_cards(evidence["invoices"], voucher.enterprise, to, chosen=chosen)
    proofs = comparing.proof_cards(evidence["proofs"], to, chosen=chosen)
    cards = [*invoices, *proofs]
    marks, eyes = comparing.marks_of(cards), comparing.eyes_of(cards)
    return {
        "files": files,
        "pane": viewer.pane(request, files, marks=marks, eyes=eyes),
        "invoices": invoices,
        "proofs": proofs,
        "papers": [
            {"name": "发票", "unit": "张", **comparing.told_and_folded(invoices)},
            {"name": "付款凭证", "unit": "笔", **comparing.told_and_folded(proofs)},
        ],
        "invoiced_fen": sum(row.gross_fen for row in evidence["invoices"]),
        "paid_fen": sum(row.amount_fen for row in evidence["proofs"]),
    }


def _said(reasons: list[dict[str, str]]) -> list[str]:
    """A verdict's reasons as sentences."""
    return ["：".join(part for part in (r.get("label", ""), r.get("text", "")) if part) for r in reasons]
