"""使用端: the rows that a supplier fills in, what is weak among them, their correction and their history."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_network
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from yunquan.desks.shared import ends, journey
from yunquan.desks.shared.perform import perform
from yunquan.desks.shared.typed import Ask, Blank, Typed, TypedForm, rearranged
from yunquan.desks.supplier.asking import REASON, ends_blank
from yunquan.desks.supplier.frame import desk, own_voucher
from yunquan.journal import clock
from yunquan.usage import queries as usage
from yunquan.usage.ends import BadEnd, declared, said, weaknesses
from yunquan.vouchers import actions
from yunquan.vouchers import queries as vouchers
from yunquan.vouchers.actions.amending import ends_refused, may_amend, own_cloud
from yunquan.vouchers.sharing import shared_ends


def blank(lines: Sequence[Any], asks: tuple[Ask, ...] = ()) -> Blank:
    """The questions about the ends of these services."""
    return ends_blank(
        [(line.service, line.service_name) for line in lines],
        counts_devices=any(line.devices is not None for line in lines),
        asks=asks,
    )


def begun(voucher: Any, services: Sequence[tuple[int, str]]) -> Typed:
    """The ends declared earlier, or a client and a cloud row for each service to fill in."""
    earlier = [
        {
            "service": str(row.service),
            "side": row.side,
            "kind": row.kind,
            "value": row.value,
            "port": str(row.port or ""),
            "operator": row.operator,
        }
        for row in usage.ends_of(voucher.number)
    ]
    fresh = [
        {"service": str(number), "side": side, "kind": kind}
        for number, _name in services
        for side, kind in (("client", "ip"), ("cloud", "ip"))
    ]
    return {"ends": earlier or fresh}


def warnings(voucher: Any, typed: Typed, cloud: Sequence[str]) -> list[dict[str, str]]:
    """What an official should know of the ends that can be read; `cloud` are the supplier's own servers."""
    seen = []
    for place, row in enumerate(typed.get("ends", ()), start=1):
        try:
            seen.append((place, declared(row)))
        except BadEnd:
            continue
    beside, networks = [end for _, end in seen], [ip_network(value) for value in cloud]
    shared = shared_ends(voucher, beside)
    return [
        {"place": str(place), "value": end.value, "text": text}
        for place, end in seen
        if (text := said(weaknesses(end, beside=beside, own_cloud=networks), shared.get(end, "")))
    ]


def joined(found: list[dict[str, str]]) -> str:
    """The warnings as the page sends them back, so that the second press is about the same ones."""
    return "|".join(f"{row['value']}={row['text']}" for row in found)[:2000]


@desk
def history(request: HttpRequest, number: str) -> HttpResponse:
    """Who changed which end of a voucher when, and the way to a correction while it is open."""
    voucher = own_voucher(request, number)
    by = request.actor  # type: ignore[attr-defined]
    return ends.history_page(
        request,
        voucher,
        back=reverse("supplier:voucher", args=[number]),
        amend_url=reverse("supplier:amend", args=[number]) if may_amend(voucher, by) else "",
    )


@desk
def amend(request: HttpRequest, number: str) -> HttpResponse:
    """Correct the ends with a reason, until the verdict; what was typed is kept with the session."""
    voucher = own_voucher(request, number)
    by, now = request.actor, clock.read()  # type: ignore[attr-defined]
    back = reverse("supplier:ends_history", args=[number])
    if not may_amend(voucher, by):
        messages.info(request, f"这张券现在是“{journey.state_said(voucher)}”，使用端不能再更正。")
        return HttpResponseRedirect(back)
    lines = vouchers.lines_of(voucher)
    asked, key = blank(lines, (REASON,)), f"amend:{number}"
    typed = request.session.get(key) or begun(voucher, [(line.service, line.service_name) for line in lines])
    cloud = own_cloud(voucher)
    form, found, status = _drawn(asked, typed, request), warnings(voucher, typed, cloud), 200
    if request.method == "POST":
        typed, _faults = asked.read(request)
        moved = rearranged(request, typed, {"ends": {}})
        request.session[key] = typed
        form, found = _drawn(asked, typed, request), warnings(voucher, typed, cloud)
        acting = not moved and request.POST.get("action") == "amend"
        faults = ends_refused(voucher, typed["ends"])
        if acting and not faults and found and request.POST.get("warned", "") != joined(found):
            messages.warning(request, "有的使用端证明力不足，请看下方提示；核对无误可再点一次更正。")
        elif acting:
            answer = perform(
                request,
                lambda: actions.amend_ends(
                    voucher=voucher, ends=typed["ends"], reason=typed["reason"], by=by, now=now
                ),
                then=back,
                done=f"{number} 的使用端已更正，省厅判定时按更正后的核对。",
                form=form,
            )
            if answer is not None:
                request.session.pop(key, None)
                return answer
        elif not moved:
            form.beside(faults)
        status = 200 if moved else 422
    context = {
        "voucher": voucher,
        "services": journey.services_joined(lines),
        "form": form,
        "warnings": found,
        "warned": joined(found),
        "back": back,
    }
    return render(request, "supplier/amend.html", context, status=status)


def _drawn(asked: Blank, typed: Typed, request: HttpRequest) -> TypedForm:
    return asked.form(typed, once=request.POST.get("once", ""))
