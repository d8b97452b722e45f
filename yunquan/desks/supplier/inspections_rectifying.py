"""整改: what a supplier has to mend, and how it reports that (D858-2.3)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from yunquan.desks.shared.inspections import rectify_pages
from yunquan.desks.supplier.frame import desk

BASE = "/supplier/inspections/rectifications/"


@desk
def rectification(request: HttpRequest, pk: int) -> HttpResponse:
    """One rectification with the form of the report."""
    return rectify_pages.report(request, pk, base=BASE)
