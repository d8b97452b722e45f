"""自查: what a supplier tells of the projects that it implemented (D858-2.1)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from yunquan.desks.shared.inspections import selfcheck_import, selfcheck_pages
from yunquan.desks.supplier.frame import desk

BASE = "/supplier/inspections/self-checks/"


@desk
def listing(request: HttpRequest) -> HttpResponseBase:
    """The supplier's tables."""
    return selfcheck_pages.mine(request, base=BASE)


@desk
def table(request: HttpRequest, pk: int) -> HttpResponse:
    """One table: fill, save, file."""
    return selfcheck_pages.table(request, pk, base=BASE, back=BASE)


@desk
def bring(request: HttpRequest, pk: int) -> HttpResponse:
    """A filled spreadsheet."""
    return selfcheck_import.bring(request, pk, base=BASE)


@desk
def download(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    """The table as a file."""
    return selfcheck_pages.download(request, pk, kind)
