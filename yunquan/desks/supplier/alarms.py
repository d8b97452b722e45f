"""发票警示: the supplier tells of its own invoices that it reversed or made void after they served a claim."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from yunquan.desks.shared import alarming, exports
from yunquan.desks.supplier.frame import desk, own_voucher
from yunquan.journal import clock
from yunquan.vouchers import holding
from yunquan.vouchers.lifecycle import S


@desk
def queue(request: HttpRequest) -> HttpResponse:
    """The alarms on the supplier's invoices, and how the city answered them."""
    actor = request.actor  # type: ignore[attr-defined]
    seen = holding.alarms_visible_to(actor).order_by("-pk")[: exports.most(request, 200)]
    rows = alarming.listed(actor, seen, reverse("supplier:vouchers"))
    context = {"rows": rows, "files": alarming.ALARMS.files(request)}
    return alarming.ALARMS.asked(request, rows) or render(request, "supplier/alarms.html", context)


@desk
def start(request: HttpRequest, number: str) -> HttpResponse:
    """Tell of an invoice of a customer's claim."""
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    voucher = own_voucher(request, number)
    if voucher.claimed_at is None:
        raise Http404
    form = alarming.form_for(request, voucher)
    if request.method == "POST":
        then = reverse("supplier:voucher", args=[number])
        answer = alarming.raised(request, form, then=then, actor=actor, now=now)
        if answer is not None:
            return answer
    context = {
        "voucher": voucher,
        "form": form,
        "crumb": reverse("supplier:vouchers"),
        "paid": voucher.state in (S.PAID, S.RECOVERED),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "shared/alarm_form.html", context, status=status)
