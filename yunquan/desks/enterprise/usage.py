"""The enterprise's own use of a voucher's services, in words, as a calendar and by the hour (D47-5.13, 5.16)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from yunquan.desks.enterprise.frame import desk, own_voucher
from yunquan.desks.shared import usage


@desk
def own_use(request: HttpRequest, number: str) -> HttpResponse:
    """What is seen of the enterprise's own use; signals are the officials' affair."""
    voucher = own_voucher(request, number)
    context = usage.usage_page(voucher, actor=request.actor, own=True)
    context |= {"back": reverse("enterprise:voucher", args=[number])}
    return render(request, "shared/usage.html", context)
