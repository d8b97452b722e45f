"""确认兑现: invoices, payments and report left, facts right; the supplier gives the ends of real use (D47-5.12)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from yunquan.desks.shared import journey
from yunquan.desks.shared.forms import NOT_DECIDED, speaks_against
from yunquan.desks.shared.perform import perform
from yunquan.desks.shared.returning import chosen, codes_of, marked
from yunquan.desks.shared.typed import Blank, Typed, TypedForm, rearranged
from yunquan.desks.supplier import declaring, documents, ending
from yunquan.desks.supplier.frame import desk, own_voucher
from yunquan.journal import clock
from yunquan.vouchers import actions
from yunquan.vouchers import queries as vouchers
from yunquan.vouchers.actions.amending import ends_refused, own_cloud
from yunquan.vouchers.lifecycle import S


@desk
def attest(request: HttpRequest, number: str) -> HttpResponse:
    """One screen to attest or return a claim; the ends typed so far are kept with the session."""
    voucher = own_voucher(request, number)
    if voucher.state != S.CLAIMED:
        messages.info(request, f"这张券现在是“{journey.state_said(voucher)}”，不需要再确认。")
        return HttpResponseRedirect(reverse("supplier:voucher", args=[number]))
    lines = vouchers.lines_of(voucher)
    services = [(line.service, line.service_name) for line in lines]
    codes = codes_of(voucher.cycle.pack, "reasons.claim")
    blank, key = ending.blank(lines, declaring.RELATION), f"ends:{number}"
    typed = request.session.get(key) or ending.begun(voucher, services) | declaring.begun(voucher)
    cloud = own_cloud(voucher)
    status, warnings = 200, ending.warnings(voucher, typed, cloud)
    form, declining = blank.form(typed, once=request.POST.get("once", "")), Blank().form({})
    against = request.POST.get("action") == "attest" and speaks_against(request.POST)
    if request.method == "POST" and request.POST.get("action") == "decline":
        declining = Blank().form({}, once=request.POST.get("once", ""))
        answer = _decline(request, voucher, codes, declining)
        if answer is not None:
            request.session.pop(key, None)
            return answer
        status = 422
    elif request.method == "POST":
        typed, _faults = blank.read(request)
        moved = rearranged(request, typed, {"ends": {}})
        request.session[key] = typed
        form, warnings = (
            blank.form(typed, once=request.POST.get("once", "")),
            ending.warnings(voucher, typed, cloud),
        )
        if not moved and against:
            status = 422
        elif not moved and request.POST.get("action") == "attest":
            answer = _attest(request, voucher, typed, warnings, form)
            if answer is not None:
                request.session.pop(key, None)
                return answer
            status = 422
        elif not moved:
            form.beside(ends_refused(voucher, typed["ends"]))
    context = _context(request, voucher, lines) | {
        "form": form,
        "warnings": warnings,
        "warned": ending.joined(warnings),
        "codes": marked(codes, voucher, "claim", request.actor),  # type: ignore[attr-defined]
        "ticked": request.POST.getlist("reasons"),
        "said": request.POST.get("reasons_text", ""),
        "reason_errors": [NOT_DECIDED]
        if against
        else [one.message for one in declining.refusals_by_field.get("", [])],
    }
    return render(request, "supplier/attest.html", context, status=status)


def _attest(
    request: HttpRequest, voucher: Any, typed: Typed, warnings: list[dict[str, str]], form: TypedForm
) -> HttpResponse | None:
    by, now = request.actor, clock.read()  # type: ignore[attr-defined]
    faults = ends_refused(voucher, typed["ends"])
    if not faults and warnings and request.POST.get("warned", "") != ending.joined(warnings):
        messages.warning(request, "有的使用端证明力不足，请看下方提示；核对无误可再点一次确认。")
        return None
    return perform(
        request,
        lambda: actions.attest(
            voucher=voucher,
            seen_hash=request.POST.get("seen_hash", ""),
            ends=typed["ends"],
            declares=declaring.heard(typed),
            by=by,
            now=now,
        ),
        then=reverse("supplier:home"),
        done=f"{voucher.number} 兑现已确认，转行为数据判定。",
        form=form,
    )


def _decline(
    request: HttpRequest, voucher: Any, codes: list[dict[str, str]], form: TypedForm
) -> HttpResponse | None:
    by, now, reasons = request.actor, clock.read(), chosen(request, codes)  # type: ignore[attr-defined]
    return perform(
        request,
        lambda: actions.decline_claim(voucher=voucher, reasons=reasons, by=by, now=now),
        then=reverse("supplier:home"),
        done=f"{voucher.number} 的兑现申请已退回企业，理由已一次性告知。",
        form=form,
    )


def _context(request: HttpRequest, voucher: Any, lines: list[Any]) -> dict[str, Any]:
    evidence = vouchers.evidence_of(voucher)
    files = [(f"发票 {row.number}", row.file) for row in evidence["invoices"]]
    files += [(f"回单 {row.serial}", row.file) for row in evidence["proofs"]]
    if voucher.report is not None:
        files.append(("验收报告", voucher.report.file))
    files.append(("合同", voucher.contract.file))
    files[-1:-1] = [(f"证明：{row.name}", row.file) for row in evidence["parties"]]
    checks = vouchers.claim_checks(voucher)
    return {
        "voucher": voucher,
        "title": "确认兑现",
        "services": journey.services_joined(lines),
        "document": documents.shown(request, files),
        "evidence": evidence,
        "checks": [
            {"passed": None if one.weight == "look" and not one.passed else one.passed, "text": one.message,
             "article": one.article, "mend": "" if one.passed else one.mend}
            for one in checks
        ],
    }  # fmt: skip
