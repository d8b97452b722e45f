from django.urls import include, path

from tests.desks.shared import small_pages

urlpatterns = [
    path("", include("yunquan.desks.shared.urls")),
    path("list/", small_pages.Vouchers.as_view()),
    path("form/", small_pages.form),
]
handler404 = "django.views.defaults.page_not_found"
