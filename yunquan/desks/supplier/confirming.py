"""确认申领: the contract left, the facts right; the supplier confirms exactly that, or returns it (D47-5.9)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from yunquan.desks.shared import comparing, journey, viewer
from yunquan.desks.shared.forms import NOT_DECIDED, speaks_against
from yunquan.desks.shared.perform import perform
from yunquan.desks.shared.returning import chosen, codes_of, marked
from yunquan.desks.shared.typed import Blank, Typed
from yunquan.desks.supplier import declaring
from yunquan.desks.supplier.frame import desk, own_supplier, own_voucher
from yunquan.journal import clock
from yunquan.parties import regions
from yunquan.vouchers import actions
from yunquan.vouchers import queries as vouchers
from yunquan.vouchers.lifecycle import S


@desk
def confirm(request: HttpRequest, number: str) -> HttpResponse:
    """One screen to confirm or return an application."""
    supplier, voucher = own_supplier(request), own_voucher(request, number)
    if voucher.state != S.SUBMITTED:
        messages.info(request, f"这份申领现在是“{journey.state_said(voucher)}”，不需要再确认。")
        return HttpResponseRedirect(reverse("supplier:voucher", args=[number]))
    codes = codes_of(voucher.cycle.pack, "reasons.application")
    blank, typed = Blank(asks=declaring.RELATION), declaring.begun(voucher)
    if request.method == "POST" and request.POST.get("action") != "decline":
        typed, _faults = blank.read(request)
    form = blank.form(typed, once=request.POST.get("once", ""))
    against = request.POST.get("action") == "confirm" and speaks_against(request.POST)
    if request.method == "POST" and not against:
        answer = _decide(request, voucher, codes, form, typed)
        if answer is not None:
            return answer
    status = 422 if request.method == "POST" else 200
    lines = vouchers.lines_of(voucher)
    if viewer.asks_for_pane(request):
        return render(request, "shared/parts/viewer.html", _papers(request, voucher, lines))
    context = {
        "voucher": voucher,
        "title": "确认申领",
        "services": journey.services_joined(lines),
        "form": form,
        "lines": lines,
        "award": journey.award_shown(voucher.explanation),
        **_papers(request, voucher, lines),
        "codes": marked(codes, voucher, "application", request.actor),  # type: ignore[attr-defined]
        "ticked": request.POST.getlist("reasons"),
        "said": request.POST.get("reasons_text", ""),
        "reason_errors": [NOT_DECIDED]
        if against
        else [one.message for one in form.refusals_by_field.get("", []) if one.field == "reasons"],
        "may_tag_pilot": supplier.holds_pilot(voucher.cycle.code),
        "tag_pilot": bool(request.POST.get("is_pilot")),
        "facts": _facts(voucher),
    }
    return render(request, "supplier/confirm.html", context, status=status)


def _decide(
    request: HttpRequest, voucher: Any, codes: list[dict[str, str]], form: Any, typed: Typed
) -> HttpResponse | None:
    by, now = request.actor, clock.read()  # type: ignore[attr-defined]
    if request.POST.get("action") == "decline":
        reasons = chosen(request, codes)
        return perform(
            request,
            lambda: actions.decline(voucher=voucher, reasons=reasons, by=by, now=now),
            then=reverse("supplier:home"),
            done=f"{voucher.number} 已退回企业，理由已一次性告知。",
            form=form,
        )
    if request.POST.get("action") != "confirm":
        messages.warning(request, "请选择确认或退回企业。")
        return None
    if faults := declaring.not_chosen(typed):
        form.add_refusals(faults)
        return None
    return perform(
        request,
        lambda: actions.confirm(
            voucher=voucher,
            seen_hash=request.POST.get("seen_hash", ""),
            tag_pilot=bool(request.POST.get("is_pilot")),
            declares=declaring.heard(typed),
            by=by,
            now=now,
        ),
        then=reverse("supplier:home"),
        done=f"{voucher.number} 已确认，转主管部门审核。",
        form=form,
    )


def _papers(request: HttpRequest, voucher: Any, lines: Any) -> dict[str, Any]:
    """The contract left, and what was filled in beside what was read in it."""
    contract = voucher.contract
    card = comparing.contract_card(voucher, lines, comparing.address(request.path))
    cards = [card] if card is not None else []
    files = [("合同", contract.file), ("补充附件", contract.addendum)]
    marks, eyes = comparing.marks_of(cards), comparing.eyes_of(cards)
    return {"cards": cards, "pane": viewer.pane(request, files, marks=marks, eyes=eyes)}


def _facts(voucher: Any) -> list[tuple[str, Any]]:
    enterprise = voucher.enterprise
    related = f"有：{voucher.related_party_note}" if voucher.is_related_party else "没有"
    return [
        ("企业", enterprise.name),
        ("统一社会信用代码", enterprise.uscc),
        ("联系人", f"{enterprise.contact_name} {enterprise.contact_phone}".strip() or "—"),
        ("实施地点", f"{regions.place_name(voucher.implementation_city)} {voucher.place}"),
        ("企业申报的关联关系", related),
    ]
