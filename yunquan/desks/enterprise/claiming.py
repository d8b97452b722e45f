"""兑现: the wizard of a claim: invoices, payment proofs, acceptance report, computed checks, submission."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from yunquan.desks.enterprise import explaining
from yunquan.desks.enterprise.asking import INVOICES, PROOFS, claim_blanks
from yunquan.desks.enterprise.frame import desk, own_enterprise, own_voucher
from yunquan.desks.shared import journey, proposals, wizard
from yunquan.desks.shared.differing import differing
from yunquan.desks.shared.filling import Wanted, listen
from yunquan.desks.shared.perform import perform
from yunquan.desks.shared.typed import Blank, Typed
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.policy.contracts import normalise_name
from yunquan.programme import queries as programme
from yunquan.vouchers import actions, findings
from yunquan.vouchers import queries as vouchers
from yunquan.vouchers.lifecycle import S

STEPS = (
    ("invoices", "发票"),
    ("proofs", "付款凭证"),
    ("parties", "代付说明"),
    ("report", "验收报告"),
    ("check", "核对并提交"),
)

# Several files at once: what they are called, what may be chosen, what a list of them is.
MANY = {
    "invoices": {"label": "一次上传多张发票", "kinds": INVOICES, "hint": "可同时选择多个文件，也可上传从电子税务局导出的发票清单（XLSX）"},
    "proofs": {"label": "一次上传多份回单", "kinds": PROOFS, "hint": "可同时选择多个文件，也可上传银行导出的账户明细（XLSX、CSV）"},
}  # fmt: skip


@desk
def overview(request: HttpRequest) -> HttpResponse:
    """The vouchers that can be claimed now, and until when."""
    now = clock.read()
    rows = vouchers.waiting_for(request.actor, (S.ISSUED, S.CLAIM_RETURNED))  # type: ignore[attr-defined]
    rows = rows.prefetch_related("lines", "cycle__windows")[:100]
    cycle, calendar, today = programme.current_cycle(), programme.working_calendar(), local_date(now)
    context = {
        "enterprise": own_enterprise(request),
        "window": programme.window(cycle, "claim") if cycle is not None else None,
        "rows": [
            {
                "voucher": row,
                "services": journey.services_said(list(row.lines.all())),
                "state": journey.state_said(row),
                "tone": journey.TONES[row.state],
                "left": journey.days_left(row, calendar, today),
                "button": "补正材料" if row.state == S.CLAIM_RETURNED else "去兑现",
            }
            for row in rows
        ],
    }
    return render(request, "enterprise/claims.html", context)


@desk
def step(request: HttpRequest, number: str, step: str) -> HttpResponse:
    """One step of the claim; the draft is kept at each."""
    voucher = own_voucher(request, number)
    if step not in dict(STEPS):
        raise Http404
    if voucher.state not in (S.ISSUED, S.CLAIM_RETURNED):
        messages.info(request, f"这张券现在是“{journey.state_said(voucher)}”，不能修改兑现材料。")
        return HttpResponseRedirect(reverse("enterprise:voucher", args=[number]))
    if step == "check":
        return _check(request, voucher)
    blank = claim_blanks()[step]
    problems: list[Refusal] = []
    fresh = _fresh(voucher)
    typed, look = _begun(voucher, fresh), None
    if step == "parties" and request.method != "POST":
        typed = explaining.begun(voucher, typed)
    if request.method == "POST":
        heard = listen(request, blank, before=typed, fresh=fresh, wanted=_wanted(voucher))
        problems, look = heard.problems, heard.look
        typed |= heard.typed
        since = dict(voucher.typed_claim) if heard.filled else None
        refused = _keep(request, voucher, typed, since=since)
        if refused is not None:
            return refused
        onward = "next" in request.POST
        if not problems and not onward and not heard.stays and not look.is_reading:
            messages.success(request, "草稿已保存。")
            return HttpResponseRedirect(request.path)
        if onward:
            unread = {one.field for one in problems}  # A file that was refused isn't also missing.
            problems += [one for one in _mine(voucher, typed, blank) if one.field not in unread]
            if all(one.code in explaining.EXPLAINED_HERE for one in problems):
                return HttpResponseRedirect(_place(voucher, _after(voucher, typed, step)))
    elif "check" in request.GET:
        problems = _mine(voucher, typed, blank)
    org = request.actor.org  # type: ignore[attr-defined]
    look = look or proposals.look(blank, typed, org=org)
    form = blank.form(typed, org=org, once=request.POST.get("once", ""), look=look)
    form.beside(problems)
    context = _frame(voucher, step) | {
        "form": form,
        "many": MANY.get(step),
        "label": {"invoices": "发票", "proofs": "凭证", "parties": "说明", "report": ""}[step],
        "unit": {"invoices": "张", "proofs": "笔", "parties": "条", "report": ""}[step],
        "strangers": explaining.shown(voucher, typed) if step == "parties" else [],
        "reasons": voucher.return_reasons if voucher.state == S.CLAIM_RETURNED else [],
    }
    status = 422 if problems and request.method == "POST" else 200
    return render(request, "enterprise/claim_step.html", context, status=status)


def _check(request: HttpRequest, voucher: Any) -> HttpResponse:
    now, status = clock.read(), 200
    typed = _begun(voucher, _fresh(voucher))
    seen, refusals = vouchers.preview_claim(voucher, typed, now)
    form = Blank().form({}, once=request.POST.get("once", ""))
    if request.method == "POST":
        by = request.actor  # type: ignore[attr-defined]
        answer = perform(
            request,
            lambda: actions.claim(voucher=voucher, typed=typed, by=by, now=now),
            then=reverse("enterprise:voucher", args=[voucher.number]),
            done=lambda row: f"兑现申请已提交，本市结算序号 {row.claim_seq}，等待供应商确认。",
            form=form,
        )
        if answer is not None:
            return answer
        refusals = form.refusals_by_field.get("", [])
        status = 422
    computed = vouchers.claim_checks_typed(voucher, seen)
    told = {check.code for check in computed}
    explained = explaining.codes(voucher, typed)
    org = request.actor.org  # type: ignore[attr-defined]
    other = differing(claim_blanks(), typed, org=org, url=lambda step: _place(voucher, step))
    context = _frame(voucher, "check") | {
        "once": form["once"],
        "seen": seen,
        "differing": other,
        "invoiced_fen": sum(row.gross_fen for row in seen.invoices),
        "paid_fen": sum(row.amount_fen for row in seen.proofs),
        "checks": [
            {"passed": None if one.weight == "look" and not one.passed else one.passed, "text": one.message,
             "article": one.article, "mend": "" if one.passed or one.weight == "look" else one.mend,
             **_way(voucher, one, explained)}
            for one in computed
        ],
        "problems": wizard.located(
            [one for one in refusals if one.code not in told],
            claim_blanks(),
            lambda step: _place(voucher, step),
        ),
        "failed": any(not one.passed and one.weight == "refuses" for one in computed),
    }  # fmt: skip
    reversals = [
        {"passed": None, "text": one.message, "article": one.article, "mend": one.mend,
         "url": _place(voucher, "invoices"), "url_label": "去更换"}
        for one in findings.reversed_before(voucher, seen)
    ]  # fmt: skip
    context["checks"] = _faults_first([*context["checks"], *reversals, *other])
    context["differing"] = [*reversals, *other]
    return render(request, "enterprise/claim_check.html", context, status=status)


def _way(voucher: Any, one: Any, explained: Collection[str]) -> dict[str, str]:
    """Where on the wizard a point that doesn't pass is mended."""
    if one.code in explained:
        return {"url": _place(voucher, "parties"), "url_label": "去说明"}
    if one.passed or one.field not in ("invoices", "payments"):
        return {"url": "", "url_label": ""}
    return {
        "url": _place(voucher, "invoices" if one.field == "invoices" else "proofs"),
        "url_label": "去补充",
    }


def _faults_first(checks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What doesn't pass, then what wants a look, then what passed; each in its order."""
    return sorted(checks, key=lambda one: (False, None, True).index(one["passed"]))


def _fresh(voucher: Any) -> dict[str, dict[str, str]]:
    """A new row with what is known already: who sells, buys, pays and is paid."""
    enterprise, supplier = voucher.enterprise, voucher.supplier
    return {
        "invoices": {
            "seller_name": supplier.name, "seller_uscc": supplier.uscc, "buyer_uscc": enterprise.uscc
        },
        "proofs": {
            "bank": enterprise.bank_name, "payer_name": enterprise.name, "payee_name": supplier.name
        },
        "parties": {},
    }  # fmt: skip


def _wanted(voucher: Any) -> dict[str, Wanted]:
    """Which rows of a list concern this voucher: invoices of its supplier to its enterprise, payments between them."""
    enterprise, supplier = voucher.enterprise, voucher.supplier
    seller, buyer = normalise_name(supplier.name), normalise_name(enterprise.name)

    def invoice(facts: Any) -> bool:
        sold = facts.seller_no == supplier.uscc or normalise_name(facts.seller or "") == seller
        bought = facts.buyer_no == enterprise.uscc or normalise_name(facts.buyer or "") == buyer
        return sold and bought and not facts.red and not facts.void

    def proof(facts: Any) -> bool:
        payer = normalise_name(facts.payer or "") in ("", buyer)
        return payer and normalise_name(facts.payee or "") == seller and not facts.no_proof

    return {"invoices": invoice, "proofs": proof}


def _begun(voucher: Any, fresh: dict[str, dict[str, str]]) -> Typed:
    """The typed claim; one not begun starts with a row of each kind, filled as far as known."""
    return {name: [dict(row)] for name, row in fresh.items()} | {"report": {}} | dict(voucher.typed_claim)


def _mine(voucher: Any, typed: Typed, blank: Blank) -> list[Any]:
    return [
        one
        for one in vouchers.preview_claim(voucher, typed, clock.read())[1]
        if one.field and blank.names()(one.field)
    ]


def _after(voucher: Any, typed: Typed, step: str) -> str:
    """The next step; where all papers name the parties themselves, nothing is left to explain."""
    following = wizard.after(STEPS, step)
    skipped = following == "parties" and not explaining.is_needed(voucher, typed)
    return wizard.after(STEPS, following) if skipped else following


def _keep(
    request: HttpRequest, voucher: Any, typed: Typed, *, since: Typed | None = None
) -> HttpResponse | None:
    by, now = request.actor, clock.read()  # type: ignore[attr-defined]
    try:
        actions.save_claim(voucher=voucher, typed=typed, by=by, now=now, since=since)
    except Refused as refused:
        for refusal in refused.refusals:
            messages.error(request, f"{refusal.message}{refusal.mend}")
        return HttpResponseRedirect(reverse("enterprise:voucher", args=[voucher.number]))
    return None


def _frame(voucher: Any, step: str) -> dict[str, Any]:
    window = journey.window_of(voucher, "claim")
    return {
        "voucher": voucher,
        "steps": wizard.tabs(STEPS, step, lambda one: _place(voucher, one)),
        "current": wizard.place_of(STEPS, step),
        "labels": [label for _, label in STEPS],
        "step": step,
        "closes_at": window.closes_at if window is not None else None,
        "left": journey.days_left(voucher, programme.working_calendar(), clock.today()),
        "previous": _place(voucher, before) if (before := wizard.before(STEPS, step)) else "",
    }


def _place(voucher: Any, step: str) -> str:
    return reverse("enterprise:claim_step", args=[voucher.number, step])
