"""The addresses of the site: public pages at the root, one prefix a desk, the API under /api/."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path

from yunquan.api.main import api
from yunquan.desks.shared import choosing, desk, files, letter_pages
from yunquan.desks.shared.inspections import custody


def healthz(request: HttpRequest) -> HttpResponse:
    """Alive, for a load balancer."""
    return HttpResponse("ok", content_type="text/plain")


def forgotten(request: HttpRequest) -> HttpResponse:
    """No mail is sent from here: an administrator sets a first password anew."""
    return render(request, "account/forgotten.html")


urlpatterns = [
    path("healthz", healthz),
    path("accounts/password/reset/", forgotten, name="account_reset_password"),
    path("accounts/", include("allauth.urls")),
    path("desk/tokens/", include("yunquan.config.tokens")),
    path("desk/notices/", choosing.choices, name="choices"),
    path("desk/custody/", include(custody)),
    path("desk/", include(desk)),
    path("files/", include(files)),
    path("papers/", include(letter_pages)),
    path("api/", api.urls),
    path("enterprise/", include("yunquan.desks.enterprise.urls")),
    path("supplier/", include("yunquan.desks.supplier.urls")),
    path("city/", include("yunquan.desks.city.urls")),
    path("province/", include("yunquan.desks.province.urls")),
    path("expert/", include("yunquan.desks.expert.urls")),
    path("auditor/", include("yunquan.desks.auditor.urls")),
    path("admin/", include("yunquan.desks.admin.urls")),
    path("", include("yunquan.desks.shared.urls")),
    path("", include("yunquan.desks.public.urls")),
]
