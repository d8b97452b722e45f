"""Vouchers, enterprises and suppliers of the whole province."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from yunquan.desks.province.frame import desk
from yunquan.desks.shared import registers
from yunquan.desks.shared.registers import enterprise_sheet, voucher_sheet
from yunquan.journal import clock
from yunquan.parties import access as parties_access
from yunquan.vouchers import access as voucher_access


class VoucherList(registers.VoucherList):
    """All vouchers of the province."""


class EnterpriseList(registers.EnterpriseList):
    """All enterprises, with the way to take them in from a table."""

    template_name = "province/enterprises.html"


class SupplierList(registers.SupplierList):
    """All suppliers, with the way to take them in from a table."""

    template_name = "province/suppliers.html"


@desk
def voucher(request: HttpRequest, number: str) -> HttpResponse:
    """One voucher, read only."""
    actor = request.actor  # type: ignore[attr-defined]
    row = voucher_access.voucher_for(actor, number)
    if row is None:
        raise Http404
    return render(request, "shared/voucher_sheet.html", voucher_sheet(row, actor=actor, now=clock.read()))


@desk
def enterprise(request: HttpRequest, pk: int) -> HttpResponse:
    """One enterprise, read only."""
    row = parties_access.enterprise_for(request.actor, pk)  # type: ignore[attr-defined]
    if row is None:
        raise Http404
    return render(request, "shared/enterprise_sheet.html", enterprise_sheet(row))
