"""整改: what was ordered in this city, and the second check (D858-2.3)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from yunquan.desks.city.frame import CITY_ROLES, desk
from yunquan.desks.shared.inspections import rectify_pages

BASE, INSPECTIONS = "/city/inspections/rectifications/", "/city/inspections/results/"


@desk(only=CITY_ROLES)
def rectification(request: HttpRequest, pk: int) -> HttpResponse:
    """One rectification with the second check."""
    return rectify_pages.check(request, pk, base=BASE, inspection_url=INSPECTIONS)
