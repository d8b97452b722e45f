"""整改: what an enterprise has to mend, and how it reports that (D858-2.3)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from yunquan.desks.enterprise.frame import desk
from yunquan.desks.shared.inspections import rectify_pages

BASE = "/enterprise/inspections/rectifications/"


@desk
def rectification(request: HttpRequest, pk: int) -> HttpResponse:
    """One rectification with the form of the report."""
    return rectify_pages.report(request, pk, base=BASE)
