"""自查: what a city tells of the inspections that it made (D858-2.1)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from yunquan.desks.city.frame import CITY_ROLES, desk
from yunquan.desks.shared.inspections import selfcheck_import, selfcheck_pages

BASE = "/city/inspections/self-checks/"


@desk(only=CITY_ROLES)
def listing(request: HttpRequest) -> HttpResponseBase:
    """The tables of the city."""
    return selfcheck_pages.mine(request, base=BASE)


@desk(only=CITY_ROLES)
def table(request: HttpRequest, pk: int) -> HttpResponse:
    """One table: fill, save, file."""
    return selfcheck_pages.table(request, pk, base=BASE, back=BASE)


@desk(only=CITY_ROLES)
def bring(request: HttpRequest, pk: int) -> HttpResponse:
    """A filled spreadsheet."""
    return selfcheck_import.bring(request, pk, base=BASE)


@desk(only=CITY_ROLES)
def download(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    """The table as a file."""
    return selfcheck_pages.download(request, pk, kind)
