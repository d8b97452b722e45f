"""确认兑现: invoices, payments and report left, facts right; the supplier gives the ends of real use (D47-5.12)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from yunquan.desks.shared import journey
from yunquan.desks.shared.perform import perform
from yunquan.desks.shared.returning import chosen, codes_of
from yunquan.desks.shared.typed import Blank, Typed, TypedForm, rearranged
from yunquan.desks.supplier import documents
from yunquan.desks.supplier.asking import ends_blank
from yunquan.desks.supplier.frame import desk, own_voucher
from yunquan.journal import clock
from yunquan.usage import actions as usage_actions
from yunquan.usage import queries as usage
from yunquan.vouchers import actions
from yunquan.vouchers import queries as vouchers
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
    blank, key = ends_blank(services), f"ends:{number}"
    typed = request.session.get(key) or _begun(voucher, services)
    status, warnings = 200, _warnings(typed)
    form, declining = blank.form(typed, once=request.POST.get("once", "")), Blank().form({})
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
        form, warnings = blank.form(typed, once=request.POST.get("once", "")), _warnings(typed)
        if not moved and request.POST.get("action") == "attest":
            answer = _attest(request, voucher, typed, warnings, form)
            if answer is not None:
                request.session.pop(key, None)
                return answer
            status = 422
        elif not moved:
            form.beside(usage_actions.end_refusals(services=dict(services), ends=typed["ends"]))
    context = _context(request, voucher, lines) | {
        "form": form,
        "declining": declining,
        "warnings": warnings,
        "warned": _joined(warnings),
        "codes": codes,
        "ticked": request.POST.getlist("reasons"),
        "said": request.POST.get("reasons_text", ""),
        "reason_errors": [one.message for one in declining.refusals_by_field.get("", [])],
    }
    return render(request, "supplier/attest.html", context, status=status)


def _attest(
    request: HttpRequest, voucher: Any, typed: Typed, warnings: list[dict[str, str]], form: TypedForm
) -> HttpResponse | None:
    by, now = request.actor, clock.read()  # type: ignore[attr-defined]
    services = {line.service: line.service_name for line in voucher.lines.all()}
    faults = usage_actions.end_refusals(services=services, ends=typed["ends"])
    if not faults and warnings and request.POST.get("warned", "") != _joined(warnings):
        messages.warning(request, "有的使用端证明力不足，请看下方提示；核对无误可再点一次确认。")
        return None
    return perform(
        request,
        lambda: actions.attest(
            voucher=voucher, seen_hash=request.POST.get("seen_hash", ""), ends=typed["ends"], by=by, now=now
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


def _begun(voucher: Any, services: list[tuple[int, str]]) -> Typed:
    """The ends declared earlier, or a client and a cloud row for each service to fill in."""
    earlier = [
        {
            "service": str(row.service),
            "side": row.side,
            "kind": row.kind,
            "value": row.value,
            "port": str(row.port or ""),
        }
        for row in usage.ends_of(voucher.number)
    ]
    fresh = [
        {"service": str(number), "side": side, "kind": kind}
        for number, _name in services
        for side, kind in (("client", "ip"), ("cloud", "host"))
    ]
    return {"ends": earlier or fresh}  # fmt: skip


def _warnings(typed: Typed) -> list[dict[str, str]]:
    """What an official should know of the ends that can be read."""
    found = []
    for place, row in enumerate(typed.get("ends", ()), start=1):
        value = str(row.get("value") or "").strip()
        try:
            said = usage_actions.warning_for(
                side=str(row.get("side")), kind=str(row.get("kind")), value=value
            )
        except ValueError:
            continue
        if said:
            found.append({"place": str(place), "value": value, "text": said})
    return found


def _joined(warnings: list[dict[str, str]]) -> str:
    return "|".join(f"{row['value']}={row['text']}" for row in warnings)[:2000]


def _context(request: HttpRequest, voucher: Any, lines: list[Any]) -> dict[str, Any]:
    evidence = vouchers.evidence_of(voucher)
    files = [(f"发票 {row.number}", row.file) for row in evidence["invoices"]]
    files += [(f"回单 {row.serial}", row.file) for row in evidence["proofs"]]
    if voucher.report is not None:
        files.append(("验收报告", voucher.report.file))
    files.append(("合同", voucher.contract.file))
    checks = vouchers.claim_review(voucher, request.actor)[0]  # type: ignore[attr-defined]
    return {
        "voucher": voucher,
        "title": "确认兑现",
        "services": journey.services_joined(lines),
        "document": documents.shown(request, files),
        "evidence": evidence,
        "checks": [
            {"passed": one.passed, "text": one.message, "article": one.article,
             "mend": "" if one.passed else one.mend}
            for one in checks
        ],
    }  # fmt: skip
